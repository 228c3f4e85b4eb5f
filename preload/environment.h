/*
 * What exec'd children find in the environment: FDPRELOAD_REPORTER, by which
 * they join the daemon of their parent, or nothing of us at all.
 *
 * The variable is "<name>:<token>:<settings>", 5, 16 and 16 hexadecimal digits.
 */
#ifndef FDP_PRELOAD_ENVIRONMENT_H
#define FDP_PRELOAD_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"

/*
 * Tells settings apart: two processes with the same number would start the same
 * daemon.
 */
uint64_t fdp_environment_settings(void);

/* The parent's reporter, if it was started with SETTINGS. */
bool fdp_environment_reporter(uint64_t settings,
			      struct fdp_reporter *ret_reporter);

/* Names REPORTER to exec'd children.  0 or -errno. */
int fdp_environment_tell(const struct fdp_reporter *reporter,
			 uint64_t settings);

/* Exec'd children get neither the shim nor the variable. */
void fdp_environment_forget(void);

#endif
