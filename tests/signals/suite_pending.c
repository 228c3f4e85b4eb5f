/* Signals that are blocked when they are sent: where they are until when. */
#include "conform.h"
#include "senders.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define VALUE 0x1234

static const int signals[] = { SIGSEGV, SIGBUS,	 SIGFPE,  SIGILL,
			       SIGABRT, SIGTRAP, SIGUSR1, 40 };

/* Room for all that one row may deliver. */
#define SEEN_MAX 64
static siginfo_t seen[SEEN_MAX];
static volatile sig_atomic_t seen_count;

static void see(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (seen_count < SEEN_MAX)
		seen[seen_count] = *info;
	seen_count++;
}

/* The kernel writes no siginfo for this one. */
static void see_plainly(int signal)
{
	seen[seen_count] = (siginfo_t){ .si_signo = signal };
	seen_count++;
}

static void say_seen(const char *when)
{
	say("%s: %d seen", when, (int)seen_count);
	for (int i = 0; i < seen_count && i < SEEN_MAX; i++)
		say("    %s", info_text(&seen[i]));
	seen_count = 0;
}

static uint64_t say_pending(void)
{
	sigset_t set;

	OBSERVE(REQUIRE(sigpending(&set) == 0));
	say("pending %s, blocked %s", mask_text(&set), mask_now_text());
	return get_bits(&set);
}

/* How it is taken. */

static sigset_t set_of(int signal)
{
	sigset_t set;

	set_bits(&set, BIT(signal));
	return set;
}

static void by_sigprocmask(int signal)
{
	sigset_t set = set_of(signal), old;

	REQUIRE(sigprocmask(SIG_UNBLOCK, &set, &old) == 0);
	say("old %s", mask_text(&old));
}

static void by_pthread_sigmask(int signal)
{
	sigset_t set = { { 0 } }, old;

	(void)signal;
	REQUIRE(pthread_sigmask(SIG_SETMASK, &set, &old) == 0);
	say("old %s", mask_text(&old));
}

static void by_sigsetmask(int signal)
{
	say("old %x of %s", (unsigned)sigsetmask(0), signal_name(signal));
}

static void by_sigrelse(int signal)
{
	say("%d", sigrelse(signal));
}

static void by_sigset(int signal)
{
	say("%s", handler_name((void *)sigset(signal, see_plainly)));
}

static void by_ignoring(int signal)
{
	set_action(signal, SIG_IGN, 0, 0);
	say_pending();
	set_info_action(signal, see, 0, 0);
}

static void by_sigwait(int signal)
{
	sigset_t set = set_of(signal);
	int r, got = 0;

	OBSERVE(r = sigwait(&set, &got));
	say("%s %s", error_name(r), signal_name(got));
}

static void by_sigwaitinfo(int signal)
{
	sigset_t set = set_of(signal);
	siginfo_t info;
	int r;

	OBSERVE(r = sigwaitinfo(&set, &info));
	say("%s %s", signal_name(r), info_text(&info));
}

static void by_sigtimedwait(int signal)
{
	const struct timespec no_time = { 0, 0 };
	sigset_t set = set_of(signal);
	siginfo_t info;
	int r;

	OBSERVE(r = sigtimedwait(&set, &info, &no_time));
	say("%s %s", signal_name(r), info_text(&info));
	OBSERVE(r = sigtimedwait(&set, &info, &no_time));
	say("%d %s", r, error_name(last_error));
}

static void by_signalfd(int signal)
{
	sigset_t set = set_of(signal);
	struct signalfd_siginfo info;
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);

	REQUIRE(fd >= 0);
	memset(&info, 0, sizeof(info));
	while (read(fd, &info, sizeof(info)) == sizeof(info))
		say("%s code %d value %x", signal_name((int)info.ssi_signo),
		    info.ssi_code, (unsigned)info.ssi_int);
	close(fd);
}

static void by_sigsuspend(int signal)
{
	sigset_t none = { { 0 } };
	int r;

	OBSERVE(r = sigsuspend(&none));
	say("%d %s of %s", r, error_name(last_error), signal_name(signal));
}

static void by_pselect(int signal)
{
	const struct timespec soon = { 20, 0 };
	sigset_t none = { { 0 } };
	int r;

	OBSERVE(r = pselect(0, NULL, NULL, NULL, &soon, &none));
	say("%d %s of %s", r, error_name(last_error), signal_name(signal));
}

static void by_ppoll(int signal)
{
	const struct timespec soon = { 20, 0 };
	sigset_t none = { { 0 } };
	int r;

	OBSERVE(r = ppoll(NULL, 0, &soon, &none));
	say("%d %s of %s", r, error_name(last_error), signal_name(signal));
}

/* As a fortified program calls it. */
int __ppoll_chk(struct pollfd *fds, nfds_t count,
		const struct timespec *timeout, const sigset_t *mask,
		size_t size);

static void by_fortified_ppoll(int signal)
{
	const struct timespec soon = { 20, 0 };
	sigset_t none = { { 0 } };
	int r;

	OBSERVE(r = __ppoll_chk(NULL, 0, &soon, &none, 0));
	say("%d %s of %s", r, error_name(last_error), signal_name(signal));
}

static void by_epoll_pwait(int signal)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	sigset_t none = { { 0 } };
	struct epoll_event event;
	int r;

	REQUIRE(fd >= 0);
	OBSERVE(r = epoll_pwait(fd, &event, 1, 20000, &none));
	say("%d %s of %s", r, error_name(last_error), signal_name(signal));
	close(fd);
}

static const struct {
	const char *name;
	void (*take)(int signal);
} takers[] = {
	{ "sigprocmask", by_sigprocmask },
	{ "pthread_sigmask", by_pthread_sigmask },
	{ "sigsetmask", by_sigsetmask },
	{ "sigrelse", by_sigrelse },
	{ "sigset", by_sigset },
	{ "ignoring", by_ignoring },
	{ "sigwait", by_sigwait },
	{ "sigwaitinfo", by_sigwaitinfo },
	{ "sigtimedwait", by_sigtimedwait },
	{ "signalfd", by_signalfd },
	{ "sigsuspend", by_sigsuspend },
	{ "pselect", by_pselect },
	{ "ppoll", by_ppoll },
	{ "fortified ppoll", by_fortified_ppoll },
	{ "epoll_pwait", by_epoll_pwait },
};

struct take {
	int signal;
	const struct sender *sender;
	size_t taker;
	uint64_t blocked;
};

static void take_row(const void *argument)
{
	const struct take *row = argument;
	int signal = row->signal;
	int r;

	set_info_action(signal, see, 0, 0);
	set_mask(row->blocked);
	OBSERVE(r = row->sender->send(signal, VALUE));
	say("sent %d %s", r, error_name(last_error));
	say_seen("blocked");
	/* Nobody waits for what will not come. */
	if (say_pending() & BIT(signal))
		takers[row->taker].take(signal);
	say_seen("taken");
	say_pending();
	set_mask(0);
	say_seen("unblocked");
	reset();
}

static void pending(void)
{
	for (size_t i = 0; i < COUNT(signals); i++)
		for (size_t j = 0; j < SENDERS; j++)
			for (size_t k = 0; k < COUNT(takers); k++) {
				struct take row = { signals[i], &senders[j], k,
						    BIT(signals[i]) };

				section("pending %s by %s taken by %s",
					signal_name(signals[i]),
					senders[j].name, takers[k].name);
				if (senders[j].forges)
					in_child(take_row, &row);
				else
					take_row(&row);
			}
}

/* The same with everything blocked; the first kind of sender will do. */
static void pending_all_blocked(void)
{
	for (size_t i = 0; i < COUNT(signals); i++)
		for (size_t k = 0; k < COUNT(takers); k++) {
			struct take row = { signals[i], sender_find("tgkill"),
					    k, ~UINT64_C(0) };

			section("pending %s, all blocked, taken by %s",
				signal_name(signals[i]), takers[k].name);
			take_row(&row);
		}
}

const struct suite pending_suites[] = {
	{ "pending", pending, EVERYWHERE },
	{ "pending-all-blocked", pending_all_blocked, EVERYWHERE },
	{ NULL, NULL, 0 },
};
