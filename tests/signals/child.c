/* Rows that may die, and rows that need a thread of their own. */
#include "conform.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU_SECONDS 2

struct row {
	void (*run)(const void *);
	const void *argument;
};

void give_up(const char *what)
{
	say("gave up: %s: %s", what, error_name(errno));
	say_flush();
	_exit(97);
}

static const char *way_to_end(int code)
{
	switch (code) {
	case CLD_EXITED:
		return "exit";
	case CLD_KILLED:
		return "killed by";
	case CLD_DUMPED:
		return "dumped by";
	default:
		return "otherwise";
	}
}

long thread_waits_in(pid_t tid)
{
	char path[64], line[200] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)tid);
	file = fopen(path, "re");
	/* "running" */
	if (!file || !fgets(line, sizeof(line), file) || line[0] == 'r')
		strcpy(line, "-1");
	if (file)
		fclose(file);
	return strtol(line, NULL, 10);
}

void say_end(pid_t pid)
{
	siginfo_t info;
	int status;

	REQUIRE(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	if (info.si_code == CLD_EXITED)
		say("ended: exit %d, status %04x", info.si_status, status);
	else
		/* The pid is for finding the report, and not compared. */
		say("ended: %s %s, status %04x [pid %d]",
		    way_to_end(info.si_code), signal_name(info.si_status),
		    status, (int)pid);
}

/* A row that loops shall not stop the others. */
static void limit_time(void)
{
	const struct rlimit limit = { CPU_SECONDS, CPU_SECONDS + 1 };

	REQUIRE(setrlimit(RLIMIT_CPU, &limit) == 0);
}

void in_child(void (*row)(const void *), const void *argument)
{
	pid_t pid;

	say_flush();
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		limit_time();
		say_hold(false);
		row(argument);
		_exit(0);
	}
	say_end(pid);
}

static void *thread(void *argument)
{
	const struct row *row = argument;

	row->run(row->argument);
	return NULL;
}

void in_thread(void (*row)(const void *), const void *argument)
{
	struct row start = { row, argument };
	pthread_t id;

	errno = pthread_create(&id, NULL, thread, &start);
	REQUIRE(errno == 0);
	REQUIRE(pthread_join(id, NULL) == 0);
}
