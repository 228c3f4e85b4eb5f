/*
 * Whether a process hangs, from looks at it.  Pure.
 *
 * A hang is what all looks say, from the first to the last.  Whatever can be
 * seen to move in between is none: there are programs that compute for hours.
 */
#ifndef FDP_ANALYSIS_HANG_H
#define FDP_ANALYSIS_HANG_H

#include "sight.h"

/* Intervals that the time of FDPRELOAD_WATCH is cut into. */
#define FDP_HANG_INTERVALS 8

/* Looks that are compared: one at either end of each. */
#define FDP_HANG_LOOKS (FDP_HANG_INTERVALS + 1)

/*
 * Bytes of bytecode that are one place: "while True: pass" is a jump, and up to
 * two instructions that do nothing.  In four instructions there is no room to
 * do anything but call something.
 */
#define FDP_HANG_PLACE 8

/* Threads of a cycle that are followed and told of. */
#define FDP_HANG_CYCLE_MAX 8

/* In the order in which one of several is the cause. */
enum fdp_hang_kind {
	FDP_HANG_DEADLOCK,
	FDP_HANG_GIL,
	FDP_HANG_BUSY,
	FDP_HANG_LOOP,
	FDP_HANG_KINDS,
};

struct fdp_hang_wait {
	pid_t tid;
	enum fdp_wanted wants;
	uint64_t wanted; /* as in a look */
	pid_t owner;
};

struct fdp_hang {
	enum fdp_hang_kind kind;
	pid_t tid;	/* the thread that hangs; of a cycle the first */
	size_t waiting; /* GIL: threads that waited for it */
	/* DEADLOCK: each waits for the next, the last for the first. */
	struct fdp_hang_wait cycle[FDP_HANG_CYCLE_MAX];
	size_t cycle_count;
};

/* The oldest first. */
struct fdp_sights {
	struct fdp_sight *looks[FDP_HANG_LOOKS];
	size_t count;
};

/* What moved between the looks, of one thread. */
struct fdp_hang_movement {
	size_t changes; /* between so many looks its frames changed */
	uint64_t run_ns;
};

/*
 * Whether all LOOKS show a hang of KIND.  False if there are fewer than
 * FDP_HANG_LOOKS, or they did not take LEAST_NS.
 */
bool fdp_hang_find(const struct fdp_sights *looks, enum fdp_hang_kind kind,
		   uint64_t least_ns, struct fdp_hang *ret_hang);

/*
 * Whether TID, of which a hang of KIND was found, still hangs so: nothing has
 * moved, on however busy a machine.
 */
bool fdp_hang_lasts(const struct fdp_sights *looks, enum fdp_hang_kind kind,
		    pid_t tid);

/* From the first to the last look, in nanoseconds. */
uint64_t fdp_sights_ns(const struct fdp_sights *looks);

/* Of the thread TID, which is in the last look. */
struct fdp_hang_movement fdp_sights_movement(const struct fdp_sights *looks,
					     pid_t tid);

#endif
