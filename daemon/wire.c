#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/util.h"

/* More descriptors than we accept are closed by us, not leaked. */
#define FDS_MAX 8

static void take_fds(const struct cmsghdr *control, struct fdp_sender *sender)
{
	size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int fds[FDS_MAX];

	memcpy(fds, CMSG_DATA(control), count * sizeof(int));
	for (size_t i = 0; i < count; i++) {
		if (i < ARRAY_SIZE(sender->fds) && sender->fds[i] < 0)
			sender->fds[i] = fds[i];
		else
			close(fds[i]);
	}
}

static void take_control(struct msghdr *message, struct fdp_sender *sender)
{
	struct cmsghdr *control;

	for (control = CMSG_FIRSTHDR(message); control;
	     control = CMSG_NXTHDR(message, control)) {
		if (control->cmsg_level != SOL_SOCKET)
			continue;
		if (control->cmsg_type == SCM_RIGHTS)
			take_fds(control, sender);
		if (control->cmsg_type == SCM_CREDENTIALS) {
			struct ucred credentials;

			memcpy(&credentials, CMSG_DATA(control),
			       sizeof(credentials));
			sender->pid = credentials.pid;
			sender->uid = credentials.uid;
			sender->gid = credentials.gid;
		}
	}
}

void fdp_sender_done(struct fdp_sender *sender)
{
	for (size_t i = 0; i < ARRAY_SIZE(sender->fds); i++) {
		fdp_close_cleanup(&sender->fds[i]);
		sender->fds[i] = -1;
	}
}

int fdp_wire_receive(int fd, union fdp_packet *ret_packet,
		     struct fdp_sender *ret_sender)
{
	union {
		struct cmsghdr aligned;
		char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX) +
			   CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct fdp_sender sender = { .fds = { -1, -1 } };
	struct iovec data = { .iov_base = ret_packet->bytes,
			      .iov_len = sizeof(ret_packet->bytes) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t got;
	int r;

	ret_packet->header = (struct fdp_header){ .magic = 0 };
	do
		got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	take_control(&message, &sender);
	if (got == 0)
		r = 0;
	else
		r = message.msg_flags & MSG_TRUNC
			    ? -EBADMSG
			    : fdp_decode(ret_packet, (size_t)got);
	if (!ret_sender || r <= 0)
		fdp_sender_done(&sender);
	if (ret_sender)
		*ret_sender = sender;
	return r;
}

int fdp_wire_await(int fd, uint64_t deadline_ns, union fdp_packet *ret_packet,
		   struct fdp_sender *ret_sender)
{
	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLIN };
		int r = poll(&poller, 1, fdp_clock_left_ms(deadline_ns));

		if (r < 0 && errno != EINTR)
			return -errno;
		if (r == 0)
			return -ETIMEDOUT;
		if (r < 0)
			continue;
		r = fdp_wire_receive(fd, ret_packet, ret_sender);
		if (r != -EAGAIN)
			return r == 0 ? -ECONNRESET : r;
	}
}

int fdp_wire_send(int fd, const void *packet, size_t size)
{
	ssize_t sent;

	do
		sent = send(fd, packet, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

int fdp_wire_send_plain(int fd, enum fdp_message_type type)
{
	struct fdp_header header =
		fdp_header_make((uint16_t)type, sizeof(header), 0);

	return fdp_wire_send(fd, &header, sizeof(header));
}
