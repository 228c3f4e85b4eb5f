/*
 * Versions of CPython, as numbers and as text.
 */
#ifndef FDP_PYTHON_VERSION_H
#define FDP_PYTHON_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/arena.h"

struct fdp_version {
	int major, minor;
	bool free_threaded;
};

/*
 * From a file name: "libpython3.8.so.1.0" is 3.8, "python3.13t" is
 * free-threaded 3.13.  True if PATH names an interpreter or its library.
 */
bool fdp_version_from_path(const char *path, struct fdp_version *ret_version);

/* From PY_VERSION_HEX. */
struct fdp_version fdp_version_from_hex(uint32_t hex);

/* "3.13.0rc1" for 0x030d00c1.  NULL: no memory. */
char *fdp_version_text(uint32_t hex, struct fdp_arena *arena);

#endif
