#include "greenlet_library.h"

#include <string.h>

#include "../base/util.h"

/* From 1.0 on it is a package, before that an extension by itself. */
bool fdp_greenlet_library(const struct fdp_report *report)
{
	for (size_t i = 0; i < report->module_count; i++) {
		const char *name = fdp_path_basename(report->modules[i].path);

		if (strncmp(name, "_greenlet.", 10) == 0 ||
		    strncmp(name, "greenlet.", 9) == 0)
			return true;
	}
	return false;
}
