/*
 * threads COUNT: makes and joins COUNT threads and prints what the process has
 * before and after: memory, mappings, descriptors.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than anybody keeps stacks for. */
#define BATCH 64

static void *nothing(void *argument)
{
	return argument;
}

static void batch(void)
{
	pthread_t threads[BATCH];

	for (int i = 0; i < BATCH; i++)
		if (pthread_create(&threads[i], NULL, nothing, NULL) != 0)
			abort();
	for (int i = 0; i < BATCH; i++)
		pthread_join(threads[i], NULL);
}

static int count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	int lines = 0;

	if (!file)
		abort();
	for (int c; (c = getc(file)) != EOF;)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static int count_entries(const char *path)
{
	DIR *directory = opendir(path);
	int entries = 0;

	if (!directory)
		abort();
	while (readdir(directory))
		entries++;
	closedir(directory);
	return entries;
}

static long status(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long value = -1;

	if (!file)
		abort();
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtol(line + strlen(name), NULL, 10);
	fclose(file);
	return value;
}

static void print(const char *when)
{
	printf("%s: VmSize %ld VmRSS %ld maps %d descriptors %d\n", when,
	       status("VmSize:"), status("VmRSS:"),
	       count_lines("/proc/self/maps"), count_entries("/proc/self/fd"));
}

int main(int count, char **arguments)
{
	long threads = count > 1 ? strtol(arguments[1], NULL, 10) : BATCH;

	/* The first ones make what is kept. */
	for (int i = 0; i < 4; i++)
		batch();
	print("warm-up");
	print("before");
	for (long made = 0; made < threads; made += BATCH)
		batch();
	print("after");
	return 0;
}
