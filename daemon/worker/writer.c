#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../base/fds.h"
#include "../base/util.h"
#include "../dumps.h"

/* A pipe that takes nothing for so long, though it was not to block. */
#define FULL_MS 1000

/* A million frames are some 100 MB of text. */
#define TEXT_MAX (UINT64_C(1) << 30)

/* Whoever blocks it for longer loses the rest. */
#define WRITE_SECONDS (FDP_DUMP_MS / 1000 + 1)

int fdp_dump_writer_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		struct pollfd poller = { .fd = fd, .events = POLLOUT };
		ssize_t done = write(fd, text, size);

		if (done < 0 && errno == EAGAIN &&
		    poll(&poller, 1, FULL_MS) > 0)
			continue;
		if (done < 0 && errno != EINTR)
			return -errno;
		text += done > 0 ? done : 0;
		size -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

/* False if the other end is closed before. */
static bool read_whole(int fd, void *buffer, size_t size)
{
	char *bytes = buffer;

	while (size > 0) {
		ssize_t got = read(fd, bytes, size);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		bytes += got > 0 ? got : 0;
		size -= got > 0 ? (size_t)got : 0;
	}
	return true;
}

static void end_in_time(void)
{
	sigset_t alarms;

	signal(SIGALRM, SIG_DFL);
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	alarm(WRITE_SECONDS);
}

static _Noreturn void be_writer(int input, int output)
{
	const int keep[] = { input, output };
	uint64_t size;
	char *text;

	/* The daemon's death is no reason to leave a dump half written. */
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_SET_NAME, "(fdpreload-writ");
	fdp_close_all_but(keep, ARRAY_SIZE(keep));
	if (!read_whole(input, &size, sizeof(size)) || size > TEXT_MAX)
		_exit(0);
	text = malloc(size + 1);
	if (!text)
		_exit(ENOMEM);
	if (!read_whole(input, text, size))
		_exit(0);
	end_in_time();
	_exit(-fdp_dump_writer_all(output, text, size) & 127);
}

int fdp_dump_writer_start(int output, struct fdp_dump_writer *ret_writer)
{
	int ends[2];
	pid_t pid;

	*ret_writer = (struct fdp_dump_writer){ .pipe = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		be_writer(ends[0], output);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return -errno;
	}
	*ret_writer = (struct fdp_dump_writer){ .pipe = ends[1], .pid = pid };
	return 0;
}

int fdp_dump_writer_write(struct fdp_dump_writer *writer, const char *text,
			  size_t size)
{
	const uint64_t length = size;
	int status;
	int r = size > TEXT_MAX ? -EFBIG : 0;

	if (r == 0)
		r = fdp_dump_writer_all(writer->pipe, (const char *)&length,
					sizeof(length));
	if (r == 0)
		r = fdp_dump_writer_all(writer->pipe, text, size);
	fdp_close_cleanup(&writer->pipe);
	writer->pipe = -1;
	while (waitpid(writer->pid, &status, 0) < 0)
		if (errno != EINTR)
			return r < 0 ? r : -errno;
	if (r < 0)
		return r;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}
