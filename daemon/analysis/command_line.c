#include "process.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/util.h"
#include "secrets.h"

/* A report is read by people; xargs can make command lines of 2 MiB. */
#define COMMAND_LINE_MAX 8192

/* What stands for a value that is not shown. */
#define MASK "***"

/*
 * Where the secret value begins in ARGUMENT: --password=VALUE, PASSWORD=VALUE,
 * "password": "VALUE", Authorization: VALUE.  NULL if there is none.
 */
static const char *secret_value(const char *argument)
{
	const char *at = fdp_secret_word(argument);

	while (at) {
		const char *sign = at;

		while (isalnum((unsigned char)*sign) ||
		       (*sign && strchr("_-.\"' ]", *sign)))
			sign++;
		if (*sign == '=' || *sign == ':')
			return sign + 1;
		at = fdp_secret_word(at);
	}
	return NULL;
}

/* True if the next argument is the secret: --password VALUE, -p VALUE. */
static bool next_is_secret(const char *argument, const char *next)
{
	if (argument[0] != '-' || STARTS_WITH(argument, "--no-") ||
	    STARTS_WITH(next, "--"))
		return false;
	/* -p is a port as often as a password. */
	if (strcmp(argument, "-p") == 0)
		return next[strspn(next, "0123456789")] != '\0';
	return !strpbrk(argument, "=: ") && fdp_secret_word(argument);
}

/* The password in scheme://user:password@host, or NULL. */
static const char *url_password(const char *argument, size_t *ret_length)
{
	const char *host = strstr(argument, "://");
	const char *colon, *at, *end;

	if (!host)
		return NULL;
	host += 3;
	end = host + strcspn(host, "/?# ");
	colon = memchr(host, ':', (size_t)(end - host));
	at = memrchr(host, '@', (size_t)(end - host));
	if (!colon || !at || colon > at)
		return NULL;
	*ret_length = (size_t)(at - colon - 1);
	return colon + 1;
}

/* True if a shell takes ARGUMENT as it is, or shows a mask that it would not.
 */
static bool is_plain(const char *argument)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%+=:,./_-";
	const char *end = argument + strspn(argument, plain);

	return *argument && (!*end || strcmp(end, MASK) == 0);
}

static void write_quoted(FILE *out, const char *argument)
{
	if (is_plain(argument)) {
		fputs(argument, out);
		return;
	}
	putc('\'', out);
	for (; *argument; argument++) {
		if (*argument == '\'')
			fputs("'\\''", out);
		else
			putc(*argument, out);
	}
	putc('\'', out);
}

/* ARGUMENT without what must not be seen, malloc'ed, or NULL. */
static char *masked(const char *argument)
{
	const char *secret = secret_value(argument);
	char *text = NULL;
	size_t length = 0;
	int r;

	if (secret)
		r = asprintf(&text, "%.*s" MASK, (int)(secret - argument),
			     argument);
	else if ((secret = url_password(argument, &length)))
		r = asprintf(&text, "%.*s" MASK "%s", (int)(secret - argument),
			     argument, secret + length);
	else
		r = asprintf(&text, "%s", argument);
	return r < 0 ? NULL : text;
}

static int write_argument(FILE *out, const char *argument, bool is_secret)
{
	_cleanup_free_ char *shown =
		is_secret ? strdup(MASK) : masked(argument);

	if (!shown)
		return -1;
	write_quoted(out, shown);
	return 0;
}

/* ARGUMENTS is a copy whose last argument is NUL-terminated too. */
static int write_arguments(FILE *out, const char *arguments, size_t size)
{
	const char *end = arguments + size;
	const char *previous = NULL;

	for (const char *at = arguments; at < end; at += strlen(at) + 1) {
		bool is_secret = previous && next_is_secret(previous, at);

		if (previous)
			putc(' ', out);
		if (write_argument(out, at, is_secret) < 0)
			return -1;
		previous = is_secret ? "" : at;
	}
	return 0;
}

char *fdp_command_line(struct fdp_arena *arena, const char *bytes, size_t size)
{
	bool cut = size > COMMAND_LINE_MAX;
	_cleanup_free_ char *copy = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *out;
	int r;

	if (cut)
		size = COMMAND_LINE_MAX;
	copy = calloc(1, size + 1);
	out = copy ? open_memstream(&text, &length) : NULL;
	if (!out)
		return NULL;
	memcpy(copy, bytes, size);
	r = write_arguments(out, copy, size);
	if (cut)
		fputs(" ...", out);
	r |= ferror(out);
	if (fclose(out) != 0 || r != 0)
		return NULL;
	return fdp_arena_copy(arena, text, length);
}
