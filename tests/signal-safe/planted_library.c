/*
 * A library with everything that the shim must not have: another library
 * (libm), a symbol newer than its glibc, a name that is not on the list of
 * exports, lazy binding.  check-signal-safe has to find each.
 */
#include <math.h>
#include <threads.h>

double planted_export(double x);

double planted_export(double x)
{
	thrd_yield();
	return cos(x);
}
