#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* USER_HZ: the unit of times in stat on every Linux of today. */
#define TICK_NS UINT64_C(10000000)

/* Fields of stat, counted from the one behind the name. */
#define STAT_USER_TIME 11
#define STAT_SYSTEM_TIME 12
#define STAT_START_TIME 19

#define UNKNOWN_NS UINT64_MAX

static const char *fact(struct fdp_target *target, pid_t tid, const char *file)
{
	const char *text;
	char key[64];

	snprintf(key, sizeof(key), "thread/%d/%s", (int)tid, file);
	return fdp_target_fact(target, key, &text, NULL) < 0 ? NULL : text;
}

void fdp_watch_ask(struct fdp_target *target)
{
	for (size_t i = 0; i < target->thread_count; i++) {
		fact(target, target->threads[i].tid, "schedstat");
		fact(target, target->threads[i].tid, "stat");
	}
}

static bool parse(const char *text, uint64_t *ret_value)
{
	char *end;

	errno = 0;
	*ret_value = strtoull(text, &end, 10);
	return !errno && end != text;
}

/* Field number FIELD behind the name, which may hold anything. */
static bool stat_field(const char *text, int field, uint64_t *ret_value)
{
	text = text ? strrchr(text, ')') : NULL;
	if (!text)
		return false;
	for (int i = 0; i <= field && text; i++)
		text = strchr(text + 1, ' ');
	return text && parse(text + 1, ret_value);
}

/* Nanoseconds that the thread has run, exactly or in ticks. */
static uint64_t cpu_time(struct fdp_target *target, pid_t tid)
{
	const char *text = fact(target, tid, "schedstat");
	uint64_t user, system, sum;

	if (text && parse(text, &sum) && sum > 0)
		return sum;
	text = fact(target, tid, "stat");
	if (!stat_field(text, STAT_USER_TIME, &user) ||
	    !stat_field(text, STAT_SYSTEM_TIME, &system) ||
	    __builtin_add_overflow(user, system, &sum) ||
	    __builtin_mul_overflow(sum, TICK_NS, &sum))
		return UNKNOWN_NS;
	return sum;
}

/* FNV-1a. */
#define HASH_FIRST UINT64_C(14695981039346656037)
#define HASH_PRIME UINT64_C(1099511628211)

static uint64_t hash_number(uint64_t hash, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		hash = (hash ^ ((value >> (8 * i)) & 0xff)) * HASH_PRIME;
	return hash;
}

static uint64_t hash_string(uint64_t hash, const char *string)
{
	for (; string && *string; string++)
		hash = (hash ^ (uint8_t)*string) * HASH_PRIME;
	return hash_number(hash, string != NULL);
}

static uint64_t hash_frame(const struct fdp_frame *frame)
{
	uint64_t hash = hash_number(HASH_FIRST, frame->kind);

	hash = hash_string(hash, frame->function);
	hash = hash_string(hash, frame->file);
	hash = hash_number(hash, (uint64_t)frame->line);
	return frame->kind == FDP_FRAME_NATIVE ? hash_number(hash, frame->pc)
					       : hash;
}

static void remember_stack(const struct fdp_report_thread *thread,
			   struct fdp_watched *now)
{
	now->stack = HASH_FIRST;
	now->frame_count = (uint32_t)thread->frame_count;
	for (size_t i = 0; i < thread->frame_count; i++) {
		uint64_t hash = hash_frame(
			&thread->frames[thread->frame_count - 1 - i]);

		now->stack = hash_number(now->stack, hash);
		if (i < FDP_WATCH_FRAMES_MAX)
			now->frames[i] = hash;
	}
}

static const struct fdp_watched *find(const struct fdp_watch_history *before,
				      const struct fdp_watched *now)
{
	for (uint32_t i = 0; i < before->count && i < FDP_WATCH_THREADS_MAX;
	     i++) {
		const struct fdp_watched *one = &before->threads[i];

		if (one->tid == now->tid && one->started == now->started)
			return one;
	}
	return NULL;
}

/* How many of the outermost frames are the same, as far as is remembered. */
static uint32_t count_same(const struct fdp_watched *before,
			   const struct fdp_watched *now)
{
	uint32_t same = 0;

	while (same < FDP_WATCH_FRAMES_MAX && same < before->frame_count &&
	       same < now->frame_count &&
	       before->frames[same] == now->frames[same])
		same++;
	return same;
}

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns == UNKNOWN_NS || to_ns == UNKNOWN_NS)
		return FDP_UNKNOWN;
	return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

/* A stack of which only a part, or nothing, is known is not one that stands. */
static bool is_same(const struct fdp_report_thread *thread,
		    const struct fdp_watched *before,
		    const struct fdp_watched *now)
{
	return now->frame_count > 0 && !thread->kept_moving &&
	       before->frame_count == now->frame_count &&
	       before->stack == now->stack;
}

static void mark(struct fdp_report_thread *thread,
		 const struct fdp_watched *before, struct fdp_watched *now)
{
	struct fdp_watch *watch = &thread->watch;

	watch->cpu_s = seconds(before->cpu_ns, now->cpu_ns);
	watch->unmoved_frames = now->frame_count > 0 && before->frame_count > 0
					? (long)count_same(before, now)
					: FDP_UNKNOWN;
	if (!is_same(thread, before, now))
		return;
	now->dumps =
		before->dumps < UINT32_MAX ? before->dumps + 1 : before->dumps;
	now->since_ns = before->since_ns;
	now->since_cpu_ns = before->since_cpu_ns;
	watch->unmoved_dumps = now->dumps;
	watch->unmoved_s = 0;
	watch->unmoved_frames = (long)now->frame_count;
	watch->cpu_s = seconds(now->since_cpu_ns, now->cpu_ns);
}

static void compare_thread(struct fdp_target *target, uint64_t now_ns,
			   const struct fdp_watch_history *before,
			   struct fdp_report_thread *thread,
			   struct fdp_watched *now)
{
	const struct fdp_watched *old;

	memset(now, 0, sizeof(*now));
	now->tid = thread->tid;
	now->since_ns = now_ns;
	now->dumps = 1;
	now->cpu_ns = now->since_cpu_ns = cpu_time(target, thread->tid);
	stat_field(fact(target, thread->tid, "stat"), STAT_START_TIME,
		   &now->started);
	remember_stack(thread, now);
	thread->watch = (struct fdp_watch){
		.watched = true,
		.unmoved_dumps = 1,
		.cpu_s = FDP_UNKNOWN,
		.unmoved_frames = FDP_UNKNOWN,
	};
	old = before->time_ns ? find(before, now) : NULL;
	if (old)
		mark(thread, old, now);
	thread->watch.unmoved_s = seconds(now->since_ns, now_ns);
}

void fdp_watch_compare(struct fdp_target *target, uint64_t now_ns,
		       const struct fdp_watch_history *before,
		       struct fdp_report *report,
		       struct fdp_watch_history *after)
{
	after->time_ns = now_ns;
	after->count = 0;
	for (size_t i = 0; i < report->thread_count; i++) {
		struct fdp_report_thread *thread = &report->threads[i];

		if (thread->tid <= 0)
			continue;
		if (after->count == FDP_WATCH_THREADS_MAX) {
			fdp_report_missing(report,
					   "what has not moved: only %d "
					   "threads are compared",
					   FDP_WATCH_THREADS_MAX);
			return;
		}
		compare_thread(target, now_ns, before, thread,
			       &after->threads[after->count++]);
	}
}
