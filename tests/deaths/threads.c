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

#define BY_EXIT ((void *)1)
#define BY_CANCEL ((void *)2)

static pthread_barrier_t barrier;

/* All of a batch live at once, in the first one as in the last; they end by
 * themselves, by pthread_exit() or because they are cancelled. */
static void *meet(void *how)
{
	pthread_barrier_wait(&barrier);
	if (how == BY_EXIT)
		pthread_exit(how);
	while (how == BY_CANCEL)
		pause();
	return how;
}

static void batch(void)
{
	pthread_t threads[BATCH];

	for (int i = 0; i < BATCH; i++)
		if (pthread_create(&threads[i], NULL, meet,
				   (void *)(long)(i % 3)) != 0)
			abort();
	for (int i = (int)(long)BY_CANCEL; i < BATCH; i += 3)
		pthread_cancel(threads[i]);
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

	pthread_barrier_init(&barrier, NULL, BATCH);
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
