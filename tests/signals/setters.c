#include "setters.h"

#include "conform.h"

#include <string.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* Not declared by today's headers. */
int __sigaction(int, const struct sigaction *, struct sigaction *);
__sighandler_t bsd_signal(int, __sighandler_t);

const struct setter setters[SETTERS] = {
	{ "sigaction", SETS_ACTION, (void *)sigaction },
	{ "__sigaction", SETS_ACTION, (void *)__sigaction },
	{ "signal", SETS_HANDLER, (void *)signal },
	{ "ssignal", SETS_HANDLER, (void *)ssignal },
	{ "bsd_signal", SETS_HANDLER, (void *)bsd_signal },
	{ "sysv_signal", SETS_HANDLER, (void *)sysv_signal },
	{ "__sysv_signal", SETS_HANDLER, (void *)__sysv_signal },
	{ "sigset", SETS_HANDLER, (void *)sigset },
	{ "sigignore", SETS_IGNORED, (void *)sigignore },
	{ "siginterrupt", SETS_INTERRUPT, (void *)siginterrupt },
};

const int all_signals[ALL_SIGNALS] = {
	SIGSEGV, SIGBUS,  SIGFPE,  SIGILL, SIGABRT, SIGSYS,
	SIGTRAP, SIGUSR1, SIGCHLD, 0,	   -1,	    SIGKILL,
	SIGSTOP, 32,	  33,	   64,	   65,	    1000,
};

const struct setter *setter_find(const char *name)
{
	for (size_t i = 0; i < SETTERS; i++)
		if (strcmp(setters[i].name, name) == 0)
			return &setters[i];
	give_up(name);
}

void first(int signal)
{
	(void)signal;
}

void second(int signal)
{
	(void)signal;
}

void setters_name_handlers(void)
{
	name_address((void *)first, 1, "first");
	name_address((void *)second, 1, "second");
}
