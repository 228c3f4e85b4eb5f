/* `fdpreload doctor`: what works here, what does not, and what to do. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "../daemon/base/util.h"
#include "cli.h"
#include "doctor.h"

#define COMMAND "doctor"

static const char help[] =
	"usage: fdpreload doctor [--format text|json] [PID]\n"
	"\n"
	"Says whether crashes are reported here and how well, and what to do "
	"about it;\n"
	"with PID, whether one of that process would be.  A line for each "
	"check:\n"
	"  ok       as it should be\n"
	"  note     good to know; reports are made\n"
	"  PROBLEM  costs reports\n"
	"\n"
	"options:\n"
	"  --format FORMAT  text, the default, or json\n"
	"  -h, --help       show this text\n"
	"\n"
	"Exit status: 0 all well, 1 there is a PROBLEM, 2 wrong usage.\n";

struct request {
	bool help, json;
	pid_t pid; /* 0: this machine */
};

/* False: TEXT is no process id. */
static bool read_pid(const char *text, pid_t *ret_pid)
{
	size_t length = strspn(text, "0123456789");
	long number;

	if (length == 0 || length > 9 || text[length])
		return false;
	number = atol(text);
	*ret_pid = (pid_t)number;
	return number > 0;
}

static int read_operands(int argc, char **argv, struct request *request)
{
	if (optind < argc && !read_pid(argv[optind], &request->pid))
		return fdp_cli_misuse(COMMAND, "'%s' is not a process id",
				      argv[optind]);
	if (optind + 1 < argc)
		return fdp_cli_misuse(COMMAND, "one process at a time");
	return 0;
}

/* 0, or the exit status. */
static int read_request(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ .name = "format", .has_arg = required_argument, .val = 'f' },
		{ .name = "help", .val = 'h' },
		{ .name = NULL },
	};
	int answer;

	while ((answer = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (answer == 'h')
			request->help = true;
		else if (answer == ':')
			return fdp_cli_misuse(COMMAND, "%s needs a value",
					      argv[optind - 1]);
		else if (answer != 'f')
			return fdp_cli_misuse(COMMAND, "%s is not an option",
					      argv[optind - 1]);
		else if (strcmp(optarg, "json") == 0)
			request->json = true;
		else if (strcmp(optarg, "text") == 0)
			request->json = false;
		else
			return fdp_cli_misuse(COMMAND,
					      "--format: '%s' is not text or "
					      "json",
					      optarg);
	}
	return read_operands(argc, argv, request);
}

static void look_at_machine(struct fdp_findings *findings)
{
	char shim[PATH_MAX];
	bool found = fdp_doctor_products(findings, shim);

	if (found)
		fdp_doctor_crash(findings, shim);
	fdp_doctor_settings(findings);
	fdp_doctor_rights(findings);
	fdp_doctor_place(findings);
	fdp_doctor_debug(findings);
}

int fdp_command_doctor(int argc, char **argv)
{
	struct fdp_findings findings = { .items = NULL };
	struct request request = { .pid = 0 };
	int r = read_request(argc, argv, &request);

	if (r)
		return r;
	if (request.help)
		return fdp_cli_print(help);
	/* If whoever started us ignores it, nobody tells how children end. */
	signal(SIGCHLD, SIG_DFL);
	if (request.pid)
		fdp_doctor_process(&findings, request.pid);
	else
		look_at_machine(&findings);
	r = request.json ? fdp_findings_write_json(&findings, (int)request.pid,
						   stdout)
			 : fdp_findings_write_text(&findings, stdout);
	if (r == 0 && findings.incomplete)
		r = -ENOMEM;
	if (r < 0)
		fdp_cli_error(COMMAND, "%s", strerror(-r));
	r = r < 0 || fdp_findings_have_problem(&findings);
	fdp_findings_done(&findings);
	return r;
}
