/* Values of a JSON report as it is loaded: load.c and load_threads.c. */
#ifndef FDP_RENDER_LOAD_VALUES_H
#define FDP_RENDER_LOAD_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "../report.h"
#include "load.h"

/*
 * The report that is being loaded.  The first thing that is wrong is kept, and
 * what is asked for afterwards is unknown: nobody has to look at each step.
 */
struct fdp_load {
	struct fdp_report *report;
	const char *place; /* what is being loaded, "threads" and the like */
	int error;	   /* 0, -EBADMSG or -ENOMEM */
	char *why;
};

/* Keeps that KEY is wrong, and what it should be. */
void fdp_load_fail(struct fdp_load *load, const char *key, const char *wanted);

/* Room for COUNT objects of SIZE bytes, all zero; NULL is noted as an error. */
void *fdp_load_array(struct fdp_load *load, size_t count, size_t size);

/* The member KEY of OBJECT as what its name says; NULL or unknown if null. */
const char *fdp_load_string(struct fdp_load *load, const json_t *object,
			    const char *key);
json_t *fdp_load_object(struct fdp_load *load, const json_t *object,
			const char *key);

/* An array; where it is missing or null, NULL, which has no items. */
json_t *fdp_load_list(struct fdp_load *load, const json_t *object,
		      const char *key);

/* From 0 to MOST, or FDP_UNKNOWN. */
int64_t fdp_load_count(struct fdp_load *load, const json_t *object,
		       const char *key, int64_t most);

/* Any number that fits, or UNKNOWN. */
int64_t fdp_load_number(struct fdp_load *load, const json_t *object,
			const char *key, int64_t unknown);

/* From 0, or FDP_UNKNOWN. */
double fdp_load_real(struct fdp_load *load, const json_t *object,
		     const char *key);

/* 0, 1 or FDP_UNKNOWN. */
int fdp_load_flag(struct fdp_load *load, const json_t *object, const char *key);

/* "0x...".  False: there is none. */
bool fdp_load_address(struct fdp_load *load, const json_t *object,
		      const char *key, uint64_t *ret_address);

/* Microseconds since the epoch, or FDP_UNKNOWN. */
int64_t fdp_load_time(struct fdp_load *load, const json_t *object,
		      const char *key);

/* Strings of the array KEY; *RET_COUNT of them. */
const char **fdp_load_strings(struct fdp_load *load, const json_t *object,
			      const char *key, size_t *ret_count);

/* load_threads.c: the frames of OBJECT, after modules are there. */
struct fdp_frame *fdp_load_frames(struct fdp_load *load, const json_t *object,
				  size_t *ret_count);

/* load_tasks.c: "tasks" and "task_cycles". */
void fdp_load_tasks(struct fdp_load *load, const json_t *root);

/* load_greenlets.c: "greenlets". */
void fdp_load_greenlets(struct fdp_load *load, const json_t *root);

/* load_threads.c: "threads", after modules are there. */
void fdp_load_threads(struct fdp_load *load, const json_t *root);

#endif
