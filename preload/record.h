/*
 * What the shim knows of one thread: which stack it has given it, which signals
 * the thread believes it has blocked, and the faults that the program's own
 * handlers were called for.
 *
 * Records lie in memory that is never unmapped, so that a handler may walk over
 * all of them while threads come and go.  A thread finds its own by a variable
 * of its own; a handler that must not trust the thread pointer asks the kernel.
 */
#ifndef FDP_PRELOAD_RECORD_H
#define FDP_PRELOAD_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* One call of a handler of the program.  All zero: none. */
struct fdp_note {
	uint64_t context; /* address of the ucontext that it got */
	uint64_t pc, sp;  /* of what was interrupted */
	uint64_t handler;
	uint64_t siginfo[4]; /* the first 32 bytes */
};

/* Whether the thread has entered seccomp's strict mode. */
enum fdp_strict {
	FDP_STRICT_NO,
	FDP_STRICT_CHANNEL, /* with the channel in order */
	FDP_STRICT_ALONE,
};

/* Handlers that nest deeper than this have nothing more to tell. */
#define FDP_NOTES 8

typedef void *fdp_routine(void *);

struct fdp_record {
	uint32_t number;     /* from 1 */
	uint32_t next;	     /* atomic: number of the next free record */
	uint32_t tid;	     /* atomic: 0 while no thread has the record */
	uint32_t turn;	     /* where the next note goes */
	uint32_t masked_pid; /* of a vfork child that has set its mask */
	uint32_t strict;     /* enum fdp_strict */
	uint64_t thread_pointer;
	void *stack; /* above the last byte of its 64 KiB, or NULL */
	/* Of SEGV, BUS, FPE and ILL: blocked, as the thread believes. */
	uint64_t blocked;
	/* Stack pointer in abort(), or 0: its handler is being called. */
	uint64_t aborting;
	/* What a new thread has to do, and rounds of destructors at its end. */
	fdp_routine *routine;
	void *argument;
	uint32_t rounds;
	struct fdp_note notes[FDP_NOTES];
};

/* A thread without a record has no notes and blocks signals really. */
#define FDP_RECORDS_MAX 131072
#define FDP_RECORD_CHUNK 64

struct fdp_records {
	struct fdp_record *chunks[FDP_RECORDS_MAX / FDP_RECORD_CHUNK];
	uint32_t count; /* atomic: records in chunks that are there */
	uint64_t free;	/* atomic: a counter above, a number below */
};

extern struct fdp_records fdp_records;

/* The number of the calling thread's record, 0: none. */
extern __thread uint32_t fdp_self __attribute__((tls_model("initial-exec")));

/* The record of a NUMBER, or NULL. */
static inline struct fdp_record *fdp_record_at(uint32_t number)
{
	uint32_t index = number - 1;

	if (index >= __atomic_load_n(&fdp_records.count, __ATOMIC_ACQUIRE))
		return NULL;
	return &fdp_records.chunks[index / FDP_RECORD_CHUNK]
				  [index % FDP_RECORD_CHUNK];
}

/* The calling thread's, or NULL; through the thread pointer. */
static inline struct fdp_record *fdp_record_self(void)
{
	return fdp_record_at(fdp_self);
}

/* The calling thread's, or NULL; asks the kernel who it is. */
struct fdp_record *fdp_record_find(void);

/* A record that no thread has; or NULL. */
struct fdp_record *fdp_record_new(void);

/* The calling thread takes RECORD. */
void fdp_record_enter(struct fdp_record *record);

/* Gives RECORD back, which no thread has entered, or has any more. */
void fdp_record_free(struct fdp_record *record);

#endif
