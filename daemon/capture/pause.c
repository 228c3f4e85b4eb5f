#include "pause.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "../system_call.h"
#include "gregs.h"
#include "know.h"

/* Threads may be made while others are seized: as often as they are listed. */
#define LISTINGS_MAX 8

enum state {
	RUNS,
	STOPS, /* was told to */
	STANDS,
	DIES, /* was killed meanwhile */
	GONE,
	REFUSED, /* somebody else traces it */
};

struct paused {
	pid_t tid;
	bool busy; /* was running, or about to, when it was listed */
	enum state state;
	int signal;	     /* which it was about to get */
	int64_t system_call; /* that it waited in, or -1 */
};

struct fdp_pause {
	struct fdp_target *target;
	struct fdp_procfs *procfs;
	struct paused *threads; /* as target->threads */
	size_t count;
	size_t refused;
	int error; /* what was said of one that is REFUSED */
	bool over; /* what stops now has moved since the memory was copied */
	uint64_t begin_ns, end_ns;
};

static int compare_tids(const void *left, const void *right)
{
	const struct paused *a = left;
	const struct paused *b = right;

	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static struct paused *find(struct fdp_pause *pause, pid_t tid, size_t count)
{
	const struct paused key = { .tid = tid };

	return bsearch(&key, pause->threads, count, sizeof(key), compare_tids);
}

/* In /proc/PID/task/TID/stat it stands behind the name; 0: it is gone. */
static char state_of(struct fdp_pause *pause, pid_t tid)
{
	_cleanup_free_ char *text = NULL;
	const char *state;
	char key[48];
	size_t size;

	snprintf(key, sizeof(key), "thread/%d/stat", (int)tid);
	if (fdp_procfs_fact(pause->procfs, key, &text, &size) < 0)
		return 0;
	state = strrchr(text, ')');
	return state && state[1] == ' ' ? state[2] : 0;
}

static bool has_ended(struct fdp_pause *pause, pid_t tid)
{
	char state = state_of(pause, tid);

	return state == 0 || state == 'Z' || state == 'X';
}

static int seize(struct paused *thread)
{
	return ptrace(PTRACE_SEIZE, thread->tid, NULL, NULL) < 0 ? -errno : 0;
}

/*
 * Seizes those of TIDS that are new, or notes that they may not be: such a
 * thread is there all the same.  How many, or -errno if there is none.
 */
static ssize_t seize_new(struct fdp_pause *pause, const pid_t *tids,
			 size_t count)
{
	struct paused *threads =
		reallocarray(pause->threads, pause->count + count + 1,
			     sizeof(*pause->threads));
	size_t known = pause->count;
	size_t listed = known;

	if (!threads)
		return -ENOMEM;
	pause->threads = threads;
	/* First all that takes time. */
	for (size_t i = 0; i < count; i++)
		if (!find(pause, tids[i], known))
			threads[listed++] = (struct paused){
				.tid = tids[i],
				.busy = state_of(pause, tids[i]) == 'R',
			};
	for (size_t i = known; i < listed; i++) {
		int r = seize(&threads[i]);

		/* Of one that has ended it is said that it may not, too. */
		if (r < 0 && has_ended(pause, threads[i].tid))
			continue;
		if (r < 0) {
			pause->error = r;
			pause->refused++;
			threads[i].state = REFUSED;
		}
		threads[pause->count++] = threads[i];
	}
	if (pause->count == pause->refused)
		return pause->refused ? pause->error : -ESRCH;
	qsort(threads, pause->count, sizeof(*threads), compare_tids);
	return (ssize_t)(pause->count - known);
}

static int seize_all(struct fdp_pause *pause)
{
	ssize_t more = 1;

	for (int i = 0; more > 0 && i < LISTINGS_MAX; i++) {
		_cleanup_free_ pid_t *tids = NULL;
		ssize_t count = fdp_procfs_threads(pause->procfs, &tids);

		if (count < 0)
			return (int)count;
		more = seize_new(pause, tids, (size_t)count);
	}
	return more < 0 ? (int)more : 0;
}

/* One that is not of the process is nobody's business. */
static int seize_only(struct fdp_pause *pause, pid_t only)
{
	_cleanup_free_ char *name = NULL;
	char key[48];
	size_t size;
	ssize_t r;

	snprintf(key, sizeof(key), "thread/%d/comm", (int)only);
	if (fdp_procfs_fact(pause->procfs, key, &name, &size) < 0)
		return -ESRCH;
	r = seize_new(pause, &only, 1);
	return r < 0 ? (int)r : 0;
}

/* Both lists in the same order: the main thread has the lowest tid but once in
 * four million. */
static int list_threads(struct fdp_pause *pause)
{
	struct fdp_target *target = pause->target;
	struct paused *main_thread = find(pause, target->pid, pause->count);

	if (main_thread) {
		struct paused first = *main_thread;

		memmove(pause->threads + 1, pause->threads,
			(size_t)(main_thread - pause->threads) * sizeof(first));
		pause->threads[0] = first;
	}
	target->threads = fdp_arena_array(&target->arena, pause->count,
					  sizeof(*target->threads));
	if (!target->threads)
		return -ENOMEM;
	target->thread_count = pause->count;
	for (size_t i = 0; i < pause->count; i++) {
		target->threads[i].tid = pause->threads[i].tid;
		fdp_know_name(target, &target->threads[i]);
	}
	return 0;
}

int fdp_pause_new(struct fdp_target *target, struct fdp_procfs *procfs,
		  pid_t only, struct fdp_pause **ret_pause)
{
	struct fdp_pause *pause = calloc(1, sizeof(*pause));
	int r;

	if (!pause)
		return -ENOMEM;
	pause->target = target;
	pause->procfs = procfs;
	r = only ? seize_only(pause, only) : seize_all(pause);
	if (r == 0)
		r = list_threads(pause);
	if (r < 0) {
		fdp_pause_free(pause);
		return r;
	}
	*ret_pause = pause;
	return 0;
}

static void read_registers(struct fdp_pause *pause, size_t at)
{
	struct fdp_thread *thread = &pause->target->threads[at];
	struct user_regs_struct user;
	struct iovec data = { .iov_base = &user, .iov_len = sizeof(user) };

	if (ptrace(PTRACE_GETREGSET, thread->tid,
		   (void *)(uintptr_t)NT_PRSTATUS, &data) < 0)
		return;
	fdp_user_to_registers(&user, &thread->registers);
	thread->has_registers = true;
	pause->threads[at].system_call = fdp_user_system_call(&user);
}

/* Notes what waitpid() said of the thread at index AT. */
static void settle(struct fdp_pause *pause, size_t at, int status)
{
	struct paused *thread = &pause->threads[at];

	if (!WIFSTOPPED(status)) {
		thread->state = GONE;
		return;
	}
	/* Not told by us: a signal was on its way, and goes on to be. */
	if (status >> 16 == 0)
		thread->signal = WSTOPSIG(status);
	thread->state = STANDS;
	if (!pause->over)
		read_registers(pause, at);
}

/* False when the time is over. */
static bool await_news(uint64_t deadline_ns)
{
	uint64_t now = fdp_clock_now_ns();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
	const struct timespec timeout = {
		.tv_sec = (time_t)(left / FDP_NS_PER_S),
		.tv_nsec = (long)(left % FDP_NS_PER_S),
	};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	return left > 0 &&
	       (sigtimedwait(&child, NULL, &timeout) > 0 || errno == EINTR);
}

/*
 * One after the other, in the order in which they were told: the kernel finds
 * one at once, and any of them by looking at all.
 */
static void await(struct fdp_pause *pause, size_t at, uint64_t deadline_ns)
{
	struct paused *thread = &pause->threads[at];

	while (thread->state == STOPS || thread->state == DIES) {
		int status;
		pid_t tid = waitpid(thread->tid, &status, __WALL | WNOHANG);

		if (tid > 0)
			settle(pause, at, status);
		else if (tid < 0 && errno != EINTR)
			thread->state = GONE;
		else if (tid == 0 && !await_news(deadline_ns))
			return;
	}
}

static void tell(struct paused *thread)
{
	if (thread->state == REFUSED)
		return;
	thread->state = ptrace(PTRACE_INTERRUPT, thread->tid, NULL, NULL) < 0
				? DIES
				: STOPS;
}

/* One that does not stop takes no time from the others. */
static void stop_those(struct fdp_pause *pause, bool busy)
{
	uint64_t deadline_ns =
		fdp_clock_now_ns() + FDP_PAUSE_STOP_MS * FDP_NS_PER_MS;

	for (size_t i = 0; i < pause->count; i++)
		if (pause->threads[i].busy == busy)
			tell(&pause->threads[i]);
	for (size_t i = 0; i < pause->count; i++)
		if (pause->threads[i].busy == busy)
			await(pause, i, deadline_ns);
}

/* Those that do something stand for the shortest time. */
size_t fdp_pause_stop(struct fdp_pause *pause)
{
	size_t missing = 0;

	stop_those(pause, false);
	pause->begin_ns = fdp_clock_now_ns();
	stop_those(pause, true);
	for (size_t i = 0; i < pause->count; i++)
		missing += pause->threads[i].state != STANDS &&
			   pause->threads[i].state != REFUSED;
	return missing;
}

static void let_one_go(struct paused *thread)
{
	long r;

	if (thread->state != STANDS)
		return;
	r = ptrace(PTRACE_DETACH, thread->tid, NULL,
		   (void *)(uintptr_t)thread->signal);
	thread->state = r < 0 ? DIES : RUNS;
}

static void let_go(struct fdp_pause *pause, bool busy)
{
	for (size_t i = 0; i < pause->count; i++) {
		struct paused *thread = &pause->threads[i];

		/* Some may have stopped too late to be of use. */
		if (thread->busy == busy && thread->state == STOPS)
			await(pause, i, 0);
		if (thread->busy == busy)
			let_one_go(thread);
	}
}

/*
 * The parent of a process does not hear of its death before we have heard of
 * that of each thread which we still trace, the main thread last.
 */
static void await_deaths(struct fdp_pause *pause)
{
	uint64_t deadline_ns =
		fdp_clock_now_ns() + FDP_PAUSE_STOP_MS * FDP_NS_PER_MS;

	for (size_t i = pause->count; i > 0; i--)
		if (pause->threads[i - 1].state == DIES)
			await(pause, i - 1, deadline_ns);
}

void fdp_pause_end(struct fdp_pause *pause)
{
	pause->over = true;
	let_go(pause, true);
	if (!pause->end_ns)
		pause->end_ns = fdp_clock_now_ns();
	let_go(pause, false);
	await_deaths(pause);
}

size_t fdp_pause_refused(const struct fdp_pause *pause)
{
	return pause->refused;
}

uint64_t fdp_pause_futex(const struct fdp_pause *pause, size_t at)
{
	struct fdp_system_call call;

	fdp_system_call_take(&pause->target->threads[at].registers,
			     pause->threads[at].system_call, &call);
	/* A call that is continued may be one, and costs a page if not. */
	return pause->threads[at].state == STANDS && call.inside &&
			       fdp_system_call_may_be_futex(call.number)
		       ? call.arguments[0]
		       : 0;
}

void fdp_pause_know_calls(struct fdp_pause *pause)
{
	for (size_t i = 0; i < pause->count; i++)
		if (pause->target->threads[i].has_registers)
			fdp_know_system_call(pause->target,
					     &pause->target->threads[i],
					     pause->threads[i].system_call);
}

uint64_t fdp_pause_ns(const struct fdp_pause *pause)
{
	return pause->end_ns - pause->begin_ns;
}

/*
 * One that stops when nobody looks any more would stand until we are gone, and
 * could not be seized again.
 */
static void await_late(struct fdp_pause *pause)
{
	uint64_t deadline_ns =
		fdp_clock_now_ns() + FDP_PAUSE_LATE_MS * FDP_NS_PER_MS;

	for (size_t i = 0; i < pause->count; i++)
		if (pause->threads[i].state == STOPS) {
			await(pause, i, deadline_ns);
			let_one_go(&pause->threads[i]);
		}
}

void fdp_pause_free(struct fdp_pause *pause)
{
	if (!pause)
		return;
	fdp_pause_end(pause);
	await_late(pause);
	free(pause->threads);
	free(pause);
}
