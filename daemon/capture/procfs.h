/*
 * Facts about a process that still exists: its /proc directory, and through
 * sources.h the text files its code came from.  Only reads; every open is
 * O_NONBLOCK, so that nothing can stop us.
 */
#ifndef FDP_CAPTURE_PROCFS_H
#define FDP_CAPTURE_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

struct fdp_procfs;

/* Who answers source/ and source-time/: see sources.h.  Each is given what
 * stands behind that in the key, and answers as fdp_procfs_fact(). */
struct fdp_procfs_sources {
	int (*line)(void *backend, const char *question, char **ret_value,
		    size_t *ret_size);
	int (*time)(void *backend, const char *path, char **ret_value,
		    size_t *ret_size);
	void (*free)(void *backend);
};

/* Opens /proc/PID once; later reads are of that process or fail.  0, -errno. */
int fdp_procfs_new(pid_t pid, struct fdp_procfs **ret_procfs);
void fdp_procfs_free(struct fdp_procfs *procfs);

/* The descriptor of /proc/PID, which stays PROCFS's. */
int fdp_procfs_directory(const struct fdp_procfs *procfs);

/* BACKEND is PROCFS's from now on.  Without any, no file has source. */
void fdp_procfs_set_sources(struct fdp_procfs *procfs,
			    const struct fdp_procfs_sources *ops,
			    void *backend);

/*
 * Answers the facts proc/, link/, thread/, source/, source-time/,
 * host/boot-time-us, process/watchdog-us and process/<pid>/comm of target.h:
 * malloc'ed, NUL-terminated.  0 or -errno.
 */
int fdp_procfs_fact(struct fdp_procfs *procfs, const char *key,
		    char **ret_value, size_t *ret_size);

/* The thread ids of the process, ascending, malloc'ed.  Count or -errno. */
ssize_t fdp_procfs_threads(struct fdp_procfs *procfs, pid_t **ret_tids);

#endif
