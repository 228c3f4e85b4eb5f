/*
 * What every report has, whatever it was made from: whom it is about, when, and
 * how that was captured.
 */
#ifndef FDP_ANALYSIS_HEAD_H
#define FDP_ANALYSIS_HEAD_H

#include "../report.h"
#include "../target.h"
#include "subject.h"

/*
 * Process, times, annotations; all that is not known yet becomes unknown.  The
 * kind is "crash".  0 or -ENOMEM.
 */
int fdp_head_fill(struct fdp_target *target, struct fdp_report *report);

/* The registers of the crashed thread of SUBJECT, if it has any. */
void fdp_head_registers(const struct fdp_subject *subject,
			struct fdp_report *report);

/*
 * How long the process was held, and what whoever captured it could not have.
 * To be called last, when all other reasons are known.  0 or -ENOMEM.
 */
int fdp_head_capture(struct fdp_target *target, struct fdp_report *report);

#endif
