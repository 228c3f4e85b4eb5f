/*
 * What the user asked for in the environment, as far as the shim needs it.  A
 * value that makes no sense counts as not there; the daemon, which reads the
 * same variables, says so in its log.
 */
#ifndef FDP_PRELOAD_CONFIG_H
#define FDP_PRELOAD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

enum fdp_follow {
	FDP_FOLLOW_PYTHON, /* programs that start with a CPython inside */
	FDP_FOLLOW_ALL,
	FDP_FOLLOW_NONE,
};

struct fdp_config {
	enum fdp_follow follow; /* FDPRELOAD_FOLLOW */
	uint64_t signals;	/* FDPRELOAD_SIGNALS: bit N-1 is signal N */
	uint32_t deadline_ms;	/* FDPRELOAD_DEADLINE_MS */
	bool quiet;		/* FDPRELOAD_ECHO=none */
	bool children;	    /* FDPRELOAD_CHILDREN: exec'd ones load us too */
	const char *daemon; /* FDPRELOAD_DAEMON, or NULL */
	const char *debug;  /* FDPRELOAD_DEBUG, or NULL */
};

#define FDP_DEADLINE_MS_DEFAULT 3000
#define FDP_DEADLINE_MS_MIN 100
#define FDP_DEADLINE_MS_MAX 60000

/* The value of a variable of the environment; NULL: it is not there or "". */
const char *fdp_config_setting(const char *name);

/* Not in a set-uid program: the environment is the caller's. */
void fdp_config_read(struct fdp_config *ret_config);

#endif
