/*
 * What of a report is to be seen: takes away from it, before it is rendered.
 */
#ifndef FDP_RENDER_VIEW_H
#define FDP_RENDER_VIEW_H

#include <stdbool.h>

#include "../report.h"

struct fdp_view {
	bool no_native; /* frames */
	bool no_source; /* lines of it */
	bool no_locals;
	bool no_chain; /* an exception without those that led to it */
	/*
	 * As the traceback module has it, in Python frames.  Of a stack: N > 0,
	 * the N that were called last; N < 0, the -N that were called first.
	 * Of an exception's traceback the other way round.
	 */
	bool limited;
	long limit;
};

/* Pure; frames are moved within REPORT, nothing is added. */
void fdp_view_apply(const struct fdp_view *view, struct fdp_report *report);

/* True if some frame of REPORT has locals. */
bool fdp_view_has_locals(const struct fdp_report *report);

#endif
