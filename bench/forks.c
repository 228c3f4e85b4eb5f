/* Children that end at once. */
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operation.h"

#define MIB (1024ul * 1024)

extern char **environ;

/* In pages of 4 KiB, as a heap that has grown slowly: fork copies tables. */
static void occupy(unsigned long size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory == MAP_FAILED, "mmap");
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
}

void prepare_small(void)
{
	occupy(10 * MIB);
}

void prepare_large(void)
{
	occupy(500 * MIB);
}

static void wait_for(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) != pid || status != 0, "child");
}

void fork_and_wait(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		wait_for(pid);
	}
}

static void spawn(unsigned n, char **environment)
{
	char name[] = "true", *arguments[] = { name, NULL };

	for (unsigned i = 0; i < n; i++) {
		pid_t pid;

		must(posix_spawn(&pid, "/bin/true", NULL, NULL, arguments,
				 environment),
		     "posix_spawn");
		wait_for(pid);
	}
}

void spawn_true(unsigned n)
{
	spawn(n, environ);
}

/* The child does not load the shim. */
void spawn_true_bare(unsigned n)
{
	char *none[] = { NULL };

	spawn(n, none);
}
