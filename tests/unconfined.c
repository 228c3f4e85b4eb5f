/*
 * In place of confine.c and analyst.c where the analysis runs under a sanitizer
 * or valgrind: their shadow memory is over any limit, they make system calls of
 * their own, and they say more about a program that is in one piece.
 */
#include "../daemon/analyst.h"
#include "../daemon/loop.h"
#include "../daemon/worker/confine.h"

extern const struct fdp_analyst fdp_analyst_table;

int fdp_confine(pid_t traced)
{
	(void)traced;
	return 0;
}

int fdp_confine_reader(pid_t pid)
{
	(void)pid;
	return 0;
}

const struct fdp_analyst *fdp_analyst(void)
{
	return &fdp_analyst_table;
}

const char *fdp_analyst_error(void)
{
	return "";
}

int fdp_analyst_quiet(void)
{
	return FDP_LOOP_FOREVER;
}
