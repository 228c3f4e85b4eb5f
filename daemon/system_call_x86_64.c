#include "system_call.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"

#define RDX FDP_REGISTER_RDX
#define RSI FDP_REGISTER_RSI
#define RDI FDP_REGISTER_RDI
#define R8 8
#define R9 9
#define R10 10

/* The instruction `syscall`, and the one that libc has before it: the number
 * of the call, four bytes, into eax. */
static const uint8_t syscall_code[] = { 0x0f, 0x05 };
#define MOVE_TO_EAX 0xb8
#define MOVE_SIZE 5

/*
 * The calls that can wait for something other than a disk.  In the kernel's
 * table (arch/x86/entry/syscalls/syscall_64.tbl) numbers never change.
 */
static const struct {
	int16_t number;
	uint8_t kind;
	const char *name;
} calls[] = {
	{ 0, FDP_CALL_DESCRIPTOR, "read" },
	{ 1, FDP_CALL_DESCRIPTOR, "write" },
	{ 7, FDP_CALL_OTHER, "poll" },
	{ 16, FDP_CALL_DESCRIPTOR, "ioctl" },
	{ 17, FDP_CALL_DESCRIPTOR, "pread64" },
	{ 18, FDP_CALL_DESCRIPTOR, "pwrite64" },
	{ 19, FDP_CALL_DESCRIPTOR, "readv" },
	{ 20, FDP_CALL_DESCRIPTOR, "writev" },
	{ 23, FDP_CALL_OTHER, "select" },
	{ 34, FDP_CALL_OTHER, "pause" },
	{ 35, FDP_CALL_OTHER, "nanosleep" },
	{ 40, FDP_CALL_DESCRIPTOR, "sendfile" },
	{ 42, FDP_CALL_DESCRIPTOR, "connect" },
	{ 43, FDP_CALL_DESCRIPTOR, "accept" },
	{ 44, FDP_CALL_DESCRIPTOR, "sendto" },
	{ 45, FDP_CALL_DESCRIPTOR, "recvfrom" },
	{ 46, FDP_CALL_DESCRIPTOR, "sendmsg" },
	{ 47, FDP_CALL_DESCRIPTOR, "recvmsg" },
	{ 61, FDP_CALL_WAIT4, "wait4" },
	{ 65, FDP_CALL_OTHER, "semop" },
	{ 69, FDP_CALL_OTHER, "msgsnd" },
	{ 70, FDP_CALL_OTHER, "msgrcv" },
	{ 72, FDP_CALL_DESCRIPTOR, "fcntl" },
	{ 73, FDP_CALL_DESCRIPTOR, "flock" },
	{ 74, FDP_CALL_DESCRIPTOR, "fsync" },
	{ 75, FDP_CALL_DESCRIPTOR, "fdatasync" },
	{ 128, FDP_CALL_OTHER, "rt_sigtimedwait" },
	{ 130, FDP_CALL_OTHER, "rt_sigsuspend" },
	{ 202, FDP_CALL_FUTEX, "futex" },
	{ 208, FDP_CALL_OTHER, "io_getevents" },
	{ 219, FDP_CALL_RESTART, "restart_syscall" },
	{ 220, FDP_CALL_OTHER, "semtimedop" },
	{ 230, FDP_CALL_OTHER, "clock_nanosleep" },
	{ 232, FDP_CALL_DESCRIPTOR, "epoll_wait" },
	{ 242, FDP_CALL_OTHER, "mq_timedsend" },
	{ 243, FDP_CALL_OTHER, "mq_timedreceive" },
	{ 247, FDP_CALL_WAITID, "waitid" },
	{ 270, FDP_CALL_OTHER, "pselect6" },
	{ 271, FDP_CALL_OTHER, "ppoll" },
	{ 275, FDP_CALL_DESCRIPTOR, "splice" },
	{ 281, FDP_CALL_DESCRIPTOR, "epoll_pwait" },
	{ 288, FDP_CALL_DESCRIPTOR, "accept4" },
	{ 295, FDP_CALL_DESCRIPTOR, "preadv" },
	{ 296, FDP_CALL_DESCRIPTOR, "pwritev" },
	{ 299, FDP_CALL_DESCRIPTOR, "recvmmsg" },
	{ 307, FDP_CALL_DESCRIPTOR, "sendmmsg" },
	{ 426, FDP_CALL_DESCRIPTOR, "io_uring_enter" },
	{ 441, FDP_CALL_DESCRIPTOR, "epoll_pwait2" },
	{ 449, FDP_CALL_OTHER, "futex_waitv" },
};

const char *fdp_system_call_name(int64_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}

enum fdp_system_call_kind fdp_system_call_kind(int64_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].number == number)
			return calls[i].kind;
	return FDP_CALL_OTHER;
}

bool fdp_system_call_may_be_futex(int64_t number)
{
	enum fdp_system_call_kind kind = fdp_system_call_kind(number);

	return kind == FDP_CALL_FUTEX || kind == FDP_CALL_RESTART;
}

void fdp_system_call_take(const struct fdp_registers *registers, int64_t number,
			  struct fdp_system_call *ret_call)
{
	const uint64_t *general = registers->general;

	*ret_call = (struct fdp_system_call){
		.inside = number >= 0,
		.number = number,
		.arguments = { general[RDI], general[RSI], general[RDX],
			       general[R10], general[R8], general[R9] },
		.sp = general[FDP_REGISTER_SP],
		.pc = general[FDP_REGISTER_PC],
	};
}

static bool is_syscall_at(struct fdp_target *target, uint64_t address)
{
	uint8_t code[sizeof(syscall_code)];

	return fdp_target_read(target, address, code, sizeof(code)) == 0 &&
	       memcmp(code, syscall_code, sizeof(code)) == 0;
}

/* The number that the code before the `syscall` at ADDRESS has set, or -1. */
static int64_t number_before(struct fdp_target *target, uint64_t address)
{
	uint8_t code[MOVE_SIZE];
	uint32_t number;

	if (!is_syscall_at(target, address) ||
	    fdp_target_read(target, address - MOVE_SIZE, code, sizeof(code)) <
		    0 ||
	    code[0] != MOVE_TO_EAX)
		return -1;
	memcpy(&number, code + 1, sizeof(number));
	return number;
}

/*
 * A call that the kernel will make again has pc back on the instruction and its
 * number in rax; one that has failed by the signal, EINTR there.  Of one whose
 * time was over just then the thread does not know yet.
 */
bool fdp_system_call_interrupted(struct fdp_target *target,
				 const struct fdp_registers *registers,
				 struct fdp_system_call *ret_call)
{
	uint64_t pc = registers->general[FDP_REGISTER_PC];
	uint64_t result = registers->general[FDP_REGISTER_RAX];
	int64_t number = -1;

	if (result == (uint64_t)-EINTR || result == (uint64_t)-ETIMEDOUT)
		number = number_before(target, pc - sizeof(syscall_code));
	else if (result <= INT16_MAX && is_syscall_at(target, pc))
		number = (int64_t)result;
	if (number < 0)
		return false;
	fdp_system_call_take(registers, number, ret_call);
	return true;
}

void fdp_system_call_resolve(struct fdp_target *target,
			     struct fdp_system_call *call)
{
	int64_t number = -1;

	if (call->inside &&
	    fdp_system_call_kind(call->number) == FDP_CALL_RESTART)
		number = number_before(target, call->pc - sizeof(syscall_code));
	if (number >= 0)
		call->number = number;
}
