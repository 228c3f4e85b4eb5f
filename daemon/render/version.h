/* Which Python a report is about, for whoever writes as that one does. */
#ifndef FDP_RENDER_VERSION_H
#define FDP_RENDER_VERSION_H

#include "../report.h"

/* What is not known counts as the newest. */
#define FDP_MINOR_NEWEST 15

/* N of 3.N; below 0 of 2.7. */
int fdp_version_minor(const struct fdp_report *report);

/* True if it is 3.MINOR.MICRO or earlier. */
bool fdp_version_is_until(const struct fdp_report *report, int minor,
			  int micro);

#endif
