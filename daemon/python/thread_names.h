/*
 * What the threading module says of a thread: its name, which the program has
 * given it and the kernel does not know, and whether it is a daemon.
 *
 * A thread that threading has started runs Thread._bootstrap() outermost, and
 * the first argument of that is its Thread.  The others (the main thread, and
 * those that C has started and that have asked for their Thread) are in
 * threading._active, by pthread_t.
 */
#ifndef FDP_PYTHON_THREAD_NAMES_H
#define FDP_PYTHON_THREAD_NAMES_H

#include "../analysis/stack.h"
#include "../report.h"
#include "../target.h"

/* Characters of a name; an ellipsis is behind those of a longer one. */
#define FDP_THREAD_NAME_MAX 256

/*
 * Fills name and is_daemon of the stacks of PYTHON.  Without MAIN_TOO nothing
 * is looked up for the main thread alone: all of sys.modules may have to be
 * gone through for it, which costs 0.3 ms with 5,000 modules, and it is the
 * same thread a moment later.  What is not known, cannot be read or was not
 * read together with everything else is left out, and not said: without the
 * module there is nothing.  0 or -ENOMEM.
 */
int fdp_thread_names_read(struct fdp_target *target, struct fdp_report *report,
			  bool main_too, struct fdp_python *python);

#endif
