/*
 * Names of functions with the class that they were written in, for versions
 * whose code objects do not say it (up to 3.10).  A guess: see ARCHITECTURE.md.
 */
#ifndef FDP_PYTHON_CLASS_NAMES_H
#define FDP_PYTHON_CLASS_NAMES_H

#include "../report.h"
#include "../target.h"
#include "code.h"
#include "offsets.h"

struct fdp_class_names;

/* 0 or -ENOMEM.  All but RET_NAMES is borrowed. */
int fdp_class_names_new(struct fdp_target *target,
			const struct fdp_python_offsets *offsets,
			struct fdp_report *report,
			struct fdp_class_names **ret_names);

/*
 * Gives FRAME, which runs CODE, a valid one, and stands at ADDRESS, its
 * qualname and qualname_guessed, if the code is that of a function of the class
 * of its first argument, or of the class that its first argument is.  0 or
 * -ENOMEM.
 */
int fdp_class_names_guess(struct fdp_class_names *names, uint64_t address,
			  const struct fdp_code *code, struct fdp_frame *frame);

void fdp_class_names_free(struct fdp_class_names *names);

#endif
