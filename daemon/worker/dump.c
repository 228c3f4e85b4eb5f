#include "dump.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "../analysis/analyse.h"
#include "../base/util.h"
#include "../capture/living.h"
#include "../capture/nonblocking.h"
#include "../python/stacks.h"
#include "../render/render.h"
#include "confine.h"
#include "dump_options.h"
#include "family.h"
#include "through.h"

/*
 * What is said at once is written at once: whoever kills the command finds all
 * of it or nothing.  A thousand threads are 1.3 MB of JSON.
 */
#define OUTPUT_ROOM (16 * 1024 * 1024)

static int render(const struct fdp_report *report,
		  const struct fdp_dump_command *command)
{
	const struct fdp_text_options text = { .color = isatty(1) };
	int r = command->json ? fdp_render_json(report, stdout)
			      : fdp_render_text(report, &text, stdout);

	return r == 0 && fflush(stdout) != 0 ? -EIO : r;
}

static int capture(const struct fdp_dump_command *command,
		   struct fdp_target **ret_target)
{
	const struct fdp_living_request request = {
		.pid = command->pid,
		.rehearse = fdp_analyse_rehearse,
	};

	if (command->nonblocking)
		return fdp_capture_nonblocking(command->pid, &fdp_python_stacks,
					       ret_target);
	return fdp_capture_living(&request, ret_target);
}

/* FDP_DUMP_OK, FDP_DUMP_NOT_PYTHON, or -errno. */
static int dump(const struct fdp_dump_command *command)
{
	const struct fdp_dump_options analysis = { .native = command->native };
	struct fdp_target *target = NULL;
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = capture(command, &target);
	if (r == 0)
		r = fdp_analyse_dump(target, &analysis, &report);
	if (r == 0)
		r = render(&report, command);
	if (r == 0 && !report.python.implementation)
		r = FDP_DUMP_NOT_PYTHON;
	fdp_report_done(&report);
	fdp_target_free(target);
	return r;
}

static int explain(const struct fdp_dump_command *command, int error)
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
	fprintf(stderr, "fdpreload dump: process %d: %s\n", (int)command->pid,
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

static int dump_one(const struct fdp_dump_command *command)
{
	int r;

	/* The reporter would stop it. */
	if (!command->nonblocking && fdp_through_is_needed(command->pid))
		return fdp_through_dump(command);
	r = fdp_confine(command->pid);
	if (r == 0)
		r = dump(command);
	return r < 0 ? explain(command, r) : r;
}

/* Each by a process of its own, which may look at that one alone. */
static int dump_apart(const struct fdp_dump_command *command)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(dump_one(command));
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		return FDP_DUMP_FAILED;
	return WEXITSTATUS(status);
}

/* The status is that of PID itself: its children may end meanwhile. */
static int dump_family(struct fdp_dump_command *command)
{
	_cleanup_free_ pid_t *pids = NULL;
	ssize_t count = fdp_family_list(command->pid, &pids);
	int status;

	if (count < 0)
		return explain(command, (int)count);
	status = dump_apart(command);
	for (ssize_t i = 1; i < count; i++) {
		command->pid = pids[i];
		if (!command->json)
			putchar('\n');
		fflush(stdout);
		dump_apart(command);
	}
	return status;
}

int fdp_dump_main(int argc, char **argv)
{
	struct fdp_dump_command command;
	char *room; /* of stdout, to the end */
	int r = fdp_dump_command_parse(argc, argv, &command);

	if (r)
		return r;
	room = malloc(OUTPUT_ROOM);
	if (room)
		setvbuf(stdout, room, _IOFBF, OUTPUT_ROOM);
	block_child_signal();
	return command.all ? dump_family(&command) : dump_one(&command);
}
