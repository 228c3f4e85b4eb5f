/*
 * In place of confine.c where the analysis runs under a sanitizer or valgrind:
 * their shadow memory is over any limit, and they make system calls of their
 * own.
 */
#include "../daemon/confine.h"

int fdp_confine(pid_t traced)
{
	(void)traced;
	return 0;
}
