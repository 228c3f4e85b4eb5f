/*
 * Times a command from its start to its end, in environments by turns.
 *
 *     starts ROUNDS SECONDS CPU -- A=1 B=2 -- A=1 ... == COMMAND ARGUMENT...
 *
 * For each round and environment, in an order that changes, one line: number of
 * the environment, nanoseconds, microseconds of processor time and page faults
 * of the command, microseconds of processor time of what it left behind.  CPU
 * -1: any.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "alone.h"

#define WAYS_MAX 16
#define ROUNDS_MIN 10

struct measure {
	int64_t wall_ns;
	long cpu_us, faults, left_us;
};

static void die(const char *what)
{
	fprintf(stderr, "starts: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long microseconds(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
	       usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

/* The daemon, which the next command shall not meet. */
static long wait_for_the_rest(void)
{
	struct rusage usage;
	long sum = 0;

	while (wait4(-1, NULL, 0, &usage) > 0)
		sum += microseconds(&usage);
	return sum;
}

static struct measure run(char **command, char **environment)
{
	struct measure result;
	struct rusage usage;
	int64_t begin = now_ns();
	int status;
	pid_t pid;

	errno = posix_spawn(&pid, command[0], NULL, NULL, command, environment);
	if (errno != 0)
		die(command[0]);
	if (wait4(pid, &status, 0, &usage) != pid)
		die("wait4");
	result.wall_ns = now_ns() - begin;
	if (status != 0)
		die("the command failed");
	result.cpu_us = microseconds(&usage);
	result.faults = usage.ru_minflt;
	result.left_us = wait_for_the_rest();
	return result;
}

static void shuffle(int *order, int count)
{
	for (int i = count - 1; i > 0; i--) {
		int other = rand() % (i + 1);
		int kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

/* Cuts the arguments up: each "--" becomes the end of an environment. */
static int split(char **arguments, char ***ways, char ***ret_command)
{
	int count = 0;

	for (; *arguments && strcmp(*arguments, "==") != 0; arguments++) {
		if (strcmp(*arguments, "--") != 0)
			continue;
		*arguments = NULL;
		if (count == WAYS_MAX)
			die("too many environments");
		ways[count++] = arguments + 1;
	}
	if (!count || !*arguments || !arguments[1])
		die("no command");
	*arguments = NULL;
	*ret_command = arguments + 1;
	return count;
}

int main(int argument_count, char **arguments)
{
	char **ways[WAYS_MAX], **command;
	int order[WAYS_MAX], count, rounds;
	int64_t end_ns;

	if (argument_count < 7)
		return 2;
	rounds = atoi(arguments[1]);
	end_ns = now_ns() + atoi(arguments[2]) * INT64_C(1000000000);
	alone(atoi(arguments[3]));
	count = split(arguments + 4, ways, &command);
	for (int i = 0; i < count; i++)
		order[i] = i;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < rounds; i++) {
		if (i >= ROUNDS_MIN && now_ns() > end_ns)
			break;
		shuffle(order, count);
		for (int k = 0; k < count; k++) {
			struct measure m = run(command, ways[order[k]]);

			printf("%d %ld %ld %ld %ld\n", order[k],
			       (long)m.wall_ns, m.cpu_us, m.faults, m.left_us);
		}
	}
	return 0;
}
