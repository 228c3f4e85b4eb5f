/*
 * Whose stack it is: up to 3.12 a sub-interpreter can run on another thread
 * than the one that made it, and its thread state goes on naming that one.
 */
#ifndef FDP_ANALYSIS_OWNERS_H
#define FDP_ANALYSIS_OWNERS_H

#include "stack.h"
#include "subject.h"

/*
 * Gives each Python stack whose anchors lie on the native stack of another
 * thread than Python says to that thread.  NATIVES has a stack for each thread
 * of SUBJECT.
 */
void fdp_owners_settle(const struct fdp_subject *subject,
		       const struct fdp_native_stack *natives,
		       struct fdp_python *python);

#endif
