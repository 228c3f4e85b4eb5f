#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"

union one_fd {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int fdp_control_send(int control, const struct fdp_control_message *message,
		     int fd)
{
	union one_fd space = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			    .cmsg_level = SOL_SOCKET,
			    .cmsg_type = SCM_RIGHTS },
	};
	struct iovec part = { .iov_base = (void *)message,
			      .iov_len = sizeof(*message) };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		packet.msg_control = space.bytes;
		packet.msg_controllen = sizeof(space.bytes);
		memcpy(CMSG_DATA(&space.header), &fd, sizeof(fd));
	}
	return sendmsg(control, &packet, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int passed_fd(struct msghdr *packet)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(packet);
	int fd = -1;

	/* There is room for one; the kernel drops the others. */
	if (header && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int fdp_control_receive(int control, struct fdp_control_message *ret_message,
			int *ret_fd)
{
	union one_fd space;
	struct iovec part = { .iov_base = ret_message,
			      .iov_len = sizeof(*ret_message) };
	struct msghdr packet = { .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = space.bytes,
				 .msg_controllen = sizeof(space.bytes) };
	_cleanup_close_ int fd = -1;
	ssize_t got;

	got = recvmsg(control, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got <= 0)
		return got < 0 ? -errno : 0;
	fd = passed_fd(&packet);
	if (got != sizeof(*ret_message) ||
	    (ret_message->type != FDP_CONTROL_JOIN &&
	     ret_message->type != FDP_CONTROL_DONE))
		return -EBADMSG;
	*ret_fd = TAKE_FD(fd);
	return (int)ret_message->type;
}
