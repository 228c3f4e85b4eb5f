#include "living.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "cache.h"
#include "know.h"
#include "live.h"
#include "pause.h"
#include "procfs.h"
#include "snapshot.h"

/* Below sp lies the red zone, which belongs to the running function. */
#define RED_ZONE 128

/* How much of a stack is copied: all but the deepest recursion. */
#define STACK_MAX (8 * 1024 * 1024)

/* Where the stack's mapping is not known. */
#define STACK_BLIND (64 * 1024)

/*
 * Room that is made ready for each stack.  Idle threads have a page or three in
 * use; what is missing costs a page fault for each 4 KiB.
 */
#define STACK_READY (16 * 1024)
#define STACK_READY_ALL (64 * 1024 * 1024)

/* What is looked at of a lock: a pthread_mutex_t. */
#define LOCK_SIZE 40

static void snapshot_cleanup(struct fdp_snapshot **snapshot)
{
	fdp_snapshot_free(*snapshot);
}

static void pause_cleanup(struct fdp_pause **pause)
{
	fdp_pause_free(*pause);
}

static void note_pause(struct fdp_target *target, uint64_t held_ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", (double)held_ns / FDP_NS_PER_MS);
	fdp_know_note(target, "capture/hold-ms", text);
}

/* Of one try. */
struct attempt {
	struct fdp_target *target;
	struct fdp_procfs *procfs;
	const struct fdp_living_request *request;
	uint64_t room; /* for stacks */
	uint64_t held_ns;
	size_t missing; /* threads that did not stop */
	size_t refused; /* threads that may not be traced */
};

/* WHY is said of COUNT threads, at the end of what is in TEXT already. */
static void say_missing(const struct fdp_target *target, size_t count,
			const char *why, char *text, size_t size)
{
	size_t used = strlen(text);

	if (count)
		snprintf(text + used, size - used,
			 "%sregisters of %zu of %zu threads: %s",
			 used ? "; " : "", count, target->thread_count, why);
}

static void note_missing(const struct attempt *attempt)
{
	char text[256] = "";

	say_missing(attempt->target, attempt->missing,
		    "they did not stop in time", text, sizeof(text));
	say_missing(attempt->target, attempt->refused,
		    "they may not be traced, or a debugger has them", text,
		    sizeof(text));
	if (text[0])
		fdp_know_note(attempt->target, "capture/missing", text);
}

/* It can change, and was asked for. */
static bool is_wanted(const struct fdp_target *target,
		      const struct fdp_page *page)
{
	const struct fdp_map *map = fdp_target_map(target, page->address);

	return page->asked && page->bytes && map && map->writable;
}

/* The pages that the rehearsal wanted. */
static int want_pages(struct fdp_snapshot *snapshot, struct fdp_target *target)
{
	struct fdp_page *page;
	size_t cursor = 0;
	int r = 0;

	while (r == 0 && (page = fdp_cache_next(target->cache, &cursor)))
		if (is_wanted(target, page))
			r = fdp_snapshot_add(snapshot, page->address,
					     FDP_PAGE_SIZE);
	return r;
}

static int want_stack(struct fdp_snapshot *snapshot,
		      const struct fdp_target *target,
		      const struct fdp_registers *registers)
{
	uint64_t sp = registers->general[FDP_REGISTER_SP] - RED_ZONE;
	const struct fdp_map *map = fdp_target_map(target, sp);
	uint64_t size = STACK_BLIND;

	if (map && map->readable)
		size = map->end - sp < STACK_MAX ? map->end - sp : STACK_MAX;
	return fdp_snapshot_add(snapshot, sp, size);
}

static int want_stacks(struct fdp_snapshot *snapshot,
		       const struct fdp_target *target)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < target->thread_count; i++)
		if (target->threads[i].has_registers)
			r = want_stack(snapshot, target,
				       &target->threads[i].registers);
	return r;
}

/*
 * What threads wait for in futex(): an owner is written beside it, and must be
 * the one of now.  Locks lie together, so most are on the page of the one
 * before.
 */
static int want_locks(struct fdp_snapshot *snapshot,
		      const struct fdp_target *target,
		      const struct fdp_pause *pause)
{
	uint64_t last = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < target->thread_count; i++) {
		uint64_t address = fdp_pause_futex(pause, i);

		if (!address || address / FDP_PAGE_SIZE == last)
			continue;
		r = fdp_snapshot_add(snapshot, address, LOCK_SIZE);
		last = address / FDP_PAGE_SIZE;
	}
	return r;
}

/*
 * Lists all threads, with their names, while they run, for the rehearsal; and
 * says how much room to make ready for their stacks.  Bytes, or -errno.
 */
static int64_t know_threads(struct fdp_target *target,
			    struct fdp_procfs *procfs)
{
	_cleanup_free_ pid_t *tids = NULL;
	ssize_t count = fdp_procfs_threads(procfs, &tids);

	if (count < 0)
		return count;
	target->threads = fdp_arena_array(&target->arena, (size_t)count + 1,
					  sizeof(*target->threads));
	if (!target->threads)
		return -ENOMEM;
	for (ssize_t i = 0; i < count; i++) {
		target->threads[i].tid = tids[i];
		fdp_know_name(target, &target->threads[i]);
	}
	target->thread_count = (size_t)count;
	return count < STACK_READY_ALL / STACK_READY ? count * STACK_READY
						     : STACK_READY_ALL;
}

/* What is behind the code of programs and libraries never changes. */
static int keep_unchangeable(struct fdp_target *target, struct fdp_cache *old)
{
	struct fdp_page *page;
	size_t cursor = 0;
	int r = 0;

	while (r == 0 && (page = fdp_cache_next(old, &cursor))) {
		const struct fdp_map *map =
			fdp_target_map(target, page->address);

		if (page->bytes && map && !map->writable)
			r = fdp_cache_add(target->cache, page->address,
					  page->bytes);
	}
	return r;
}

/* What was wanted once is wanted again, if it has to be copied again. */
static void keep_asked(struct fdp_target *target, struct fdp_cache *old)
{
	struct fdp_page *page;
	size_t cursor = 0;

	while ((page = fdp_cache_next(old, &cursor))) {
		struct fdp_page *kept =
			page->asked
				? fdp_cache_find(target->cache, page->address)
				: NULL;

		if (kept)
			kept->asked = true;
	}
}

/* What may have changed since the rehearsal is forgotten. */
static int apply(const struct fdp_snapshot *snapshot, struct fdp_target *target)
{
	struct fdp_cache *old = target->cache;
	int r;

	target->cache = fdp_cache_new();
	if (!target->cache) {
		target->cache = old;
		return -ENOMEM;
	}
	r = keep_unchangeable(target, old);
	if (r == 0)
		r = fdp_snapshot_apply(snapshot, target);
	keep_asked(target, old);
	fdp_cache_free(old);
	return r;
}

/*
 * What is stopped here is let go here, whatever goes wrong.  With THOROUGHLY
 * what the rehearsal asks for beyond what was copied is read before that.
 */
static int stop_and_copy(struct attempt *attempt, struct fdp_pause *pause,
			 struct fdp_snapshot *snapshot, bool thoroughly)
{
	struct fdp_target *target = attempt->target;
	int r;

	attempt->missing = fdp_pause_stop(pause);
	attempt->refused = fdp_pause_refused(pause);
	r = want_stacks(snapshot, target);
	if (r == 0)
		r = want_locks(snapshot, target, pause);
	if (r == 0)
		fdp_snapshot_take(snapshot);
	if (r == 0 && thoroughly) {
		r = apply(snapshot, target);
		attempt->request->rehearse(target, attempt->request->argument);
	}
	fdp_pause_end(pause);
	attempt->held_ns = fdp_pause_ns(pause);
	fdp_pause_know_calls(pause);
	if (r == 0 && !thoroughly)
		r = apply(snapshot, target);
	return r;
}

/* The pages in the cache that were asked for are what is copied. */
static int try_once(struct attempt *attempt, bool thoroughly)
{
	__attribute__((
		cleanup(snapshot_cleanup))) struct fdp_snapshot *snapshot =
		fdp_snapshot_new(attempt->target->pid);
	__attribute__((cleanup(pause_cleanup))) struct fdp_pause *pause = NULL;
	int r = snapshot ? want_pages(snapshot, attempt->target) : -ENOMEM;

	if (r == 0)
		r = fdp_snapshot_prepare(snapshot, attempt->room);
	/* From here on a signal stops the thread that gets it. */
	if (r == 0)
		r = fdp_pause_new(attempt->target, attempt->procfs,
				  attempt->request->only, &pause);
	if (r < 0)
		return r;
	fdp_know_time(attempt->target);
	return stop_and_copy(attempt, pause, snapshot, thoroughly);
}

/* True if all that will be wanted was copied while the process stood. */
static bool is_whole(const struct attempt *attempt)
{
	struct fdp_target *target = attempt->target;

	target->running = true;
	target->late_reads = 0;
	attempt->request->rehearse(target, attempt->request->argument);
	target->running = false;
	return target->late_reads == 0;
}

static int capture(struct fdp_target *target, struct fdp_procfs *procfs,
		   const struct fdp_living_request *request)
{
	struct attempt attempt = { .target = target,
				   .procfs = procfs,
				   .request = request };
	int r = fdp_know_maps(target);
	int64_t room = STACK_READY;

	if (r < 0)
		return r;
	if (!request->only)
		room = know_threads(target, procfs);
	if (room < 0)
		return (int)room;
	attempt.room = (uint64_t)room;
	request->rehearse(target, request->argument);
	r = try_once(&attempt, false);
	/* The frames have moved: as long as it takes, if a moment is not. */
	if (r == 0 && !is_whole(&attempt))
		r = try_once(&attempt, true);
	target->running = true;
	note_pause(target, attempt.held_ns);
	note_missing(&attempt);
	return r;
}

int fdp_capture_living(const struct fdp_living_request *request,
		       struct fdp_target **ret_target)
{
	struct fdp_procfs *procfs;
	struct fdp_target *target;
	int r = fdp_live_open(request->pid, &procfs, &target);

	if (r < 0)
		return r;
	fdp_know_note(target, "capture/method", target->ops->name);
	r = capture(target, procfs, request);
	if (r < 0) {
		fdp_target_free(target);
		return r;
	}
	*ret_target = target;
	return 0;
}
