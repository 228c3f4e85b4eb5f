/* `fdpreload run`: a program under the shim, with options for the variables. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "../daemon/base/util.h"
#include "cli.h"
#include "find.h"
#include "preload.h"
#include "values.h"

#define COMMAND "run"

/* As env(1), nice(1) and the shell have it. */
#define EXIT_OURS 125
#define EXIT_CANNOT_EXECUTE 126
#define EXIT_NOT_FOUND 127

static const char help[] =
	"usage: fdpreload run [OPTIONS] [--] COMMAND [ARGUMENTS...]\n"
	"\n"
	"Starts COMMAND with libfdpreload.so, so that its crashes are "
	"reported.\n"
	"\n"
	"options, each for a variable of fdpreload(7):\n"
	"  --log-dir DIR         where reports go\n"
	"  --echo HOW            on standard error: brief, full or none\n"
	"  --deadline MS         how long a crashed process is held at most\n"
	"  --follow WHICH        programs that are watched: python, all or "
	"none\n"
	"  --signals LIST        those to report, such as SEGV,ABRT\n"
	"  --no-children         not the programs that COMMAND starts\n"
	"  --save-capture        keep what was read of the process, too\n"
	"  --capture HOW         how it is read: live or served\n"
	"  --locals              with the values of local variables\n"
	"  --guess-names         names with their classes, before Python 3.11 "
	"too\n"
	"  --dump-after SECONDS  print all stacks on standard error after that "
	"time\n"
	"  --dump-repeat         and again each time it has passed\n"
	"  --dump-exit           and then exit with status 1\n"
	"  --dump-signal SIGNAL[,chain]\n"
	"                        print them when SIGNAL comes; chain: then the "
	"program's\n"
	"                        own handler\n"
	"  --answer WHEN         whether it answers for its memory where "
	"nobody may trace\n"
	"                        it: auto, always or never\n"
	"  --watch SECONDS       report that it hangs after that time\n"
	"  --daemon PATH         the reporter\n"
	"  --debug FILE          what shim and reporter do\n"
	"  -h, --help            show this text\n";

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define SECONDS_TEXT "a number of seconds such as 30 or 0.5"

static const struct setting {
	const char *option;
	const char *variable;
	enum fdp_value_kind kind;
	const char *value; /* of one that takes none */
	const char *wanted;
	const char *const *words;
} settings[] = {
	{ "log-dir", "FDPRELOAD_LOG_DIR", FDP_VALUE_PATH,
	  .wanted = "a directory" },
	{ "echo", "FDPRELOAD_ECHO", FDP_VALUE_WORD,
	  .wanted = "brief, full or none",
	  .words = WORDS("brief", "full", "none") },
	{ "deadline", "FDPRELOAD_DEADLINE_MS", FDP_VALUE_DEADLINE,
	  .wanted = "a number of milliseconds from 100 to 60000" },
	{ "follow", "FDPRELOAD_FOLLOW", FDP_VALUE_WORD,
	  .wanted = "python, all or none",
	  .words = WORDS("python", "all", "none") },
	{ "signals", "FDPRELOAD_SIGNALS", FDP_VALUE_SIGNALS,
	  .wanted = "a list of SEGV, BUS, FPE, ILL, ABRT, SYS, TRAP, with "
		    "commas" },
	{ "no-children", "FDPRELOAD_CHILDREN", .value = "0" },
	{ "save-capture", "FDPRELOAD_SAVE_CAPTURE", .value = "1" },
	{ "capture", "FDPRELOAD_CAPTURE", FDP_VALUE_WORD,
	  .wanted = "live or served", .words = WORDS("live", "served") },
	{ "locals", "FDPRELOAD_LOCALS", .value = "1" },
	{ "guess-names", "FDPRELOAD_GUESS_NAMES", .value = "1" },
	{ "dump-after", "FDPRELOAD_DUMP_AFTER", FDP_VALUE_SECONDS,
	  .wanted = SECONDS_TEXT },
	{ "dump-repeat", "FDPRELOAD_DUMP_REPEAT", .value = "1" },
	{ "dump-exit", "FDPRELOAD_DUMP_EXIT", .value = "1" },
	{ "dump-signal", "FDPRELOAD_DUMP_SIGNAL", FDP_VALUE_DUMP_SIGNAL,
	  .wanted = "a signal that is free to use, such as SIGUSR1 or "
		    "SIGUSR1,chain" },
	{ "answer", "FDPRELOAD_ANSWER", FDP_VALUE_WORD,
	  .wanted = "auto, always or never",
	  .words = WORDS("auto", "always", "never") },
	{ "watch", "FDPRELOAD_WATCH", FDP_VALUE_WATCH,
	  .wanted = "a number of seconds from 0.1 to 86400" },
	{ "daemon", "FDPRELOAD_DAEMON", FDP_VALUE_PROGRAM,
	  .wanted = "a program that can be executed" },
	{ "debug", "FDPRELOAD_DEBUG", FDP_VALUE_PATH, .wanted = "a file" },
};

/* The settings have numbers of their own behind these. */
#define HELP 'h'
#define FIRST_SETTING 256

static void make_options(struct option *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		*options++ = (struct option){
			.name = settings[i].option,
			.has_arg = settings[i].kind == FDP_VALUE_NONE
					   ? no_argument
					   : required_argument,
			.val = FIRST_SETTING + (int)i,
		};
	*options++ = (struct option){ .name = "help", .val = HELP };
	*options = (struct option){ .name = NULL };
}

/* 0, or the exit status. */
static int apply(const struct setting *setting, const char *text)
{
	_cleanup_free_ char *value = NULL;

	if (!text)
		text = setting->value;
	if (!fdp_value_is_good(setting->kind, setting->words, text))
		return fdp_cli_misuse(COMMAND, "--%s: '%s' is not %s",
				      setting->option, text, setting->wanted);
	value = fdp_value_make(setting->kind, text);
	if (value && setenv(setting->variable, value, true) == 0)
		return 0;
	fdp_cli_error(COMMAND, "--%s: %s", setting->option, strerror(errno));
	return EXIT_OURS;
}

static int refuse(char **argv, int answer)
{
	const char *word = argv[optind - 1];

	if (answer == ':')
		return fdp_cli_misuse(COMMAND, "%s needs a value", word);
	if (optopt >= FIRST_SETTING)
		return fdp_cli_misuse(COMMAND, "--%s takes no value",
				      settings[optopt - FIRST_SETTING].option);
	if (optopt)
		return fdp_cli_misuse(COMMAND, "-%c is not an option", optopt);
	return fdp_cli_misuse(COMMAND, "%s is not an option", word);
}

/* Applies the options; 0, or the exit status.  ret_help: help is wanted. */
static int read_options(int argc, char **argv, bool *ret_help)
{
	struct option options[ARRAY_SIZE(settings) + 2];
	int answer, status = 0;

	make_options(options);
	/* "+": what comes behind the command is the command's. */
	while (status == 0 &&
	       (answer = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (answer == HELP) {
			*ret_help = true;
			return 0;
		}
		if (answer < FIRST_SETTING)
			return refuse(argv, answer);
		status = apply(&settings[answer - FIRST_SETTING], optarg);
	}
	return status;
}

/* 0, or the exit status. */
static int load_shim(void)
{
	char shim[PATH_MAX];
	int r = fdp_find_shim(shim);

	if (r < 0) {
		fdp_cli_error(
			COMMAND, FDP_SHIM_FILE
			" was not found around this program or in " FDP_LIBDIR);
		return EXIT_OURS;
	}
	r = fdp_preload_set(shim);
	if (r == 0)
		return 0;
	if (r == -EINVAL)
		fdp_cli_error(COMMAND,
			      "%s: LD_PRELOAD cannot name a path with a space "
			      "or a colon",
			      shim);
	else
		fdp_cli_error(COMMAND, "LD_PRELOAD: %s", strerror(-r));
	return EXIT_OURS;
}

static int execute(char **argv)
{
	int error;

	execvp(argv[0], argv);
	error = errno;
	fdp_cli_error(COMMAND, "%s: %s", argv[0], strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

int fdp_command_run(int argc, char **argv)
{
	bool wants_help = false;
	int status = read_options(argc, argv, &wants_help);

	if (wants_help)
		return fdp_cli_print(help);
	if (status == 0 && optind == argc)
		return fdp_cli_misuse(COMMAND, "there is no command to start");
	if (status == 0)
		status = load_shim();
	return status ? status : execute(argv + optind);
}
