#include "crash.h"

#include <signal.h>
#include <string.h>

#include "gregs.h"

#define HANDLERS_FACT "crash/handlers"

/*
 * The fact crash/handlers: these bytes.  They are in captures that people keep:
 * where the protocol changes, what it was has to be written down here.
 */
struct handlers {
	uint32_t flags; /* enum fdp_crash_flags */
	uint32_t reserved;
	uint64_t handler;
	struct fdp_noted noted;
	struct fdp_foreign foreign[FDP_FOREIGN_MAX];
};

_Static_assert(sizeof(struct handlers) == 384, "captures have it so");

/*
 * Fills FAULT from the first SIZE bytes of a siginfo, which are enough for all
 * that is looked at.
 */
static void set_fault(struct fdp_fault *fault, int signal, const void *siginfo,
		      size_t size, const uint64_t gregs[FDP_GREGS])
{
	siginfo_t info = { .si_signo = signal };

	memcpy(&info, siginfo, size);
	fault->signal = signal;
	fault->code = info.si_code;
	fault->error = fdp_gregs_error(gregs);
	fault->trap = fdp_gregs_trap(gregs);
	if (info.si_code <= 0) {
		fault->sender_pid = info.si_pid;
		fault->sender_uid = info.si_uid;
	} else if (signal == SIGSYS) {
		fault->system_call = info.si_syscall;
		fault->address = (uint64_t)info.si_call_addr;
	} else {
		fault->address = (uint64_t)info.si_addr;
	}
}

/* True if there is something to note. */
static bool note_handlers(struct fdp_target *target,
			  const struct fdp_crash *crash)
{
	struct handlers handlers = { .flags = crash->flags,
				     .handler = crash->handler,
				     .noted = crash->noted };

	memcpy(handlers.foreign, crash->foreign, sizeof(handlers.foreign));
	if (!handlers.handler && !handlers.noted.flags &&
	    !handlers.foreign[0].signal &&
	    !(handlers.flags & FDP_CRASH_BLOCKED))
		return false;
	return fdp_target_note(target, HANDLERS_FACT, (const char *)&handlers,
			       sizeof(handlers)) == 0;
}

static void load_noted(struct fdp_noted_fault *noted,
		       const struct fdp_noted *claim)
{
	int32_t signal;

	/* si_signo is the first member. */
	memcpy(&signal, claim->siginfo, sizeof(signal));
	if (!(claim->flags & FDP_NOTED_PRESENT) || signal < 1 ||
	    signal >= NSIG || claim->tid == 0 || claim->tid > INT32_MAX)
		return;
	noted->present = true;
	noted->deferred = (claim->flags & FDP_NOTED_DEFERRED) != 0;
	noted->tid = (pid_t)claim->tid;
	noted->context_address = claim->context_address;
	memcpy(noted->siginfo, claim->siginfo, sizeof(noted->siginfo));
	set_fault(&noted->fault, signal, claim->siginfo, sizeof(claim->siginfo),
		  claim->gregs);
	noted->fault.handler = claim->handler;
	fdp_gregs_to_registers(claim->gregs, 0, &noted->registers);
}

static void load_foreign(struct fdp_target *target,
			 const struct fdp_foreign foreign[FDP_FOREIGN_MAX])
{
	target->foreign = fdp_arena_array(&target->arena, FDP_FOREIGN_MAX,
					  sizeof(*target->foreign));
	if (!target->foreign)
		return;
	for (size_t i = 0; i < FDP_FOREIGN_MAX; i++) {
		if (foreign[i].signal < 1 || foreign[i].signal >= NSIG)
			break;
		target->foreign[target->foreign_count++] =
			(struct fdp_foreign_action){
				.signal = foreign[i].signal,
				.handler = foreign[i].handler,
			};
	}
}

void fdp_crash_load_handlers(struct fdp_target *target)
{
	struct handlers handlers;
	const char *bytes;
	size_t size;

	if (fdp_target_fact(target, HANDLERS_FACT, &bytes, &size) < 0 ||
	    size != sizeof(handlers))
		return;
	memcpy(&handlers, bytes, sizeof(handlers));
	target->fault.blocked = (handlers.flags & FDP_CRASH_BLOCKED) != 0;
	target->fault.handler = handlers.handler;
	target->fault.handler_returned =
		(handlers.flags & FDP_CRASH_RETURNED) != 0;
	load_noted(&target->noted, &handlers.noted);
	load_foreign(target, handlers.foreign);
}

void fdp_crash_set_fault(struct fdp_target *target,
			 const struct fdp_crash *crash)
{
	_Static_assert(sizeof(siginfo_t) == sizeof(crash->siginfo), "siginfo");
	set_fault(&target->fault, crash->signal, crash->siginfo,
		  sizeof(crash->siginfo), crash->gregs);
	if (crash->abort_size)
		target->fault.abort_message = fdp_arena_copy(
			&target->arena, crash->abort_text,
			strnlen(crash->abort_text, crash->abort_size));
	if (note_handlers(target, crash))
		fdp_crash_load_handlers(target);
}

void fdp_crash_set_thread(struct fdp_thread *thread,
			  const struct fdp_crash *crash)
{
	thread->tid = (pid_t)crash->tid;
	thread->crashed = true;
	memcpy(thread->name, crash->comm, sizeof(crash->comm));
	fdp_gregs_to_registers(crash->gregs, crash->thread_pointer,
			       &thread->registers);
	thread->has_registers = true;
}
