/*
 * Naming the daemon as who may trace this process, where Yama would let nobody
 * but its parents do that.  Elsewhere the kernel knows no such thing, and says
 * so to nobody.
 */
#ifndef FDP_PRELOAD_TRACER_H
#define FDP_PRELOAD_TRACER_H

#include <stdint.h>

/* In place of a pid: the program has chosen, and it stays so. */
#define FDP_TRACER_CHOSEN UINT32_MAX

/*
 * Names the process PID, whose children may trace then as well; 0 names nobody.
 * Not a second time, and never after the program itself has named somebody.  A
 * forked child inherits no such name, and has to do it again.  May be called
 * from signal handlers.
 */
void fdp_tracer_name(uint32_t pid);

#endif
