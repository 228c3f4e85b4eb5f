/* The worker for a dump that a living process has asked for. */
#ifndef FDP_WORKER_LIVING_H
#define FDP_WORKER_LIVING_H

#include <stdint.h>
#include <sys/types.h>

struct fdp_annotations;

/* To be stored: files, and why there is a report at all. */
struct fdp_living_report {
	int text, json;
	const char *id;
	const char *cause, *cause_text; /* report.h */
};

struct fdp_living {
	pid_t pid;
	uid_t uid; /* of the process: a root worker becomes this user */
	gid_t gid;
	int output;				/* where the dump goes, or -1 */
	const struct fdp_living_report *report; /* or NULL */
	const struct fdp_annotations *annotations; /* or NULL */
	unsigned flags;				   /* enum fdp_request_flags */
	long max_threads;
	pid_t current;	     /* the thread that asks */
	unsigned skip;	     /* its innermost Python frames are not shown */
	uint64_t timeout_us; /* it is dumped because these have passed; 0 */
	/* LATER with EXIT: the signal that makes the process exit, or 0. */
	int exit_signal;
	uint64_t exit_cookie; /* that it has to come with */
};

/* Called in the forked process, which exits with 0 or an errno. */
void fdp_worker_living(const struct fdp_living *living)
	__attribute__((noreturn));

#endif
