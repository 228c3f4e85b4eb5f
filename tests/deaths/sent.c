/* Ways to die in which somebody sends a signal. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

#define VALUE 0x1234

int sleeps_in(int pid, int tid)
{
	char path[64], text[64];
	int number = -1;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		trouble(path);
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got > 0)
		text[got] = '\0';
	return got > 0 && sscanf(text, "%d", &number) == 1 ? number : -1;
}

void wait_asleep(int pid, int tid)
{
	int number;

	do {
		sched_yield();
		number = sleeps_in(pid, tid);
	} while (number != SYS_pause && number != SYS_futex);
}

static void do_raise(void)
{
	raise(plan.way->signal);
}

static void do_pthread_kill(void)
{
	pthread_kill(pthread_self(), SIGSEGV);
}

static void do_tgkill(void)
{
	syscall(SYS_tgkill, getpid(), gettid(), SIGSEGV);
}

/* To the process: from another thread, the main thread gets it. */
static void wait_if_sent_elsewhere(void)
{
	if (gettid() != getpid())
		pause();
}

static void do_kill(void)
{
	kill(getpid(), SIGSEGV);
	wait_if_sent_elsewhere();
}

static void do_sigqueue(void)
{
	sigqueue(getpid(), SIGSEGV, (union sigval){ .sival_int = VALUE });
	wait_if_sent_elsewhere();
}

/* It waits, blocked, and comes when it may. */
static void unblock(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(SIGSEGV);
	say("unblock");
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

struct armed {
	timer_t timer;
	int sleeper;
};

static void *arm(void *argument)
{
	struct armed *armed = argument;
	struct itimerspec soon = { .it_value = { .tv_nsec = 1 } };

	wait_asleep(getpid(), armed->sleeper);
	if (timer_settime(armed->timer, 0, &soon, NULL) < 0)
		trouble("timer_settime");
	for (;;)
		pause();
}

static void create_helper(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, run, argument) != 0)
		trouble("pthread_create");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void timer_fires(void)
{
	static struct armed armed;
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGSEGV,
				  .sigev_value.sival_int = VALUE };

	event._sigev_un._tid = gettid();
	armed.sleeper = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &armed.timer) < 0)
		trouble("timer_create");
	create_helper(arm, &armed);
	pause();
}

/* All threads of PID but the calling one. */
static void wait_all_asleep(int pid)
{
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		trouble(path);
	for (struct dirent *entry; (entry = readdir(tasks));)
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != gettid())
			wait_asleep(pid, atoi(entry->d_name));
	closedir(tasks);
}

void wait_others_asleep(void)
{
	wait_all_asleep(getpid());
}

/* Once all threads are asleep, the kernel chooses the main one. */
static void kill_from_child(void)
{
	int pid = getpid();
	pid_t child = fork();

	if (child < 0)
		trouble("fork");
	if (child == 0) {
		wait_all_asleep(pid);
		kill(pid, SIGSEGV);
		_exit(0);
	}
	pause();
}

static void *sleep_on(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static void kill_from_child_many(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, sleep_on, NULL) != 0)
			trouble("pthread_create");
	kill_from_child();
}

/*
 * Traits: process (sent to the process, the main thread gets it), waits
 * (sleeps until something comes), helper (makes a thread or a child), several
 * (has other threads), masks (dies in a call of libc's that others stand in
 * front of).
 */
const struct way sent_ways[] = {
	{ "raise-segv", SIGSEGV, "SI_TKILL", "", do_raise },
	{ "raise-fpe", SIGFPE, "SI_TKILL", "", do_raise },
	{ "raise-abrt", SIGABRT, "SI_TKILL", "", do_raise },
	{ "raise-trap", SIGTRAP, "SI_TKILL", "", do_raise },
	{ "raise-sys", SIGSYS, "SI_TKILL", "", do_raise },
	{ "pthread-kill", SIGSEGV, "SI_TKILL", "", do_pthread_kill },
	{ "tgkill", SIGSEGV, "SI_TKILL", "", do_tgkill },
	{ "kill-self", SIGSEGV, "SI_USER", "process", do_kill },
	{ "sigqueue", SIGSEGV, "SI_QUEUE", "process", do_sigqueue },
	{ "unblock", SIGSEGV, "SI_TKILL", "masks", unblock },
	{ "timer", SIGSEGV, "SI_TIMER", "waits helper", timer_fires },
	{ "kill-outside", SIGSEGV, "SI_USER", "process waits helper",
	  kill_from_child },
	{ "kill-outside-threads", SIGSEGV, "SI_USER",
	  "process waits helper several", kill_from_child_many },
};
const size_t sent_way_count = COUNT(sent_ways);
