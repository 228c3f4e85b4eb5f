/*
 * What one look at a running process saw.  Nothing was stopped for it, so what
 * stands in it fits together only where nothing moves: which is what looks are
 * compared for.
 */
#ifndef FDP_ANALYSIS_SIGHT_H
#define FDP_ANALYSIS_SIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Threads that are looked at: twice those of the largest thread pools.  Of a
 * process that has more the first by number are, its main thread among them.
 */
#define FDP_SIGHT_THREADS_MAX 1024

/* In no system call, or not known to be in one. */
#define FDP_SIGHT_NO_CALL (-1)

/* Below it no object is: the first page of a process is never there. */
#define FDP_SIGHT_LOWEST 4096

/* What a thread waits for that another has. */
enum fdp_wanted {
	FDP_WANTS_NOTHING, /* or nobody knows what */
	FDP_WANTS_GIL,
	FDP_WANTS_MUTEX, /* of libc, in memory at `wanted` */
	FDP_WANTS_LOCK,	 /* threading.RLock, its own lock at `wanted` */
};

struct fdp_sight_thread {
	pid_t tid;
	bool is_python; /* Python knows it */
	/*
	 * Time on a processor, and in the queue for one, since it was made;
	 * nanoseconds.
	 */
	uint64_t run_ns, queue_ns;
	int64_t call;	   /* the system call that it waits in, or NO_CALL */
	uint64_t argument; /* the first of that */
	/*
	 * Digests, 0: there is nothing.  Of the Python frames and where each
	 * stands but the innermost, which stands at `place`, a number of bytes;
	 * of their variables (main thread, GIL holder); of the round of its
	 * asyncio loop in which a callback runs.
	 */
	uint64_t frames, values, round;
	uint64_t place;
	enum fdp_wanted wants;
	uint64_t wanted; /* address */
	pid_t owner;	 /* the thread that has it; 0: nobody, or not known */
};

struct fdp_sight {
	uint64_t time_ns; /* CLOCK_MONOTONIC, when it was taken */
	bool truncated;	  /* more threads than are looked at */
	pid_t main;
	/* The main interpreter's. */
	struct {
		bool known, locked;
		pid_t holder; /* 0: not known which thread that is */
		uint64_t switch_number;
	} gil;
	struct fdp_sight_thread *threads; /* by tid, ascending */
	size_t thread_count;
};

/* The thread TID in LOOK, or NULL. */
const struct fdp_sight_thread *fdp_sight_thread(const struct fdp_sight *look,
						pid_t tid);

#endif
