/*
 * The extension modules that are not Python's own, as faulthandler lists them
 * from 3.10 on.
 */
#ifndef FDP_PYTHON_EXTENSIONS_H
#define FDP_PYTHON_EXTENSIONS_H

#include "../base/arena.h"
#include "../target.h"
#include "offsets.h"

struct fdp_extensions {
	char **names; /* keys of sys.modules, in its order */
	size_t count;
};

/*
 * Reads those of the interpreter at INTERPRETER into ARENA.  What cannot be
 * read is not there.  0 or -ENOMEM.
 */
int fdp_extensions_read(struct fdp_target *target,
			const struct fdp_python_offsets *offsets,
			uint64_t interpreter, struct fdp_arena *arena,
			struct fdp_extensions *ret_extensions);

#endif
