#include "process.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

/* USER_HZ: the unit of times in /proc/PID/stat on every Linux of today. */
#define TICK_US 10000

/* Fields of /proc/PID/stat, counted from the one behind the name. */
#define STAT_PPID 1
#define STAT_START_TIME 19

/* Longer ones are not shown whole; no path is longer than PATH_MAX. */
#define TEXT_MAX 4096

/* Reads a decimal number that ends with a blank or the end of the text. */
static bool parse_number(const char *text, int64_t *ret_value)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || !(*end == '\0' || strchr(" \t\n", *end)))
		return false;
	*ret_value = value;
	return true;
}

/* The text behind FIELDS blanks, or NULL. */
static const char *skip_fields(const char *text, int fields)
{
	while (fields-- > 0 && text) {
		text = strchr(text, ' ');
		text = text ? text + 1 : NULL;
	}
	return text;
}

static void read_start_time(struct fdp_target *target,
			    struct fdp_report *report, int64_t ticks)
{
	const char *text;
	int64_t boot_us, start_us;

	if (fdp_target_fact(target, "host/boot-time-us", &text, NULL) < 0 ||
	    !parse_number(text, &boot_us) || ticks < 0 || boot_us <= 0)
		return;
	if (__builtin_mul_overflow(ticks, TICK_US, &start_us) ||
	    __builtin_add_overflow(start_us, boot_us, &start_us))
		return;
	report->process.start_time_us = start_us;
	if (report->time_us != FDP_UNKNOWN && report->time_us >= start_us)
		report->process.uptime_s =
			(double)(report->time_us - start_us) / 1e6;
}

/*
 * "4711 (any ) name) S 4700 ...": the name is whatever the process wants it
 * to be, so the fields begin behind the last parenthesis.
 */
static int read_stat(struct fdp_target *target, struct fdp_report *report)
{
	const char *text, *open, *close, *field;
	int64_t value;

	if (fdp_target_fact(target, "proc/stat", &text, NULL) < 0)
		return 0;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open || close[1] != ' ')
		return 0;
	report->process.comm = fdp_arena_copy(&report->arena, open + 1,
					      (size_t)(close - open - 1));
	field = skip_fields(close + 2, STAT_PPID);
	if (field && parse_number(field, &value) && value >= 0 &&
	    value <= INT_MAX)
		report->process.ppid = (pid_t)value;
	field = skip_fields(close + 2, STAT_START_TIME);
	if (field && parse_number(field, &value))
		read_start_time(target, report, value);
	return report->process.comm ? 0 : -ENOMEM;
}

/* The number behind "\nKEY:\t" in /proc/PID/status: the real id. */
static long status_id(const char *status, const char *key)
{
	const char *line = strstr(status, key);
	int64_t value;

	if (!line || !parse_number(line + strlen(key), &value) || value < 0 ||
	    value > UINT32_MAX)
		return FDP_UNKNOWN;
	return (long)value;
}

static void read_status(struct fdp_target *target, struct fdp_report *report)
{
	const char *status;

	if (fdp_target_fact(target, "proc/status", &status, NULL) < 0)
		return;
	/* The kernel escapes newlines in the name, so a line is a line. */
	report->process.uid = status_id(status, "\nUid:\t");
	report->process.gid = status_id(status, "\nGid:\t");
}

/* Which hierarchy tells most: version 2, systemd's own, any other. */
static int cgroup_rank(const char *line, const char *path)
{
	bool is_root = path[0] == '/' && (path[1] == '\n' || !path[1]);

	if (is_root)
		return 0;
	if (STARTS_WITH(line, "0::"))
		return 3;
	return strstr(line, ":name=systemd:") &&
			       strstr(line, ":name=systemd:") < path
		       ? 2
		       : 1;
}

static int read_cgroup(struct fdp_target *target, struct fdp_report *report)
{
	const char *line, *best = NULL;
	int best_rank = -1;

	if (fdp_target_fact(target, "proc/cgroup", &line, NULL) < 0)
		return 0;
	while (line && *line) {
		const char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		if (!path)
			break;
		if (cgroup_rank(line, path + 1) > best_rank) {
			best_rank = cgroup_rank(line, path + 1);
			best = path + 1;
		}
		line = strchr(path, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!best)
		return 0;
	report->process.cgroup =
		fdp_arena_copy(&report->arena, best, strcspn(best, "\n"));
	return report->process.cgroup ? 0 : -ENOMEM;
}

static int read_text(struct fdp_target *target, struct fdp_report *report,
		     const char *key, const char **ret_text)
{
	const char *text;
	size_t size;

	if (fdp_target_fact(target, key, &text, &size) < 0 || size == 0)
		return 0;
	*ret_text =
		fdp_arena_copy(&report->arena, text, strnlen(text, TEXT_MAX));
	return *ret_text ? 0 : -ENOMEM;
}

static int read_cmdline(struct fdp_target *target, struct fdp_report *report)
{
	const char *text;
	size_t size;

	if (fdp_target_fact(target, "proc/cmdline", &text, &size) < 0 ||
	    size == 0)
		return 0;
	report->process.cmdline = fdp_command_line(&report->arena, text, size);
	return report->process.cmdline ? 0 : -ENOMEM;
}

/* Ten years are more than any service is given. */
#define WATCHDOG_US_MAX INT64_C(315576000000000)

static void read_watchdog(struct fdp_target *target, struct fdp_report *report)
{
	const char *text;
	char *end;
	long long value;

	if (fdp_target_fact(target, "process/watchdog-us", &text, NULL) < 0)
		return;
	value = strtoll(text, &end, 10);
	if (end != text && !*end && value > 0 && value <= WATCHDOG_US_MAX)
		report->process.watchdog_us = value;
}

int fdp_process_read(struct fdp_target *target, struct fdp_report *report)
{
	int r;

	report->process.pid = target->pid;
	report->process.ppid = FDP_UNKNOWN;
	report->process.uid = FDP_UNKNOWN;
	report->process.gid = FDP_UNKNOWN;
	report->process.start_time_us = FDP_UNKNOWN;
	report->process.uptime_s = FDP_UNKNOWN;
	r = read_stat(target, report);
	if (r == 0)
		r = read_cmdline(target, report);
	if (r == 0)
		r = read_cgroup(target, report);
	if (r == 0)
		r = read_text(target, report, "link/exe", &report->process.exe);
	if (r == 0)
		r = read_text(target, report, "link/cwd", &report->process.cwd);
	read_status(target, report);
	read_watchdog(target, report);
	return r;
}
