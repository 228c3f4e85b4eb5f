#include "show_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define COMMAND "show"

/* Behind all letters. */
enum {
	LIMIT = 256,
	LOCALS,
	NO_LOCALS,
	NO_NATIVE,
	NO_SOURCE,
	NO_CHAIN,
	ORDER,
	COLOR,
};

static const struct option known[] = {
	{ "limit", required_argument, NULL, LIMIT },
	{ "locals", no_argument, NULL, LOCALS },
	{ "no-locals", no_argument, NULL, NO_LOCALS },
	{ "no-native", no_argument, NULL, NO_NATIVE },
	{ "no-source", no_argument, NULL, NO_SOURCE },
	{ "no-chain", no_argument, NULL, NO_CHAIN },
	{ "order", required_argument, NULL, ORDER },
	{ "color", required_argument, NULL, COLOR },
	{ .name = NULL },
};

/* As git, ls and Python itself have it: https://no-color.org/ */
static bool wants_color(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	       !(terminal && strcmp(terminal, "dumb") == 0);
}

static int parse_limit(const char *value, struct fdp_view *view)
{
	char *end;

	errno = 0;
	view->limit = strtol(value, &end, 10);
	if (errno || *end || end == value)
		return fdp_cli_misuse(
			COMMAND, "--limit: '%s' is not a whole number", value);
	view->limited = true;
	return 0;
}

static int parse_order(const char *value, struct fdp_text_options *text)
{
	text->recent_last = strcmp(value, "recent-last") == 0;
	if (text->recent_last || strcmp(value, "recent-first") == 0)
		return 0;
	return fdp_cli_misuse(
		COMMAND, "--order: '%s' is not recent-first or recent-last",
		value);
}

static int parse_color(const char *value, struct fdp_text_options *text)
{
	if (strcmp(value, "auto") == 0)
		text->color = wants_color();
	else if (strcmp(value, "always") == 0 || strcmp(value, "never") == 0)
		text->color = value[0] == 'a';
	else
		return fdp_cli_misuse(
			COMMAND, "--color: '%s' is not auto, always or never",
			value);
	return 0;
}

static int refuse(char **argv, int answer)
{
	const char *word = argv[optind - 1];

	if (answer == ':')
		return fdp_cli_misuse(COMMAND, "%s needs a value", word);
	return fdp_cli_misuse(COMMAND, "%s is not an option", word);
}

static int apply(int option, char **argv, struct fdp_show_options *options)
{
	switch (option) {
	case LIMIT:
		return parse_limit(optarg, &options->view);
	case ORDER:
		return parse_order(optarg, &options->text);
	case COLOR:
		return parse_color(optarg, &options->text);
	case LOCALS:
	case NO_LOCALS:
		options->locals = option == LOCALS;
		options->view.no_locals = option == NO_LOCALS;
		return 0;
	case NO_NATIVE:
		options->view.no_native = true;
		return 0;
	case NO_SOURCE:
		options->view.no_source = true;
		return 0;
	case NO_CHAIN:
		options->view.no_chain = true;
		return 0;
	default:
		return refuse(argv, option);
	}
}

int fdp_show_parse(int argc, char **argv, struct fdp_show_options *ret_options)
{
	int option, r = 0;

	*ret_options = (struct fdp_show_options){
		.text = { .color = wants_color() },
	};
	opterr = 0;
	while (r == 0 &&
	       (option = getopt_long(argc, argv, ":", known, NULL)) >= 0)
		r = apply(option, argv, ret_options);
	if (r)
		return r;
	ret_options->files = argv + optind;
	ret_options->file_count = argc - optind;
	if (ret_options->file_count == 0)
		return fdp_cli_misuse(COMMAND, "which FILE? a report, as "
					       "*.json or *.fdpcap, or - for "
					       "standard input");
	return 0;
}
