#include "reporter.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "base/proc.h"
#include "base/util.h"

/* As it calls itself, in /proc/PID/stat, where its state stands behind it. */
#define NAME " ((fdpreloadd)) "

/* As the library names its memory file. */
#define MEMORY_FILE "/memfd:fdpreload"

/* Half a second. */
#define PAUSE_MS 50
#define PAUSES 10

static bool has_pidfd(pid_t daemon, const char *number, pid_t pid)
{
	_cleanup_free_ char *info = NULL;
	char name[sizeof("fdinfo/") + 16];
	uint64_t value;

	snprintf(name, sizeof(name), "fdinfo/%.15s", number);
	info = fdp_proc_read(daemon, name);
	return fdp_proc_field(info, "Pid:", 10, &value) &&
	       value == (uint64_t)pid;
}

/*
 * A process whose memory map we may read has the reporter of its own user: one
 * that a program has kept while it changed its user is as hidden as the
 * program.
 */
static bool is_of_our_user(pid_t daemon)
{
	_cleanup_free_ char *status = fdp_proc_read(daemon, "status");
	uint64_t user;

	return fdp_proc_field(status, "Uid:", 10, &user) && user == getuid();
}

static enum fdp_relation relation_of(pid_t daemon, pid_t pid,
				     const struct fdp_memory_file *file)
{
	enum fdp_relation relation = FDP_RELATION_NONE;
	struct dirent *entry;
	struct stat status;
	char path[32];
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon);
	directory = opendir(path);
	if (!directory)
		return is_of_our_user(daemon) ? FDP_RELATION_HIDDEN
					      : FDP_RELATION_NONE;
	while (relation != FDP_RELATION_NAMED && (entry = readdir(directory))) {
		if (has_pidfd(daemon, entry->d_name, pid))
			relation = FDP_RELATION_NAMED;
		else if (fstatat(dirfd(directory), entry->d_name, &status, 0) ==
				 0 &&
			 status.st_ino == file->inode &&
			 status.st_dev == file->device)
			relation = FDP_RELATION_FAMILY;
	}
	closedir(directory);
	return relation;
}

/* One that is alive: the dead have no descriptors to look at. */
static bool is_reporter(const char *name)
{
	_cleanup_free_ char *stat = NULL;
	const char *state;

	if (!*name || name[strspn(name, "0123456789")])
		return false;
	stat = fdp_proc_read(atoi(name), "stat");
	state = stat ? strstr(stat, NAME) : NULL;
	return state && state[sizeof(NAME) - 1] != 'Z';
}

/* The one that is closest to it. */
static enum fdp_relation
find_reporter(pid_t pid, const struct fdp_memory_file *file, pid_t *ret_pid)
{
	enum fdp_relation best = FDP_RELATION_NONE;
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		enum fdp_relation relation;

		if (!is_reporter(entry->d_name))
			continue;
		relation = relation_of(atoi(entry->d_name), pid, file);
		if (relation > best) {
			best = relation;
			*ret_pid = atoi(entry->d_name);
		}
	}
	if (directory)
		closedir(directory);
	return best;
}

/*
 * One that has just been started takes a moment until it knows its program, and
 * more on a busy machine.
 */
enum fdp_relation fdp_reporter_find(pid_t pid,
				    const struct fdp_memory_file *file,
				    pid_t *ret_reporter)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * FDP_NS_PER_MS };
	enum fdp_relation relation = find_reporter(pid, file, ret_reporter);

	for (int i = 0; i < PAUSES && relation == FDP_RELATION_NONE; i++) {
		nanosleep(&pause, NULL);
		relation = find_reporter(pid, file, ret_reporter);
	}
	return relation;
}

bool fdp_reporter_memory(const char *maps, struct fdp_memory_file *ret_file)
{
	_cleanup_free_ char *copy = strdup(maps);
	struct fdp_mapping mapping;
	char *at = copy;
	bool found = false;

	while (at && fdp_proc_next_mapping(&at, &mapping)) {
		if (strcmp(mapping.path, MEMORY_FILE) != 0)
			continue;
		ret_file->device = makedev(mapping.major, mapping.minor);
		ret_file->inode = (ino_t)mapping.inode;
		found = true;
	}
	return found;
}
