/* Where it happens. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "paint.h"

#define STORM_THREADS 8

sigjmp_buf way_out;
char *volatile place_base;

/* What the handlers must not find changed in a process that lives on. */
static const int watched[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
			       SIGABRT, SIGSYS, SIGTRAP };

/* The usual end where it is allowed, with all that libraries do there. */
void leave(int status)
{
	if (plan.place->run == place_go && status == EXIT_CAME_BACK)
		exit(status);
	_exit(status);
}

static void caught(void)
{
	say("caught");
	leave(EXIT_CAUGHT);
}

static void make_pending(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(signal);
}

/* For what the shim does, see paint.h. */
static void prepare_paint(void)
{
	if (plan.bystander)
		start_bystander();
	if (plan.paint)
		paint_stack("paint-start", "paint-size");
	if (plan.no_daemon)
		kill_daemon();
}

static void prepare_here(void)
{
	prepare_paint();
	if (plan.altstack && plan.arrangement->here != use_altstack)
		use_altstack(plan.way->signal);
	if (plan.arrangement->here)
		plan.arrangement->here(plan.way->signal);
	if (plan.pending)
		make_pending(plan.pending);
	note("pid", (unsigned long)getpid());
	note("tid", (unsigned long)gettid());
	note("base", (unsigned long)place_base);
	if (plan.no_sending)
		forbid_sending();
}

void place_go(void)
{
	char here = 0;

	place_base = &here;
	prepare_here();
	if (sigsetjmp(way_out, 1)) {
		say("jumped");
		if (plan.arrangement->after_jump)
			plan.arrangement->after_jump();
		leave(EXIT_JUMPED);
	}
	call_and_catch(plan.way->go, caught);
	say("came back");
	leave(EXIT_CAME_BACK);
}

/* Until the other side is where it stays. */
static void *thread_go(void *argument)
{
	wait_asleep(getpid(), getpid());
	place_go();
	return argument;
}

static void in_thread(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	if (plan.stack &&
	    pthread_attr_setstacksize(&attributes, plan.stack * 1024) != 0)
		trouble("pthread_attr_setstacksize");
	if (pthread_create(&thread, &attributes, thread_go, NULL) != 0)
		trouble("pthread_create");
	pthread_join(thread, NULL);
}

static void *storm_go(void *argument)
{
	char here = 0;

	place_base = &here;
	pthread_barrier_wait(argument);
	plan.way->go();
	return NULL;
}

/* All at once; which one dies first nobody knows. */
static void in_storm(void)
{
	pthread_barrier_t barrier;
	pthread_t threads[STORM_THREADS];

	note("pid", (unsigned long)getpid());
	pthread_barrier_init(&barrier, NULL, STORM_THREADS);
	for (int i = 0; i < STORM_THREADS; i++)
		if (pthread_create(&threads[i], NULL, storm_go, &barrier) != 0)
			trouble("pthread_create");
	for (int i = 0; i < STORM_THREADS; i++)
		pthread_join(threads[i], NULL);
	say("came back");
}

static void in_handler_go(int signal)
{
	(void)signal;
	place_go();
}

/* While another signal is handled. */
static void in_handler(void)
{
	signal(SIGUSR1, in_handler_go);
	raise(SIGUSR1);
}

static void say_disposition(int signal)
{
	struct sigaction action;
	unsigned long handler;

	if (sigaction(signal, NULL, &action) < 0)
		trouble("sigaction");
	handler = (unsigned long)action.sa_sigaction;
	say_number("signal", (unsigned long)signal);
	say_number(" handler", handler > 1 ? 2 : handler);
	say_number(" flags", (unsigned)action.sa_flags);
}

/* How the child has ended, and what it has left of us. */
static void watch_child(pid_t child)
{
	siginfo_t info;
	int status;

	if (child < 0)
		trouble("fork");
	if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0 ||
	    waitpid(child, &status, 0) != child)
		trouble("wait");
	say_number("child si_code", (unsigned)info.si_code);
	say_number("child si_status", (unsigned)info.si_status);
	say_number("child status", (unsigned)status);
	note("child", (unsigned long)child);
	for (size_t i = 0; i < COUNT(watched); i++)
		say_disposition(watched[i]);
	if (waitpid(-1, &status, 0) != -1 || errno != ECHILD)
		say("another child");
}

static void in_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		place_go();
	watch_child(child);
}

/* glibc's fork without its handlers; new in 2.34. */
extern pid_t _Fork(void) __attribute__((weak));

static void in_plain_fork(void)
{
	pid_t child = _Fork ? _Fork() : fork();

	if (child == 0)
		place_go();
	watch_child(child);
}

static void in_clone(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		place_go();
	watch_child(child);
}

static void in_vfork(void)
{
	pid_t child = vfork();

	if (child == 0)
		place_go();
	watch_child(child);
}

/* First a child in our memory, then we ourselves. */
static void in_vfork_and_here(void)
{
	in_vfork();
	place_go();
}

/* A thread of a child whose parent had another one: that is not there. */
static void in_fork_thread(void)
{
	pid_t child;

	start_bystander();
	child = fork();
	if (child == 0)
		in_thread();
	watch_child(child);
}

/* As long as another thread tries to be quicker than a report. */
#define LEAVING_NS 2000000

static volatile bool leaving_soon;

static void *leave_behind(void *argument)
{
	char here = 0;

	place_base = &here;
	prepare_here();
	leaving_soon = true;
	plan.way->go();
	return argument;
}

static void wait_briefly(void)
{
	struct timespec now, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - end.tv_sec) * 1000000000 + now.tv_nsec -
		       end.tv_nsec <
	       LEAVING_NS);
}

/* It ends by the fault of the thread, which came first. */
static void beside(void (*end)(int))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, leave_behind, NULL) != 0)
		trouble("pthread_create");
	while (!leaving_soon)
		continue;
	wait_briefly();
	end(EXIT_CAME_BACK);
}

static void beside_exit(void)
{
	beside(exit);
}

static void beside_direct_exit(void)
{
	beside(_exit);
}

extern char **environ;

/* The same, as another program. */
static void in_spawned(void)
{
	char *arguments[8] = { plan.arguments[0], plan.arguments[1],
			       plan.arguments[2], (char *)"main" };
	pid_t child;

	for (int i = 4; i < 7 && plan.arguments[i]; i++)
		arguments[i] = plan.arguments[i];
	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments,
			environ) != 0)
		trouble("posix_spawn");
	watch_child(child);
}

/*
 * Traits: thread (not the main one), child (a child dies, the program lives),
 * vfork (in its parent's memory), vforked (after such a child), fork, spawn,
 * storm, inhandler, leaving (the main thread ends the process meanwhile).
 */
const struct place places[] = {
	{ "main", "", place_go },
	{ "thread", "thread", in_thread },
	{ "fork", "child fork", in_fork },
	{ "_Fork", "child fork", in_plain_fork },
	{ "clone", "child fork", in_clone },
	{ "vfork", "child vfork", in_vfork },
	{ "after-vfork", "vforked", in_vfork_and_here },
	{ "spawn", "child spawn", in_spawned },
	{ "handler", "inhandler", in_handler },
	{ "storm", "thread storm", in_storm },
	{ "fork-thread", "child fork thread", in_fork_thread },
	{ "beside-exit", "thread leaving", beside_exit },
	{ "beside-_exit", "thread leaving", beside_direct_exit },
};
const size_t place_count = COUNT(places);
