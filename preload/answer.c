/* Answers of a memory server: bytes of our memory, and files of ours in /proc.
 */
#include "handler.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <time.h>

/*
 * The kernel copies the bytes: a bad address is its EFAULT, never our fault.
 * Fails when nobody has read for as long as the socket waits (SO_SNDTIMEO).
 */
static long send_data(int fd, uint32_t sequence, uint64_t address,
		      const void *bytes, uint64_t size)
{
	struct fdp_data data = { .address = address, .size = (uint32_t)size };
	struct iovec parts[2] = {
		{ &data, sizeof(data) },
		{ (void *)bytes, size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	long r;

	fdp_header_set(&data.header, FDP_DATA, (uint32_t)(sizeof(data) + size),
		       sequence);
	r = fdp_sys(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
	if (r >= 0 || r == -EAGAIN || r == -EPIPE)
		return r;
	data.error = (int32_t)-r;
	data.size = 0;
	data.header.size = sizeof(data);
	message.msg_iovlen = 1;
	return fdp_sys(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

void fdp_answer_read(int fd, const struct fdp_read *question)
{
	send_data(fd, question->header.sequence, question->address,
		  (const void *)question->address, question->size);
}

void fdp_answer_file(int fd, const struct fdp_file *question,
		     uint64_t deadline_ns, void *chunk, size_t chunk_size)
{
	char path[sizeof("/proc/self/") + sizeof(question->name)] =
		"/proc/self/";
	uint64_t offset = 0;
	size_t end = sizeof("/proc/self/") - 1;
	long file, got, r;

	for (size_t i = 0; question->name[i]; i++)
		path[end + i] = question->name[i];
	file = fdp_sys(SYS_open, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	do {
		got = file < 0 ? 0 : fdp_sys(SYS_read, file, chunk, chunk_size);
		got = got < 0 ? 0 : got;
		r = send_data(fd, question->header.sequence, offset, chunk,
			      (uint64_t)got);
		offset += (uint64_t)got;
	} while (got > 0 && r >= 0 &&
		 fdp_sys_clock_ns(CLOCK_MONOTONIC) < deadline_ns);
	if (file >= 0)
		fdp_sys(SYS_close, file);
}
