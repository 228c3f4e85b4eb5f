/* Whether the greenlet library is there: then stacks may be otherwise. */
#ifndef FDP_PYTHON_GREENLET_LIBRARY_H
#define FDP_PYTHON_GREENLET_LIBRARY_H

#include "../report.h"

/* True if one of the modules of REPORT is the library. */
bool fdp_greenlet_library(const struct fdp_report *report);

#endif
