/* The worker for a dump that a living process has asked for. */
#ifndef FDP_WORKER_LIVING_H
#define FDP_WORKER_LIVING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../reporter.h"

struct fdp_annotations;
struct fdp_watch_message;

/* To be stored: files, and why there is a report at all. */
struct fdp_living_report {
	int text, json;
	const char *id;
	const char *kind, *cause, *cause_text; /* report.h */
	const struct fdp_watch_message *watch; /* who has seen it; or NULL */
};

/* For somebody else than the process: who asks, and for what. */
struct fdp_living_look {
	uid_t uid; /* real, like the gid */
	gid_t gid;
	unsigned flags; /* enum fdp_look_flags */
	/* The processes that may be looked at map one of these. */
	struct fdp_memory_file *family;
	size_t family_count;
};

/*
 * A result beside those of a look: nobody may trace the process, but it may be
 * asked for its memory; to be started again with who answers.
 */
#define FDP_LIVING_ASK 2

/* Added to a result that is no error, in the exit status. */
#define FDP_LIVING_RESULT 128

struct fdp_living {
	pid_t pid;
	uid_t uid; /* of the process: a root worker becomes this user */
	gid_t gid;
	int output;				/* where the dump goes, or -1 */
	const struct fdp_living_report *report; /* or NULL */
	const struct fdp_annotations *annotations; /* or NULL */
	/* Or NULL.  Then only pid, output and who serves count beside it. */
	const struct fdp_living_look *look;
	/*
	 * Where a thread answers for the process's memory, its tid and thread
	 * pointer.  0: none does; -1: none did when the process was asked.
	 */
	int serving;
	pid_t server;
	uint64_t thread_pointer;
	unsigned limit_ms; /* the worker is killed then; 0: FDP_DUMP_MS */
	bool locals;	   /* in full dumps and reports; not in looks */
	bool guess_names;  /* there, too */
	unsigned flags;	   /* enum fdp_request_flags */
	long max_threads;
	pid_t current;	     /* the thread that asks */
	unsigned skip;	     /* its innermost Python frames are not shown */
	uint64_t timeout_us; /* it is dumped because these have passed; 0 */
	/* LATER with EXIT: the signal that makes the process exit, or 0. */
	int exit_signal;
	uint64_t exit_cookie; /* that it has to come with */
};

/*
 * Called in the forked process, which exits with 0, an errno, or a result and
 * FDP_LIVING_RESULT.
 */
void fdp_worker_living(const struct fdp_living *living)
	__attribute__((noreturn));

#endif
