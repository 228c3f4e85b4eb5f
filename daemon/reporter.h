/*
 * The reporter that a process has, as seen from outside: it holds a pidfd of
 * each process that it knows by name, and the memory file that the library maps
 * there, which forked children have too.
 */
#ifndef FDP_REPORTER_H
#define FDP_REPORTER_H

#include <stdbool.h>
#include <sys/types.h>

/* The library's memory file: what a process and its forked children share. */
struct fdp_memory_file {
	dev_t device;
	ino_t inode;
	bool answers; /* the process can be asked for its memory */
};

/* In MAPS, which are /proc/PID/maps.  False: it maps none. */
bool fdp_reporter_memory(const char *maps, struct fdp_memory_file *ret_file);

/* How a reporter and a process belong together, the closest last. */
enum fdp_relation {
	FDP_RELATION_NONE,
	FDP_RELATION_HIDDEN, /* we may not look at it */
	FDP_RELATION_FAMILY, /* the memory file is the same */
	FDP_RELATION_NAMED,  /* it knows the process by name */
};

/*
 * The reporter that is closest to PID, which maps FILE.  One that has just been
 * started is waited for, for half a second.
 */
enum fdp_relation fdp_reporter_find(pid_t pid,
				    const struct fdp_memory_file *file,
				    pid_t *ret_reporter);

/*
 * A connection to REPORTER, close-on-exec.  -ENOENT: it does not listen in our
 * network namespace; -EPERM: it is somebody else's; or another -errno.
 */
int fdp_reporter_connect(pid_t reporter);

#endif
