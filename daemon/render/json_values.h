/*
 * Values of the JSON form: jansson objects in which what is unknown is null.
 * Each function returns a new reference, or NULL when memory is out.
 */
#ifndef FDP_RENDER_JSON_VALUES_H
#define FDP_RENDER_JSON_VALUES_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "../report.h"

/* Bytes that are not UTF-8 become U+FFFD; NULL becomes null. */
json_t *fdp_json_string(const char *string);

/* An array of them. */
json_t *fdp_json_strings(const char **strings, size_t count);

/* A number; null if it is negative (FDP_UNKNOWN). */
json_t *fdp_json_count(int64_t value);
json_t *fdp_json_real(double value);

/* true, false, or null if it is FDP_UNKNOWN. */
json_t *fdp_json_flag(int value);

/* "0x7f12", since JSON's numbers end at 2^53. */
json_t *fdp_json_address(uint64_t address);

/* RFC 3339, UTC, microseconds. */
json_t *fdp_json_time(int64_t time_us);

json_t *fdp_json_handler(const struct fdp_handler *handler);
json_t *fdp_json_foreign(const struct fdp_foreign_handler *foreign);
json_t *fdp_json_frame(const struct fdp_frame *frame);
json_t *fdp_json_module(const struct fdp_module *module);

/* An array; null if EXTENSIONS is NULL. */
json_t *fdp_json_extensions(const struct fdp_extension *extensions,
			    size_t count);

/* What a thread waits for; null if that is nothing, or not known. */
json_t *fdp_json_wait(const struct fdp_wait *wait);

/* How the frames of Python came between the native ones. */
json_t *fdp_json_merging(const struct fdp_merging *merging);

/* What has not moved since the dumps before; null if nobody watches. */
json_t *fdp_json_watch(const struct fdp_watch *watch);

json_t *fdp_json_deadlock(const struct fdp_deadlock *deadlock);

/*
 * Writes VALUE, an object, without its last bracket: more members follow that
 * are not made as values.  Takes VALUE, which may be NULL.  0, -EIO or -ENOMEM.
 */
int fdp_json_write_open(FILE *out, json_t *value);

#endif
