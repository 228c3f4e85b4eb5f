#include "hang.h"

#include <string.h>

#include "../base/util.h"

/*
 * How much of the time the main thread has to run, or stand in the queue for a
 * processor, to be busy: half.
 */
#define BUSY_SHARE 2

/*
 * And to run, on the busiest machine, for something to be said about it: a
 * twentieth.
 */
#define RUN_SHARE 20

/*
 * A thread that does not run at all still does so for a moment when a signal
 * comes, or when it is stopped to be dumped: a hundredth.
 */
#define IDLE_SHARE 100

const struct fdp_sight_thread *fdp_sight_thread(const struct fdp_sight *look,
						pid_t tid)
{
	size_t low = 0, high = look->thread_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (look->threads[middle].tid == tid)
			return &look->threads[middle];
		if (look->threads[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct fdp_sight *first_of(const struct fdp_sights *looks)
{
	return looks->looks[0];
}

static const struct fdp_sight *last_of(const struct fdp_sights *looks)
{
	return looks->looks[looks->count - 1];
}

uint64_t fdp_sights_ns(const struct fdp_sights *looks)
{
	return looks->count ? last_of(looks)->time_ns - first_of(looks)->time_ns
			    : 0;
}

static uint64_t difference(uint64_t later, uint64_t earlier)
{
	return later > earlier ? later - earlier : 0;
}

static bool has_moved(const struct fdp_sight_thread *before,
		      const struct fdp_sight_thread *now)
{
	uint64_t distance = now->place > before->place
				    ? now->place - before->place
				    : before->place - now->place;

	return now->frames != before->frames || distance > FDP_HANG_PLACE;
}

struct fdp_hang_movement fdp_sights_movement(const struct fdp_sights *looks,
					     pid_t tid)
{
	struct fdp_hang_movement movement = { 0 };
	const struct fdp_sight_thread *first = NULL, *before = NULL,
				      *now = NULL;

	for (size_t i = 0; i < looks->count; i++) {
		now = fdp_sight_thread(looks->looks[i], tid);
		movement.changes += now && before && has_moved(before, now);
		if (!first)
			first = now;
		before = now;
	}
	if (first && now)
		movement.run_ns = difference(now->run_ns, first->run_ns);
	return movement;
}

/* How long TID stood in the queue for a processor. */
static uint64_t queued_ns(const struct fdp_sights *looks, pid_t tid)
{
	const struct fdp_sight_thread *first =
		fdp_sight_thread(first_of(looks), tid);
	const struct fdp_sight_thread *last =
		fdp_sight_thread(last_of(looks), tid);

	return first && last ? difference(last->queue_ns, first->queue_ns) : 0;
}

/* The machine has no time for it: that says nothing about the program. */
static bool is_starved(const struct fdp_sights *looks, pid_t tid)
{
	uint64_t ns = fdp_sights_ns(looks);

	return queued_ns(looks, tid) > ns / 2 &&
	       fdp_sights_movement(looks, tid).run_ns * RUN_SHARE < ns;
}

/* True if TID is in all looks, and IS_SAME of the first and each other. */
static bool is_always(const struct fdp_sights *looks, pid_t tid,
		      bool (*is_same)(const struct fdp_sight_thread *first,
				      const struct fdp_sight_thread *other))
{
	const struct fdp_sight_thread *first =
		fdp_sight_thread(first_of(looks), tid);

	for (size_t i = 0; i < looks->count; i++) {
		const struct fdp_sight_thread *other =
			fdp_sight_thread(looks->looks[i], tid);

		if (!first || !other || !is_same(first, other))
			return false;
	}
	return true;
}

static bool waits_for_same(const struct fdp_sight_thread *first,
			   const struct fdp_sight_thread *other)
{
	return first->owner && first->wants == other->wants &&
	       first->wanted == other->wanted && first->owner == other->owner;
}

/* It stands where it stood, and so do its variables. */
static bool stands(const struct fdp_sight_thread *first,
		   const struct fdp_sight_thread *other)
{
	return first->frames && !has_moved(first, other) &&
	       first->values == other->values;
}

static bool is_in_round(const struct fdp_sight_thread *first,
			const struct fdp_sight_thread *other)
{
	return first->round && first->round == other->round;
}

/* The thread that had the GIL all the time, or 0. */
static pid_t holder_of(const struct fdp_sights *looks)
{
	const struct fdp_sight *first = first_of(looks);

	for (size_t i = 0; i < looks->count; i++) {
		const struct fdp_sight *look = looks->looks[i];

		if (!look->gil.known || !look->gil.locked ||
		    look->gil.holder != first->gil.holder ||
		    look->gil.switch_number != first->gil.switch_number)
			return 0;
	}
	return first->gil.holder;
}

/*
 * Where the GIL stays with one thread, who has once begun to wait for it goes
 * on to: so it need not be seen at each look.  Every few milliseconds it wakes
 * up to ask again, and on a busy machine stands in the queue for that.  One
 * look in the first half says that it has waited for half of the time, another
 * one that it is given a processor to ask again.
 */
static bool waits_for_gil(const struct fdp_sights *looks, pid_t tid)
{
	size_t count = 0, first = 0;

	for (size_t i = 0; i < looks->count; i++) {
		const struct fdp_sight_thread *thread =
			fdp_sight_thread(looks->looks[i], tid);
		bool waits = thread && thread->wants == FDP_WANTS_GIL;

		first = waits && count == 0 ? i : first;
		count += waits;
	}
	return count >= 2 && first * 2 < looks->count;
}

static size_t count_waiting(const struct fdp_sights *looks)
{
	const struct fdp_sight *last = last_of(looks);
	size_t count = 0;

	for (size_t i = 0; i < last->thread_count; i++)
		count += waits_for_gil(looks, last->threads[i].tid);
	return count;
}

/* RUN_NS and QUEUED_NS are enough for a thread that is busy for NS. */
static bool is_busy(uint64_t run_ns, uint64_t queued_ns, uint64_t ns)
{
	return run_ns * RUN_SHARE >= ns &&
	       (run_ns + queued_ns) * BUSY_SHARE >= ns;
}

/*
 * Where others want the GIL too, the time is that of the looks at which the
 * main thread had it.  With the GIL given back a long call is nobody's harm.
 */
static bool find_busy(const struct fdp_sights *looks, struct fdp_hang *ret_hang)
{
	pid_t tid = first_of(looks)->main;
	uint64_t run_ns = fdp_sights_movement(looks, tid).run_ns;
	size_t had = 0, wanted = 0;

	for (size_t i = 0; i < looks->count; i++) {
		const struct fdp_sight *look = looks->looks[i];
		const struct fdp_sight_thread *thread =
			fdp_sight_thread(look, tid);
		bool has = look->gil.locked && look->gil.holder == tid;

		had += has;
		wanted += !has && thread && thread->wants == FDP_WANTS_GIL;
	}
	ret_hang->tid = tid;
	return had && (had + wanted) * 2 > looks->count &&
	       is_always(looks, tid, stands) &&
	       is_busy(run_ns, queued_ns(looks, tid),
		       fdp_sights_ns(looks) / looks->count * had);
}

/*
 * Held while others wait for it: when it is asked for, a thread that runs
 * Python gives it away every few milliseconds.  Where nobody waits, held by
 * Python code that does not move; programs that embed Python keep it for years
 * without any.  The main thread may be busy.
 */
static bool find_gil(const struct fdp_sights *looks, struct fdp_hang *ret_hang)
{
	pid_t holder = holder_of(looks);
	struct fdp_hang busy = { .tid = 0 };

	if (!holder || is_starved(looks, holder))
		return false;
	ret_hang->tid = holder;
	ret_hang->waiting = count_waiting(looks);
	return ret_hang->waiting ||
	       (is_always(looks, holder, stands) && !find_busy(looks, &busy));
}

/* A callback of an asyncio loop that was there in all looks. */
static bool find_loop(const struct fdp_sights *looks, struct fdp_hang *ret_hang)
{
	const struct fdp_sight *last = last_of(looks);

	for (size_t i = 0; i < last->thread_count; i++) {
		ret_hang->tid = last->threads[i].tid;
		if (last->threads[i].round &&
		    is_always(looks, ret_hang->tid, is_in_round) &&
		    !is_starved(looks, ret_hang->tid))
			return true;
	}
	return false;
}

/* It waits for the same thing, and does nothing else. */
static bool is_stuck(const struct fdp_sights *looks, pid_t tid)
{
	return is_always(looks, tid, waits_for_same) &&
	       fdp_sights_movement(looks, tid).run_ns * IDLE_SHARE <=
		       fdp_sights_ns(looks);
}

/* What TID has waited for all the time, and who has it.  False: nobody. */
static bool find_owner(const struct fdp_sights *looks, pid_t tid,
		       struct fdp_hang_wait *ret_wait)
{
	const struct fdp_sight_thread *last =
		fdp_sight_thread(last_of(looks), tid);

	*ret_wait = (struct fdp_hang_wait){ .tid = tid };
	if (last && waits_for_gil(looks, tid)) {
		ret_wait->wants = FDP_WANTS_GIL;
		ret_wait->owner = holder_of(looks);
	} else if (last && is_stuck(looks, tid)) {
		ret_wait->wants = last->wants;
		ret_wait->wanted = last->wanted;
		ret_wait->owner = last->owner;
	}
	return ret_wait->owner != 0;
}

/* Follows who waits for whom from TID until it comes back there. */
static bool follow(const struct fdp_sights *looks, pid_t tid,
		   struct fdp_hang *ret_hang)
{
	pid_t at = tid;

	ret_hang->cycle_count = 0;
	do {
		struct fdp_hang_wait *wait =
			&ret_hang->cycle[ret_hang->cycle_count];

		if (ret_hang->cycle_count == FDP_HANG_CYCLE_MAX ||
		    !find_owner(looks, at, wait))
			return false;
		ret_hang->cycle_count++;
		at = wait->owner;
	} while (at != tid);
	ret_hang->tid = tid;
	return true;
}

static bool find_deadlock(const struct fdp_sights *looks,
			  struct fdp_hang *ret_hang)
{
	const struct fdp_sight *last = last_of(looks);

	for (size_t i = 0; i < last->thread_count; i++)
		if (last->threads[i].wants != FDP_WANTS_NOTHING &&
		    follow(looks, last->threads[i].tid, ret_hang))
			return true;
	return false;
}

bool fdp_hang_find(const struct fdp_sights *looks, enum fdp_hang_kind kind,
		   uint64_t least_ns, struct fdp_hang *ret_hang)
{
	static bool (*const finders[FDP_HANG_KINDS])(
		const struct fdp_sights *looks, struct fdp_hang *ret_hang) = {
		[FDP_HANG_DEADLOCK] = find_deadlock,
		[FDP_HANG_GIL] = find_gil,
		[FDP_HANG_BUSY] = find_busy,
		[FDP_HANG_LOOP] = find_loop,
	};
	struct fdp_hang hang = { .kind = kind };

	if (looks->count < FDP_HANG_LOOKS || fdp_sights_ns(looks) < least_ns ||
	    !finders[kind](looks, &hang))
		return false;
	*ret_hang = hang;
	return true;
}

bool fdp_hang_lasts(const struct fdp_sights *looks, enum fdp_hang_kind kind,
		    pid_t tid)
{
	struct fdp_hang hang = { .tid = 0 };

	switch (kind) {
	case FDP_HANG_DEADLOCK:
		return follow(looks, tid, &hang);
	case FDP_HANG_GIL:
		return holder_of(looks) == tid;
	case FDP_HANG_BUSY:
		return is_always(looks, tid, stands);
	case FDP_HANG_LOOP:
		return is_always(looks, tid, is_in_round);
	case FDP_HANG_KINDS:
		break;
	}
	return false;
}
