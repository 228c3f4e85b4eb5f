/*
 * Reads the state of a CPython interpreter out of a target.
 *
 * CPython 2.7 and 3.6 to 3.15, free-threaded builds too.  Layouts are data
 * (offsets.c); code is the same for all versions where their data structures
 * are.  Pure: only
 * fdp_target_read*() and facts.
 */
#ifndef FDP_PYTHON_PYTHON_H
#define FDP_PYTHON_PYTHON_H

#include "../analysis/stack.h"
#include "../report.h"
#include "../target.h"

/* The default of kernel.threads-max on a machine with 8 GiB is below this. */
#define FDP_PYTHON_THREADS_MAX 65536

/* What is read of it beyond threads and frames. */
enum fdp_python_flags {
	FDP_PYTHON_LOCALS = 1,	   /* locals of its frames */
	FDP_PYTHON_EXCEPTIONS = 2, /* that are being raised or handled */
	FDP_PYTHON_NAMES = 4,	   /* that it has for its threads */
	FDP_PYTHON_MAIN_NAME = 8,  /* for the main one too: much to read */
	FDP_PYTHON_TASKS = 16,	   /* of asyncio, and greenlets */
	FDP_PYTHON_ALL_TASKS = 32, /* more than can be copied in a stop */
	FDP_PYTHON_GUESSES = 64,   /* of names, where no code says them */
};

/*
 * Finds the interpreter among report->modules, sets is_interpreter of the one
 * that holds it, and reads all Python threads of all interpreters into *ret.
 * Strings and arrays go to report's arena.  What could not be read is said
 * with fdp_report_missing().  FLAGS are of enum fdp_python_flags.
 *
 * Returns 0, also when there is no Python (ret->found is then false), or
 * -ENOMEM.
 */
int fdp_python_read(struct fdp_target *target, struct fdp_report *report,
		    unsigned flags, struct fdp_python *ret_python);

#endif
