/* What a program finds when it starts. */
#include "conform.h"
#include "facts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void say_facts(void)
{
	static struct facts facts;

	/* Not section(): nothing must have been reset. */
	facts_take(&facts);
	for (size_t i = 0; i < fact_count; i++) {
		say("== start %s", fact_name(i));
		say("%s", facts.values[i]);
	}
}

static void say_signals(void)
{
	for (int signal = -1; signal < 67; signal++) {
		say("== start disposition %s", signal_name(signal));
		say("%s", disposition_now(signal));
		say("== start kernel disposition %s", signal_name(signal));
		say("%s", kernel_disposition(signal));
	}
	say("== start kernel mask");
	say("%016llx", (unsigned long long)kernel_mask());
}

static bool is_of_shim(const char *variable)
{
	return strncmp(variable, "LD_PRELOAD=", 11) == 0 ||
	       strncmp(variable, "FDPRELOAD_", 10) == 0;
}

static void say_environment(void)
{
	say("== start environment");
	for (char **variable = environ; *variable; variable++)
		if (!is_of_shim(*variable))
			say("%.*s", (int)strcspn(*variable, "="), *variable);
}

static void start(void)
{
	say_facts();
	say_signals();
	say_environment();
}

const struct suite start_suites[] = {
	{ "start", start, EVERYWHERE },
	{ NULL, NULL, 0 },
};
