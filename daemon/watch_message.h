/* What a watcher tells the daemon, by a pipe that keeps messages apart. */
#ifndef FDP_WATCH_MESSAGE_H
#define FDP_WATCH_MESSAGE_H

#include <limits.h>
#include <stdint.h>

enum fdp_watch_type {
	FDP_WATCH_HANG,
	FDP_WATCH_OVER,	   /* a hang that was told of has ended: `text` */
	FDP_WATCH_CHILD,   /* the process has a child, of number `number` */
	FDP_WATCH_TROUBLE, /* for the log: `text` */
};

/* Threads that a message tells of: those that hang, and who ran most. */
#define FDP_WATCH_THREADS_MAX 32

struct fdp_watch_thread {
	int32_t tid;
	uint32_t changes; /* between so many looks its Python frames changed */
	uint64_t run_ns;  /* on a processor, from the first look to the last */
};

/* Strings end with a NUL; whatever else is in them comes from the process. */
struct fdp_watch_message {
	uint32_t type;	 /* enum fdp_watch_type */
	uint32_t kind;	 /* HANG: enum fdp_hang_kind */
	uint32_t number; /* HANG: of the thread that hangs */
	uint32_t looks;
	uint64_t ns; /* from the first of them to the last */
	uint32_t thread_count;
	uint32_t unused;
	struct fdp_watch_thread threads[FDP_WATCH_THREADS_MAX];
	char text[1024];     /* HANG: a sentence or two */
	char evidence[1536]; /* HANG: sentences, each with a newline */
};

_Static_assert(sizeof(struct fdp_watch_message) <= PIPE_BUF,
	       "it is written as a whole, or not at all");

#endif
