#include "reporter.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "../proto/proto.h"
#include "base/clock.h"
#include "base/proc.h"
#include "base/util.h"

/* As it calls itself, in /proc/PID/stat, where its state stands behind it. */
#define NAME " ((fdpreloadd)) "

/* As the library names its memory file. */
#define MEMORY_FILE "/memfd:" FDP_LIFE
#define MEMORY_FILE_ANSWERS "/memfd:" FDP_LIFE_ANSWERS

/* Half a second. */
#define PAUSE_MS 50
#define PAUSES 10

/* The abstract names of our network namespace are among them. */
#define SOCKETS "/proc/self/net/unix"

/* Of a socket that listens: __SO_ACCEPTCON of the kernel. */
#define LISTENING 0x10000u

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
		bool answers = strcmp(mapping.path, MEMORY_FILE_ANSWERS) == 0;

		if (!answers && strcmp(mapping.path, MEMORY_FILE) != 0)
			continue;
		ret_file->answers = answers;
		ret_file->device = makedev(mapping.major, mapping.minor);
		ret_file->inode = (ino_t)mapping.inode;
		found = true;
	}
	return found;
}

static bool has_socket(pid_t reporter, uint64_t inode)
{
	char path[32], wanted[64], link[64];
	struct dirent *entry;
	bool found = false;
	ssize_t length;
	DIR *directory;

	snprintf(wanted, sizeof(wanted), "socket:[%" PRIu64 "]", inode);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)reporter);
	directory = opendir(path);
	while (directory && !found && (entry = readdir(directory))) {
		length = readlinkat(dirfd(directory), entry->d_name, link,
				    sizeof(link) - 1);
		link[length > 0 ? length : 0] = '\0';
		found = strcmp(link, wanted) == 0;
	}
	if (directory)
		closedir(directory);
	return found;
}

/*
 * "...: 2 0 10000 5 1 INODE @NAME" becomes NAME and INODE of a listening and
 * abstract sequenced socket; false: it is another one.
 */
static bool parse_socket(char *line, char **ret_name, uint64_t *ret_inode)
{
	unsigned flags, type;
	int name = 0;

	if (sscanf(line, "%*[^:]: %*x %*x %x %x %*x %" SCNu64 " @%n", &flags,
		   &type, ret_inode, &name) != 3 ||
	    name == 0)
		return false;
	*ret_name = line + name;
	return (flags & LISTENING) && type == SOCK_SEQPACKET;
}

/* The name on which REPORTER listens.  Its length, or -ENOENT. */
static int find_name(pid_t reporter, struct sockaddr_un *address)
{
	_cleanup_free_ char *sockets = fdp_proc_read_path(SOCKETS);
	char *line, *rest = NULL, *name;
	uint64_t inode;

	for (line = sockets ? strtok_r(sockets, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (!parse_socket(line, &name, &inode) ||
		    strlen(name) >= sizeof(address->sun_path) ||
		    !has_socket(reporter, inode))
			continue;
		address->sun_path[0] = '\0';
		memcpy(address->sun_path + 1, name, strlen(name));
		return (int)strlen(name);
	}
	return -ENOENT;
}

int fdp_reporter_connect(pid_t reporter)
{
	_cleanup_close_ int fd =
		socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);
	int length = fd < 0 ? -errno : find_name(reporter, &address);

	if (length < 0)
		return length;
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				(size_t)length)) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	/* The name may have gone to somebody else meanwhile. */
	if (peer.uid != 0 && peer.uid != geteuid() && geteuid() != 0)
		return -EPERM;
	return TAKE_FD(fd);
}
