/*
 * Stands for libfdpreload.so: exports what preload/fdpreload.h declares, notes
 * each call as a line of text, and answers as the library would.  It looks
 * into nothing and writes nothing.
 */
#include "../../preload/fdpreload.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TIMERS 8

extern int PyGILState_Check(void) __attribute__((weak));

const char *stub_take(void);
void stub_fail(int error);
void stub_hook(void (*function)(void));
void stub_signal(int number);

static char notes[8192], taken[8192];
static int failure;
static void (*hook)(void);
static int sent;
static int enabled;
static uint64_t registered;
static char timers[TIMERS][FDPRELOAD_NAME_MAX + 1];
static bool running[TIMERS];

/* What has been noted since the last call; valid until the next. */
const char *stub_take(void)
{
	memcpy(taken, notes, sizeof(taken));
	notes[0] = '\0';
	return taken;
}

/* Every function answers -ERROR from now on; 0: what it should. */
void stub_fail(int error)
{
	failure = -error;
}

/* Called by each function, inside it; NULL: nothing is. */
void stub_hook(void (*function)(void))
{
	hook = function;
}

/* Each function sends NUMBER to its own thread; 0: it does not. */
void stub_signal(int number)
{
	sent = number;
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	size_t length = strlen(notes);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(notes + length, sizeof(notes) - length, format, arguments);
	va_end(arguments);
	length = strlen(notes);
	snprintf(notes + length, sizeof(notes) - length, "%s\n",
		 !PyGILState_Check || PyGILState_Check() ? "" : " without GIL");
	if (hook)
		hook();
	if (sent)
		raise(sent);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static const char *shown(const char *text)
{
	return text ? text : "NULL";
}

/* What is open under FD, without its directory. */
static const char *target(int fd)
{
	static char path[256];
	char link[32];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return "closed";
	path[length] = '\0';
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* The failure that was asked for, or that of a closed FD, else 0. */
static int refused(int fd)
{
	if (failure)
		return failure;
	return is_open(fd) ? 0 : -EBADF;
}

/* The place of the timer NAME, or a free one. */
static int timer(const char *name)
{
	int free_place = 0;

	for (int i = 0; i < TIMERS; i++) {
		if (running[i] && strcmp(timers[i], name ? name : "") == 0)
			return i;
		if (!running[i])
			free_place = i;
	}
	return free_place;
}

const char *fdp_api_version(void)
{
	return "stub";
}

int fdp_api_enable(int fd, unsigned flags, long max_threads)
{
	note("enable %s %u %ld", target(fd), flags, max_threads);
	if (!refused(fd))
		enabled = 1;
	return refused(fd);
}

int fdp_api_disable(void)
{
	int before = enabled;

	note("disable");
	enabled = 0;
	return failure ? failure : before;
}

int fdp_api_is_enabled(void)
{
	return failure ? failure : enabled;
}

int fdp_api_dump_traceback(int fd, unsigned flags, long max_threads,
			   unsigned skip)
{
	note("dump_traceback %s %u %ld %u", target(fd), flags, max_threads,
	     skip);
	return refused(fd);
}

int fdp_api_dump_c_stack(int fd)
{
	note("dump_c_stack %s", target(fd));
	return refused(fd);
}

int fdp_api_dump_traceback_later(const char *name, uint64_t timeout_us, int fd,
				 unsigned flags, long max_threads)
{
	note("dump_traceback_later %s %llu %s %u %ld", shown(name),
	     (unsigned long long)timeout_us, target(fd), flags, max_threads);
	if (timeout_us < 1 || timeout_us > FDPRELOAD_TIMEOUT_MAX)
		return -EINVAL;
	if (!refused(fd)) {
		int place = timer(name);

		running[place] = true;
		snprintf(timers[place], sizeof(timers[place]), "%s",
			 name ? name : "");
	}
	return refused(fd);
}

int fdp_api_cancel_dump_traceback_later(const char *name)
{
	int place = timer(name);
	int before = running[place];

	note("cancel_dump_traceback_later %s", shown(name));
	running[place] = false;
	return failure ? failure : before;
}

/* The C library has the first two real-time signals for itself. */
static bool is_refused(int signum)
{
	return signum == SIGKILL || signum == SIGSTOP || signum == 32 ||
	       signum == 33;
}

int fdp_api_register(int signum, int fd, unsigned flags, long max_threads)
{
	note("register %d %s %u %ld", signum, target(fd), flags, max_threads);
	if (refused(fd))
		return refused(fd);
	if (is_refused(signum))
		return -EINVAL;
	registered |= UINT64_C(1) << (signum - 1);
	return 0;
}

int fdp_api_unregister(int signum)
{
	uint64_t bit = UINT64_C(1) << (signum - 1);
	int before = (registered & bit) != 0;

	note("unregister %d", signum);
	registered &= ~bit;
	return failure ? failure : before;
}

int fdp_api_heartbeat(const char *name, uint64_t timeout_us)
{
	note("heartbeat %s %llu", name, (unsigned long long)timeout_us);
	return failure;
}

int fdp_api_annotate(const char *key, const char *value)
{
	note("annotate %s %s", key, shown(value));
	return failure;
}
