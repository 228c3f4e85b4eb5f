/* What /proc says of processes. */
#ifndef FDP_BASE_PROC_H
#define FDP_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The content of a small file, with a NUL behind it, which the caller frees; or
 * NULL, and errno.
 */
char *fdp_proc_read_path(const char *path);

/* The same of /proc/PID/NAME; PID 0 is this process. */
char *fdp_proc_read(pid_t pid, const char *name);

/*
 * The number of FIELD ("Seccomp:") of STATUS, which is /proc/PID/status, to
 * BASE. False: it is not there.
 */
bool fdp_proc_field(const char *status, const char *field, int base,
		    uint64_t *ret_value);

/* Where the symbolic link /proc/PID/NAME leads; the caller frees it, or NULL.
 */
char *fdp_proc_link(pid_t pid, const char *name);

/* One line of /proc/PID/maps. */
struct fdp_mapping {
	uint64_t start, inode;
	unsigned major, minor;
	bool readable;
	const char *path; /* "" if it has none; without " (deleted)" */
	bool deleted;
};

/*
 * Cuts the next line off *MAPS, which is changed.  False at the end.  What
 * cannot be understood is left out.
 */
bool fdp_proc_next_mapping(char **maps, struct fdp_mapping *ret_mapping);

/* The last part of PATH. */
const char *fdp_base_name(const char *path);

#endif
