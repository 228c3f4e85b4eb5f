/*
 * A case: what it says, and that it has left no traces.  The facts below are
 * taken at its beginning and at its end.
 */
#include "conform.h"
#include "facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static bool open_section;
static struct facts begin;

void reset(void)
{
	const stack_t none = { .ss_flags = SS_DISABLE };

	for (int signal = 1; signal < 65; signal++) {
		if (signal == SIGKILL || signal == SIGSTOP || signal == 32 ||
		    signal == 33)
			continue;
		if (signal < 32)
			REQUIRE(siginterrupt(signal, 0) == 0);
		set_action(signal, SIG_DFL, 0, 0);
	}
	set_mask(0);
	REQUIRE(sigaltstack(&none, NULL) == 0);
}

void section_end(void)
{
	static struct facts end;

	say_hold(false);
	if (!open_section)
		return;
	open_section = false;
	facts_take(&end);
	for (size_t i = 0; i < fact_count; i++)
		if (strcmp(begin.values[i], end.values[i]) != 0)
			say("changed %s: %s to %s", fact_name(i),
			    begin.values[i], end.values[i]);
}

void section(const char *format, ...)
{
	char name[200];
	va_list arguments;

	section_end();
	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	say("== %s", name);
	reset();
	facts_take(&begin);
	open_section = true;
}
