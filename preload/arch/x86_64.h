/*
 * What the shim needs of an x86-64: raw system calls, the thread pointer, and
 * the place of registers in a ucontext.
 */
#ifndef FDP_PRELOAD_ARCH_X86_64_H
#define FDP_PRELOAD_ARCH_X86_64_H

#include <asm/prctl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>

/* Returns the result or -errno; never touches errno. */
static inline long fdp_syscall6(long number, long a, long b, long c, long d,
				long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/*
 * The kernel enters a handler with the alignment check flag as it was; ours
 * copies structures that lie anywhere.
 */
static inline void fdp_clear_alignment_check(void)
{
	/* Past the red zone, where the compiler may keep values. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "andq $~0x40000, (%%rsp)\n\t"
			 "popfq\n\t"
			 "lea 128(%%rsp), %%rsp"
			 :
			 :
			 : "cc", "memory");
}

/*
 * The kernel's ucontext, which is shorter than libc's; the siginfo of a signal
 * frame lies behind it.
 */
#define FDP_KERNEL_UCONTEXT_SIZE 304

/* pthread_self(), where a thread is known to be in order. */
static inline uint64_t fdp_thread_pointer_here(void)
{
	uint64_t pointer;

	__asm__("mov %%fs:0, %0" : "=r"(pointer));
	return pointer;
}

/* The processor's number for an unaligned access. */
#define FDP_TRAP_ALIGNMENT 17

/*
 * A siginfo of a fault can be made up and sent.  What the processor said is in
 * the registers; where it says nothing of use, siginfo is believed.
 */
static inline bool fdp_is_genuine(int signal, const siginfo_t *info,
				  const ucontext_t *context)
{
	const greg_t *gregs = context->uc_mcontext.gregs;

	if (info->si_code <= 0)
		return false;
	if (signal == SIGFPE || signal == SIGILL)
		return (greg_t)info->si_addr == gregs[REG_RIP];
	if (info->si_code == SI_KERNEL ||
	    (signal != SIGSEGV && signal != SIGBUS))
		return true;
	if (signal == SIGBUS && info->si_code == BUS_ADRALN)
		return gregs[REG_TRAPNO] == FDP_TRAP_ALIGNMENT;
	return (greg_t)info->si_addr == gregs[REG_CR2];
}

/*
 * pthread_self(), asked of the kernel: a load through fs would fault where a
 * program has set it to something else.
 */
static inline uint64_t fdp_thread_pointer(void)
{
	uint64_t pointer = 0;

	fdp_syscall6(SYS_arch_prctl, ARCH_GET_FS, (long)&pointer, 0, 0, 0, 0);
	return pointer;
}

#endif
