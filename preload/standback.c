#include "standback.h"

#include <gnu/libc-version.h>
#include <stddef.h>

#include "lookup.h"
#include "real.h"

#pragma weak gnu_get_libc_version /* only in glibc */

/*
 * A sanitizer's handlers, its threads and its exit status are what its user
 * asked for, and its checks take our handlers' memory for the program's.
 * valgrind runs the program on a processor of its own, of which a reporter
 * outside sees nothing.
 */
static const struct {
	const char *symbol; /* that only this one's library exports */
	const char *reason;
} others[] = {
#define STANDS_BACK "shim: stands back: "
	{ "__asan_init", STANDS_BACK "AddressSanitizer is here\n" },
	{ "__hwasan_init", STANDS_BACK "HWAddressSanitizer is here\n" },
	{ "__msan_init", STANDS_BACK "MemorySanitizer is here\n" },
	{ "__tsan_init", STANDS_BACK "ThreadSanitizer is here\n" },
	/* clang's static runtime does not export its __tsan_init. */
	{ "__tsan_acquire", STANDS_BACK "ThreadSanitizer is here\n" },
	{ "_vgnU_freeres", STANDS_BACK "valgrind is here\n" },
};

#define COUNT (sizeof(others) / sizeof(others[0]))

_Static_assert(COUNT <= FDP_LOOKUP_ANY_MAX, "one walk");

bool fdp_standback(const char **ret_reason)
{
	const char *names[COUNT], *found;

	if (!gnu_get_libc_version) {
		*ret_reason = STANDS_BACK "the C library is not glibc\n";
		return true;
	}
	for (size_t i = 0; i < COUNT; i++)
		names[i] = others[i].symbol;
	if (!fdp_real_optional(FDP_REAL_sigaction)) {
		*ret_reason = STANDS_BACK "the C library was loaded first\n";
		return true;
	}
	found = fdp_lookup_any(names, COUNT);
	for (size_t i = 0; i < COUNT; i++)
		if (found == names[i])
			*ret_reason = others[i].reason;
	return found;
}
