#include "dump_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "watch.h"

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "fdpreload dump: %s%s; see 'fdpreload --help'\n", what,
		value);
	return FDP_DUMP_USAGE;
}

static int parse_format(const char *value, struct fdp_dump_command *command)
{
	command->json = strcmp(value, "json") == 0;
	if (!command->json && strcmp(value, "text") != 0)
		return bad_usage("--format takes text or json, not ", value);
	return 0;
}

/* Without registers there are no native frames, and who asks for both is told.
 */
static int finish_native(bool asked, struct fdp_dump_command *command)
{
	if (command->nonblocking && asked)
		return bad_usage("--nonblocking shows no native frames: it "
				 "cannot go with --native",
				 "");
	if (command->nonblocking)
		command->native = false;
	return 0;
}

static int parse_watch(const char *value, struct fdp_dump_command *command)
{
	char *end;
	double seconds = strtod(value, &end);

	if (*end || end == value || !(seconds > 0) ||
	    seconds > FDP_WATCH_SECONDS_MAX)
		return bad_usage("--watch takes a number of seconds, more than "
				 "0 and at most 86400, not ",
				 value);
	command->watch_s = seconds;
	return 0;
}

static int parse_pid(const char *value, struct fdp_dump_command *command)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(value, &end, 10);
	if (errno || *end || end == value || pid < 1 || pid > INT32_MAX)
		return bad_usage("not the number of a process: ", value);
	command->pid = (pid_t)pid;
	return 0;
}

/* 0, or that two options do not go together. */
static int check_together(const struct fdp_dump_command *command)
{
	if (command->capture && command->all)
		return bad_usage("--save-capture is of one process, and "
				 "--all are several",
				 "");
	if (command->capture && command->watch_s > 0)
		return bad_usage("--save-capture is of one dump, and --watch "
				 "makes several",
				 "");
	if (command->locals && command->nonblocking)
		return bad_usage("--locals wants the process to stand, and "
				 "--nonblocking lets it run",
				 "");
	if (command->guess_names && command->nonblocking)
		return bad_usage("--guess-names wants the process to stand, "
				 "and --nonblocking lets it run",
				 "");
	return 0;
}

int fdp_dump_command_parse(int argc, char **argv,
			   struct fdp_dump_command *ret_command)
{
	static const struct option known[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "all", no_argument, NULL, 'a' },
		{ "locals", no_argument, NULL, 'l' },
		{ "guess-names", no_argument, NULL, 'g' },
		{ "save-capture", required_argument, NULL, 'c' },
		{ "native", no_argument, NULL, 'n' },
		{ "no-native", no_argument, NULL, 'N' },
		{ "nonblocking", no_argument, NULL, 'b' },
		{ "watch", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	bool native_asked = false;
	int option, r = 0;

	*ret_command = (struct fdp_dump_command){ .native = true };
	opterr = 0;
	while (r == 0 &&
	       (option = getopt_long(argc, argv, ":", known, NULL)) >= 0) {
		if (option == 'f')
			r = parse_format(optarg, ret_command);
		else if (option == 'a')
			ret_command->all = true;
		else if (option == 'l')
			ret_command->locals = true;
		else if (option == 'g')
			ret_command->guess_names = true;
		else if (option == 'c')
			ret_command->capture = optarg;
		else if (option == 'n' || option == 'N')
			ret_command->native = native_asked = option == 'n';
		else if (option == 'b')
			ret_command->nonblocking = true;
		else if (option == 'w')
			r = parse_watch(optarg, ret_command);
		else
			r = bad_usage(
				"unknown option, or its value is missing: ",
				argv[optind - 1]);
	}
	if (r == 0)
		r = finish_native(native_asked, ret_command);
	if (r)
		return r;
	if (optind + 1 != argc)
		return bad_usage("the number of one process is wanted", "");
	r = check_together(ret_command);
	return r ? r : parse_pid(argv[optind], ret_command);
}
