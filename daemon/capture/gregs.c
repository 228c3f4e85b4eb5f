#include "gregs.h"

#include <errno.h>
#include <sys/ucontext.h>

/*
 * What rax is, for a tracer alone, when a call is to be made again:
 * ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK of the
 * kernel.
 */
#define RESTART_FIRST (-516)
#define RESTART_LAST (-512)

/* Where each register of fdp_register_names lies in gregs[]. */
static const int places[FDP_REGISTER_COUNT] = {
	REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
	REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
	REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
};

void fdp_gregs_to_registers(const uint64_t gregs[FDP_GREGS],
			    uint64_t thread_pointer,
			    struct fdp_registers *ret_registers)
{
	for (int i = 0; i < FDP_REGISTER_COUNT; i++)
		ret_registers->general[i] = gregs[places[i]];
	ret_registers->flags = gregs[REG_EFL];
	ret_registers->thread_pointer = thread_pointer;
}

void fdp_user_to_registers(const struct user_regs_struct *user,
			   struct fdp_registers *ret_registers)
{
	const uint64_t general[FDP_REGISTER_COUNT] = {
		user->rax, user->rdx, user->rcx, user->rbx, user->rsi,
		user->rdi, user->rbp, user->rsp, user->r8,  user->r9,
		user->r10, user->r11, user->r12, user->r13, user->r14,
		user->r15, user->rip,
	};

	for (int i = 0; i < FDP_REGISTER_COUNT; i++)
		ret_registers->general[i] = general[i];
	ret_registers->flags = user->eflags;
	ret_registers->thread_pointer = user->fs_base;
}

/*
 * Some calls are never made again, epoll_wait() for one, and fail instead.  One
 * whose time is over, unknown to the thread, has been waited in as well:
 * whoever wants the GIL looks every 5 ms whether it is still taken.
 */
int64_t fdp_user_system_call(const struct user_regs_struct *user)
{
	int64_t number = (int64_t)user->orig_rax;
	int64_t result = (int64_t)user->rax;
	bool interrupted = result == -EINTR || result == -ETIMEDOUT ||
			   (result >= RESTART_FIRST && result <= RESTART_LAST);

	return number >= 0 && interrupted ? number : -1;
}

uint64_t fdp_gregs_error(const uint64_t gregs[FDP_GREGS])
{
	return gregs[REG_ERR];
}

uint64_t fdp_gregs_trap(const uint64_t gregs[FDP_GREGS])
{
	return gregs[REG_TRAPNO];
}
