/*
 * The files of one report, from nameless to named: text, JSON, if wanted the
 * capture, and what the application's stderr gets.
 */
#ifndef FDP_OUTPUTS_H
#define FDP_OUTPUTS_H

#include <stdbool.h>

#include "settings.h"
#include "store.h"

struct fdp_outputs {
	char stem[96]; /* of the names; also the report's id */
	char *log;     /* path that the text will have, or NULL: none is kept */
	int directory; /* -1: nothing is kept, the files vanish */
	char problem[256]; /* what is not kept and why; "" if all is well */
	struct fdp_store_file text, json;
	struct fdp_store_file capture; /* fd -1: not wanted */
	int echo;		       /* -1: not wanted */
};

/*
 * Opens all files, with STEM as their name to be.  Where the log directory
 * cannot be used the report goes to files that vanish, so that the echo still
 * comes.  0 or -errno; fdp_outputs_done() is needed in either case.
 */
int fdp_outputs_open(struct fdp_outputs *outputs,
		     const struct fdp_settings *settings, const char *stem,
		     bool echo);

/* Empties text, JSON and echo to be written anew, and drops the capture. */
void fdp_outputs_restart(struct fdp_outputs *outputs);

/*
 * Drops the files that RENDERED (enum fdp_rendered) does not name: they are not
 * complete.
 */
void fdp_outputs_keep(struct fdp_outputs *outputs, unsigned rendered);

/* Names the files; a failure is said in the log and in PROBLEM. */
void fdp_outputs_publish(struct fdp_outputs *outputs);

/* Another process publishes them: fdp_outputs_done() then only closes. */
void fdp_outputs_hand_over(struct fdp_outputs *outputs);

/* Closes all; what has no name is gone. */
void fdp_outputs_done(struct fdp_outputs *outputs);

#endif
