/* The report of a crash whose analysis failed: what frame 1 gave. */
#ifndef FDP_WORKER_FRAME_H
#define FDP_WORKER_FRAME_H

struct fdp_worker;

/*
 * REASON: why there is no more.  Returns which files of WORKER are complete
 * (enum fdp_rendered), or -errno.
 */
int fdp_worker_frame(const struct fdp_worker *worker, const char *reason);

#endif
