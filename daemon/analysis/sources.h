/* The source lines of Python frames. */
#ifndef FDP_ANALYSIS_SOURCES_H
#define FDP_ANALYSIS_SOURCES_H

#include "../report.h"
#include "../target.h"

/*
 * Of one frame: what goes on longer is shown by its first line.  A literal of
 * hundreds of lines says nothing.
 */
#define FDP_SOURCE_LINES_MAX 100

/* Fills in the text of each line that a Python frame stands on and that can be
 * had.  0 or -ENOMEM. */
int fdp_sources_read(struct fdp_target *target, struct fdp_report *report);

#endif
