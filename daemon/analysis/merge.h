/*
 * One stack out of two: Python runs are put where the native evaluation that
 * holds them stands.  See ARCHITECTURE.md, "Merging by address".
 */
#ifndef FDP_ANALYSIS_MERGE_H
#define FDP_ANALYSIS_MERGE_H

#include "stack.h"

/*
 * Merges NATIVE and PYTHON (either may be NULL or empty) into a new array in
 * REPORT's arena, most recent call first.  Every frame of both is in the
 * result exactly once; Python frames stand just before (are more recent than)
 * the native frame that evaluates them, and that frame gets is_eval.
 *
 * With anchors (3.10+), a run belongs to the native frame whose [stack_low,
 * stack_high) holds its anchor; a run whose anchor lies in no frame is put in
 * address order and said to be missing its native frame.  Without anchors, runs
 * are paired with the native frames whose function begins with
 * PYTHON's `evaluation`, outermost first; runs that are left over are
 * put first, or where native frames are missing (FDP_FRAME_GAP).  RET_MERGING
 * may be NULL.  0 or -ENOMEM.
 */
int fdp_merge(struct fdp_report *report, const struct fdp_native_stack *native,
	      const struct fdp_python_stack *python,
	      struct fdp_frame **ret_frames, size_t *ret_count,
	      struct fdp_merging *ret_merging);

#endif
