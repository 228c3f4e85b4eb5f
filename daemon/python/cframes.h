/*
 * The CFrames of a thread, 3.10 to 3.12: one on the C stack for each evaluation
 * that runs, which 3.11 and 3.12 know its newest frame by.
 */
#ifndef FDP_PYTHON_CFRAMES_H
#define FDP_PYTHON_CFRAMES_H

#include "frames.h"

struct fdp_cframe {
	uint64_t address, frame; /* frame: 0 if there is none, or 3.10 */
};

/* The newest first, without the outermost, which is no evaluation's. */
struct fdp_cframes {
	struct fdp_cframe *all; /* malloc'ed */
	size_t count, capacity;
};

/*
 * Those of the PyThreadState at THREAD, as far as they lead.  If the reader
 * knows that it was stopped in the evaluation itself, the newest may just be
 * changed, and then it has here what it was before or will be; if it was
 * stopped at all, it has no frame that has ended.  Of others it is rather
 * damage that makes them contradict each other, and that is told where it is
 * met.  0 or -ENOMEM.
 */
int fdp_cframes_read(struct fdp_frame_reader *reader, uint64_t thread,
		     struct fdp_cframes *cframes);

/*
 * The CFrame, at or soon after *CURSOR, whose newest frame is FRAME; *CURSOR is
 * then behind it.  0 if there is none.
 */
uint64_t fdp_cframes_find(const struct fdp_cframes *cframes, uint64_t frame,
			  size_t *cursor);

/* The newest frame of the one at *CURSOR or of the first behind that has any,
 * where *CURSOR is then; 0 if none has. */
uint64_t fdp_cframes_next(const struct fdp_cframes *cframes, size_t *cursor);

void fdp_cframes_done(struct fdp_cframes *cframes);

#endif
