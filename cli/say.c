#include <stdarg.h>
#include <stdio.h>

#include "cli.h"

int fdp_cli_print(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) != 0;
}

__attribute__((format(printf, 2, 0))) static void
put(const char *command, const char *format, va_list arguments)
{
	fprintf(stderr, "fdpreload %s: ", command);
	vfprintf(stderr, format, arguments);
}

int fdp_cli_misuse(const char *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(command, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see 'fdpreload %s --help'\n", command);
	return FDP_EXIT_MISUSE;
}

void fdp_cli_error(const char *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(command, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}
