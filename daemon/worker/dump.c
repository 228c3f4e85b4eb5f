#include "dump.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "../analysis/analyse.h"
#include "../base/clock.h"
#include "../base/util.h"
#include "../capture/living.h"
#include "../capture/nonblocking.h"
#include "../python/stacks.h"
#include "../render/render.h"
#include "confine.h"
#include "dump_options.h"
#include "family.h"
#include "through.h"
#include "watch.h"

/*
 * What is said at once is written at once: whoever kills the command finds all
 * of it or nothing.  A thousand threads are 1.3 MB of JSON.
 */
#define OUTPUT_ROOM (16 * 1024 * 1024)

static int render(const struct fdp_report *report,
		  const struct fdp_dump_command *command, FILE *output)
{
	const struct fdp_text_options text = { .color = isatty(1) };

	return command->json ? fdp_render_json(report, output)
			     : fdp_render_text(report, &text, output);
}

static int print(const struct fdp_report *report,
		 const struct fdp_dump_command *command)
{
	int r = render(report, command, stdout);

	return r == 0 && fflush(stdout) != 0 ? -EIO : r;
}

/* How long ago the dump before was; between others an empty line is enough. */
static void write_separator(const struct fdp_watch_step *step, FILE *output)
{
	if (step->leads && step->before->time_ns)
		fprintf(output, "\n--- %.1f s later ---\n\n",
			(double)(step->after->time_ns - step->before->time_ns) /
				FDP_NS_PER_S);
	else if (!step->leads)
		putc('\n', output);
}

/* All of it or, if this process is lost meanwhile, nothing. */
static int print_whole(const struct fdp_report *report,
		       const struct fdp_dump_command *command,
		       const struct fdp_watch_step *step)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *memory = NULL;
	size_t size;
	int r;

	memory = open_memstream(&text, &size);
	if (!memory)
		return -ENOMEM;
	if (!command->json)
		write_separator(step, memory);
	r = render(report, command, memory);
	if (r == 0 && fflush(memory) != 0)
		r = -ENOMEM;
	if (r == 0 &&
	    (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0))
		r = -EIO;
	return r;
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

static int finish(struct fdp_target *target, uint64_t now_ns,
		  const struct fdp_dump_command *command,
		  const struct fdp_watch_step *step, struct fdp_report *report)
{
	if (!step)
		return print(report, command);
	fdp_watch_compare(target, now_ns, step->before, report, step->after);
	return print_whole(report, command, step);
}

/*
 * FDP_DUMP_OK, FDP_DUMP_NOT_PYTHON, or -errno.  STEP: one of several, else
 * NULL.
 */
static int dump(const struct fdp_dump_command *command,
		const struct fdp_watch_step *step)
{
	const struct fdp_dump_options analysis = { .native = command->native };
	struct fdp_target *target = NULL;
	struct fdp_report report;
	uint64_t now_ns;
	int r;

	memset(&report, 0, sizeof(report));
	r = capture(command, &target);
	now_ns = fdp_clock_now_ns();
	if (r == 0 && step)
		fdp_watch_ask(target);
	if (r == 0)
		r = fdp_analyse_dump(target, &analysis, &report);
	if (r == 0)
		r = finish(target, now_ns, command, step, &report);
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

/* STEP as for dump(). */
static int dump_step(const struct fdp_dump_command *command,
		     const struct fdp_watch_step *step)
{
	int r;

	/* The reporter would stop it. */
	if (!command->nonblocking && fdp_through_is_needed(command->pid)) {
		if (step && step->first)
			fputs("fdpreload dump: through the reporter it is not "
			      "known what has not moved\n",
			      stderr);
		return fdp_through_dump(command);
	}
	r = fdp_confine(command->pid);
	if (r == 0)
		r = dump(command, step);
	/* Of one that was there before, who watches says it. */
	if ((r == -ESRCH || r == -ENOENT) && step && step->before->time_ns)
		return FDP_DUMP_NO_PROCESS;
	return r < 0 ? explain(command, r) : r;
}

static int dump_one(const struct fdp_dump_command *command)
{
	return dump_step(command, NULL);
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
	if (command.watch_s > 0)
		return fdp_watch_run(&command, dump_step);
	return command.all ? dump_family(&command) : dump_one(&command);
}
