#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "by_name.h"
#include "handler.h"
#include "state.h"
#include "sys.h"

/*
 * A number that tests of descriptors 0 to 255 or 0 to the soft limit do not
 * meet.  Not above 4096: a fork copies the table of descriptors up to it.
 */
#define NUMBER_WANTED 1000
#define NUMBER_MAX 4096

/*
 * A process that may not even have so many needs each of them: for its own
 * files, and as its child the daemon would have no more.
 */
#define FEW 32

bool fdp_channel_is_affordable(void)
{
	struct rlimit limit;

	return fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0 ||
	       limit.rlim_max >= FEW;
}

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

void fdp_channel_adopt(int socket)
{
	struct stat status = { .st_ino = 0 };

	fdp_state.channel = move_out_of_the_way(socket);
	fdp_set_send_timeout(fdp_state.channel, FDP_SEND_TIMEOUT_MS);
	fdp_sys(SYS_fstat, fdp_state.channel, &status);
	fdp_state.channel_device = status.st_dev;
	fdp_state.channel_inode = status.st_ino;
}

int fdp_channel_pair(int ret_pair[2])
{
	const int on = 1;
	long r = fdp_sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
			 0, ret_pair);

	if (r < 0)
		return (int)r;
	/* From the first message on, the daemon knows who sent it. */
	fdp_sys(SYS_setsockopt, ret_pair[1], SOL_SOCKET, SO_PASSCRED, &on,
		sizeof(on));
	return 0;
}

int fdp_channel_hello(int socket, uint64_t token, uint32_t flags,
		      const int fds[2])
{
	struct {
		struct cmsghdr header;
		int fds[2];
	} control = {
		.header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS },
	};
	struct fdp_hello hello = {
		.pid = (uint32_t)fdp_sys(SYS_getpid),
		.flags = flags,
		.token = token,
	};
	struct iovec part = { &hello, sizeof(hello) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	size_t count = 0;
	long r;

	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			control.fds[count++] = fds[i];
	control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	fdp_header_set(&hello.header, FDP_HELLO, sizeof(hello), 0);
	r = fdp_sys(SYS_sendmsg, socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	return r < 0 ? (int)r : 0;
}

void fdp_channel_close(void)
{
	fdp_sys(SYS_close, fdp_state.channel);
	fdp_state.channel = -1;
}
