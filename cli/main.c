/*
 * fdpreload: the command line tool.  It has no unwinder of its own: what needs
 * one is done by the daemon's program, which it finds as the shim does.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../daemon/base/util.h"
#include "cli.h"

static const struct {
	const char *name;
	const char *summary; /* NULL: not for people */
	int (*start)(int argc, char **argv);
} commands[] = {
	{ "run", "start a program whose crashes are reported",
	  fdp_command_run },
	{ "dump", "print the stacks of a process that lives",
	  fdp_command_dump },
	{ "doctor", "say what works here, what does not, and what to do",
	  fdp_command_doctor },
	{ "show", "print a stored report, or a part of it", fdp_command_show },
	{ "decode", "analyse a stored capture again and print the report",
	  fdp_command_decode },
	{ "doctor-probe", NULL, fdp_command_probe },
};

static bool is(const char *argument, const char *a, const char *b)
{
	return strcmp(argument, a) == 0 || strcmp(argument, b) == 0;
}

static void write_help(FILE *stream)
{
	fputs("usage: fdpreload COMMAND [OPTIONS]\n"
	      "\n"
	      "Crash reports of Python processes: getting them, and reading "
	      "them back.\n"
	      "\n"
	      "commands:\n",
	      stream);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].summary)
			fprintf(stream, "  %-14s %s\n", commands[i].name,
				commands[i].summary);
	fputs("  help           show this text\n"
	      "\n"
	      "'fdpreload COMMAND --help' tells the options of a command.\n"
	      "\n"
	      "options:\n"
	      "  -h, --help     show this text\n"
	      "  -V, --version  show the version\n"
	      "\n"
	      "Without this tool: LD_PRELOAD=libfdpreload.so python app.py; "
	      "see fdpreload(7).\n",
	      stream);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		write_help(stderr);
		return FDP_EXIT_MISUSE;
	}
	if (is(argv[1], "-h", "--help") || strcmp(argv[1], "help") == 0) {
		write_help(stdout);
		return fdp_cli_print("");
	}
	if (is(argv[1], "-V", "--version"))
		return fdp_cli_print("fdpreload " FDP_VERSION "\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].start(argc - 1, argv + 1);
	fprintf(stderr,
		"fdpreload: '%s' is not a command; see 'fdpreload --help'\n",
		argv[1]);
	return FDP_EXIT_MISUSE;
}
