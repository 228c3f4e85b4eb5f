/*
 * Which reporter a process has, as seen from outside: the reporter holds a
 * pidfd of each process that it knows by name, and the memory file that the
 * library maps, which forked children have too.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../daemon/base/clock.h"
#include "../daemon/base/util.h"
#include "doctor.h"
#include "proc.h"

#define CHECK "reporter"

/* As it calls itself, in /proc/PID/stat, where its state stands behind it. */
#define NAME " ((fdpreloadd)) "

/* As the library names its memory file. */
#define MEMORY_FILE "/memfd:fdpreload"

/* Half a second. */
#define PAUSE_MS 50
#define PAUSES 10

enum relation {
	RELATION_NONE,
	RELATION_HIDDEN, /* we may not look */
	RELATION_FAMILY, /* the memory file is the same */
	RELATION_NAMED,	 /* there is a pidfd */
};

struct subject {
	pid_t pid;
	dev_t device;
	ino_t inode; /* 0: it maps none */
};

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

static enum relation relation_of(pid_t daemon, const struct subject *subject)
{
	enum relation relation = RELATION_NONE;
	struct dirent *entry;
	struct stat status;
	char path[32];
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)daemon);
	directory = opendir(path);
	if (!directory)
		return is_of_our_user(daemon) ? RELATION_HIDDEN : RELATION_NONE;
	while (relation != RELATION_NAMED && (entry = readdir(directory))) {
		if (has_pidfd(daemon, entry->d_name, subject->pid))
			relation = RELATION_NAMED;
		else if (subject->inode &&
			 fstatat(dirfd(directory), entry->d_name, &status, 0) ==
				 0 &&
			 status.st_ino == subject->inode &&
			 status.st_dev == subject->device)
			relation = RELATION_FAMILY;
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
static enum relation find_reporter(const struct subject *subject,
				   pid_t *ret_pid)
{
	enum relation best = RELATION_NONE;
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		enum relation relation;

		if (!is_reporter(entry->d_name))
			continue;
		relation = relation_of(atoi(entry->d_name), subject);
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
static enum relation await_reporter(const struct subject *subject,
				    pid_t *ret_pid)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * FDP_NS_PER_MS };
	enum relation relation = find_reporter(subject, ret_pid);

	for (int i = 0; i < PAUSES && relation == RELATION_NONE; i++) {
		nanosleep(&pause, NULL);
		relation = find_reporter(subject, ret_pid);
	}
	return relation;
}

static void find_memory_file(const char *maps, struct subject *subject)
{
	_cleanup_free_ char *copy = strdup(maps);
	struct fdp_mapping mapping;
	char *at = copy;

	while (at && fdp_proc_next_mapping(&at, &mapping))
		if (strcmp(mapping.path, MEMORY_FILE) == 0) {
			subject->device = makedev(mapping.major, mapping.minor);
			subject->inode = (ino_t)mapping.inode;
		}
}

void fdp_doctor_reporter(struct fdp_findings *findings, pid_t pid,
			 const char *maps)
{
	struct subject subject = { .pid = pid };
	pid_t daemon = 0;

	find_memory_file(maps, &subject);
	if (!subject.inode) {
		fdp_found_problem(findings, CHECK,
				  "the library is loaded, and does not watch: "
				  "the program is not Python, or one where it "
				  "stands back");
		fdp_found_advice(findings,
				 "start it with FDPRELOAD_FOLLOW=all; "
				 "FDPRELOAD_DEBUG=FILE tells why else");
		return;
	}
	switch (await_reporter(&subject, &daemon)) {
	case RELATION_NAMED:
		fdp_found_ok(findings, CHECK, "process %d, which knows it",
			     (int)daemon);
		break;
	case RELATION_FAMILY:
		fdp_found_ok(findings, CHECK,
			     "process %d, that of the process it was forked "
			     "from",
			     (int)daemon);
		break;
	case RELATION_HIDDEN:
		fdp_found_note(findings, CHECK,
			       "there are some that we may not look at, and "
			       "no other");
		fdp_found_advice(findings, "ask as root");
		break;
	case RELATION_NONE:
		fdp_found_problem(findings, CHECK,
				  "it is gone, or in a namespace that cannot "
				  "be seen from here");
		fdp_found_advice(findings,
				 "start the program again; until then a crash "
				 "leaves a few lines on its standard error");
		break;
	}
}
