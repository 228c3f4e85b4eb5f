/*
 * Where asyncio keeps things: one table per version, as data.
 *
 * Tasks and futures are objects of the module _asyncio, which no installed
 * header shows: their offsets are from Modules/_asynciomodule.c of each
 * version, and were compared with objects of the interpreters themselves.  From
 * 3.14 on a process says some of them itself, in the section .AsyncioDebug.
 */
#ifndef FDP_PYTHON_TASK_OFFSETS_H
#define FDP_PYTHON_TASK_OFFSETS_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"

/* How one knows that a suspended coroutine awaits what lies on its stack. */
enum fdp_await_style {
	FDP_AWAIT_OPCODE, /* up to 3.10: a YIELD_FROM comes next */
	FDP_AWAIT_RESUME, /* 3.11, 3.12: a RESUME after an await comes next */
	FDP_AWAIT_STATE,  /* 3.13 on: the state says it */
};

struct fdp_task_offsets {
	int minor;
	bool free_threaded;
	struct {
		uint32_t size;
		uint32_t loop, state; /* of a future too; state: 32 bits */
		uint32_t waiter, coroutine;
		uint32_t name;	      /* 3.8 on */
		uint32_t cancel;      /* one byte, of which CANCEL_BIT */
		uint8_t cancel_bit;   /* says that it must be cancelled */
		uint32_t awaited_by;  /* 3.14 on: an object, or a set */
		uint32_t awaited_set; /* one byte: a set it is */
		uint32_t node;	      /* 3.14 on: of the list it is in */
	} task;
	/* 3.14 on, in a thread state: a loop, a task, the head of a list. */
	struct {
		uint32_t loop, task, head;
	} thread;
	uint32_t orphans; /* of an interpreter: a head as well */
	struct {
		uint32_t frame;	  /* a pointer up to 3.10, then itself */
		uint32_t state;	  /* one byte; 3.11 on */
		int8_t from, to;  /* states in which it awaits something */
		int8_t executing; /* the state in which it runs */
		int8_t cleared;	  /* this, and more: there is no frame */
		uint32_t stack;	  /* of a frame: where its stack begins ... */
		uint32_t top;	  /* ... and ends; or how deep it is */
		uint32_t awaited; /* words from there down to what is awaited */
		uint32_t bytecode; /* of a code object: bytes; up to 3.10 */
	} coroutine;
	enum fdp_await_style style;
	uint32_t wrapped; /* what an iterator, a wrapper or a weakref is for */
	uint32_t module_state;
};

/* The table for OFFSETS, or NULL: asyncio of that version is not known. */
const struct fdp_task_offsets *
fdp_task_offsets_of(const struct fdp_python_offsets *offsets);

/*
 * Replaces what .AsyncioDebug, SIZE bytes, says.  0; -EBADMSG, and nothing is
 * changed, if some of it cannot be.
 */
int fdp_task_offsets_apply(const uint8_t *bytes, size_t size,
			   struct fdp_task_offsets *offsets);

/* Looks for that section in the modules of REPORT, and applies it. */
void fdp_task_offsets_ask(struct fdp_target *target,
			  const struct fdp_report *report,
			  struct fdp_task_offsets *offsets);

/* Bytes of the section; 3.14 and 3.15. */
#define FDP_TASK_DEBUG_SIZE 104

#endif
