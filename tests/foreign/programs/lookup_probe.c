/*
 * A preload that holds the shim's lookup and compares it with dlsym(), name by
 * name: LOOKUP_NAMES="memcpy sigaction ..." LD_PRELOAD=.../lookup_probe.so
 * prog. Ends the program: 0, or 1 after a line for each difference.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../../preload/lookup.c"
#include "../../../preload/symbols.c"

#define NAMES_MAX 4096
#define NAMES_MIN 20 /* of them in libc, or the test is none */

static struct fdp_wanted table[NAMES_MAX];
static size_t count;

static void read_names(const char *variable)
{
	char *names = strdup(variable);

	for (char *name = strtok(names, " "); name && count < NAMES_MAX;
	     name = strtok(NULL, " "))
		table[count++].name = name;
}

static int compare(const char *how, const char *name, void *ours)
{
	void *theirs = dlsym(RTLD_NEXT, name);

	if (ours == theirs)
		return 0;
	printf("%s(\"%s\") is %p, dlsym says %p\n", how, name, ours, theirs);
	return 1;
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int check(void)
{
	size_t known = 0;
	int differences = 0;
	double start = now_us(), once, one;

	fdp_lookup_all(table, count);
	once = now_us() - start;
	start = now_us();
	fdp_lookup_next(table[0].name);
	one = now_us() - start;
	for (size_t i = 0; i < count; i++) {
		known += table[i].address != NULL;
		differences += compare("fdp_lookup_all", table[i].name,
				       table[i].address);
		differences += compare("fdp_lookup_next", table[i].name,
				       fdp_lookup_next(table[i].name));
	}
	printf("%zu names, %zu known, %.2f us; another: %.2f us\n", count,
	       known, once, one);
	return differences || known < NAMES_MIN;
}

__attribute__((constructor)) static void probe(void)
{
	int failed;

	read_names(getenv("LOOKUP_NAMES"));
	failed = check();
	fflush(stdout);
	_exit(failed);
}
