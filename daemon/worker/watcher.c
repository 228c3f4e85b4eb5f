#include "watcher.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "../analysis/hang.h"
#include "../analysis/hang_text.h"
#include "../base/clock.h"
#include "../base/util.h"
#include "../capture/live.h"
#include "../capture/sight.h"
#include "../ending.h"
#include "../log.h"
#include "../python/glance.h"
#include "../watch_message.h"
#include "confine.h"
#include "user.h"

/* The program that is watched comes first. */
#define NICE 10

/*
 * Where there is no Python yet, or none that can be read, it is looked for
 * again after so many looks; twice as many each time, up to the second number.
 */
#define FIND_AGAIN 1
#define FIND_AGAIN_MAX 1024

/* After so many looks the children are listed again. */
#define CHILDREN_AGAIN FDP_HANG_INTERVALS

/* Children that are told of, of one thread; more than servers have workers. */
#define CHILDREN_MAX 256

struct watch {
	const struct fdp_watching *watching;
	struct fdp_procfs *procfs; /* also says that it is still that process */
	struct fdp_glance *glance; /* NULL: no Python found yet */
	unsigned find_after, find_wait; /* looks */
	struct fdp_sights looks;
	pid_t reported[FDP_HANG_KINDS]; /* the thread; 0: none */
	pid_t children[CHILDREN_MAX], known[CHILDREN_MAX];
	size_t child_count, known_count;
	unsigned failures; /* looks in a row */
	bool said_unreadable;
};

/* The daemon is gone if nobody reads; the signal for that is ignored. */
static void tell(const struct watch *watch,
		 const struct fdp_watch_message *message)
{
	if (write(watch->watching->output, message, sizeof(*message)) < 0 &&
	    errno == EPIPE)
		_exit(EXIT_SUCCESS);
}

static void tell_text(const struct watch *watch, enum fdp_watch_type type,
		      const char *text)
{
	struct fdp_watch_message message = { .type = type };

	snprintf(message.text, sizeof(message.text), "%s", text);
	tell(watch, &message);
}

static void forget_looks(struct watch *watch)
{
	for (size_t i = 0; i < watch->looks.count; i++)
		fdp_sight_free(watch->looks.looks[i]);
	watch->looks.count = 0;
}

static void keep_look(struct watch *watch, struct fdp_sight *look)
{
	struct fdp_sights *looks = &watch->looks;

	if (looks->count == FDP_HANG_LOOKS) {
		fdp_sight_free(looks->looks[0]);
		memmove(&looks->looks[0], &looks->looks[1],
			(FDP_HANG_LOOKS - 1) * sizeof(looks->looks[0]));
		looks->count--;
	}
	looks->looks[looks->count++] = look;
}

/* A thread is told of once, in however many ways it hangs. */
static bool is_reported(const struct watch *watch, pid_t tid)
{
	for (int kind = 0; kind < FDP_HANG_KINDS; kind++)
		if (watch->reported[kind] == tid)
			return true;
	return false;
}

static void report(struct watch *watch, const struct fdp_hang *hang)
{
	struct fdp_watch_message message;

	if (!is_reported(watch, hang->tid)) {
		fdp_hang_tell(&watch->looks, hang, &message);
		tell(watch, &message);
	}
	watch->reported[hang->kind] = hang->tid;
}

static void end_report(struct watch *watch, enum fdp_hang_kind kind)
{
	pid_t tid = watch->reported[kind];
	char text[64];

	watch->reported[kind] = 0;
	if (!tid || is_reported(watch, tid))
		return;
	snprintf(text, sizeof(text), "thread %d goes on again", (int)tid);
	tell_text(watch, FDP_WATCH_OVER, text);
}

static void judge(struct watch *watch)
{
	uint64_t least_ns = watch->watching->time_us * 1000;
	struct fdp_hang hang = { .tid = 0 };

	/* It was stopped meanwhile, for a dump maybe: who knows. */
	if (watch->looks.count < FDP_HANG_LOOKS)
		return;
	for (int kind = 0; kind < FDP_HANG_KINDS; kind++) {
		enum fdp_hang_kind its = (enum fdp_hang_kind)kind;

		if (watch->reported[kind] &&
		    !fdp_hang_lasts(&watch->looks, its, watch->reported[kind]))
			end_report(watch, its);
		if (!watch->reported[kind] &&
		    fdp_hang_find(&watch->looks, its, least_ns, &hang))
			report(watch, &hang);
	}
}

/* 0; -ENOENT: not yet; or another -errno. */
static int find_python(struct watch *watch)
{
	struct fdp_target *target;
	int r;

	if (watch->find_after) {
		watch->find_after--;
		return -ENOENT;
	}
	/* Address 0 says who may read, and is never there. */
	r = fdp_live_allowed(watch->watching->pid, 0);
	if (r == -EFAULT)
		r = fdp_capture_mapped(watch->watching->pid, &target);
	if (r < 0)
		return r;
	r = fdp_glance_new(target, &watch->glance);
	fdp_target_free(target);
	if (r == -ENOTSUP) {
		tell_text(watch, FDP_WATCH_TROUBLE,
			  "it cannot be watched: it runs a version of Python "
			  "for which that is not known");
		_exit(EXIT_SUCCESS);
	}
	if (watch->find_wait < FIND_AGAIN_MAX)
		watch->find_wait *= 2;
	watch->find_after = watch->find_wait;
	return r;
}

static int look(struct watch *watch)
{
	struct fdp_target *target;
	struct fdp_sight *taken;
	uint64_t now = fdp_clock_now_ns();
	int r = fdp_capture_sight(watch->watching->pid, watch->procfs, &target);

	if (r < 0)
		return r;
	r = fdp_glance_take(watch->glance, target, &taken);
	fdp_target_free(target);
	if (r < 0)
		return r;
	taken->time_ns = now;
	keep_look(watch, taken);
	return 0;
}

/* Stopped by a signal or by a debugger, which nobody calls a hang. */
static bool is_stopped(const char *status)
{
	const char *state = strstr(status, "\nState:\t");
	char letter = state ? state[strlen("\nState:\t")] : '\0';

	return letter == 'T' || letter == 't';
}

/* Leaves if the process is dead, or has become another program. */
static bool check_process(struct watch *watch)
{
	uint64_t signals = watch->watching->signals;
	_cleanup_free_ char *status = NULL;
	uint64_t handled;
	size_t size;

	if (fdp_procfs_fact(watch->procfs, "proc/status", &status, &size) < 0)
		_exit(EXIT_SUCCESS);
	if (signals && fdp_ending_parse_handled(status, &handled) == 0 &&
	    !(handled & signals))
		_exit(EXIT_SUCCESS);
	return !is_stopped(status);
}

static bool is_known_child(const struct watch *watch, pid_t pid)
{
	for (size_t i = 0; i < watch->known_count; i++)
		if (watch->known[i] == pid)
			return true;
	return false;
}

static void list_children(struct watch *watch, pid_t tid)
{
	_cleanup_free_ char *text = NULL;
	char key[64];
	size_t size;
	char *at, *end;

	snprintf(key, sizeof(key), "thread/%d/children", (int)tid);
	if (fdp_procfs_fact(watch->procfs, key, &text, &size) < 0)
		return;
	for (at = text; watch->child_count < CHILDREN_MAX; at = end) {
		long pid = strtol(at, &end, 10);

		if (end == at || pid <= 0)
			return;
		watch->children[watch->child_count++] = (pid_t)pid;
	}
}

/* Forked children are told of when they are new. */
static void look_for_children(struct watch *watch)
{
	const struct fdp_sight *last =
		watch->looks.looks[watch->looks.count - 1];
	struct fdp_watch_message message = { .type = FDP_WATCH_CHILD };

	watch->child_count = 0;
	for (size_t i = 0; i < last->thread_count; i++)
		list_children(watch, last->threads[i].tid);
	for (size_t i = 0; i < watch->child_count; i++) {
		message.number = (uint32_t)watch->children[i];
		if (!is_known_child(watch, watch->children[i]))
			tell(watch, &message);
	}
	memcpy(watch->known, watch->children,
	       watch->child_count * sizeof(watch->children[0]));
	watch->known_count = watch->child_count;
}

static bool is_refusal(int error)
{
	return error == -EPERM || error == -EACCES || error == -ENOSYS;
}

/*
 * Once: what is not allowed will hardly be later.  A process that changes, or
 * is about to end, fails to be read now and then.
 */
static void say_unreadable(struct watch *watch, int error)
{
	char text[128];

	if (watch->said_unreadable ||
	    (!is_refusal(error) && watch->failures < FDP_HANG_INTERVALS))
		return;
	watch->said_unreadable = true;
	snprintf(text, sizeof(text), "it cannot be watched: %s",
		 strerror(-error));
	tell_text(watch, FDP_WATCH_TROUBLE, text);
}

static void look_once(struct watch *watch, unsigned long number)
{
	int r = 0;

	if (!check_process(watch)) {
		forget_looks(watch);
		return;
	}
	if (!watch->glance)
		r = find_python(watch);
	if (r == 0)
		r = look(watch);
	/* What was read may have been of whoever has the number now. */
	check_process(watch);
	if (r < 0) {
		forget_looks(watch);
		if (r != -ENOENT && r != -ESRCH) {
			watch->failures++;
			say_unreadable(watch, r);
		}
		return;
	}
	watch->failures = 0;
	judge(watch);
	if (number % CHILDREN_AGAIN == 0)
		look_for_children(watch);
}

static void sleep_until(uint64_t when_ns)
{
	const struct timespec when = {
		.tv_sec = (time_t)(when_ns / FDP_NS_PER_S),
		.tv_nsec = (long)(when_ns % FDP_NS_PER_S),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) ==
	       EINTR)
		;
}

static void run(struct watch *watch)
{
	uint64_t interval_ns =
		watch->watching->time_us * 1000 / FDP_HANG_INTERVALS + 1;
	uint64_t when = fdp_clock_now_ns();

	for (unsigned long number = 0;; number++) {
		look_once(watch, number);
		/* From its end: a look that takes long is not made up for. */
		when = fdp_clock_now_ns() + interval_ns;
		sleep_until(when);
	}
}

static int confine(const struct fdp_watching *watching)
{
	int r = fdp_worker_become(watching->uid, watching->gid);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "(fdpreload-watc");
	signal(SIGPIPE, SIG_IGN);
	setpriority(PRIO_PROCESS, 0, NICE);
	return r < 0 ? r : fdp_confine_reader(watching->pid);
}

void fdp_worker_watch(const struct fdp_watching *watching)
{
	static struct watch watch = { .find_wait = FIND_AGAIN };
	int r;

	watch.watching = watching;
	r = fdp_procfs_new(watching->pid, &watch.procfs);
	if (r < 0)
		_exit(EXIT_FAILURE);
	r = confine(watching);
	if (r < 0)
		fdp_log_warning("the watcher of process %d runs unconfined: %s",
				(int)watching->pid, strerror(-r));
	run(&watch);
	_exit(EXIT_SUCCESS); /* not reached */
}
