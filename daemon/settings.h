/*
 * What the user asked for in the environment.  A value that makes no sense
 * never stops anything: one line in the daemon's log, and the default.
 */
#ifndef FDP_SETTINGS_H
#define FDP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

enum fdp_echo {
	FDP_ECHO_BRIEF,
	FDP_ECHO_FULL,
	FDP_ECHO_NONE,
};

struct fdp_settings {
	char *log_directory; /* FDPRELOAD_LOG_DIR, absolute; NULL: nowhere */
	enum fdp_echo echo;  /* FDPRELOAD_ECHO */
	bool save_capture;   /* FDPRELOAD_SAVE_CAPTURE */
	bool served;	     /* FDPRELOAD_CAPTURE=served */
	bool locals;	     /* FDPRELOAD_LOCALS */
	bool guess_names;    /* FDPRELOAD_GUESS_NAMES */
	uint64_t signals;    /* FDPRELOAD_SIGNALS: bit N-1 is signal N */
	uint64_t watch_us;   /* FDPRELOAD_WATCH; 0: nobody is watched */
	char *debug;	     /* FDPRELOAD_DEBUG, absolute, or NULL */
};

/* Must run before the working directory changes.  0 or -ENOMEM. */
int fdp_settings_read(struct fdp_settings *ret_settings);

/* Says in the log which variables had wrong values; after fdp_log_open(). */
void fdp_settings_check(void);

void fdp_settings_done(struct fdp_settings *settings);

#endif
