/*
 * The worker: a process for one report, forked from the daemon, confined.  It
 * captures, analyses and renders into files that the daemon has opened.
 */
#ifndef FDP_WORKER_WORKER_H
#define FDP_WORKER_WORKER_H

#include "../capture/capture.h"
#include "../render/render.h"

struct fdp_annotations;

struct fdp_worker {
	struct fdp_capture_request request;
	uid_t uid; /* of the process: a root worker becomes this user */
	gid_t gid;
	int control;	/* control.h; its end lets the worker go */
	int text, json; /* files to write */
	int capture;	/* .fdpcap, or -1 */
	int echo;	/* what goes to the program's stderr, or -1 */
	struct fdp_text_options echo_options;
	const struct fdp_annotations *annotations; /* or NULL */
	bool enabled;	  /* the echo is what faulthandler would write */
	bool locals;	  /* those of Python's frames are wanted */
	bool guess_names; /* so are names with classes that nobody says */
	/*
	 * Only system calls that any program makes: the application has a
	 * filter that kills, and we have inherited it.
	 */
	bool modest;
	uint64_t symbols_deadline_ns; /* no new debug file after it */
};

/* Called in the forked process. */
void fdp_worker_run(const struct fdp_worker *worker) __attribute__((noreturn));

/*
 * Renders REPORT into the files of WORKER, which stay open, each as if there
 * were no other.  Shared with the daemon's own report from frame 1.  Returns
 * which are complete (enum fdp_rendered), or -EIO if none is.
 */
int fdp_worker_render(const struct fdp_worker *worker,
		      const struct fdp_report *report);

#endif
