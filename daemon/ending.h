/*
 * How a process ended that is not ours to wait for.
 *
 * While it is a zombie, and already while it is on its way there, the kernel
 * says it in /proc/PID/stat; once its parent has reaped it, a pidfd does, since
 * Linux 6.15.
 */
#ifndef FDP_ENDING_H
#define FDP_ENDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fdp_ending {
	char comm[64];
	bool exiting;	     /* or dead; false: it runs, or has exec'd */
	uint64_t start_time; /* in ticks: with the pid it is an identity */
	int status;	     /* as of wait(); 0 also where it is hidden */
};

/* Reads the text of /proc/PID/stat.  0 or -EBADMSG. */
int fdp_ending_parse(const char *text, struct fdp_ending *ret_ending);

/* The same of a process.  -ENOENT or -ESRCH: there is none, or another -errno.
 */
int fdp_ending_read(pid_t pid, struct fdp_ending *ret_ending);

/*
 * The signals for which a process has handlers, from the text of
 * /proc/PID/status.  0 or -ENODATA: it does not say, as for one that is reaped
 * while it is read; that has no threads, and zeros for signals.
 */
int fdp_ending_parse_handled(const char *text, uint64_t *ret_signals);

/*
 * The signals for which a process, dead or alive, has handlers: bit N-1 is
 * signal N.  0 or -errno.
 */
int fdp_ending_handled(pid_t pid, uint64_t *ret_signals);

/* The parent, real user and group of a process.  0 or -errno. */
int fdp_ending_person(pid_t pid, pid_t *ret_parent, uid_t *ret_uid,
		      gid_t *ret_gid);

/* The wait status of the process behind PIDFD, once it is reaped.  0, -errno.
 */
int fdp_ending_ask(int pidfd, int *ret_status);

#endif
