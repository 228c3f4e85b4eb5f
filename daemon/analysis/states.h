/*
 * What threads do for Python, beyond their frames: who collects garbage, what
 * is imported, and which of them it does not know.
 */
#ifndef FDP_ANALYSIS_STATES_H
#define FDP_ANALYSIS_STATES_H

#include "../python/imports.h"
#include "../report.h"
#include "stack.h"

/*
 * Fills is_foreign, is_collecting, imports and import_count of the threads of
 * REPORT, whose frames have names already, and python.foreign_threads.  Reads
 * nothing.  0 or -ENOMEM.
 */
int fdp_states_fill(const struct fdp_python *python,
		    const struct fdp_imports *imports,
		    struct fdp_report *report);

#endif
