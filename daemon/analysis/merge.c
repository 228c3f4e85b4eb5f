#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "order.h"

/* The function that evaluates Python code, and its clones (.cold, .llvm.N). */
#define EVAL_FUNCTION "_PyEval_EvalFrameDefault"

/* A native frame's part of the stack. */
struct range {
	uint64_t low, high;
	size_t frame;
};

/* Where a run goes: before the native frame POSITION. */
struct place {
	size_t position;
	size_t run;
	bool matched; /* that frame evaluates it */
};

struct merge {
	const struct fdp_native_stack *native;
	const struct fdp_python_stack *python;
	struct range *ranges; /* by low, then by frame */
	size_t range_count;
	struct place *places; /* by position, then by run */
	struct fdp_merging merging;
};

static int compare_ranges(const void *left, const void *right)
{
	const struct range *a = left;
	const struct range *b = right;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;

	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return a->run < b->run ? -1 : a->run > b->run;
}

static bool is_eval_function(const struct merge *merge,
			     const struct fdp_frame *frame)
{
	const char *name = merge->python->evaluation;

	if (!name)
		name = EVAL_FUNCTION;
	return frame->function &&
	       strncmp(frame->function, name, strlen(name)) == 0;
}

static void collect_ranges(struct merge *merge)
{
	for (size_t i = 0; i < merge->native->frame_count; i++) {
		const struct fdp_frame *frame = &merge->native->frames[i];

		/* What is in a gap is not known; a run in it stands behind. */
		if (frame->kind == FDP_FRAME_GAP ||
		    frame->stack_low >= frame->stack_high)
			continue;
		merge->ranges[merge->range_count++] = (struct range){
			.low = frame->stack_low,
			.high = frame->stack_high,
			.frame = i,
		};
	}
	qsort(merge->ranges, merge->range_count, sizeof(*merge->ranges),
	      compare_ranges);
}

/* How many ranges begin at or below ADDRESS. */
static size_t ranges_up_to(const struct merge *merge, uint64_t address)
{
	size_t low = 0;
	size_t high = merge->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (merge->ranges[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * FRAME holds the anchor.  Calls that were inlined into it have the same
 * range and stand before it: they were made on behalf of the Python code, so
 * the run goes between them and FRAME, unless the evaluation is itself one of
 * those that were inlined.
 */
static size_t eval_among_inlined(const struct merge *merge, size_t frame)
{
	const struct fdp_frame *frames = merge->native->frames;

	for (size_t i = frame; i > 0; i--) {
		const struct fdp_frame *inner = &frames[i - 1];

		if (!inner->inlined ||
		    inner->stack_high != frames[frame].stack_high)
			break;
		if (is_eval_function(merge, inner))
			return i - 1;
	}
	return frame;
}

/*
 * An evaluation is the interpreter's own code, whoever has asked for it.  An
 * exception of C++ leaves evaluations without telling Python, and other calls
 * then stand where they were.
 */
static bool may_evaluate(const struct merge *merge, size_t frame)
{
	const struct fdp_module *module = merge->native->frames[frame].module;

	return !module || module->is_interpreter;
}

static void place_by_anchor(const struct merge *merge, uint64_t anchor,
			    struct place *place)
{
	size_t above = ranges_up_to(merge, anchor);

	if (above > 0 && anchor < merge->ranges[above - 1].high) {
		place->matched =
			may_evaluate(merge, merge->ranges[above - 1].frame);
		place->position = eval_among_inlined(
			merge, merge->ranges[above - 1].frame);
	} else if (above < merge->range_count) {
		place->position = merge->ranges[above].frame;
	} else {
		place->position = merge->native->frame_count;
	}
}

static bool in_order(const struct merge *merge)
{
	for (size_t i = 1; i < merge->python->run_count; i++)
		if (merge->places[i].position < merge->places[i - 1].position)
			return false;
	return true;
}

/* Before which native frame the run at INDEX has to stand: that of the next
 * one whose place is known. */
static size_t limit_of(const struct merge *merge, const bool *kept,
		       size_t index)
{
	for (size_t i = index; i < merge->python->run_count; i++)
		if (kept[i])
			return merge->places[i].position;
	return merge->native->frame_count;
}

/* Where the others go: where they say, if that fits, else behind whom they
 * have called. */
static void place_others(struct merge *merge, const bool *kept)
{
	size_t limit = limit_of(merge, kept, 0);
	size_t position = limit;

	for (size_t i = 0; i < merge->python->run_count; i++) {
		struct place *place = &merge->places[i];
		bool anchored = merge->python->runs[i].anchor != 0;

		if (kept[i]) {
			position = place->position;
			limit = limit_of(merge, kept, i + 1);
			continue;
		}
		if (anchored && !place->matched && place->position <= limit &&
		    (i == 0 || place->position >= position))
			position = place->position;
		*place = (struct place){ position, i, false };
	}
}

/*
 * Whom a frame was called by is said by its chain, and an anchor that says
 * otherwise has been written over: of those that lie in a native frame as many
 * are kept as agree.
 */
static int keep_order(struct merge *merge)
{
	size_t runs = merge->python->run_count, count = 0;
	_cleanup_free_ size_t *positions = calloc(runs, sizeof(*positions));
	_cleanup_free_ bool *agree = calloc(runs, sizeof(*agree));
	_cleanup_free_ bool *kept = calloc(runs, sizeof(*kept));

	if (!positions || !agree || !kept)
		return -ENOMEM;
	for (size_t i = 0; i < runs; i++)
		if (merge->places[i].matched)
			positions[count++] = merge->places[i].position;
	if (fdp_order_keep(positions, count, agree) < 0)
		return -ENOMEM;
	count = 0;
	for (size_t i = 0; i < runs; i++)
		if (merge->places[i].matched)
			kept[i] = agree[count++];
	place_others(merge, kept);
	return 0;
}

/*
 * The evaluation between the newest frames and those that have called them, if
 * there is exactly one; else FRAME_COUNT.
 */
static size_t find_left(const struct merge *merge, size_t end)
{
	const struct fdp_native_stack *native = merge->native;
	size_t found = native->frame_count;

	for (size_t i = 0; i < end; i++) {
		const struct fdp_frame *frame = &native->frames[i];

		if (frame->kind == FDP_FRAME_GAP)
			return native->frame_count;
		if (!is_eval_function(merge, frame))
			continue;
		if (found != native->frame_count)
			return native->frame_count;
		found = i;
	}
	return found;
}

/*
 * An evaluation takes its anchor away some instructions before its frame: the
 * newest run may have none any more, and is still evaluated.
 */
static void place_leaving(struct merge *merge)
{
	const struct fdp_python_stack *python = merge->python;
	size_t position;

	if (python->run_count < 2 || python->runs[0].anchor != 0 ||
	    !merge->places[1].matched)
		return;
	position = find_left(merge, merge->places[1].position);
	if (position != merge->native->frame_count)
		merge->places[0] = (struct place){ position, 0, true };
}

static int place_all_by_anchor(struct merge *merge)
{
	merge->ranges =
		calloc(merge->native->frame_count + 1, sizeof(*merge->ranges));
	if (!merge->ranges)
		return -ENOMEM;
	collect_ranges(merge);
	for (size_t i = 0; i < merge->python->run_count; i++) {
		uint64_t anchor = merge->python->runs[i].anchor;

		/* Without an anchor of its own it stays behind its callee. */
		if (anchor == 0)
			merge->places[i].position =
				i ? merge->places[i - 1].position : 0;
		else
			place_by_anchor(merge, anchor, &merge->places[i]);
	}
	place_leaving(merge);
	return in_order(merge) ? 0 : keep_order(merge);
}

static size_t count_evals(const struct merge *merge)
{
	const struct fdp_native_stack *native = merge->native;
	size_t count = 0;

	for (size_t i = 0; i < native->frame_count; i++)
		count += is_eval_function(merge, &native->frames[i]);
	return count;
}

/* The first place where native frames are missing, or the end of the stack. */
static size_t find_gap(const struct fdp_native_stack *native)
{
	size_t i = 0;

	while (i < native->frame_count &&
	       native->frames[i].kind != FDP_FRAME_GAP)
		i++;
	return i;
}

/*
 * Pairs evaluations from the native frame BEGIN to END with runs from *RUN on,
 * but leaves out the first SKIP of them.
 */
static void pair(struct merge *merge, size_t begin, size_t end, size_t skip,
		 size_t *run)
{
	const struct fdp_native_stack *native = merge->native;

	for (size_t i = begin; i < end && *run < merge->python->run_count;
	     i++) {
		if (!is_eval_function(merge, &native->frames[i]))
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		merge->places[*run].position = i;
		merge->places[(*run)++].matched = true;
	}
}

/*
 * Pairs by count, for versions without anchors.  The outermost ends meet, since
 * an evaluation that has not pushed its frame yet, or has popped it already,
 * is the innermost one; but where an outermost end was not reached, the
 * innermost ends are all that is known.  If evaluations are missing they are
 * in the gap, if there is one.
 */
static void place_all_by_count(struct merge *merge)
{
	const struct fdp_native_stack *native = merge->native;
	bool inner = native->truncated || merge->python->truncated;
	size_t runs = merge->python->run_count;
	size_t evals = count_evals(merge);
	size_t gap = find_gap(native);
	size_t missing = runs > evals ? runs - evals : 0;
	/* Run and evaluation at which the pairing begins. */
	size_t run = !inner && !native->gaps ? missing : 0;
	size_t skip = !inner && evals > runs ? evals - runs : 0;

	/* One too many is the newest, which has no frame of Python's. */
	merge->merging.guessed |= inner || missing || evals > runs + 1;
	if (native->gaps && (inner || missing)) {
		pair(merge, 0, gap, 0, &run);
		for (size_t i = 0; i < missing && !inner && run < runs; i++)
			merge->places[run++].position = gap + 1;
		if (!inner)
			pair(merge, gap, native->frame_count, 0, &run);
	} else {
		pair(merge, 0, native->frame_count, skip, &run);
	}
	for (; run < runs; run++)
		merge->places[run].position = native->frame_count;
}

static bool has_anchors(const struct fdp_python_stack *python)
{
	for (size_t i = 0; i < python->run_count; i++) {
		if (python->runs[i].anchor != 0)
			return true;
	}
	return false;
}

/* Finds a place for each run; sorts the places into the order of the result. */
static int place_all(struct merge *merge)
{
	size_t runs = merge->python->run_count;
	int r = 0;

	merge->places = calloc(runs + 1, sizeof(*merge->places));
	if (!merge->places)
		return -ENOMEM;
	for (size_t i = 0; i < runs; i++)
		merge->places[i].run = i;
	merge->merging.by = has_anchors(merge->python) ? "address" : "count";
	if (has_anchors(merge->python))
		r = place_all_by_anchor(merge);
	else
		place_all_by_count(merge);
	qsort(merge->places, runs, sizeof(*merge->places), compare_places);
	return r;
}

/* What became of the places. */
static void judge(struct merge *merge)
{
	struct fdp_merging *merging = &merge->merging;

	if (merge->native->frame_count == 0 || merge->python->run_count == 0) {
		*merging = (struct fdp_merging){ .by = NULL };
	} else {
		merging->evaluations = merge->python->run_count;
		for (size_t i = 0; i < merge->python->run_count; i++) {
			const struct place *place = &merge->places[i];

			merging->unmatched +=
				!place->matched &&
				merge->python->runs[place->run].count > 0;
		}
	}
	merging->gaps = merge->native->gaps;
	merging->guessed |= merging->unmatched || merge->native->guessed;
}

static void say_unmatched(struct fdp_report *report, const struct merge *merge)
{
	/* Whoever could not unwind at all has said so. */
	if (merge->merging.unmatched > 0)
		fdp_report_missing(
			report,
			"thread %ld: the native frames of %zu of %zu "
			"Python evaluations were not found",
			(long)merge->native->tid, merge->merging.unmatched,
			merge->merging.evaluations);
}

static size_t emit(const struct merge *merge, struct fdp_frame *out)
{
	const struct fdp_python_stack *python = merge->python;
	size_t done = 0;
	size_t next = 0;

	for (size_t i = 0; i <= merge->native->frame_count; i++) {
		bool is_eval = false;

		for (; next < python->run_count &&
		       merge->places[next].position == i;
		     next++) {
			const struct fdp_python_run *run =
				&python->runs[merge->places[next].run];

			is_eval |= merge->places[next].matched;
			if (run->count)
				memcpy(out + done, python->frames + run->first,
				       run->count * sizeof(*out));
			done += run->count;
		}
		if (i == merge->native->frame_count)
			break;
		out[done] = merge->native->frames[i];
		out[done++].is_eval = is_eval;
	}
	return done;
}

/* Runs must cover the frames exactly; what does not is one run by itself. */
static bool runs_cover(const struct fdp_python_stack *python)
{
	size_t next = 0;

	for (size_t i = 0; i < python->run_count; i++) {
		const struct fdp_python_run *run = &python->runs[i];

		if (run->first != next ||
		    run->count > python->frame_count - next)
			return false;
		next += run->count;
	}
	return next == python->frame_count;
}

static int merge_stacks(struct fdp_report *report, struct merge *merge,
			struct fdp_frame **ret_frames, size_t *ret_count)
{
	struct fdp_frame *frames;
	size_t count;
	int r;

	if (__builtin_add_overflow(merge->native->frame_count,
				   merge->python->frame_count, &count))
		return -ENOMEM;
	frames = fdp_arena_array(&report->arena, count ? count : 1,
				 sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	r = place_all(merge);
	if (r < 0)
		return r;
	judge(merge);
	say_unmatched(report, merge);
	*ret_count = emit(merge, frames);
	*ret_frames = frames;
	return 0;
}

int fdp_merge(struct fdp_report *report, const struct fdp_native_stack *native,
	      const struct fdp_python_stack *python,
	      struct fdp_frame **ret_frames, size_t *ret_count,
	      struct fdp_merging *ret_merging)
{
	static const struct fdp_native_stack no_native;
	static const struct fdp_python_stack no_python;
	struct fdp_python_run whole = { .anchor = 0 };
	struct fdp_python_stack covered;
	struct merge merge = { .native = native ? native : &no_native };
	int r;

	covered = python ? *python : no_python;
	if (!runs_cover(&covered)) {
		whole.count = covered.frame_count;
		covered.runs = &whole;
		covered.run_count = 1;
	}
	merge.python = &covered;
	r = merge_stacks(report, &merge, ret_frames, ret_count);
	if (r == 0 && ret_merging)
		*ret_merging = merge.merging;
	free(merge.ranges);
	free(merge.places);
	return r;
}
