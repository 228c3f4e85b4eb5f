/*
 * Facts about a process that still exists: its /proc directory, and the text
 * files its code came from.  Only reads; every open is O_NONBLOCK and of
 * regular files, so that a planted FIFO cannot stop us.
 */
#ifndef FDP_CAPTURE_PROCFS_H
#define FDP_CAPTURE_PROCFS_H

#include <stddef.h>
#include <sys/types.h>

struct fdp_procfs;

/* Opens /proc/PID once; later reads are of that process or fail.  0, -errno. */
int fdp_procfs_new(pid_t pid, struct fdp_procfs **ret_procfs);
void fdp_procfs_free(struct fdp_procfs *procfs);

/*
 * Answers the facts proc/, link/, thread/, source/, host/boot-time-us,
 * process/watchdog-us and process/<pid>/comm of target.h: malloc'ed,
 * NUL-terminated.  0 or -errno.
 */
int fdp_procfs_fact(struct fdp_procfs *procfs, const char *key,
		    char **ret_value, size_t *ret_size);

/* The thread ids of the process, ascending, malloc'ed.  Count or -errno. */
ssize_t fdp_procfs_threads(struct fdp_procfs *procfs, pid_t **ret_tids);

#endif
