/*
 * The arguments and local variables of Python frames.
 */
#ifndef FDP_PYTHON_LOCALS_H
#define FDP_PYTHON_LOCALS_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"

/* Names of one frame; a function that was written by a program can have more,
 * and then its first ones are shown. */
#define FDP_LOCALS_MAX 1000

struct fdp_locals;

/* 0 or -ENOMEM.  All but RET_LOCALS is borrowed. */
int fdp_locals_new(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets,
		   struct fdp_report *report, struct fdp_locals **ret_locals);

/*
 * Fills locals and local_count of FRAME with what the one at ADDRESS, which
 * runs the code object at CODE, has in its fast locals: those of the module
 * level and of a class body are a dict, and are not read.  What cannot be read,
 * and that nothing is known of how this build keeps values, is said in the
 * report.  0 or -ENOMEM.
 */
int fdp_locals_read(struct fdp_locals *locals, uint64_t address, uint64_t code,
		    struct fdp_frame *frame);

void fdp_locals_free(struct fdp_locals *locals);

#endif
