/*
 * Stands for the daemon: lets go of the processor and of the priority that the
 * measured program was given, and becomes the daemon, whose path is in the
 * variable BENCH_DAEMON.  Without it the daemon would start on the one
 * processor where the program wants to go on.  Without libc, so that this is
 * soon.
 */
#include <sched.h>
#include <stddef.h>

#include "../preload/sys.h"

#define NAME "BENCH_DAEMON="
#define NAME_LENGTH (sizeof(NAME) - 1)

void begin(long *stack) __attribute__((noreturn));

static const char *daemon_path(char **environment)
{
	for (; *environment; environment++) {
		size_t i = 0;

		while (i < NAME_LENGTH && (*environment)[i] == NAME[i])
			i++;
		if (i == NAME_LENGTH)
			return *environment + i;
	}
	return "";
}

/* STACK is as the kernel leaves it: count, arguments, NULL, environment. */
void begin(long *stack)
{
	char **arguments = (char **)(stack + 1);
	char **environment = arguments + *stack + 1;
	struct sched_param none = { .sched_priority = 0 };
	unsigned long others = ~0ul;
	unsigned here = 0;

	fdp_sys(SYS_getcpu, &here, NULL, NULL);
	others &= ~(1ul << here);
	fdp_sys(SYS_sched_setaffinity, 0, sizeof(others), &others);
	fdp_sys(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
	fdp_sys(SYS_execve, daemon_path(environment), arguments, environment);
	for (;;)
		fdp_sys(SYS_exit_group, 127);
}

__asm__(".globl _start\n"
	"_start: mov %rsp, %rdi\n"
	"and $-16, %rsp\n"
	"call begin\n");
