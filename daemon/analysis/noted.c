#include "noted.h"

#include <stddef.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

/*
 * The kernel's ucontext has 8 bytes of signal mask where libc's has room for
 * more; the siginfo follows.
 */
#define SIGINFO_OFFSET (offsetof(ucontext_t, uc_sigmask) + sizeof(uint64_t))

static uint64_t noted_register(const struct fdp_target *target, int number)
{
	return target->noted.registers.general[number];
}

/* True if FRAME is the one that was interrupted, standing where it was. */
static bool is_noted(const struct fdp_target *target,
		     const struct fdp_frame *frame)
{
	return frame->pc == noted_register(target, FDP_REGISTER_PC) &&
	       frame->stack_low == noted_register(target, FDP_REGISTER_SP);
}

/* What the kernel wrote for the handler is there, and nothing else since. */
static bool is_in_memory(struct fdp_target *target)
{
	const struct fdp_noted_fault *noted = &target->noted;
	uint64_t context = noted->context_address;
	uint8_t siginfo[sizeof(noted->siginfo)];
	uint64_t gregs[NGREG];

	if (context % sizeof(uint64_t) != 0 ||
	    fdp_target_read(target,
			    context + offsetof(ucontext_t, uc_mcontext.gregs),
			    gregs, sizeof(gregs)) < 0 ||
	    fdp_target_read(target, context + SIGINFO_OFFSET, siginfo,
			    sizeof(siginfo)) < 0)
		return false;
	return gregs[REG_RIP] == noted_register(target, FDP_REGISTER_PC) &&
	       gregs[REG_RSP] == noted_register(target, FDP_REGISTER_SP) &&
	       memcmp(siginfo, noted->siginfo, sizeof(siginfo)) == 0;
}

bool fdp_noted_is_own_signal(const struct fdp_target *target)
{
	return target->fault.code == SI_TKILL ||
	       target->fault.sender_pid == target->pid;
}

/*
 * The signal that the handler sent came when it had returned, or the
 * instruction failed again: in either case before the thread could do anything
 * else.
 */
static bool is_deferred(const struct fdp_target *target)
{
	const struct fdp_fault *noted = &target->noted.fault;
	const struct fdp_thread *thread = target->threads;
	const uint64_t *general = thread->registers.general;

	if (thread->tid != target->noted.tid || !thread->has_registers ||
	    general[FDP_REGISTER_PC] !=
		    noted_register(target, FDP_REGISTER_PC) ||
	    general[FDP_REGISTER_SP] != noted_register(target, FDP_REGISTER_SP))
		return false;
	if (target->fault.code <= 0)
		return fdp_noted_is_own_signal(target);
	return noted->code > 0 && target->fault.signal == noted->signal &&
	       target->fault.address == noted->address;
}

/*
 * With the noted context; only a thread that is not the one that reports may
 * have faulted again meanwhile, and wait in a handler of the shim.
 */
static bool is_its_context(const struct fdp_target *target,
			   const struct fdp_frame *frame)
{
	return frame->stack_low == target->noted.context_address ||
	       target->noted.tid != target->threads[0].tid;
}

/* The thread stands inside a handler that was called for the fault. */
static bool find_on_stack(const struct fdp_target *target,
			  const struct fdp_native_stack *stack,
			  struct fdp_noted_place *ret_place)
{
	for (size_t i = 0; i + 1 < stack->frame_count; i++) {
		const struct fdp_frame *frame = &stack->frames[i];

		if (!frame->is_signal_return ||
		    !is_its_context(target, frame) ||
		    !is_noted(target, frame + 1))
			continue;
		ret_place->is_on_stack = true;
		ret_place->context = frame->stack_low;
		return true;
	}
	return false;
}

bool fdp_noted_holds(struct fdp_target *target,
		     const struct fdp_native_stack *stack,
		     struct fdp_noted_place *ret_place)
{
	if (!target->noted.present || target->thread_count == 0)
		return false;
	*ret_place = (struct fdp_noted_place){ .is_on_stack = false };
	if (target->noted.deferred) {
		ret_place->is_on_stack = true;
		return is_deferred(target);
	}
	if (stack && find_on_stack(target, stack, ret_place))
		return true;
	/* All of the stack is known, and the handler is not on it. */
	if (stack && stack->frame_count > 0 && !stack->truncated &&
	    !stack->gaps)
		return false;
	return is_in_memory(target);
}
