/*
 * Who imports what, and who waits for whom in that: importlib has a lock for
 * each module while it is imported.
 */
#ifndef FDP_PYTHON_IMPORTS_H
#define FDP_PYTHON_IMPORTS_H

#include "../analysis/stack.h"
#include "../report.h"
#include "../target.h"

struct fdp_import {
	pid_t tid;
	uint64_t interpreter;
	const char *module; /* its name, as valid UTF-8 */
	bool waits;	    /* for another to import it; else it does so */
};

struct fdp_imports {
	struct fdp_import *all; /* in the report's arena */
	size_t count, capacity;
};

/*
 * From the frames of importlib in the stacks of PYTHON, and the names that are
 * their first arguments; in 2.7 from those of the modules, if the symbols of
 * the interpreter tell who imports.  0 or -ENOMEM.
 */
int fdp_imports_read(struct fdp_target *target, struct fdp_report *report,
		     const struct fdp_python *python,
		     struct fdp_imports *ret_imports);

/* What thread TID waits for another to import; or NULL. */
const struct fdp_import *fdp_import_awaited(const struct fdp_imports *imports,
					    pid_t tid);

/* The import of the same module by another thread; or NULL. */
const struct fdp_import *fdp_import_owner(const struct fdp_imports *imports,
					  const struct fdp_import *awaited);

#endif
