/* Dumps of processes that live, each made by a worker of its own. */
#ifndef FDP_DUMPS_H
#define FDP_DUMPS_H

struct fdp_daemon;
struct fdp_living;

/* A worker that takes longer is killed, if LIVING says nothing else. */
#define FDP_DUMP_MS 4000

struct fdp_dumps {
	struct fdp_dump *first;
};

/*
 * Starts a worker for LIVING, of which nothing is kept.  DONE is called once,
 * later, with what the worker has returned, or -errno (-ETIMEDOUT, -EIO if the
 * worker died).  0, or -errno if none can be started; DONE is not called then.
 */
int fdp_dump_start(struct fdp_daemon *daemon, const struct fdp_living *living,
		   void (*done)(void *argument, int result), void *argument);

/*
 * To be called when nothing is ready: kills what is late.  Returns in how many
 * milliseconds to call it again, or FDP_LOOP_FOREVER.
 */
int fdp_dumps_quiet(struct fdp_dumps *dumps);

#endif
