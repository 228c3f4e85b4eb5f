#include "preload.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../daemon/base/util.h"
#include "find.h"

#define VARIABLE "LD_PRELOAD"
#define SEPARATORS ": "

static bool is_shim(const char *entry, size_t length)
{
	const size_t size = sizeof(FDP_SHIM_FILE) - 1;

	return length >= size &&
	       memcmp(entry + length - size, FDP_SHIM_FILE, size) == 0 &&
	       (length == size || entry[length - size - 1] == '/');
}

/* One that is not there would leave the program without any. */
static bool can_be_loaded(const char *entry, size_t length)
{
	_cleanup_free_ char *path = strndup(entry, length);

	/* ld.so searches a name without a slash, and knows what $LIB is. */
	return path && (!strchr(path, '/') || strchr(path, '$') ||
			access(path, R_OK) == 0);
}

static bool has_shim(const char *list)
{
	while (*list) {
		size_t length = strcspn(list, SEPARATORS);

		if (is_shim(list, length) && can_be_loaded(list, length))
			return true;
		list += length;
		list += strspn(list, SEPARATORS);
	}
	return false;
}

int fdp_preload_set(const char *shim)
{
	const char *before = getenv(VARIABLE);
	_cleanup_free_ char *list = NULL;

	if (before && has_shim(before))
		return 0;
	if (strpbrk(shim, SEPARATORS))
		return -EINVAL;
	if (!before || !*before)
		return setenv(VARIABLE, shim, true) < 0 ? -errno : 0;
	if (asprintf(&list, "%s:%s", before, shim) < 0) {
		list = NULL;
		return -ENOMEM;
	}
	return setenv(VARIABLE, list, true) < 0 ? -errno : 0;
}
