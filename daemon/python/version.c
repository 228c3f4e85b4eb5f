#include "version.h"

#include <stddef.h>
#include <string.h>

#include "../base/util.h"

/* Digits of a version number that are read; the rest of the name is not one. */
#define DIGITS_MAX 3

static bool take_number(const char **text, int *ret_number)
{
	int number = 0;
	int digits = 0;

	while (**text >= '0' && **text <= '9' && digits < DIGITS_MAX) {
		number = number * 10 + (*(*text)++ - '0');
		digits++;
	}
	if (!digits)
		return false;
	*ret_number = number;
	return true;
}

bool fdp_version_from_path(const char *path, struct fdp_version *ret_version)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct fdp_version version = { 0 };

	if (STARTS_WITH(name, "lib"))
		name += strlen("lib");
	if (!STARTS_WITH(name, "python"))
		return false;
	name += strlen("python");
	if (!take_number(&name, &version.major) || *name++ != '.' ||
	    !take_number(&name, &version.minor))
		return false;
	version.free_threaded = *name == 't';
	*ret_version = version;
	return true;
}

struct fdp_version fdp_version_from_hex(uint32_t hex)
{
	return (struct fdp_version){
		.major = (int)(hex >> 24),
		.minor = (int)(hex >> 16 & 0xff),
	};
}

char *fdp_version_text(uint32_t hex, struct fdp_arena *arena)
{
	static const char *const levels[16] = {
		[0xa] = "a", [0xb] = "b", [0xc] = "rc"
	};
	const char *level = levels[hex >> 4 & 0xf];

	if (!level)
		return fdp_arena_printf(arena, "%u.%u.%u", hex >> 24,
					hex >> 16 & 0xff, hex >> 8 & 0xff);
	return fdp_arena_printf(arena, "%u.%u.%u%s%u", hex >> 24,
				hex >> 16 & 0xff, hex >> 8 & 0xff, level,
				hex & 0xf);
}
