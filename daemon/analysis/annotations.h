/* What the program wants to have shown. */
#ifndef FDP_ANALYSIS_ANNOTATIONS_H
#define FDP_ANALYSIS_ANNOTATIONS_H

#include "../report.h"
#include "../target.h"

/* From the fact report/annotations, if it is there.  0 or -ENOMEM. */
int fdp_annotations_fill(struct fdp_target *target, struct fdp_report *report);

#endif
