/*
 * Values of settings that shim and daemon both read: the one does what they
 * say, the other tells the user if they make no sense.  Pure.
 */
#ifndef FDP_PROTO_VALUES_H
#define FDP_PROTO_VALUES_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto.h"

/*
 * Microseconds that "90", "0.5" or "1.25" seconds have; digits beyond the sixth
 * are cut off.  0 if TEXT is no such number, is zero, or is too large.
 */
static inline uint64_t fdp_value_seconds(const char *text)
{
	const uint64_t most = FDP_TIMEOUT_US_MAX / 1000000;
	uint64_t whole = 0, fraction = 0, unit = 100000;
	bool digits = false;

	for (; *text >= '0' && *text <= '9' && whole <= most; text++) {
		whole = whole * 10 + (uint64_t)(*text - '0');
		digits = true;
	}
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++) {
			fraction += unit * (uint64_t)(*text - '0');
			unit /= 10;
			digits = true;
		}
	return *text || !digits || whole > most ||
			       whole * 1000000 + fraction > FDP_TIMEOUT_US_MAX
		       ? 0
		       : whole * 1000000 + fraction;
}

/*
 * FDPRELOAD_WATCH: what is shorter than a tenth of a second is no hang, and a
 * day is long enough for any.
 */
#define FDP_WATCH_US_MIN UINT64_C(100000)
#define FDP_WATCH_US_MAX UINT64_C(86400000000)

/* Microseconds, or 0: TEXT is no number of seconds in between. */
static inline uint64_t fdp_value_watch(const char *text)
{
	uint64_t us = fdp_value_seconds(text);

	return us < FDP_WATCH_US_MIN || us > FDP_WATCH_US_MAX ? 0 : us;
}

/* The signals that can be asked for a dump, by name. */
static inline int fdp_value_signal_name(const char *name, size_t length)
{
	static const struct {
		char name[8];
		int number;
	} table[] = {
		{ "HUP", SIGHUP },	 { "INT", SIGINT },
		{ "QUIT", SIGQUIT },	 { "TRAP", SIGTRAP },
		{ "USR1", SIGUSR1 },	 { "USR2", SIGUSR2 },
		{ "PIPE", SIGPIPE },	 { "ALRM", SIGALRM },
		{ "TERM", SIGTERM },	 { "STKFLT", SIGSTKFLT },
		{ "CHLD", SIGCHLD },	 { "CONT", SIGCONT },
		{ "TSTP", SIGTSTP },	 { "TTIN", SIGTTIN },
		{ "TTOU", SIGTTOU },	 { "URG", SIGURG },
		{ "XCPU", SIGXCPU },	 { "XFSZ", SIGXFSZ },
		{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },
		{ "WINCH", SIGWINCH },	 { "IO", SIGIO },
		{ "POLL", SIGIO },	 { "PWR", SIGPWR },
		{ "SYS", SIGSYS },
	};

	if (length > 3 && memcmp(name, "SIG", 3) == 0) {
		name += 3;
		length -= 3;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].name) == length &&
		    memcmp(table[i].name, name, length) == 0)
			return table[i].number;
	return 0;
}

/* "SIGUSR1", "USR1" or "10", and ",chain" behind it.  0: it is none. */
static inline int fdp_value_dump_signal(const char *text, bool *ret_chain)
{
	size_t length = strcspn(text, ",");
	int number = 0;

	*ret_chain = strcmp(text + length, ",chain") == 0;
	if (text[length] && !*ret_chain)
		return 0;
	if (text[0] < '0' || text[0] > '9')
		return fdp_value_signal_name(text, length);
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || i > 1)
			return 0;
		number = number * 10 + (text[i] - '0');
	}
	switch (number) {
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGABRT:
	case SIGKILL:
	case SIGSTOP:
	case 32: /* glibc keeps these two, and lets nobody have them */
	case 33:
		return 0;
	default:
		return number <= 64 ? number : 0;
	}
}

#endif
