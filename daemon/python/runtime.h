/*
 * Finds _PyRuntime, the root of everything that CPython knows, or what stands
 * for it in 2.7 and 3.6, and the version.
 */
#ifndef FDP_PYTHON_RUNTIME_H
#define FDP_PYTHON_RUNTIME_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"
#include "roots.h"
#include "validity.h"

struct fdp_runtime {
	struct fdp_module *module;
	uint64_t address;
	struct fdp_roots roots; /* where there is no _PyRuntime */
	const char *version;	/* "3.12.1", or only "3.8"; in report's arena */
	struct fdp_python_offsets offsets;
};

/*
 * Looks for it in report->modules.  0: it is there, with at least one thread or
 * not yet (or no longer) any; -ENOENT: there is no Python, or none that can be
 * read, which is then said to be missing; -ENOMEM.
 */
int fdp_runtime_find(struct fdp_target *target, struct fdp_report *report,
		     struct fdp_runtime *ret_runtime);

#endif
