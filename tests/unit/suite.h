/* How every unit test program ends. */
#ifndef FDP_UNIT_SUITE_H
#define FDP_UNIT_SUITE_H

#include <check.h>

/*
 * Runs SUITE as CK_RUN_CASE and the like ask, and frees it.  The exit status:
 * 0 if all passed.
 */
int fdp_suite_run(Suite *suite);

#endif
