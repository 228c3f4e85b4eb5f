/*
 * More than one signal that waits, signals that wait when a thread or a process
 * is made or ends, and those whose default action comes late.
 */
#include "conform.h"
#include "senders.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ORDER_MAX 40
static siginfo_t order[ORDER_MAX];
static volatile sig_atomic_t order_count;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (order_count < ORDER_MAX)
		order[order_count++] = *info;
}

static void say_order(const char *when)
{
	say("%s: %d", when, (int)order_count);
	for (int i = 0; i < order_count; i++)
		say("    %s", info_text(&order[i]));
	order_count = 0;
}

static const int ordered[] = { SIGUSR1, SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
			       SIGABRT, SIGTRAP, SIGTERM, 40 };

static const struct {
	const char *name;
	const char *sender;
	int signals[6];
	uint64_t handler_mask;
} order_rows[] = {
	{ "segv usr1", "tgkill", { SIGSEGV, SIGUSR1 }, 0 },
	{ "usr1 segv", "tgkill", { SIGUSR1, SIGSEGV }, 0 },
	{ "segv bus fpe ill", "tgkill", { 11, 7, 8, 4 }, 0 },
	{ "ill fpe bus segv", "raise", { 4, 8, 7, 11 }, 0 },
	{ "the same, mask full", "raise", { 4, 8, 7, 11 }, ~UINT64_C(0) },
	{ "abrt segv trap usr1", "raise", { 6, 11, 5, 10 }, 0 },
	{ "the same, mask four", "raise", { 6, 11, 5, 10 }, FOUR },
	{ "segv three times", "sigqueue", { 11, 11, 11 }, 0 },
	{ "segv three times, thread", "pthread_sigqueue", { 11, 11, 11 }, 0 },
	{ "real time three times", "sigqueue", { 40, 40, 40 }, 0 },
	{ "bus and real time", "pthread_sigqueue", { 40, 7, 40, 7 }, 0 },
	{ "process, then thread", "kill", { 15, 11, 7 }, 0 },
};

static void order_row(size_t row)
{
	const struct sender *sender = sender_find(order_rows[row].sender);
	sigset_t set;

	section("order %s", order_rows[row].name);
	for (size_t i = 0; i < COUNT(ordered); i++)
		set_info_action(ordered[i], note, 0,
				order_rows[row].handler_mask);
	set_mask(~UINT64_C(0));
	for (size_t i = 0; order_rows[row].signals[i]; i++)
		REQUIRE(sender->send(order_rows[row].signals[i], (int)i + 1) ==
			0);
	say_order("blocked");
	REQUIRE(sigpending(&set) == 0);
	say("pending %s", mask_text(&set));
	set_mask(0);
	say_order("unblocked");
	reset();
}

/* One after the other, and only what is asked for. */
static void unblock_singly(void)
{
	static const int signals[] = { SIGBUS, SIGUSR1, SIGSEGV };

	section("unblocked one by one");
	for (size_t i = 0; i < COUNT(signals); i++)
		set_info_action(signals[i], note, 0, 0);
	set_mask(FOUR | BIT(SIGUSR1));
	for (size_t i = 0; i < COUNT(signals); i++)
		raise(signals[i]);
	for (size_t i = 0; i < COUNT(signals); i++) {
		sigset_t set;

		set_bits(&set, BIT(signals[i]));
		REQUIRE(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
		say_order(signal_name(signals[i]));
		REQUIRE(sigpending(&set) == 0);
		say("pending %s, blocked %s", mask_text(&set), mask_now_text());
	}
	reset();
}

/* Neither a thread nor a child gets what waits for its maker. */
static void look(const void *argument)
{
	sigset_t set;

	(void)argument;
	REQUIRE(sigpending(&set) == 0);
	say("pending %s, blocked %s", mask_text(&set), mask_now_text());
	set_mask(0);
	say_order("unblocked there");
}

static void not_inherited(void (*run)(void (*)(const void *), const void *),
			  const char *name)
{
	section("pending and %s", name);
	set_info_action(SIGSEGV, note, 0, 0);
	set_info_action(SIGUSR1, note, 0, 0);
	set_mask(FOUR | BIT(SIGUSR1));
	sender_find("tgkill")->send(SIGSEGV, 0);
	sender_find("tgkill")->send(SIGUSR1, 0);
	run(look, NULL);
	look(NULL);
	reset();
}

/* The default action of a signal that comes when it is unblocked. */
struct late {
	const struct sender *sender;
	int signal;
};

static void die_late(const void *argument)
{
	const struct late *late = argument;

	set_mask(BIT(late->signal));
	late->sender->send(late->signal, 5);
	say("still here");
	set_mask(0);
	say("still here, unblocked");
}

static void die_at_once(const void *argument)
{
	const struct late *late = argument;

	late->sender->send(late->signal, 5);
	say("still here");
}

static void exit_with_pending(const void *argument)
{
	const struct late *late = argument;

	set_mask(BIT(late->signal));
	late->sender->send(late->signal, 5);
	_exit(3);
}

/* Blocked and ignored and no longer ignored: gone. */
static void dropped(const void *argument)
{
	const struct late *late = argument;

	set_mask(BIT(late->signal));
	late->sender->send(late->signal, 5);
	set_action(late->signal, SIG_IGN, 0, 0);
	set_action(late->signal, SIG_DFL, 0, 0);
	set_mask(0);
	say("still here, dropped");
}

static const struct {
	const char *name;
	void (*run)(const void *);
} late_rows[] = {
	{ "dies at once", die_at_once },
	{ "dies when unblocked", die_late },
	{ "exits while pending", exit_with_pending },
	{ "dropped by ignoring", dropped },
};

/* A report takes its time: all senders in one place only. */
static void late(void)
{
	size_t count = current_place == PLACE_MAIN ? SENDERS : 1;

	for (size_t i = 0; i < COUNT(usual_signals); i++)
		for (size_t j = 0; j < COUNT(late_rows); j++)
			for (size_t k = 0; k < count; k++) {
				struct late row = { &senders[k],
						    usual_signals[i] };

				section("late %s by %s %s",
					signal_name(row.signal),
					row.sender->name, late_rows[j].name);
				in_child(late_rows[j].run, &row);
			}
}

static void waiting(void)
{
	for (size_t i = 0; i < COUNT(order_rows); i++)
		order_row(i);
	unblock_singly();
	not_inherited(in_thread, "a thread");
	not_inherited(in_child, "a child");
}

/*
 * Sent to the process, while the main thread blocks it and another thread does
 * not, or waits for it.  Which thread is asked first is the kernel's affair.
 */
#define PATIENCE 2000

static void wait_until_noted(void)
{
	const struct timespec moment = { 0, 1000000 };

	for (int i = 0; i < PATIENCE && order_count == 0; i++)
		nanosleep(&moment, NULL);
}

/* The main thread waits for this one, and has nothing else to do. */
static void await_main(void)
{
	while (thread_waits_in(getpid()) != SYS_futex)
		sched_yield();
}

static void elsewhere_handled(const struct sender *sender, int signal)
{
	set_mask(0);
	REQUIRE(sender->send(signal, 1) == 0);
	wait_until_noted();
	say_order("not blocked here");
}

static void elsewhere_awaited(const struct sender *sender, int signal)
{
	const struct timespec limit = { PATIENCE / 1000, 0 };
	siginfo_t info;
	sigset_t set;
	int r;

	set_bits(&set, BIT(signal));
	REQUIRE(sender->send(signal, 1) == 0);
	await_main();
	do
		r = sigtimedwait(&set, &info, &limit);
	while (r < 0 && errno == EINTR);
	say("waited for: %s", r > 0 ? info_text(&info) : error_name(errno));
}

/*
 * Threads that have it blocked in name only get it first, one after the other:
 * it is on its way for some microseconds.
 */
static void wait_until_pending(sigset_t *ret_set)
{
	const struct timespec moment = { 0, 1000000 };

	/* Only its first bytes are written. */
	sigemptyset(ret_set);
	for (int i = 0; i < PATIENCE; i++) {
		REQUIRE(sigpending(ret_set) == 0);
		if (!sigisemptyset(ret_set))
			return;
		nanosleep(&moment, NULL);
	}
}

static void elsewhere_blocked(const struct sender *sender, int signal)
{
	sigset_t set;

	REQUIRE(sender->send(signal, 1) == 0);
	await_main();
	wait_until_pending(&set);
	say("pending %s", mask_text(&set));
	set_bits(&set, BIT(signal));
	REQUIRE(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
	wait_until_noted();
	say_order("unblocked here");
}

static const struct {
	const char *name;
	void (*run)(const struct sender *, int);
} elsewhere_rows[] = {
	{ "handled", elsewhere_handled },
	{ "waited for", elsewhere_awaited },
	{ "blocked", elsewhere_blocked },
};

struct elsewhere {
	size_t row;
	const struct sender *sender;
	int signal;
};

static void run_elsewhere(const void *argument)
{
	const struct elsewhere *elsewhere = argument;

	/* Before that it blocks everything for a moment. */
	await_main();
	elsewhere_rows[elsewhere->row].run(elsewhere->sender,
					   elsewhere->signal);
}

static void prepare_elsewhere(const void *argument)
{
	const struct elsewhere *row = argument;

	set_info_action(row->signal, note, 0, 0);
	set_mask(BIT(row->signal));
	in_thread(run_elsewhere, row);
	say_order("in the end");
	set_mask(0);
	say_order("unblocked");
}

static void elsewhere(void)
{
	static const char *const to_process[] = { "kill", "sigqueue" };

	for (size_t i = 0; i < COUNT(elsewhere_rows); i++)
		for (size_t j = 0; j < COUNT(usual_signals); j++)
			for (size_t k = 0; k < COUNT(to_process); k++) {
				struct elsewhere row = {
					i, sender_find(to_process[k]),
					usual_signals[j]
				};

				section("%s by %s in another thread, %s",
					signal_name(row.signal), to_process[k],
					elsewhere_rows[i].name);
				in_child(prepare_elsewhere, &row);
			}
}

const struct suite waiting_suites[] = {
	{ "waiting", waiting, EVERYWHERE },
	{ "late", late, EVERYWHERE },
	{ "elsewhere", elsewhere, PLACE_MAIN },
	{ NULL, NULL, 0 },
};
