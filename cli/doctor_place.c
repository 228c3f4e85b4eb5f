#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../daemon/base/proc.h"
#include "../daemon/base/util.h"
#include "doctor.h"

/* What analyses an ordinary program takes some ten of it. */
#define MEMORY_AMPLE (UINT64_C(64) << 20)

/* The reporter, two that start and write for it, and what analyses. */
#define PROCESSES_NEEDED 4

#define CGROUPS "/sys/fs/cgroup"

/* Files that a container's runtime leaves in it. */
static const char *container_name(void)
{
	static const struct {
		const char *path, *name;
	} marks[] = {
		{ "/.dockerenv", "Docker" },
		{ "/run/.containerenv", "Podman" },
		{ "/run/systemd/container", "systemd-nspawn or the like" },
		{ "/var/run/secrets/kubernetes.io", "Kubernetes" },
	};
	const char *name = getenv("container");

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (access(marks[i].path, F_OK) == 0)
			return marks[i].name;
	return name && *name ? name : NULL;
}

static void look_at_container(struct fdp_findings *findings)
{
	const char *name = container_name();

	if (access("/proc/self/status", R_OK) < 0) {
		fdp_found_problem(findings, "container",
				  "/proc is not mounted: %s", strerror(errno));
		fdp_found_advice(findings,
				 "mount it: without it little can be read");
	} else if (name) {
		fdp_found_note(findings, "container",
			       "%s; reports on its own file system go with it",
			       name);
		fdp_found_advice(findings,
				 "let FDPRELOAD_LOG_DIR be on a volume");
	} else {
		fdp_found_ok(findings, "container", "no sign of one");
	}
}

static bool is_pid(const char *name)
{
	return *name && !name[strspn(name, "0123456789")];
}

/* A reporter that is dead, and that nobody has reaped. */
static bool is_dead_reporter(pid_t pid)
{
	_cleanup_free_ char *stat = fdp_proc_read(pid, "stat");

	return stat && strstr(stat, "((fdpreloadd)) Z ");
}

/* Some of those that there are now, which are many where nobody reaps. */
#define DEAD_MAX 64

static size_t list_dead(pid_t pids[static DEAD_MAX])
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	while (directory && count < DEAD_MAX && (entry = readdir(directory)))
		if (is_pid(entry->d_name) &&
		    is_dead_reporter(atoi(entry->d_name)))
			pids[count++] = atoi(entry->d_name);
	if (directory)
		closedir(directory);
	return count;
}

/* Each is dead for a moment before it is reaped: it has to stay so. */
#define REAPED_NS 200000000

static void look_at_init(struct fdp_findings *findings)
{
	const struct timespec moment = { .tv_nsec = REAPED_NS };
	pid_t pids[DEAD_MAX];
	size_t count = list_dead(pids);
	size_t dead = 0;

	if (count)
		nanosleep(&moment, NULL);
	for (size_t i = 0; i < count; i++)
		dead += is_dead_reporter(pids[i]);
	if (!dead) {
		fdp_found_ok(findings, "init", "no dead reporter is left over");
		return;
	}
	fdp_found_note(findings, "init",
		       "%zu dead reporters, or more, are left over: process 1 "
		       "does not "
		       "reap orphans",
		       dead);
	fdp_found_advice(findings,
			 "use an init that does, as docker run --init");
}

/* The number in the file NAME of a control group; false: no limit there. */
static bool read_number(const char *group, const char *name,
			uint64_t *ret_number)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *text = NULL;

	if (asprintf(&path, "%s/%s", group, name) < 0) {
		path = NULL;
		return false;
	}
	text = fdp_proc_read_path(path);
	if (!text || *text < '0' || *text > '9')
		return false;
	*ret_number = strtoull(text, NULL, 10);
	return true;
}

/*
 * What is left of a limit in GROUP and all that it is in, which is cut;
 * UINT64_MAX: there is none.
 */
static uint64_t room_in(char *group, const char *max_name,
			const char *current_name)
{
	uint64_t room = UINT64_MAX, max, current;
	char *slash;

	while (strlen(group) >= sizeof(CGROUPS) - 1) {
		if (read_number(group, max_name, &max) &&
		    read_number(group, current_name, &current) &&
		    (max > current ? max - current : 0) < room)
			room = max > current ? max - current : 0;
		slash = strrchr(group, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
	return room;
}

/* Of the unified hierarchy; the caller frees it, or NULL. */
static char *own_group(void)
{
	_cleanup_free_ char *text = fdp_proc_read(0, "cgroup");
	char *line = text ? strstr(text, "0::/") : NULL;
	char *path;

	if (!line || (line != text && line[-1] != '\n'))
		return NULL;
	line += sizeof("0::") - 1;
	line[strcspn(line, "\n")] = '\0';
	return asprintf(&path, CGROUPS "%s", line) < 0 ? NULL : path;
}

static void look_at_memory(struct fdp_findings *findings, const char *group)
{
	_cleanup_free_ char *path = strdup(group);
	uint64_t room = path ? room_in(path, "memory.max", "memory.current")
			     : UINT64_MAX;

	if (room == UINT64_MAX) {
		fdp_found_ok(findings, "memory limit",
			     "the control group has none");
	} else if (room >= MEMORY_AMPLE) {
		fdp_found_ok(findings, "memory limit",
			     "%" PRIu64 " MiB are left in the control group",
			     room >> 20);
	} else {
		fdp_found_note(findings, "memory limit",
			       "%" PRIu64
			       " MiB are left in the control group, and what "
			       "analyses needs some of it",
			       room >> 20);
		fdp_found_advice(findings, "allow more");
	}
}

static void look_at_processes(struct fdp_findings *findings, const char *group)
{
	_cleanup_free_ char *path = strdup(group);
	uint64_t room =
		path ? room_in(path, "pids.max", "pids.current") : UINT64_MAX;

	if (room == UINT64_MAX) {
		fdp_found_ok(findings, "process limit",
			     "the control group has none");
	} else if (room >= PROCESSES_NEEDED) {
		fdp_found_ok(findings, "process limit",
			     "%" PRIu64 " are left in the control group", room);
	} else {
		fdp_found_problem(findings, "process limit",
				  "%" PRIu64
				  " are left in the control group, and a "
				  "report takes up to %d",
				  room, PROCESSES_NEEDED);
		fdp_found_advice(findings, "allow more");
	}
}

static void look_at_limits(struct fdp_findings *findings)
{
	_cleanup_free_ char *group = own_group();

	if (!group) {
		fdp_found_ok(findings, "control group",
			     "none of the unified hierarchy, whose limits "
			     "could be told");
		return;
	}
	look_at_memory(findings, group);
	look_at_processes(findings, group);
}

static void look_at_core_files(struct fdp_findings *findings)
{
	_cleanup_free_ char *pattern =
		fdp_proc_read_path("/proc/sys/kernel/core_pattern");
	struct rlimit limit;

	if (!pattern || getrlimit(RLIMIT_CORE, &limit) < 0)
		return;
	pattern[strcspn(pattern, "\n")] = '\0';
	if (*pattern == '|')
		fdp_found_ok(findings, "core files",
			     "are given to %s, after the report", pattern + 1);
	else if (limit.rlim_cur == 0)
		fdp_found_ok(findings, "core files",
			     "none are written, and none are needed");
	else
		fdp_found_ok(findings, "core files",
			     "are written as '%s', after the report", pattern);
}

void fdp_doctor_place(struct fdp_findings *findings)
{
	look_at_container(findings);
	look_at_init(findings);
	look_at_limits(findings);
	look_at_core_files(findings);
}
