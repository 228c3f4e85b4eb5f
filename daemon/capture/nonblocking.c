#include "nonblocking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "cache.h"
#include "copies.h"
#include "details.h"
#include "know.h"
#include "live.h"
#include "looks.h"
#include "procfs.h"
#include "ranges.h"

struct capture {
	struct fdp_target *target;
	struct fdp_procfs *procfs;
	const struct fdp_stacks_ops *ops;
	void *reader;
	struct fdp_details *details;
	struct fdp_looks *looks;
	struct fdp_ranges listed; /* what says which stacks there are */
	uint64_t deadline_ns;	  /* of all stacks */
};

/* What has become of a stack. */
struct result {
	bool whole, empty;
	size_t outer;	/* else: frames that stood still */
	uint64_t first; /* of these */
};

static int note_stack(struct capture *capture, uint64_t stack,
		      const char *value)
{
	char key[48];

	snprintf(key, sizeof(key), "stack/%llx", (unsigned long long)stack);
	return fdp_target_note(capture->target, key, value, strlen(value));
}

static int note_moving(struct capture *capture, uint64_t stack,
		       const struct result *result)
{
	char value[48];

	snprintf(value, sizeof(value), "moves %llx",
		 (unsigned long long)result->first);
	return note_stack(capture, stack, value);
}

/* All of it, or more of its outer frames than before. */
static int take(struct capture *capture, const struct fdp_look *look,
		struct result *result)
{
	int r;

	if (!look->whole && look->outer <= result->outer)
		return 0;
	r = fdp_looks_put(capture->looks, capture->details, look->whole);
	if (r < 0)
		return r;
	result->whole = look->whole;
	result->empty = look->empty;
	result->outer = look->outer;
	result->first = look->first;
	return 0;
}

/* 0, also if nothing came of it; -ENOMEM; -ESRCH. */
static int try_once(struct capture *capture, uint64_t stack,
		    struct result *result)
{
	struct fdp_look look;
	int r = fdp_looks_look(capture->looks, capture->details, stack, &look);

	if (r == 0)
		r = take(capture, &look, result);
	return r == -ENOMEM || r == -ESRCH || r == -EPERM ? r : 0;
}

static int try_stack(struct capture *capture, uint64_t stack,
		     struct result *result)
{
	uint64_t now = fdp_clock_now_ns();
	uint64_t end = now + FDP_NONBLOCKING_STACK_MS * FDP_NS_PER_MS;
	bool late = now > capture->deadline_ns;
	size_t tries =
		late ? FDP_NONBLOCKING_TRIES_LATE : FDP_NONBLOCKING_TRIES;
	int r = 0;

	for (size_t i = 0; r == 0 && i < tries && !result->whole; i++) {
		if (i > 0 && fdp_clock_now_ns() > end)
			break;
		r = try_once(capture, stack, result);
	}
	return r;
}

/* The stacks that there are now. */
static ssize_t list_fresh(struct capture *capture, uint64_t **ret_stacks,
			  bool *ret_whole)
{
	struct fdp_cache *memory = capture->target->cache;
	struct fdp_cache *fresh = fdp_cache_new();
	ssize_t count;

	if (!fresh)
		return -ENOMEM;
	capture->target->cache = fresh;
	count = capture->ops->list(capture->reader, capture->target, ret_stacks,
				   ret_whole);
	capture->target->cache = memory;
	fdp_cache_free(fresh);
	return count;
}

static bool is_among(const uint64_t *stacks, ssize_t count, uint64_t stack)
{
	for (ssize_t i = 0; i < count; i++)
		if (stacks[i] == stack)
			return true;
	return false;
}

/* A stack that is not whole, or has nothing on it, may have gone. */
static int note_results(struct capture *capture, const uint64_t *stacks,
			const struct result *results, ssize_t count)
{
	_cleanup_free_ uint64_t *now = NULL;
	bool known;
	ssize_t now_count = list_fresh(capture, &now, &known);
	int r = now_count < 0 ? (int)now_count : 0;

	for (ssize_t i = 0; r == 0 && i < count; i++) {
		if (results[i].whole && !results[i].empty)
			continue;
		if (known && !is_among(now, now_count, stacks[i]))
			r = note_stack(capture, stacks[i], "gone");
		else if (!results[i].whole)
			r = note_moving(capture, stacks[i], &results[i]);
	}
	return r;
}

static int try_all(struct capture *capture, const uint64_t *stacks,
		   ssize_t count)
{
	_cleanup_free_ struct result *results =
		calloc((size_t)count + 1, sizeof(*results));
	int r = results ? 0 : -ENOMEM;

	capture->deadline_ns =
		fdp_clock_now_ns() + FDP_NONBLOCKING_ALL_MS * FDP_NS_PER_MS;
	for (ssize_t i = 0; r == 0 && i < count; i++)
		r = try_stack(capture, stacks[i], &results[i]);
	return r < 0 ? r : note_results(capture, stacks, results, count);
}

static int compare_threads(const void *left, const void *right)
{
	pid_t a = ((const struct fdp_thread *)left)->tid;
	pid_t b = ((const struct fdp_thread *)right)->tid;

	return (a > b) - (a < b);
}

/*
 * Adds those of COUNT threads that are not among the first KNOWN of the target,
 * which are in order but for the main thread before them.
 */
static void add_threads(struct fdp_target *target, size_t known,
			const pid_t *tids, ssize_t count)
{
	size_t next = known;
	size_t at = 1;

	for (ssize_t i = 0; i < count; i++) {
		while (at < known && target->threads[at].tid < tids[i])
			at++;
		if (tids[i] == target->pid ||
		    (at < known && target->threads[at].tid == tids[i]))
			continue;
		target->threads[next].tid = tids[i];
		fdp_know_name(target, &target->threads[next++]);
	}
	target->thread_count = next;
}

/* Called again, it adds those that have begun since. */
static int list_threads(struct capture *capture)
{
	struct fdp_target *target = capture->target;
	struct fdp_thread *old = target->threads;
	size_t known = target->thread_count;
	_cleanup_free_ pid_t *tids = NULL;
	ssize_t count = fdp_procfs_threads(capture->procfs, &tids);

	if (count < 0)
		return known ? 0 : (int)count;
	target->threads =
		fdp_arena_array(&target->arena, known + (size_t)count + 1,
				sizeof(*target->threads));
	if (!target->threads)
		return -ENOMEM;
	if (known) {
		memcpy(target->threads, old, known * sizeof(*old));
	} else {
		target->threads[known++].tid = target->pid;
		fdp_know_name(target, target->threads);
	}
	add_threads(target, known, tids, count);
	/* The main thread first. */
	qsort(target->threads + 1, target->thread_count - 1,
	      sizeof(*target->threads), compare_threads);
	return 0;
}

static int make_tools(struct capture *capture)
{
	capture->details =
		fdp_details_new(capture->target, capture->ops, capture->reader);
	capture->looks = fdp_looks_new(capture->target->pid, capture->ops,
				       capture->reader);
	if (!capture->details || !capture->looks)
		return -ENOMEM;
	/* Nothing that is read later may change it. */
	fdp_details_keep(capture->details, &capture->listed);
	return 0;
}

static int forget_all(struct fdp_target *target)
{
	struct fdp_cache *fresh = fdp_cache_new();

	if (!fresh)
		return -ENOMEM;
	fdp_cache_free(target->cache);
	target->cache = fresh;
	return 0;
}

static void forget_stacks(struct capture *capture, uint64_t **stacks)
{
	if (capture->reader)
		capture->ops->close(capture->reader);
	capture->reader = NULL;
	free(*stacks);
	*stacks = NULL;
	fdp_ranges_clear(&capture->listed);
}

/* Begins again, with a reader and a list of stacks.  As ops->list(). */
static ssize_t open_once(struct capture *capture, uint64_t **ret_stacks,
			 bool *ret_whole)
{
	struct fdp_target *target = capture->target;
	ssize_t count;

	forget_stacks(capture, ret_stacks);
	count = forget_all(target);
	target->trace = &capture->listed;
	if (count == 0)
		count = capture->ops->open(target, &capture->reader);
	if (count == 0)
		count = capture->ops->list(capture->reader, target, ret_stacks,
					   ret_whole);
	target->trace = NULL;
	return count;
}

/*
 * The memory then holds the list as it was at one moment; if that never comes,
 * or there are no stacks, as it was last.
 */
static ssize_t open_stacks(struct capture *capture, uint64_t **ret_stacks)
{
	ssize_t count = -ENOENT;
	bool whole = false;

	for (int i = 0; i < FDP_NONBLOCKING_LISTS && !whole; i++) {
		count = open_once(capture, ret_stacks, &whole);
		if (count < 0 && count != -ENOENT)
			break;
	}
	return count;
}

/*
 * The threads are listed before, since one may end, and afterwards, since
 * another may begin.  Without Python they are all that can be said.
 */
static int capture_stacks(struct capture *capture)
{
	_cleanup_free_ uint64_t *stacks = NULL;
	ssize_t count = open_stacks(capture, &stacks);
	int r = count < 0 && count != -ENOENT ? (int)count
					      : list_threads(capture);

	if (r == 0 && count > 0) {
		r = make_tools(capture);
		if (r == 0)
			r = try_all(capture, stacks, count);
		if (r == 0)
			r = list_threads(capture);
	}
	forget_stacks(capture, &stacks);
	fdp_ranges_done(&capture->listed);
	fdp_looks_free(capture->looks);
	fdp_details_free(capture->details);
	return r;
}

int fdp_capture_nonblocking(pid_t pid, const struct fdp_stacks_ops *ops,
			    struct fdp_target **ret_target)
{
	struct capture capture = { .ops = ops };
	int r = fdp_live_open(pid, &capture.procfs, &capture.target);

	if (r < 0)
		return r;
	capture.target->running = true;
	fdp_know_time(capture.target);
	fdp_know_note(capture.target, "capture/method", "nonblocking");
	r = fdp_know_maps(capture.target);
	if (r == 0)
		r = capture_stacks(&capture);
	if (r < 0) {
		fdp_target_free(capture.target);
		return r;
	}
	*ret_target = capture.target;
	return 0;
}
