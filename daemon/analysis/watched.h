/* What a watcher has seen, as a part of the report.  Pure. */
#ifndef FDP_ANALYSIS_WATCHED_H
#define FDP_ANALYSIS_WATCHED_H

#include "../report.h"
#include "../watch_message.h"

/*
 * Fills the watch of REPORT from MESSAGE, a HANG, and puts the thread that
 * hangs first.  0 or -ENOMEM.
 */
int fdp_watch_fill(const struct fdp_watch_message *message,
		   struct fdp_report *report);

#endif
