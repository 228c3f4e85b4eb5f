#include "through.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "../base/clock.h"
#include "../base/proc.h"
#include "../base/util.h"
#include "../capture/live.h"
#include "../looks.h"
#include "../reporter.h"
#include "../wire.h"
#include "dump.h"

/* For what the reporter does beside the dump, which it bounds by itself. */
#define SLACK_MS 2000

#define CHUNK 65536

static bool is_refusal(int error)
{
	return error == -EPERM || error == -EACCES;
}

/* A process that we do not trace is no such process, if we may ask at all. */
static int try_to_trace(pid_t pid)
{
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0 ? -errno : 0;
}

bool fdp_through_is_needed(pid_t pid)
{
	return is_refusal(fdp_live_allowed(pid, 0)) ||
	       is_refusal(try_to_trace(pid));
}

__attribute__((format(printf, 3, 4))) static int
fail(const struct fdp_dump_command *command, int status, const char *format,
     ...)
{
	char why[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	fprintf(stderr,
		"fdpreload dump: process %d: it may not be traced from here, "
		"and %s\n",
		(int)command->pid, why);
	return status;
}

/* 0, or the exit status. */
static int find(const struct fdp_dump_command *command, pid_t *ret_reporter)
{
	_cleanup_free_ char *maps = fdp_proc_read(command->pid, "maps");
	struct fdp_memory_file file;

	if (!maps)
		return fail(command, FDP_DUMP_NOT_PERMITTED,
			    "whether it has a reporter is hidden: ask as its "
			    "user, or as root");
	if (!fdp_reporter_memory(maps, &file))
		return fail(command, FDP_DUMP_NOT_PERMITTED,
			    "it has no reporter that could do it, as it does "
			    "not run under libfdpreload.so: this needs the "
			    "same user and a kernel that lets it "
			    "(kernel.yama.ptrace_scope), or root");
	switch (fdp_reporter_find(command->pid, &file, ret_reporter)) {
	case FDP_RELATION_HIDDEN:
		return fail(command, FDP_DUMP_NOT_PERMITTED,
			    "its reporter is hidden: ask as the user who "
			    "started the program, or as root");
	case FDP_RELATION_NONE:
		return fail(command, FDP_DUMP_NOT_PERMITTED,
			    "its reporter is gone, or belongs to somebody "
			    "else, or is in a namespace that cannot be seen "
			    "from here");
	default:
		return 0;
	}
}

/* The answer of a reporter that has not printed anything. */
static int explain(const struct fdp_dump_command *command, pid_t reporter,
		   int error)
{
	const char *advice = strerror(-error);
	int status = FDP_DUMP_FAILED;

	switch (error) {
	case -EPERM:
		status = FDP_DUMP_NOT_PERMITTED;
		advice = "may not either: kernel.yama.ptrace_scope is above "
			 "1, or it is 1 and a forked child has not come to "
			 "name it yet, or the process is not dumpable, or "
			 "somebody else traces it, or a filter of system "
			 "calls forbids it, and no thread of it answers "
			 "instead (FDPRELOAD_ANSWER); ask as root";
		break;
	case -EACCES:
		status = FDP_DUMP_NOT_PERMITTED;
		advice = "answers to its user alone, and to root";
		break;
	case -ENXIO:
		status = FDP_DUMP_NOT_PERMITTED;
		advice = "does not know it by this number";
		break;
	case -ESRCH:
		status = FDP_DUMP_NO_PROCESS;
		advice = "says that it is gone";
		break;
	case -EBUSY:
		advice = "is busy with other dumps: try again";
		break;
	case -ECONNRESET:
		advice = "does not answer: it is of another version, or gone";
		break;
	default:
		return fail(command, status, "its reporter, process %d: %s",
			    (int)reporter, advice);
	}
	return fail(command, status, "its reporter, process %d, %s",
		    (int)reporter, advice);
}

static int connect_to(const struct fdp_dump_command *command, pid_t reporter,
		      int *ret_fd)
{
	int fd = fdp_reporter_connect(reporter);

	if (fd == -ENOENT)
		return fail(command, FDP_DUMP_NOT_PERMITTED,
			    "its reporter, process %d, listens in another "
			    "network namespace: run this in there (nsenter "
			    "--net --target %d)",
			    (int)reporter, (int)reporter);
	if (fd < 0)
		return explain(command, reporter, fd == -EPERM ? -EACCES : fd);
	*ret_fd = fd;
	return 0;
}

static int send_question(int socket, const struct fdp_dump_command *command,
			 int output)
{
	struct {
		struct cmsghdr header;
		int fd;
		int padding;
	} control = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			    .cmsg_level = SOL_SOCKET,
			    .cmsg_type = SCM_RIGHTS },
		.fd = output,
	};
	struct fdp_look look = {
		.header = fdp_header_make(FDP_LOOK, sizeof(look), 0),
		.pid = (uint32_t)command->pid,
		.flags = (command->json ? FDP_LOOK_JSON : 0) |
			 (command->native ? FDP_LOOK_NATIVE : 0) |
			 (isatty(1) ? FDP_LOOK_COLOR : 0),
	};
	struct iovec part = { &look, sizeof(look) };
	const struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The reporter's result, or -errno. */
static int ask(int socket, const struct fdp_dump_command *command, int output)
{
	static union fdp_packet packet;
	uint64_t end =
		fdp_clock_now_ns() + (FDP_LOOK_MS + SLACK_MS) * FDP_NS_PER_MS;
	int r = send_question(socket, command, output);

	if (r == -EPIPE)
		return -ECONNRESET;
	if (r == 0)
		r = fdp_wire_await(socket, end, &packet, NULL);
	if (r < 0)
		return r;
	return r == FDP_REPLY ? packet.reply.result : -EPROTO;
}

/* From its beginning: the reporter has written with the same position. */
static int print(int file)
{
	char chunk[CHUNK];
	ssize_t got;

	if (lseek(file, 0, SEEK_SET) < 0)
		return -errno;
	while ((got = read(file, chunk, sizeof(chunk))) > 0)
		fwrite(chunk, 1, (size_t)got, stdout);
	if (got < 0)
		return -errno;
	return fflush(stdout) != 0 ? -EIO : 0;
}

int fdp_through_dump(const struct fdp_dump_command *command)
{
	_cleanup_close_ int file = memfd_create("fdpreload-dump", MFD_CLOEXEC);
	_cleanup_close_ int socket = -1;
	pid_t reporter = 0;
	int result, r = find(command, &reporter);

	if (r == 0)
		r = connect_to(command, reporter, &socket);
	if (r)
		return r;
	result = file < 0 ? -errno : ask(socket, command, file);
	if (result >= 0)
		r = print(file);
	if (result < 0 || r < 0)
		return explain(command, reporter, result < 0 ? result : r);
	return result == FDP_LOOK_NOT_PYTHON ? FDP_DUMP_NOT_PYTHON
					     : FDP_DUMP_OK;
}
