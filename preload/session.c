/* The socket on which a process reports its crash. */
#include "handler.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

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

/* Without a free number: a higher limit, or the place of descriptor 0. */
static long make_pair(int pair[2])
{
	struct rlimit limit;
	long r = -EMFILE;

	for (int attempt = 0; r == -EMFILE && attempt < 3; attempt++) {
		r = fdp_sys(SYS_socketpair, AF_UNIX,
			    SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
		if (r != -EMFILE)
			break;
		if (fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) ==
		    0) {
			limit.rlim_cur = limit.rlim_max;
			fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
		}
		if (attempt == 1) {
			fdp_sys(SYS_close, 0);
			fdp_sys(SYS_close, 1);
		}
	}
	return r;
}

/* A forked child shares its parent's channel, and asks there for its own. */
static int join(uint32_t pid)
{
	struct fdp_hello hello = { .pid = pid };
	struct iovec part = { &hello, sizeof(hello) };
	struct timeval timeout = { .tv_sec = 1 };
	const int on = 1;
	int pair[2];

	if (make_pair(pair) < 0)
		return -1;
	fdp_sys(SYS_setsockopt, pair[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
		sizeof(timeout));
	fdp_sys(SYS_setsockopt, pair[1], SOL_SOCKET, SO_PASSCRED, &on,
		sizeof(on));
	fdp_header_set(&hello.header, FDP_JOIN, sizeof(hello), 0);
	if (fdp_send_with_fd(fdp_state.channel, &part, 1, pair[1]) < 0)
		return -1;
	fdp_sys(SYS_close, pair[1]);
	return pair[0];
}

int fdp_session_open(uint32_t pid)
{
	if (!fdp_channel_is_ours())
		return -1;
	return fdp_state.page->pid ? fdp_state.channel : join(pid);
}
