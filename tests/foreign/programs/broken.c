/* What a sanitizer or valgrind complains about, and plain deaths. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int shared;

static void *touch(void *argument)
{
	shared++;
	return argument;
}

static void heap(void)
{
	volatile char *block = malloc(8);

	block[8] = 1;
	free((void *)block);
}

static void race(void)
{
	pthread_t one, other;

	pthread_create(&one, NULL, touch, NULL);
	pthread_create(&other, NULL, touch, NULL);
	pthread_join(one, NULL);
	pthread_join(other, NULL);
}

static void uninitialised(void)
{
	volatile int *block = malloc(sizeof(*block));

	if (*block > 10)
		puts("much");
	free((void *)block);
}

static void null(void)
{
	static volatile int *nowhere;

	*nowhere = 1;
}

static const struct {
	const char *name;
	void (*function)(void);
} ways[] = {
	{ "heap", heap },
	{ "race", race },
	{ "uninitialised", uninitialised },
	{ "null", null },
	{ "abort", abort },
};

int main(int argc, char **argv)
{
	puts("about to");
	fflush(stdout);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (argc > 1 && strcmp(argv[1], ways[i].name) == 0)
			ways[i].function();
	puts("survived");
	return 0;
}
