#include "crash.h"

#include <signal.h>
#include <string.h>

#include "gregs.h"

void fdp_crash_set_fault(struct fdp_target *target,
			 const struct fdp_crash *crash)
{
	struct fdp_fault *fault = &target->fault;
	siginfo_t info;

	_Static_assert(sizeof(info) == sizeof(crash->siginfo), "siginfo");
	memcpy(&info, crash->siginfo, sizeof(info));
	fault->signal = crash->signal;
	fault->code = info.si_code;
	fault->error = fdp_gregs_error(crash->gregs);
	fault->trap = fdp_gregs_trap(crash->gregs);
	if (info.si_code <= 0) {
		fault->sender_pid = info.si_pid;
		fault->sender_uid = info.si_uid;
	} else if (crash->signal == SIGSYS) {
		fault->system_call = info.si_syscall;
		fault->address = (uint64_t)info.si_call_addr;
	} else {
		fault->address = (uint64_t)info.si_addr;
	}
	if (crash->abort_size)
		fault->abort_message = fdp_arena_copy(
			&target->arena, crash->abort_text,
			strnlen(crash->abort_text, crash->abort_size));
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
