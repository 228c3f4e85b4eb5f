/* Output without stdio: handlers use it, on alternate stacks of 4 KiB. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

#define LINE_MAX_BYTES 96

static int notes = -1;

struct line {
	char bytes[LINE_MAX_BYTES];
	size_t used;
};

static void add_text(struct line *line, const char *text)
{
	while (*text && line->used < sizeof(line->bytes))
		line->bytes[line->used++] = *text++;
}

static void add_number(struct line *line, unsigned long number)
{
	char digits[2] = "";
	int shift = 60;

	while (shift > 0 && !(number >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4) {
		digits[0] = "0123456789abcdef"[number >> shift & 15];
		add_text(line, digits);
	}
}

static void write_line(int fd, const char *text, const unsigned long *number)
{
	struct line line = { .used = 0 };

	add_text(&line, text);
	if (number) {
		add_text(&line, " ");
		add_number(&line, *number);
	}
	add_text(&line, "\n");
	if (write(fd, line.bytes, line.used) < 0)
		_exit(EXIT_TROUBLE);
}

void say(const char *text)
{
	write_line(1, text, NULL);
}

void say_number(const char *text, unsigned long number)
{
	write_line(1, text, &number);
}

void note(const char *text, unsigned long number)
{
	write_line(notes, text, &number);
}

void notes_open(void)
{
	notes = open("notes", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (notes < 0)
		trouble("notes");
}

void trouble(const char *text)
{
	perror(text);
	_exit(EXIT_TROUBLE);
}
