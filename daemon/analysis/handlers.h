/*
 * The program's own handlers of our signals: which had the signal first, what
 * it did with it, and which were put in our place.
 */
#ifndef FDP_ANALYSIS_HANDLERS_H
#define FDP_ANALYSIS_HANDLERS_H

#include "../native/symbols.h"
#include "../report.h"
#include "../target.h"
#include "subject.h"

/*
 * Fills report->handler, handler_text and foreign; needs report->modules.
 * SYMBOLS may be NULL: nothing is named then.  0 or -ENOMEM.
 */
int fdp_handlers_fill(struct fdp_target *target,
		      const struct fdp_subject *subject,
		      struct fdp_symbols *symbols, struct fdp_report *report);

#endif
