#include "ending.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/util.h"

/* Fields of /proc/PID/stat, counted from the one behind the name. */
#define STAT_FLAGS 6
#define STAT_START_TIME 19
#define STAT_EXIT_CODE 49

/* In the flags, include/linux/sched.h: on its way out. */
#define PF_EXITING 0x4u

/* include/uapi/linux/pidfd.h, which is newer than the headers may be. */
struct pidfd_info {
	uint64_t mask;
	uint64_t cgroup;
	uint32_t ids[11];
	int32_t exit_code;
};
#define PIDFD_GET_INFO _IOWR(0xff, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT 0x8u

_Static_assert(sizeof(struct pidfd_info) == 64, "the first version");

/* Field NUMBER of the blank-separated TEXT, as a number. */
static int field(const char *text, int number, uint64_t *ret_value)
{
	char *end;

	for (; number > 0; number--) {
		text = strchr(text, ' ');
		if (!text)
			return -EBADMSG;
		text++;
	}
	errno = 0;
	*ret_value = strtoull(text, &end, 10);
	return errno || end == text ? -EBADMSG : 0;
}

/* The name is whatever the process wants: it ends at the last parenthesis. */
int fdp_ending_parse(const char *text, struct fdp_ending *ret_ending)
{
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	struct fdp_ending ending = { .comm = "" };
	uint64_t flags, status;

	if (!open || !close || close < open || close[1] != ' ' ||
	    (size_t)(close - open) > sizeof(ending.comm))
		return -EBADMSG;
	memcpy(ending.comm, open + 1, (size_t)(close - open - 1));
	if (field(close + 2, STAT_FLAGS, &flags) < 0 ||
	    field(close + 2, STAT_START_TIME, &ending.start_time) < 0 ||
	    field(close + 2, STAT_EXIT_CODE, &status) < 0 || status > 0xffff)
		return -EBADMSG;
	ending.exiting =
		(flags & PF_EXITING) || close[2] == 'Z' || close[2] == 'X';
	/* A running process that is being stopped has one too. */
	ending.status = ending.exiting ? (int)status : 0;
	*ret_ending = ending;
	return 0;
}

/* As much of /proc/PID/NAME as fits into SIZE bytes with a NUL. */
static int read_file(pid_t pid, const char *name, char *text, size_t size)
{
	_cleanup_close_ int fd = -1;
	char path[32];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : read(fd, text, size - 1);
	if (got < 0)
		return -errno;
	text[got] = '\0';
	return 0;
}

int fdp_ending_read(pid_t pid, struct fdp_ending *ret_ending)
{
	char text[1024];
	int r = read_file(pid, "stat", text, sizeof(text));

	return r < 0 ? r : fdp_ending_parse(text, ret_ending);
}

/* Line KEY as a number; the kernel escapes newlines in the name, so a line is
 * one. */
static int line_of(const char *text, const char *key, int base,
		   uint64_t *ret_value)
{
	const char *line = strstr(text, key);

	if (!line)
		return -ENODATA;
	*ret_value = strtoull(line + strlen(key), NULL, base);
	return 0;
}

int fdp_ending_parse_handled(const char *text, uint64_t *ret_signals)
{
	uint64_t threads;

	if (line_of(text, "\nThreads:\t", 10, &threads) < 0 || threads == 0)
		return -ENODATA;
	return line_of(text, "\nSigCgt:\t", 16, ret_signals);
}

int fdp_ending_handled(pid_t pid, uint64_t *ret_signals)
{
	char text[4096];
	int r = read_file(pid, "status", text, sizeof(text));

	return r < 0 ? r : fdp_ending_parse_handled(text, ret_signals);
}

int fdp_ending_person(pid_t pid, pid_t *ret_parent, uid_t *ret_uid,
		      gid_t *ret_gid)
{
	uint64_t parent, uid, gid;
	char text[4096];
	int r = read_file(pid, "status", text, sizeof(text));

	if (r < 0)
		return r;
	if (line_of(text, "\nPPid:\t", 10, &parent) < 0 ||
	    line_of(text, "\nUid:\t", 10, &uid) < 0 ||
	    line_of(text, "\nGid:\t", 10, &gid) < 0)
		return -ENODATA;
	*ret_parent = (pid_t)parent;
	*ret_uid = (uid_t)uid;
	*ret_gid = (gid_t)gid;
	return 0;
}

int fdp_ending_ask(int pidfd, int *ret_status)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };

	if (ioctl(pidfd, PIDFD_GET_INFO, &info) < 0)
		return -errno;
	if (!(info.mask & PIDFD_INFO_EXIT))
		return -ENODATA;
	*ret_status = info.exit_code;
	return 0;
}
