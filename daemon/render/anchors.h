/*
 * Which part of what was being executed traceback points out with ^ between ~:
 * the operator of a binary operation, the brackets of a subscription, and from
 * 3.13 on those of a call.
 */
#ifndef FDP_RENDER_ANCHORS_H
#define FDP_RENDER_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In characters of the segment; [left, right) is pointed out. */
struct fdp_anchors {
	size_t left, right;
};

/* How the traceback module of a version does it. */
enum fdp_anchors_style {
	FDP_ANCHORS_311, /* up to 3.11.3 */
	FDP_ANCHORS_312, /* 3.11.4 to 3.12 */
	FDP_ANCHORS_313, /* calls too, and more than one line */
};

/*
 * Of COUNT characters of SEGMENT, lines with newlines between them.  False: it
 * is none of these, or not understood.
 */
bool fdp_anchors_find(const uint32_t *segment, size_t count,
		      enum fdp_anchors_style style,
		      struct fdp_anchors *ret_anchors);

/*
 * True for `name = call(...)` and `return call(...)` of a plain name, where the
 * call is [START, END) and TEXT, of COUNT characters, ends with it: 3.13 and
 * later point nothing out there.
 */
bool fdp_anchors_are_plain_call(const uint32_t *text, size_t count,
				size_t start, size_t end);

#endif
