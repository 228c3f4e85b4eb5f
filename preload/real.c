#include "real.h"

#include <stdbool.h>

struct fdp_wanted fdp_real_table[FDP_REAL_COUNT] = {
#define FDP_REAL_NAME(function) { .name = #function },
	FDP_REAL_FUNCTIONS(FDP_REAL_NAME)
#undef FDP_REAL_NAME
};

static bool looked;

static void look_for_all(void)
{
	if (__atomic_load_n(&looked, __ATOMIC_ACQUIRE))
		return;
	fdp_lookup_all(fdp_real_table, FDP_REAL_COUNT);
	__atomic_store_n(&looked, true, __ATOMIC_RELEASE);
}

void *fdp_real_look_once(enum fdp_real function)
{
	look_for_all();
	return fdp_real_table[function].address;
}

void *fdp_real_look(enum fdp_real function)
{
	struct fdp_wanted *wanted = &fdp_real_table[function];

	look_for_all();
	if (!wanted->address)
		wanted->address = fdp_lookup_next(wanted->name);
	return wanted->address;
}
