/* Where the shim must do nothing, although the program would be watched. */
#ifndef FDP_PRELOAD_STANDBACK_H
#define FDP_PRELOAD_STANDBACK_H

#include <stdbool.h>

/*
 * True: somebody here handles faults as nobody else can, or it is no system we
 * know.  *ret_reason is a line for the log.  Looks at what the program started
 * with; call it from the constructor.
 */
bool fdp_standback(const char **ret_reason);

#endif
