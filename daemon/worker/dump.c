#include "dump.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "../analysis/analyse.h"
#include "../base/util.h"
#include "../capture/living.h"
#include "../render/render.h"
#include "confine.h"
#include "family.h"

struct options {
	pid_t pid;
	bool json;
	bool native;
	bool all; /* its descendants too */
};

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "fdpreload dump: %s%s; see 'fdpreload --help'\n", what,
		value);
	return FDP_DUMP_USAGE;
}

static int parse_format(const char *value, struct options *options)
{
	options->json = strcmp(value, "json") == 0;
	if (!options->json && strcmp(value, "text") != 0)
		return bad_usage("--format takes text or json, not ", value);
	return 0;
}

static int parse_pid(const char *value, struct options *options)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(value, &end, 10);
	if (errno || *end || end == value || pid < 1 || pid > INT32_MAX)
		return bad_usage("not the number of a process: ", value);
	options->pid = (pid_t)pid;
	return 0;
}

static int parse(int argc, char **argv, struct options *ret_options)
{
	static const struct option known[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "all", no_argument, NULL, 'a' },
		{ "native", no_argument, NULL, 'n' },
		{ "no-native", no_argument, NULL, 'N' },
		{ NULL, 0, NULL, 0 },
	};
	int option, r = 0;

	*ret_options = (struct options){ .native = true };
	opterr = 0;
	while (r == 0 &&
	       (option = getopt_long(argc, argv, ":", known, NULL)) >= 0) {
		if (option == 'f')
			r = parse_format(optarg, ret_options);
		else if (option == 'a')
			ret_options->all = true;
		else if (option == 'n' || option == 'N')
			ret_options->native = option == 'n';
		else
			r = bad_usage(
				"unknown option, or its value is missing: ",
				argv[optind - 1]);
	}
	if (r)
		return r;
	if (optind + 1 != argc)
		return bad_usage("the number of one process is wanted", "");
	return parse_pid(argv[optind], ret_options);
}

static int render(const struct fdp_report *report,
		  const struct options *options)
{
	const struct fdp_text_options text = { .color = isatty(1) };
	int r = options->json ? fdp_render_json(report, stdout)
			      : fdp_render_text(report, &text, stdout);

	return r == 0 && fflush(stdout) != 0 ? -EIO : r;
}

/* FDP_DUMP_OK, FDP_DUMP_NOT_PYTHON, or -errno. */
static int dump(const struct options *options)
{
	const struct fdp_living_request request = {
		.pid = options->pid,
		.rehearse = fdp_analyse_rehearse,
	};
	const struct fdp_dump_options analysis = { .native = options->native };
	struct fdp_target *target = NULL;
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_capture_living(&request, &target);
	if (r == 0)
		r = fdp_analyse_dump(target, &analysis, &report);
	if (r == 0)
		r = render(&report, options);
	if (r == 0 && !report.python.implementation)
		r = FDP_DUMP_NOT_PYTHON;
	fdp_report_done(&report);
	fdp_target_free(target);
	return r;
}

static int explain(const struct options *options, int error)
{
	const char *advice = strerror(-error);
	int status = FDP_DUMP_FAILED;

	if (error == -ESRCH || error == -ENOENT) {
		advice = "there is no such process";
		status = FDP_DUMP_NO_PROCESS;
	} else if (error == -EPERM || error == -EACCES) {
		advice = "it may not be traced: this needs the same user and "
			 "a kernel that lets it (kernel.yama.ptrace_scope), or "
			 "root, and that nobody else traces it";
		status = FDP_DUMP_NOT_PERMITTED;
	}
	fprintf(stderr, "fdpreload dump: process %d: %s\n", (int)options->pid,
		advice);
	return status;
}

/* As the worker of the daemon has it: stops are waited for. */
static void block_child_signal(void)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signal(SIGCHLD, SIG_DFL);
}

static int dump_one(const struct options *options)
{
	int r = fdp_confine(options->pid);

	if (r == 0)
		r = dump(options);
	return r < 0 ? explain(options, r) : r;
}

/* Each by a process of its own, which may look at that one alone. */
static int dump_apart(const struct options *options)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(dump_one(options));
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		return FDP_DUMP_FAILED;
	return WEXITSTATUS(status);
}

/* The status is that of PID itself: its children may end meanwhile. */
static int dump_family(struct options *options)
{
	_cleanup_free_ pid_t *pids = NULL;
	ssize_t count = fdp_family_list(options->pid, &pids);
	int status;

	if (count < 0)
		return explain(options, (int)count);
	status = dump_apart(options);
	for (ssize_t i = 1; i < count; i++) {
		options->pid = pids[i];
		if (!options->json)
			putchar('\n');
		fflush(stdout);
		dump_apart(options);
	}
	return status;
}

int fdp_dump_main(int argc, char **argv)
{
	struct options options;
	int r = parse(argc, argv, &options);

	if (r)
		return r;
	block_child_signal();
	return options.all ? dump_family(&options) : dump_one(&options);
}
