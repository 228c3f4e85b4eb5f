/*
 * Whether what a thread calls its newest frame is one.
 *
 * 3.11 and 3.12 know it by the newest CFrame, which an evaluation names before
 * it has filled it in: until then it has what was there before on the C stack,
 * often a frame that has ended.
 */
#ifndef FDP_PYTHON_NEWEST_H
#define FDP_PYTHON_NEWEST_H

#include "../chain.h"
#include "offsets.h"

/* Owners of a frame: its member owner, from 3.11 on. */
#define FDP_OWNER_GENERATOR 1
/*
 * FRAME_OWNED_BY_CSTACK of 3.12 and 3.13, FRAME_OWNED_BY_INTERPRETER since: the
 * shim of one evaluation.
 */
#define FDP_OWNER_SHIM 3

/*
 * Where a thread will put the next frame that it makes: what is there has
 * ended.  From CHUNK on it is in use.  All zero: it is not known.
 */
struct fdp_free_room {
	uint64_t chunk, start, end;
};

/* That of the PyThreadState at THREAD. */
void fdp_newest_free_room(const struct fdp_python_offsets *offsets,
			  const struct fdp_memory *memory, uint64_t thread,
			  struct fdp_free_room *room);

static inline bool fdp_newest_has_ended(const struct fdp_free_room *room,
					uint64_t frame)
{
	return frame >= room->start && frame < room->end;
}

/*
 * True if a frame of OWNER whose is_entry is set, or that is a shim, and that
 * was called by PREVIOUS, is the first of an evaluation that was begun while
 * BEFORE was the newest frame.  One of a generator of 3.11 may only have been
 * that once: throw() puts it on a stack without an evaluation.
 */
static inline bool fdp_newest_decides(uint8_t owner, uint64_t previous,
				      uint64_t before)
{
	return owner != FDP_OWNER_GENERATOR || !previous || previous == before;
}

/*
 * How many frames the evaluation has that FRAME is the newest of, if it was
 * begun while BEFORE was that; 0: none was.  0 if it was begun from elsewhere,
 * or one of them is in ROOM, and has ended.  Each frame that is looked at is
 * taken from *LEFT; when none is left it cannot be told, and is 0 too.
 */
size_t fdp_newest_depth(const struct fdp_python_offsets *offsets,
			const struct fdp_memory *memory,
			const struct fdp_free_room *room, uint64_t frame,
			uint64_t before, size_t *left);

#endif
