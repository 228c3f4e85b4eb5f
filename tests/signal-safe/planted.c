/*
 * What must not be in the handler.  Linked with its objects, each of these has
 * to make check-signal-safe fail: that is how the check is checked.
 */
#include <stdio.h>

int planted_library_call(char *to, int number);
int planted_deep_stack(int seed);
int planted_recursion(volatile int *left);
int planted_indirect(int (*function)(int), int argument);

int planted_library_call(char *to, int number)
{
	return snprintf(to, 16, "%d", number);
}

int planted_deep_stack(int seed)
{
	volatile char room[32768];

	room[seed & 32767] = (char)seed;
	return room[0];
}

int planted_recursion(volatile int *left)
{
	int here = *left;

	return here ? planted_recursion(left) + *left : here;
}

int planted_indirect(int (*function)(int), int argument)
{
	return function(argument) + 1;
}
