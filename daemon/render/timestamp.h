/* RFC 3339 in UTC with microseconds. */
#ifndef FDP_RENDER_TIMESTAMP_H
#define FDP_RENDER_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#define FDP_TIME_SIZE 32

/*
 * "2026-11-20T14:04:19.123456Z".  False if TIME_US, microseconds since the
 * epoch, is unknown (negative) or beyond the year 9999.
 */
bool fdp_time_format(int64_t time_us, char buffer[static FDP_TIME_SIZE]);

#endif
