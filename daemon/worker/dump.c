#include "dump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "../base/util.h"
#include "confine.h"
#include "dump_once.h"
#include "dump_options.h"
#include "family.h"
#include "through.h"
#include "watch.h"

/*
 * What is said at once is written at once: whoever kills the command finds all
 * of it or nothing.  A thousand threads are 1.3 MB of JSON.
 */
#define OUTPUT_ROOM (16 * 1024 * 1024)

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

/*
 * Where the reporter may look and the caller may not.  What memory holds is
 * nothing to ask somebody else for, and the reporter would stop it.
 */
static int ask_reporter(const struct fdp_dump_command *command,
			const struct fdp_watch_step *step)
{
	if (command->locals || command->guess_names || command->capture) {
		fprintf(stderr,
			"fdpreload dump: process %d: it may not be traced from "
			"here, and its reporter shows stacks, but no values: "
			"leave out %s\n",
			(int)command->pid,
			command->locals	       ? "--locals"
			: command->guess_names ? "--guess-names"
					       : "--save-capture");
		return FDP_DUMP_NOT_PERMITTED;
	}
	if (step && step->first)
		fputs("fdpreload dump: through the reporter it is not known "
		      "what has not moved\n",
		      stderr);
	return fdp_through_dump(command);
}

/* What it will hold is memory: nobody else may read it.  -1: none is wanted. */
static int open_capture(const struct fdp_dump_command *command)
{
	int fd;

	if (!command->capture)
		return -1;
	fd = open(command->capture, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		  0600);
	if (fd < 0)
		fprintf(stderr, "fdpreload dump: %s: %s\n", command->capture,
			strerror(errno));
	return fd;
}

static int dump_step(const struct fdp_dump_command *command,
		     const struct fdp_watch_step *step)
{
	_cleanup_close_ int file = -1;
	int r;

	if (!command->nonblocking && fdp_through_is_needed(command->pid))
		return ask_reporter(command, step);
	file = open_capture(command);
	if (file < 0 && command->capture)
		return FDP_DUMP_FAILED;
	r = fdp_confine(command->pid);
	if (r == 0)
		r = fdp_dump_once(command, step, file);
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
