/* Which note belongs to a signal. */
#include "notes.h"

#include <stdbool.h>
#include <stddef.h>

#include "handler.h"
#include "state.h"
#include "sys.h"

/* No thread uses more of its stack between a fault and its second one. */
#define STACK_SPAN (UINT64_C(1) << 30)

static void copy_words(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size / 8; i++)
		((volatile uint64_t *)to)[i] = ((const uint64_t *)from)[i];
}

/* The frame is still there, and nobody has written over it. */
static bool still_holds(const struct fdp_note *note)
{
	const ucontext_t *context = (const ucontext_t *)note->context;

	if (!note->context || note->context % 8 || !fdp_is_readable(context) ||
	    !fdp_is_readable(&context->uc_mcontext.gregs[FDP_GREGS]))
		return false;
	return (uint64_t)context->uc_mcontext.gregs[REG_RIP] == note->pc &&
	       (uint64_t)context->uc_mcontext.gregs[REG_RSP] == note->sp;
}

/* True if what was interrupted at SP runs inside NOTE's handler. */
static bool encloses(const struct fdp_note *note, uint64_t sp,
		     const stack_t *alternate)
{
	if (sp > note->context || note->context - sp > STACK_SPAN)
		return false;
	return fdp_is_within(sp, alternate) ==
	       fdp_is_within(note->context, alternate);
}

/* The Nth newest note. */
static const struct fdp_note *newest(const struct fdp_record *record,
				     unsigned n)
{
	return &record->notes[(record->turn - 1 - n) % FDP_NOTES];
}

static void fill(struct fdp_noted *noted, const struct fdp_record *record,
		 const struct fdp_note *note, const ucontext_t *context,
		 uint32_t flags)
{
	noted->flags = FDP_NOTED_PRESENT | flags;
	noted->tid = record->tid;
	noted->context_address = note->context;
	noted->handler = note->handler;
	copy_words(noted->siginfo, note->siginfo, sizeof(noted->siginfo));
	copy_words(noted->gregs, context->uc_mcontext.gregs,
		   sizeof(noted->gregs));
}

/*
 * The handler has returned, and the signal that it sent while it was blocked
 * came at once: on the very instruction that had faulted.
 */
static bool find_deferred(const struct fdp_record *record,
			  const ucontext_t *context, struct fdp_noted *noted)
{
	const struct fdp_note *note = newest(record, 0);

	if (!note->context ||
	    note->pc != (uint64_t)context->uc_mcontext.gregs[REG_RIP] ||
	    note->sp != (uint64_t)context->uc_mcontext.gregs[REG_RSP])
		return false;
	fill(noted, record, note, context, FDP_NOTED_DEFERRED);
	return true;
}

/* Of handlers inside of handlers the outermost had the original fault. */
static bool find_enclosing(const struct fdp_record *record,
			   const ucontext_t *context, struct fdp_noted *noted)
{
	uint64_t sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];
	const struct fdp_note *found = NULL;

	for (unsigned n = 0; n < FDP_NOTES; n++) {
		const struct fdp_note *note = newest(record, n);

		if (!encloses(note, sp, &context->uc_stack) ||
		    !still_holds(note))
			continue;
		found = note;
		sp = note->sp;
	}
	if (!found)
		return false;
	fill(noted, record, found, (const ucontext_t *)found->context, 0);
	return true;
}

/* kill(getpid()) in a handler may land on any thread. */
static void find_elsewhere(const struct fdp_record *self, const siginfo_t *info,
			   struct fdp_noted *noted)
{
	uint32_t count = __atomic_load_n(&fdp_records.count, __ATOMIC_ACQUIRE);

	if (info->si_code > 0 || info->si_pid != (pid_t)fdp_sys(SYS_getpid))
		return;
	for (uint32_t number = 1; number <= count; number++) {
		const struct fdp_record *record = fdp_record_at(number);
		const struct fdp_note *note = newest(record, 0);

		if (record == self || !record->tid || !still_holds(note) ||
		    (int32_t)note->siginfo[0] != info->si_signo)
			continue;
		fill(noted, record, note, (const ucontext_t *)note->context,
		     FDP_NOTED_ELSEWHERE);
		return;
	}
}

void fdp_notes_find(const struct fdp_record *record, const siginfo_t *info,
		    const ucontext_t *context, struct fdp_noted *ret_noted)
{
	ret_noted->flags = 0;
	if (record && (find_deferred(record, context, ret_noted) ||
		       find_enclosing(record, context, ret_noted)))
		return;
	find_elsewhere(record, info, ret_noted);
}

void fdp_notes_find_around(const struct fdp_record *record,
			   const ucontext_t *context,
			   struct fdp_noted *ret_noted)
{
	ret_noted->flags = 0;
	if (record)
		find_enclosing(record, context, ret_noted);
}

const struct fdp_note *fdp_notes_of(const struct fdp_record *record,
				    const ucontext_t *context)
{
	for (unsigned n = 0; record && n < FDP_NOTES; n++) {
		const struct fdp_note *note = newest(record, n);

		if (note->context == (uint64_t)context)
			return note;
	}
	return NULL;
}

/* A handler may set the place to go on at; what it was given it leaves alone.
 */
bool fdp_notes_in_handler(const struct fdp_record *record)
{
	const struct fdp_note *note = newest(record, 0);
	const ucontext_t *context = (const ucontext_t *)note->context;
	uint64_t sp = (uint64_t)__builtin_frame_address(0);
	const uint64_t *info =
		(const uint64_t *)(note->context + FDP_KERNEL_UCONTEXT_SIZE);

	if (!note->context || sp > note->context || !fdp_is_readable(context) ||
	    !fdp_is_readable(&info[3]))
		return false;
	return encloses(note, sp, &context->uc_stack) &&
	       (uint64_t)context->uc_mcontext.gregs[REG_RSP] == note->sp &&
	       info[0] == note->siginfo[0] && info[1] == note->siginfo[1] &&
	       info[2] == note->siginfo[2];
}
