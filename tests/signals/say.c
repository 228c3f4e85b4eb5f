/* Output: whole lines, written at once where somebody may die or fork. */
#include "conform.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 600

static char held[1 << 16];
static size_t held_size;
static bool holding;

void say_flush(void)
{
	size_t done = 0;

	while (done < held_size) {
		ssize_t n = write(1, held + done, held_size - done);

		if (n < 0 && errno != EINTR)
			_exit(99);
		done += n > 0 ? (size_t)n : 0;
	}
	held_size = 0;
}

void say_hold(bool hold)
{
	holding = hold;
	if (!hold)
		say_flush();
}

void say(const char *format, ...)
{
	int saved = errno;
	va_list arguments;
	int size;

	if (held_size + LINE_SIZE > sizeof(held))
		say_flush();
	va_start(arguments, format);
	size = vsnprintf(held + held_size, LINE_SIZE - 1, format, arguments);
	va_end(arguments);
	if (size < 0 || size >= LINE_SIZE - 1)
		_exit(98);
	held_size += (size_t)size;
	held[held_size++] = '\n';
	if (!holding)
		say_flush();
	errno = saved;
}
