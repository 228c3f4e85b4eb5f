/*
 * Notes of the faults that went to handlers of the program.  One that gives up
 * sends another signal; the note then tells what it was about.
 */
#ifndef FDP_PRELOAD_NOTES_H
#define FDP_PRELOAD_NOTES_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ucontext.h>

#include "../proto/proto.h"
#include "record.h"

static inline bool fdp_is_within(uint64_t address, const stack_t *stack)
{
	return !(stack->ss_flags & SS_DISABLE) &&
	       address - (uint64_t)stack->ss_sp < stack->ss_size;
}

/*
 * A handler whose frame lies where the new one does, or below, has ended.  One
 * that recovers from fault after fault, as a JVM does while it writes down its
 * last words, must not push out the note of what began it.
 */
static inline void fdp_notes_drop_ended(struct fdp_record *record,
					const ucontext_t *context)
{
	const stack_t *stack = &context->uc_stack;
	uint64_t frame = (uint64_t)context;

	for (int i = 0; i < FDP_NOTES; i++) {
		struct fdp_note *note =
			&record->notes[(record->turn - 1) % FDP_NOTES];

		if (!note->context || note->context > frame)
			return;
		/* Mostly it is the same place: a handler that recovers. */
		if (note->context != frame &&
		    fdp_is_within(note->context, stack) !=
			    fdp_is_within(frame, stack))
			return;
		note->context = 0;
		record->turn--;
	}
}

/* HANDLER is going to be called; RECORD is the calling thread's. */
static inline void fdp_note(struct fdp_record *record, const siginfo_t *info,
			    const ucontext_t *context, uint64_t handler)
{
	struct fdp_note *note;
	const uint64_t *words = (const uint64_t *)info;

	fdp_notes_drop_ended(record, context);
	note = &record->notes[record->turn++ % FDP_NOTES];
	note->context = (uint64_t)context;
	note->pc = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
	note->sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];
	note->handler = handler;
	for (int i = 0; i < 4; i++)
		note->siginfo[i] = words[i];
}

/*
 * The fault behind a signal that reached the reporter, if a handler of the
 * program had it first.  RECORD is the calling thread's, or NULL.  flags 0:
 * there is none.  A good guess; the daemon confirms it by unwinding.
 */
void fdp_notes_find(const struct fdp_record *record, const siginfo_t *info,
		    const ucontext_t *context, struct fdp_noted *ret_noted);

/* The same, but only of handlers that were running when CONTEXT was taken. */
void fdp_notes_find_around(const struct fdp_record *record,
			   const ucontext_t *context,
			   struct fdp_noted *ret_noted);

/* The note of the handler that was called with CONTEXT, or NULL. */
const struct fdp_note *fdp_notes_of(const struct fdp_record *record,
				    const ucontext_t *context);

/*
 * Whether the calling thread runs one of the handlers that RECORD has notes of:
 * what it does to its mask ends with the handler.
 */
bool fdp_notes_in_handler(const struct fdp_record *record);

#endif
