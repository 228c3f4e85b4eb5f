/* Many threads at once: nothing may crash, hang or be lost. */
#include "causes.h"
#include "conform.h"
#include "processor.h"
#include "setters.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAULTING 8
#define HAMMERING 3
#define FAULTS 3000
#define SECONDS 2
#define FORKS 1000

static _Thread_local sigjmp_buf jump;
static _Thread_local int recovered;
static atomic_bool stop;

static void skip_over(int signal, siginfo_t *info, void *context)
{
	(void)info;
	recovered++;
	skip(signal, context);
}

static void jump_out(int signal)
{
	(void)signal;
	recovered++;
	siglongjmp(jump, 1);
}

static void jump_out_too(int signal)
{
	jump_out(signal);
}

static void fault_once(const struct cause *cause)
{
	if (sigsetjmp(jump, 1) == 0)
		cause->cause();
}

static const char *const chosen[] = { "null", "missing", "divide",
				      "undefined" };

static void *fault_often(void *argument)
{
	size_t number = (size_t)(intptr_t)argument;

	for (int i = 0; i < FAULTS; i++)
		fault_once(cause_find(
			chosen[(number + (size_t)i) % COUNT(chosen)]));
	return (void *)(intptr_t)recovered;
}

static void start_threads(pthread_t *ids, size_t size, void *(*run)(void *))
{
	for (size_t i = 0; i < size; i++)
		REQUIRE(pthread_create(&ids[i], NULL, run,
				       (void *)(intptr_t)i) == 0);
}

static long join_threads(pthread_t *ids, size_t size)
{
	long sum = 0;

	for (size_t i = 0; i < size; i++) {
		void *value;

		REQUIRE(pthread_join(ids[i], &value) == 0);
		sum += (intptr_t)value;
	}
	return sum;
}

static void set_all(void (*handler)(int), int flags)
{
	for (size_t i = 0; i < COUNT(chosen); i++)
		set_action(cause_find(chosen[i])->signal, handler, flags, 0);
}

static void faulting(void (*handler)(int), int flags)
{
	pthread_t ids[FAULTING];

	set_all(handler, flags);
	start_threads(ids, FAULTING, fault_often);
	say("recovered %ld", join_threads(ids, FAULTING));
	reset();
}

/* Each handler recovers: whichever is called, all is well. */
static void *hammer(void *argument)
{
	size_t number = (size_t)(intptr_t)argument;

	for (unsigned i = 0; !atomic_load(&stop); i++)
		switch ((i + number) % 4) {
		case 0:
			set_all(jump_out, 0);
			break;
		case 1:
			set_all(jump_out_too, SA_NODEFER | SA_ONSTACK);
			break;
		case 2:
			set_all((__sighandler_t)(void *)skip_over, SA_SIGINFO);
			break;
		default:
			set_mask(BIT(SIGUSR1) | BIT(SIGTRAP));
			set_mask(0);
		}
	return NULL;
}

static void *fault_for_long(void *argument)
{
	long faults = 0;

	while (!atomic_load(&stop)) {
		fault_once(cause_find(
			chosen[(size_t)(intptr_t)argument % COUNT(chosen)]));
		faults++;
	}
	return (void *)(intptr_t)(faults - recovered);
}

static void hammered(void)
{
	pthread_t hammers[HAMMERING], faulters[FAULTING];
	struct timespec time = { SECONDS, 0 };

	atomic_store(&stop, false);
	set_all(jump_out, 0);
	start_threads(hammers, HAMMERING, hammer);
	start_threads(faulters, FAULTING, fault_for_long);
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) == EINTR)
		;
	atomic_store(&stop, true);
	join_threads(hammers, HAMMERING);
	say("not recovered %ld", join_threads(faulters, FAULTING));
	reset();
}

static void *hammer_quietly(void *argument)
{
	(void)argument;
	while (!atomic_load(&stop)) {
		set_action(SIGSEGV, first, 0, 0);
		set_mask(FOUR);
		set_action(SIGSEGV, SIG_DFL, 0, 0);
		set_mask(0);
		sched_yield();
	}
	return NULL;
}

/* Whatever lock was held at the fork, the child can do the same. */
static void child(void)
{
	set_action(SIGSEGV, second, 0, 0);
	set_mask(FOUR | BIT(SIGUSR1));
	_exit(mask_now() == (FOUR | BIT(SIGUSR1)) ? 17 : 18);
}

static void forks(void)
{
	pthread_t hammers[HAMMERING];
	int good = 0;

	atomic_store(&stop, false);
	start_threads(hammers, HAMMERING, hammer_quietly);
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();
		int status;

		REQUIRE(pid >= 0);
		if (pid == 0)
			child();
		REQUIRE(waitpid(pid, &status, 0) == pid);
		good += WIFEXITED(status) && WEXITSTATUS(status) == 17;
	}
	atomic_store(&stop, true);
	join_threads(hammers, HAMMERING);
	say("%d children", good);
	reset();
}

/* More threads than stacks that are kept, each looked at when it is gone. */
static void *end_thread(void *argument)
{
	return argument;
}

static void threads(void)
{
	pthread_t ids[40];

	for (int i = 0; i < 50; i++) {
		start_threads(ids, COUNT(ids), end_thread);
		join_threads(ids, COUNT(ids));
	}
	say("joined");
}

static void many(void)
{
	causes_prepare();
	setters_name_handlers();
	section("many threads fault and jump");
	faulting(jump_out, 0);
	section("many threads fault and skip");
	faulting((__sighandler_t)(void *)skip_over, SA_SIGINFO | SA_ONSTACK);
	section("many threads fault while handlers change");
	hammered();
	section("many forks while handlers change");
	forks();
	section("many threads come and go");
	threads();
}

const struct suite many_suites[] = {
	{ "many", many, PLACE_MAIN },
	{ NULL, NULL, 0 },
};
