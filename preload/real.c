#include "real.h"

#include "lookup.h"

void *fdp_real_found[FDP_REAL_COUNT];

static const char *const names[] = {
#define FDP_REAL_NAME(name) #name,
	FDP_REAL_FUNCTIONS(FDP_REAL_NAME)
#undef FDP_REAL_NAME
};

void fdp_real_look(void)
{
	for (int i = 0; i < FDP_REAL_COUNT; i++)
		if (!fdp_real_found[i])
			fdp_real_found[i] = fdp_lookup_next(names[i]);
}
