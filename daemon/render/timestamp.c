#include "timestamp.h"

#include <stdio.h>
#include <time.h>

/* The first second of the year 10000, which RFC 3339 cannot write. */
#define YEAR_10000 INT64_C(253402300800)

bool fdp_time_format(int64_t time_us, char buffer[static FDP_TIME_SIZE])
{
	time_t seconds = (time_t)(time_us / 1000000);
	char text[24];
	struct tm tm;

	if (time_us < 0 || seconds >= YEAR_10000 || !gmtime_r(&seconds, &tm))
		return false;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer, FDP_TIME_SIZE, "%s.%06dZ", text,
		 (int)(time_us % 1000000));
	return true;
}
