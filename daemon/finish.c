#include "finish.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fds.h"
#include "base/util.h"

/* Small enough that a reader sees progress and a pipe takes it at once. */
#define CHUNK 4096

static void copy(int source, int output)
{
	char chunk[CHUNK];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(source, chunk, sizeof(chunk), at)) > 0) {
		ssize_t done = write(output, chunk, (size_t)got);

		if (done < 0 && errno != EINTR)
			return;
		at += done > 0 ? done : 0;
	}
}

/* From here on a write that takes too long is the end of this process. */
static void limit_time(void)
{
	const struct itimerval limit = {
		.it_value = { .tv_usec = FDP_ECHO_MS * 1000 },
	};
	sigset_t others;

	signal(SIGPIPE, SIG_IGN);
	/* Writing from outside the terminal's foreground must not stop us. */
	signal(SIGTTOU, SIG_IGN);
	sigfillset(&others);
	sigdelset(&others, SIGALRM);
	sigprocmask(SIG_SETMASK, &others, NULL);
	setitimer(ITIMER_REAL, &limit, NULL);
}

static void echo(const struct fdp_outputs *outputs, int output)
{
	limit_time();
	copy(outputs->echo, output);
	_exit(0);
}

/* The echo does not wait for the disk, nor the disk for the echo. */
static void finish(struct fdp_outputs *outputs, int output)
{
	bool echoes = outputs->echo >= 0 && output >= 0;
	pid_t child = echoes ? fork() : -1;

	if (child == 0)
		echo(outputs, output);
	fdp_outputs_publish(outputs);
	if (child > 0)
		waitpid(child, NULL, 0);
	if (!echoes)
		return;
	limit_time();
	if (child < 0)
		copy(outputs->echo, output);
	if (outputs->problem[0])
		dprintf(output, "fdpreload: %s\n", outputs->problem);
}

pid_t fdp_finish_start(struct fdp_outputs *outputs, int output)
{
	const int keep[] = { 0,
			     1,
			     2,
			     output,
			     outputs->directory,
			     outputs->text.fd,
			     outputs->json.fd,
			     outputs->capture.fd,
			     outputs->echo };
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child > 0)
		return child;
	fdp_close_all_but(keep, ARRAY_SIZE(keep));
	finish(outputs, output);
	_exit(0);
}
