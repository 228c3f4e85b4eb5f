#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../proto/values.h"
#include "base/util.h"
#include "log.h"

/* Values that are understood, for the settings that are a choice. */
static const struct {
	const char *name;
	const char *values[4];
} choices[] = {
	{ "FDPRELOAD_ECHO", { "brief", "full", "none" } },
	{ "FDPRELOAD_FOLLOW", { "python", "all", "none" } },
	{ "FDPRELOAD_CAPTURE", { "live", "served" } },
	{ "FDPRELOAD_SAVE_CAPTURE", { "0", "1" } },
	{ "FDPRELOAD_CHILDREN", { "1", "0" } },
	{ "FDPRELOAD_DUMP_REPEAT", { "0", "1" } },
	{ "FDPRELOAD_DUMP_EXIT", { "0", "1" } },
	{ "FDPRELOAD_LOCALS", { "0", "1" } },
	{ "FDPRELOAD_GUESS_NAMES", { "0", "1" } },
	{ "FDPRELOAD_ANSWER", { "auto", "always", "never" } },
};

static const char *value_of(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool is_value(const char *name, const char *wanted)
{
	const char *value = value_of(name);

	return value && strcmp(value, wanted) == 0;
}

static char *absolute(const char *path)
{
	_cleanup_free_ char *here = NULL;
	char *full;

	if (path[0] == '/')
		return strdup(path);
	here = getcwd(NULL, 0);
	return here && asprintf(&full, "%s/%s", here, path) >= 0 ? full : NULL;
}

static char *join(const char *directory, const char *name)
{
	char *full;

	return asprintf(&full, "%s/%s", directory, name) >= 0 ? full : NULL;
}

static char *log_directory(void)
{
	const char *own = value_of("FDPRELOAD_LOG_DIR");
	const char *state = value_of("XDG_STATE_HOME");
	const char *home = value_of("HOME");

	if (own)
		return absolute(own);
	if (geteuid() == 0)
		return strdup("/var/log/fdpreload");
	if (state && state[0] == '/')
		return join(state, "fdpreload");
	return home && home[0] == '/' ? join(home, ".local/state/fdpreload")
				      : NULL;
}

/* The bit of a signal by its name, with or without "SIG"; 0: it is none. */
static uint64_t signal_bit(const char *name, size_t length)
{
	static const struct {
		const char *name;
		int number;
	} table[] = {
		{ "SEGV", SIGSEGV }, { "BUS", SIGBUS },	  { "FPE", SIGFPE },
		{ "ILL", SIGILL },   { "ABRT", SIGABRT }, { "SYS", SIGSYS },
		{ "TRAP", SIGTRAP },
	};

	if (length > 3 && strncmp(name, "SIG", 3) == 0) {
		name += 3;
		length -= 3;
	}
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strlen(table[i].name) == length &&
		    strncmp(table[i].name, name, length) == 0)
			return UINT64_C(1) << (table[i].number - 1);
	return 0;
}

/* As the shim reads it: with one wrong name all are meant. */
static uint64_t parse_signals(const char *value)
{
	static const char all[] = "SEGV,BUS,FPE,ILL,ABRT,SYS,TRAP";
	uint64_t signals = 0;

	for (const char *at = value ? value : all; *at;) {
		size_t length = strcspn(at, ",");
		uint64_t bit = signal_bit(at, length);

		if (!bit)
			return parse_signals(NULL);
		signals |= bit;
		at += length + (at[length] == ',');
	}
	return signals;
}

/* Microseconds; 0: nobody is watched. */
static uint64_t watch_time(void)
{
	const char *value = value_of("FDPRELOAD_WATCH");

	return value ? fdp_value_watch(value) : 0;
}

int fdp_settings_read(struct fdp_settings *ret_settings)
{
	const char *debug = value_of("FDPRELOAD_DEBUG");

	*ret_settings = (struct fdp_settings){
		.log_directory = log_directory(),
		.echo = is_value("FDPRELOAD_ECHO", "none")   ? FDP_ECHO_NONE
			: is_value("FDPRELOAD_ECHO", "full") ? FDP_ECHO_FULL
							     : FDP_ECHO_BRIEF,
		.save_capture = is_value("FDPRELOAD_SAVE_CAPTURE", "1"),
		.served = is_value("FDPRELOAD_CAPTURE", "served"),
		.locals = is_value("FDPRELOAD_LOCALS", "1"),
		.guess_names = is_value("FDPRELOAD_GUESS_NAMES", "1"),
		.signals = parse_signals(value_of("FDPRELOAD_SIGNALS")),
		.watch_us = watch_time(),
		.debug = debug ? absolute(debug) : NULL,
	};
	return debug && !ret_settings->debug ? -ENOMEM : 0;
}

static void check_choice(const char *name, const char *const *values)
{
	const char *value = value_of(name);

	if (!value)
		return;
	for (size_t i = 0; values[i]; i++)
		if (strcmp(value, values[i]) == 0)
			return;
	fdp_log_warning("%s=%s is not understood; the default '%s' is used",
			name, value, values[0]);
}

static void check_deadline(void)
{
	const char *value = value_of("FDPRELOAD_DEADLINE_MS");
	char *end;
	long number;

	if (!value)
		return;
	errno = 0;
	number = strtol(value, &end, 10);
	if (errno || *end || value[0] < '0' || value[0] > '9' || number < 100 ||
	    number > 60000)
		fdp_log_warning("FDPRELOAD_DEADLINE_MS=%s is not a number from "
				"100 to 60000; 3000 is used",
				value);
}

static void check_signals(void)
{
	const char *value = value_of("FDPRELOAD_SIGNALS");

	for (const char *at = value; at && *at;) {
		size_t length = strcspn(at, ",");

		if (!signal_bit(at, length)) {
			fdp_log_warning(
				"FDPRELOAD_SIGNALS=%s: '%.*s' is not one "
				"of SEGV BUS FPE ILL ABRT SYS TRAP; all "
				"are used",
				value, (int)length, at);
			return;
		}
		at += length + (at[length] == ',');
	}
}

static void check_dumps(void)
{
	const char *after = value_of("FDPRELOAD_DUMP_AFTER");
	const char *signal = value_of("FDPRELOAD_DUMP_SIGNAL");
	bool chain;

	if (after && !fdp_value_seconds(after))
		fdp_log_warning("FDPRELOAD_DUMP_AFTER=%s is not a number of "
				"seconds, like 60 or 0.5; nothing is dumped",
				after);
	if (signal && !fdp_value_dump_signal(signal, &chain))
		fdp_log_warning("FDPRELOAD_DUMP_SIGNAL=%s is not a signal that "
				"can be caught, like SIGUSR1 or USR1,chain; "
				"nothing is dumped",
				signal);
}

static void check_watch(void)
{
	const char *value = value_of("FDPRELOAD_WATCH");

	if (value && !fdp_value_watch(value))
		fdp_log_warning("FDPRELOAD_WATCH=%s is not a number of seconds "
				"from 0.1 to 86400; nobody is watched",
				value);
}

static void check_names(void)
{
	static const char *const known[] = {
		"FDPRELOAD_LOG_DIR=",	  "FDPRELOAD_ECHO=",
		"FDPRELOAD_FOLLOW=",	  "FDPRELOAD_SIGNALS=",
		"FDPRELOAD_DEADLINE_MS=", "FDPRELOAD_DAEMON=",
		"FDPRELOAD_DEBUG=",	  "FDPRELOAD_SAVE_CAPTURE=",
		"FDPRELOAD_CAPTURE=",	  "FDPRELOAD_CHILDREN=",
		"FDPRELOAD_REPORTER=",	  "FDPRELOAD_DUMP_AFTER=",
		"FDPRELOAD_DUMP_REPEAT=", "FDPRELOAD_DUMP_EXIT=",
		"FDPRELOAD_DUMP_SIGNAL=", "FDPRELOAD_WATCH=",
		"FDPRELOAD_ANSWER=",	  "FDPRELOAD_LOCALS=",
		"FDPRELOAD_GUESS_NAMES=",
	};

	for (char **variable = environ; *variable; variable++) {
		size_t i = 0;

		if (!STARTS_WITH(*variable, "FDPRELOAD_"))
			continue;
		while (i < ARRAY_SIZE(known) &&
		       strncmp(*variable, known[i], strlen(known[i])) != 0)
			i++;
		if (i == ARRAY_SIZE(known))
			fdp_log_warning("%.*s is not a setting that exists",
					(int)strcspn(*variable, "="),
					*variable);
	}
}

void fdp_settings_check(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
		check_choice(choices[i].name, choices[i].values);
	check_deadline();
	check_signals();
	check_dumps();
	check_watch();
	check_names();
}

void fdp_settings_done(struct fdp_settings *settings)
{
	free(settings->log_directory);
	free(settings->debug);
	*settings = (struct fdp_settings){ .log_directory = NULL };
}
