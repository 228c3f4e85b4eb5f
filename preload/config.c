#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "SEGV", SIGSEGV }, { "BUS", SIGBUS },	  { "FPE", SIGFPE },
	{ "ILL", SIGILL },   { "ABRT", SIGABRT }, { "SYS", SIGSYS },
	{ "TRAP", SIGTRAP },
};

static const uint64_t all_signals = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) |
				    BIT(SIGILL) | BIT(SIGABRT) | BIT(SIGSYS) |
				    BIT(SIGTRAP);

static enum fdp_follow parse_follow(const char *value)
{
	if (value && strcmp(value, "all") == 0)
		return FDP_FOLLOW_ALL;
	if (value && strcmp(value, "none") == 0)
		return FDP_FOLLOW_NONE;
	return FDP_FOLLOW_PYTHON;
}

static uint64_t signal_bit(const char *name, size_t length)
{
	if (length > 3 && memcmp(name, "SIG", 3) == 0) {
		name += 3;
		length -= 3;
	}
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strlen(signals[i].name) == length &&
		    memcmp(signals[i].name, name, length) == 0)
			return BIT(signals[i].number);
	return 0;
}

/* "SEGV,ABRT" or "SIGSEGV,SIGABRT"; one wrong name and all are meant. */
static uint64_t parse_signals(const char *value)
{
	uint64_t mask = 0;

	while (value && *value) {
		size_t length = strcspn(value, ",");
		uint64_t bit = signal_bit(value, length);

		if (!bit)
			return all_signals;
		mask |= bit;
		value += length;
		value += *value == ',';
	}
	return mask ? mask : all_signals;
}

static bool parse_children(const char *value)
{
	return !value || strcmp(value, "0") != 0;
}

static bool is_none(const char *value)
{
	return value && strcmp(value, "none") == 0;
}

static uint32_t parse_deadline(const char *value)
{
	uint32_t number = 0;

	for (; value && *value >= '0' && *value <= '9'; value++)
		if (number <= FDP_DEADLINE_MS_MAX)
			number = number * 10 + (uint32_t)(*value - '0');
	if (!value || *value || number < FDP_DEADLINE_MS_MIN ||
	    number > FDP_DEADLINE_MS_MAX)
		return FDP_DEADLINE_MS_DEFAULT;
	return number;
}

/*
 * Not getenv(): every process pays for this, and the first call into a part of
 * libc that it does not use otherwise costs a page fault.
 */
const char *fdp_config_setting(const char *name)
{
	for (char **variable = environ; variable && *variable; variable++) {
		const char *value = *variable, *rest = name;

		while (*rest && *rest == *value) {
			rest++;
			value++;
		}
		if (!*rest && *value == '=')
			return value[1] ? value + 1 : NULL;
	}
	return NULL;
}

void fdp_config_read(struct fdp_config *ret_config)
{
	ret_config->follow =
		parse_follow(fdp_config_setting("FDPRELOAD_FOLLOW"));
	ret_config->signals =
		parse_signals(fdp_config_setting("FDPRELOAD_SIGNALS"));
	ret_config->deadline_ms =
		parse_deadline(fdp_config_setting("FDPRELOAD_DEADLINE_MS"));
	ret_config->children =
		parse_children(fdp_config_setting("FDPRELOAD_CHILDREN"));
	ret_config->quiet = is_none(fdp_config_setting("FDPRELOAD_ECHO"));
	ret_config->daemon = fdp_config_setting("FDPRELOAD_DAEMON");
	ret_config->debug = fdp_config_setting("FDPRELOAD_DEBUG");
}
