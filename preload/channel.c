#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "handler.h"
#include "state.h"
#include "sys.h"

/*
 * A number that tests of descriptors 0 to 255 or 0 to the soft limit do not
 * meet.  Not above 4096: a fork copies the table of descriptors up to it.
 */
#define NUMBER_WANTED 1000
#define NUMBER_MAX 4096

/* A send that takes longer: the daemon has stopped reading. */
#define SEND_TIMEOUT_S 1

/* A copy of FD with a number of at least LOWEST, or -errno. */
static int duplicate(int fd, long lowest)
{
	return (int)fdp_sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, lowest);
}

/* The soft limit is raised for the one call, where the hard one allows it. */
static int duplicate_above_limit(int fd, struct rlimit limit)
{
	long lowest = limit.rlim_cur > NUMBER_WANTED ? (long)limit.rlim_cur
						     : NUMBER_WANTED;
	struct rlimit raised = limit;
	int r;

	raised.rlim_cur = (rlim_t)lowest + 16;
	if (raised.rlim_cur > limit.rlim_max)
		return -EPERM;
	fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &raised, NULL);
	r = duplicate(fd, lowest);
	fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
	return r;
}

static int move_out_of_the_way(int fd)
{
	struct rlimit limit;
	int r = -EPERM;

	if (fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0)
		return fd;
	if (limit.rlim_cur <= NUMBER_MAX)
		r = duplicate_above_limit(fd, limit);
	if (r < 0 && limit.rlim_cur > NUMBER_WANTED)
		r = duplicate(fd, NUMBER_WANTED);
	if (r < 0 && limit.rlim_cur > 8)
		r = duplicate(fd, (long)limit.rlim_cur - 8);
	if (r < 0)
		return fd;
	fdp_sys(SYS_close, fd);
	return r;
}

int fdp_channel_open(int *ret_theirs)
{
	struct timeval timeout = { .tv_sec = SEND_TIMEOUT_S };
	const int on = 1;
	struct stat status;
	int pair[2];
	long r;

	r = fdp_sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		    pair);
	if (r < 0)
		return (int)r;
	/* From the first message on, the daemon knows who sent it. */
	fdp_sys(SYS_setsockopt, pair[1], SOL_SOCKET, SO_PASSCRED, &on,
		sizeof(on));
	fdp_state.channel = move_out_of_the_way(pair[0]);
	fdp_sys(SYS_setsockopt, fdp_state.channel, SOL_SOCKET, SO_SNDTIMEO,
		&timeout, sizeof(timeout));
	fdp_sys(SYS_fstat, fdp_state.channel, &status);
	fdp_state.channel_device = status.st_dev;
	fdp_state.channel_inode = status.st_ino;
	*ret_theirs = pair[1];
	return 0;
}

int fdp_channel_hello(void)
{
	struct fdp_hello hello = { .pid = (uint32_t)fdp_sys(SYS_getpid) };
	long r;

	fdp_header_set(&hello.header, FDP_HELLO, sizeof(hello), 0);
	r = fdp_sys(SYS_sendto, fdp_state.channel, &hello, sizeof(hello),
		    MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
	return r < 0 ? (int)r : 0;
}

void fdp_channel_close(void)
{
	fdp_sys(SYS_close, fdp_state.channel);
	fdp_state.channel = -1;
}
