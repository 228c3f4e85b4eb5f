/*
 * System calls that wait, when a signal comes: whether they go on.  Another
 * thread waits until the call waits, sends, and lets it come to its end.
 */
#include "conform.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int wait_fd[2];
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static atomic_int handled;
static atomic_bool ended, returned;
static pid_t waiter;

/* That the wait was over before the other thread ended it. */
static enum { NOT_KNOWN, EARLY, AT_ITS_END } came_back;

static void note_return(void)
{
	if (came_back == NOT_KNOWN)
		came_back = atomic_load(&ended) ? AT_ITS_END : EARLY;
}

static void count(int signal)
{
	(void)signal;
	atomic_fetch_add(&handled, 1);
}

static void ignore_end(int signal)
{
	(void)signal;
}

/* Calls that wait, and what ends the wait. */

static int by_read(void)
{
	char byte;

	return (int)read(wait_fd[0], &byte, 1);
}

static int by_poll(void)
{
	struct pollfd poller = { .fd = wait_fd[0], .events = POLLIN };

	return poll(&poller, 1, 20000);
}

static int by_select(void)
{
	struct timeval limit = { 20, 0 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(wait_fd[0], &set);
	return select(wait_fd[0] + 1, &set, NULL, NULL, &limit);
}

static int by_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);
	int r, saved;

	REQUIRE(epoll_ctl(fd, EPOLL_CTL_ADD, wait_fd[0], &event) == 0);
	r = epoll_wait(fd, &event, 1, 20000);
	saved = errno;
	close(fd);
	errno = saved;
	return r;
}

static int by_sem_wait(void)
{
	return sem_wait(&semaphore);
}

static int by_sem_timedwait(void)
{
	struct timespec until;

	REQUIRE(clock_gettime(CLOCK_REALTIME, &until) == 0);
	until.tv_sec += 20;
	return sem_timedwait(&semaphore, &until);
}

static int by_mutex(void)
{
	int r = pthread_mutex_lock(&mutex);

	pthread_mutex_unlock(&mutex);
	return r;
}

static int by_waitpid(void)
{
	pid_t pid = fork();
	int r;

	if (pid == 0) {
		char byte;

		_exit(read(wait_fd[0], &byte, 1) == 1 ? 0 : 1);
	}
	r = waitpid(pid, NULL, 0);
	note_return();
	if (r < 0) {
		int saved = errno;

		write(wait_fd[1], "", 1);
		waitpid(pid, NULL, 0);
		errno = saved;
	}
	return r == pid ? 1 : r;
}

/* Only another signal ends it. */
static int by_nanosleep(void)
{
	struct timespec time = { 20, 0 };

	return nanosleep(&time, NULL);
}

static int by_sigsuspend(void)
{
	sigset_t none = { { 0 } };

	return sigsuspend(&none);
}

static int by_ppoll(void)
{
	struct pollfd poller = { .fd = wait_fd[0], .events = POLLIN };
	sigset_t none = { { 0 } };

	return ppoll(&poller, 1, NULL, &none);
}

/* All that the test sends, or what ends it. */
static int by_sigwaitinfo(void)
{
	sigset_t set;

	set_bits(&set,
		 BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGTRAP) | BIT(SIGUSR1));
	return sigwaitinfo(&set, NULL);
}

static int by_sigwait(void)
{
	sigset_t set;
	int got = 0;

	set_bits(&set, BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGTRAP) |
			       BIT(SIGUSR1) | BIT(SIGUSR2));
	sigwait(&set, &got);
	return got;
}

static void end_by_byte(void)
{
	REQUIRE(write(wait_fd[1], "", 1) == 1);
}

static void end_by_post(void)
{
	REQUIRE(sem_post(&semaphore) == 0);
}

static void end_by_unlock(void)
{
	REQUIRE(pthread_mutex_unlock(&mutex) == 0);
}

static void end_by_signal(void)
{
	REQUIRE(syscall(SYS_tgkill, getpid(), waiter, SIGUSR2) == 0);
}

/* glibc makes select() of one or the other. */
#define ANY_SELECT (-2)

static const struct {
	const char *name;
	int (*call)(void);
	void (*end)(void);
	long number; /* of the system call that waits */
} call_rows[] = {
	{ "read", by_read, end_by_byte, SYS_read },
	{ "poll", by_poll, end_by_byte, SYS_poll },
	{ "select", by_select, end_by_byte, ANY_SELECT },
	{ "epoll_wait", by_epoll, end_by_byte, SYS_epoll_wait },
	{ "sem_wait", by_sem_wait, end_by_post, SYS_futex },
	{ "sem_timedwait", by_sem_timedwait, end_by_post, SYS_futex },
	{ "pthread_mutex_lock", by_mutex, end_by_unlock, SYS_futex },
	{ "waitpid", by_waitpid, end_by_byte, SYS_wait4 },
	{ "sigsuspend", by_sigsuspend, end_by_signal, SYS_rt_sigsuspend },
	{ "ppoll with a mask", by_ppoll, end_by_byte, SYS_ppoll },
	{ "sigwaitinfo", by_sigwaitinfo, end_by_signal, SYS_rt_sigtimedwait },
	{ "sigwait", by_sigwait, end_by_signal, SYS_rt_sigtimedwait },
	{ "nanosleep", by_nanosleep, end_by_signal, SYS_clock_nanosleep },
};

enum what { HANDLER, HANDLER_RESTART, IGNORED, BLOCKED };

static const struct {
	const char *name;
	enum what what;
} what_rows[] = {
	{ "handler", HANDLER },
	{ "handler that restarts", HANDLER_RESTART },
	{ "ignored", IGNORED },
	{ "blocked", BLOCKED },
};

static const int signals[] = { SIGSEGV, SIGBUS, SIGTRAP, SIGUSR1 };

static void await_wait(long number)
{
	while (!atomic_load(&returned)) {
		long now = thread_waits_in(waiter);

		if (now == number)
			return;
		if (number == ANY_SELECT &&
		    (now == SYS_pselect6 || now == SYS_select))
			return;
		sched_yield();
	}
}

/*
 * A signal that calls no handler leaves no trace in a wait that goes on: one
 * that is over because of it gets this long to say so.
 */
#define RETURN_MS 50

static void await_return(void)
{
	const struct timespec moment = { 0, 1000000 };

	for (int i = 0; i < RETURN_MS && !atomic_load(&returned); i++)
		nanosleep(&moment, NULL);
}

struct row {
	int signal;
	size_t call;
	enum what what;
};

static void *send(void *argument)
{
	const struct row *row = argument;

	if (call_rows[row->call].end == end_by_unlock)
		pthread_mutex_lock(&mutex);
	await_wait(call_rows[row->call].number);
	REQUIRE(syscall(SYS_tgkill, getpid(), waiter, row->signal) == 0);
	while (row->what < IGNORED && atomic_load(&handled) == 0 &&
	       !atomic_load(&returned))
		sched_yield();
	if (row->what >= IGNORED)
		await_return();
	await_wait(call_rows[row->call].number);
	atomic_store(&ended, true);
	call_rows[row->call].end();
	return NULL;
}

static void prepare_row(const struct row *row)
{
	atomic_store(&handled, 0);
	atomic_store(&ended, false);
	came_back = NOT_KNOWN;
	atomic_store(&returned, false);
	REQUIRE(pipe(wait_fd) == 0);
	REQUIRE(sem_init(&semaphore, 0, 0) == 0);
	if (row->what == IGNORED)
		set_action(row->signal, SIG_IGN, 0, 0);
	else
		set_action(row->signal, count,
			   row->what == HANDLER_RESTART ? SA_RESTART : 0, 0);
	set_action(SIGUSR2, ignore_end, 0, 0);
}

static void restart_row(const struct row *row)
{
	pthread_t id;
	sigset_t set;
	int r, error;

	waiter = (pid_t)syscall(SYS_gettid);
	prepare_row(row);
	REQUIRE(pthread_create(&id, NULL, send, (void *)row) == 0);
	if (row->what == BLOCKED)
		set_mask(BIT(row->signal));
	/* Or this thread has the mutex first. */
	while (call_rows[row->call].end == end_by_unlock &&
	       pthread_mutex_trylock(&mutex) == 0) {
		pthread_mutex_unlock(&mutex);
		sched_yield();
	}
	OBSERVE(r = call_rows[row->call].call());
	error = last_error;
	note_return();
	atomic_store(&returned, true);
	REQUIRE(pthread_join(id, NULL) == 0);
	REQUIRE(sigpending(&set) == 0);
	say("%d %s, %s, handled %d, pending %s, mask %s", r, error_name(error),
	    came_back == EARLY ? "early" : "at its end", atomic_load(&handled),
	    mask_text(&set), mask_now_text());
	set_mask(0);
	say("handled %d", atomic_load(&handled));
	close(wait_fd[0]);
	close(wait_fd[1]);
}

static void restart(void)
{
	for (size_t call = 0; call < COUNT(call_rows); call++)
		for (size_t i = 0; i < COUNT(signals); i++)
			for (size_t j = 0; j < COUNT(what_rows); j++) {
				struct row row = { signals[i], call,
						   what_rows[j].what };

				section("%s, %s, %s", call_rows[call].name,
					signal_name(signals[i]),
					what_rows[j].name);
				restart_row(&row);
				reset();
			}
}

const struct suite restart_suites[] = {
	{ "restart", restart, PLACE_MAIN | PLACE_THREAD },
	{ NULL, NULL, 0 },
};
