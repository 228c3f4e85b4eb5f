/* The socket on which a process reports its crash. */
#include "handler.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "by_name.h"
#include "state.h"
#include "sys.h"

bool fdp_channel_is_ours(void)
{
	struct stat status;

	return fdp_sys(SYS_fstat, fdp_state.channel, &status) == 0 &&
	       status.st_dev == fdp_state.channel_device &&
	       status.st_ino == fdp_state.channel_inode;
}

long fdp_send_with_fd(int socket, struct iovec *parts, size_t count, int fd)
{
	struct {
		struct cmsghdr header;
		int fd;
		int padding;
	} control = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			    .cmsg_level = SOL_SOCKET,
			    .cmsg_type = SCM_RIGHTS },
		.fd = fd,
	};
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = count,
		.msg_control = fd < 0 ? NULL : &control,
		.msg_controllen = fd < 0 ? 0 : sizeof(control),
	};

	return fdp_sys(SYS_sendmsg, socket, &message,
		       MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* There was no free number: a higher limit, then the places of 0 and 1. */
static void make_room(int attempt)
{
	struct rlimit limit;

	if (attempt > 1) {
		fdp_sys(SYS_close, 0);
		fdp_sys(SYS_close, 1);
	} else if (fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) ==
		   0) {
		limit.rlim_cur = limit.rlim_max;
		fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
	}
}

/* One socket, or with PAIR the two ends of a pair.  The first, or -errno. */
static int make_socket(int *pair)
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC;
	long r = -EMFILE;

	for (int attempt = 0; r == -EMFILE && attempt < 3; attempt++) {
		if (attempt)
			make_room(attempt);
		r = pair ? fdp_sys(SYS_socketpair, AF_UNIX, type, 0, pair)
			 : fdp_sys(SYS_socket, AF_UNIX, type, 0);
	}
	return pair && r == 0 ? pair[0] : (int)r;
}

/* A session of our own over the channel that we have inherited. */
static int join(uint32_t pid)
{
	struct fdp_hello hello = { .pid = pid };
	struct iovec part = { &hello, sizeof(hello) };
	const int on = 1;
	int pair[2];

	if (make_socket(pair) < 0)
		return -1;
	fdp_set_send_timeout(pair[0], FDP_SEND_TIMEOUT_MS);
	fdp_sys(SYS_setsockopt, pair[1], SOL_SOCKET, SO_PASSCRED, &on,
		sizeof(on));
	fdp_header_set(&hello.header, FDP_JOIN, sizeof(hello), 0);
	if (fdp_send_with_fd(fdp_state.channel, &part, 1, pair[1]) < 0) {
		fdp_sys(SYS_close, pair[0]);
		pair[0] = -1;
	}
	fdp_sys(SYS_close, pair[1]);
	return pair[0];
}

/* A session of our own with the daemon by its name. */
static int reconnect(uint32_t pid)
{
	struct fdp_hello hello = {
		.pid = pid,
		.token = fdp_state.reporter.token,
	};
	struct iovec part = { &hello, sizeof(hello) };
	int fd;

	if (!fdp_state.reporter.name[0])
		return -1;
	fd = make_socket(NULL);
	if (fd < 0)
		return -1;
	fdp_header_set(&hello.header, FDP_HELLO, sizeof(hello), 0);
	if (fdp_by_name_connect(fd, &fdp_state.reporter) == 0 &&
	    fdp_send_with_fd(fd, &part, 1, -1) >= 0)
		return fd;
	fdp_sys(SYS_close, fd);
	return -1;
}

/* A filter that refuses getpid() leaves only the page to ask. */
static bool is_origin(uint32_t pid)
{
	return fdp_state.page->pid &&
	       (pid == fdp_state.origin_pid || (int32_t)pid <= 0);
}

int fdp_session_open(uint32_t pid)
{
	bool have_channel = fdp_channel_is_ours();
	int fd;

	if (have_channel && is_origin(pid))
		return fdp_state.channel;
	fd = reconnect(pid);
	/* In a network namespace of its own a process knows no names of ours.
	 */
	return fd < 0 && have_channel ? join(pid) : fd;
}
