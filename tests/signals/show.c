/*
 * show: what an exec'd program has been given, as the kernel says it.  Linked
 * statically too: no preload then, so nothing but what exec has handed on.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const wanted[] = { "SigPnd:", "ShdPnd:", "SigBlk:",
				      "SigIgn:", "SigCgt:" };

static void show_status(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[200];

	if (!file)
		exit(1);
	while (fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				fputs(line, stdout);
	fclose(file);
}

/* As the program would ask. */
static void show_answers(void)
{
	unsigned long long bits;
	stack_t stack;
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	memcpy(&bits, &set, sizeof(bits));
	printf("mask %016llx\n", bits);
	sigaltstack(NULL, &stack);
	printf("stack size %zu flags %d\n", stack.ss_size, stack.ss_flags);
	for (int signal = 1; signal < 32; signal++) {
		struct sigaction now;

		if (sigaction(signal, NULL, &now) == 0 &&
		    now.sa_handler != SIG_DFL)
			printf("%d %s\n", signal,
			       now.sa_handler == SIG_IGN ? "IGN" : "other");
	}
}

static void show_descriptors(void)
{
	for (int fd = 0; fd < 1000; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("descriptor %d\n", fd);
}

int main(int argc, char **argv)
{
	const char *variable = getenv("CONFORM");

	show_status();
	show_answers();
	show_descriptors();
	for (int i = 1; i < argc; i++)
		printf("argument %s\n", argv[i]);
	printf("variable %s\n", variable ? variable : "none");
	return 7;
}
