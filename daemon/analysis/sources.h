/* The source lines of Python frames. */
#ifndef FDP_ANALYSIS_SOURCES_H
#define FDP_ANALYSIS_SOURCES_H

#include "../report.h"
#include "../target.h"

/* Fills in the text of each line that a Python frame stands on and that can be
 * had.  0 or -ENOMEM. */
int fdp_sources_read(struct fdp_target *target, struct fdp_report *report);

#endif
