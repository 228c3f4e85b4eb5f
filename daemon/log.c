#include "log.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "store.h"

/* One line is one write, so that lines of several daemons do not mix. */
#define LINE_MAX_ 1024

static const char *debug_path;
static const char *log_directory;

void fdp_log_open(const char *debug, const char *directory)
{
	debug_path = debug;
	log_directory = directory;
}

static int open_log(void)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			  O_NOFOLLOW | O_NONBLOCK;
	_cleanup_close_ int directory = -1;

	if (debug_path)
		return open(debug_path, flags, 0600);
	directory = log_directory ? fdp_store_open(log_directory) : -1;
	if (directory < 0)
		return -1;
	return openat(directory, "fdpreloadd.log", flags, 0600);
}

__attribute__((format(printf, 1, 0))) static void put(const char *format,
						      va_list arguments)
{
	_cleanup_close_ int fd = open_log();
	char line[LINE_MAX_];
	time_t now = time(NULL);
	struct tm utc;
	size_t at;
	int more;

	if (fd < 0)
		return;
	gmtime_r(&now, &utc);
	at = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%SZ ", &utc);
	at += (size_t)snprintf(line + at, sizeof(line) - at,
			       "fdpreloadd[%d]: ", (int)getpid());
	more = vsnprintf(line + at, sizeof(line) - at - 1, format, arguments);
	if (more < 0)
		return;
	at += (size_t)more < sizeof(line) - at - 2 ? (size_t)more
						   : sizeof(line) - at - 2;
	for (size_t i = 0; i < at; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = '?';
	line[at] = '\n';
	/* A log that cannot be written has nobody to complain to. */
	if (write(fd, line, at + 1) < 0)
		return;
}

void fdp_log_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(format, arguments);
	va_end(arguments);
}

void fdp_log_debug(const char *format, ...)
{
	va_list arguments;

	if (!debug_path)
		return;
	va_start(arguments, format);
	put(format, arguments);
	va_end(arguments);
}
