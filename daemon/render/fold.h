/*
 * What the text form shows of a stack and what it folds.
 *
 * A stack is shown as a list of entries: one frame, or a group of frames that
 * are the interpreter's own plumbing between Python code and what it called.
 * A sequence of entries that repeats (recursion) is shown a few times only.
 * Pure functions of the frames: nothing is allocated, however deep the stack.
 */
#ifndef FDP_RENDER_FOLD_H
#define FDP_RENDER_FOLD_H

#include "../report.h"

/* As traceback does: three times, then "repeated N more times". */
#define FDP_FOLD_SHOWN 3

/* Mutual recursion of up to so many entries is recognised. */
#define FDP_FOLD_CYCLE_MAX 8

/*
 * How many frames of THREAD, from the first, are where it stands: the
 * interpreter's frames among them are shown one by one.
 */
size_t fdp_fold_top(const struct fdp_report_thread *thread);

/*
 * How many frames the entry that begins with frame AT holds, at least 1.  More
 * than one frame, or one of the interpreter's own behind TOP, is a group.
 */
size_t fdp_fold_entry(const struct fdp_report_thread *thread, size_t top,
		      size_t at);

/* True if frame AT begins a group. */
bool fdp_fold_is_group(const struct fdp_report_thread *thread, size_t top,
		       size_t at);

struct fdp_cycle {
	size_t entries; /* in one round */
	size_t frames;	/* in one round */
	size_t rounds;	/* of them, one after the other; 1: none repeats */
};

/* The shortest cycle that begins with frame AT and is worth folding. */
struct fdp_cycle fdp_fold_cycle(const struct fdp_report_thread *thread,
				size_t top, size_t at);

/* True if both would be shown as the same lines. */
bool fdp_frame_equal(const struct fdp_frame *left,
		     const struct fdp_frame *right);

/*
 * True if all frames of both are equal, locals included, and neither has
 * exceptions.
 */
bool fdp_stack_equal(const struct fdp_report_thread *left,
		     const struct fdp_report_thread *right);

/* Equal for equal stacks. */
uint64_t fdp_stack_hash(const struct fdp_report_thread *thread);

#endif
