/*
 * Greenlets: all that the garbage collector knows of, with their frames.
 *
 * CPython 3.7 to 3.15 with the GIL; greenlet 0.4 to 1.x up to Python 3.10, 2.x
 * and 3.x.  Nobody has a list of them, so they are looked for among all objects
 * of the collector, which is paid for only where the library is loaded.  Memory
 * is hostile: lists may lead in circles, a greenlet may be none, its stack
 * anything.
 */
#ifndef FDP_PYTHON_GREENLETS_H
#define FDP_PYTHON_GREENLETS_H

#include "reader.h"

/*
 * Greenlets of one report.  A server has one for each connection; 10,000 take
 * as long as as many tasks and are more than anybody reads.
 */
#define FDP_GREENLETS_MAX 10000

/*
 * Of a process that lives: greenlets that are copied while it stands still.
 * Those behind them are read when it runs again.
 */
#define FDP_GREENLETS_HELD_MAX 1000

/*
 * Frames of one greenlet: the limit of recursion is 1000 unless it is raised.
 * And of all of them together, 20 for each, which is 40 MiB.
 */
#define FDP_GREENLET_DEPTH_MAX 2000
#define FDP_GREENLET_FRAMES_MAX 200000

/*
 * Objects that are looked through: a large program has some 100,000.  They take
 * 0.3 us each, and a page that is read for them 1 us.
 */
#define FDP_GREENLET_OBJECTS_MAX 1000000
#define FDP_GREENLET_PAGES_MAX 32768

/*
 * Reads them into python->greenlets; all strings and arrays are in the report's
 * arena.  Of a process that is going to be stopped, or has been, not ALL of
 * them: as many as were copied.  0 or -ENOMEM.
 */
int fdp_greenlets_read(struct fdp_python_reader *reader, bool all);

#endif
