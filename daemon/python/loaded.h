/*
 * The extension modules that a program has loaded from files of its own: what
 * may have brought the memory of the process into disorder.  Not those of the
 * standard library, which are built in or lie in lib-dynload.
 */
#ifndef FDP_PYTHON_LOADED_H
#define FDP_PYTHON_LOADED_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"

/*
 * Globals that are looked through for __file__, of all modules together: those
 * of C have some hundreds, and a program some hundreds of these.  30 ms.
 */
#define FDP_LOADED_GLOBALS_MAX 500000

/*
 * Fills python.extensions of REPORT with those in sys.modules of the
 * interpreter at INTERPRETER, in its order, by the names there and their
 * __file__.  Without sys.modules it stays NULL.  0 or -ENOMEM.
 */
int fdp_loaded_read(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets,
		    uint64_t interpreter, struct fdp_report *report);

#endif
