#include "altstack.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "sys.h"

#define GUARD_SIZE 4096

/* Stacks of ended threads, for the next ones; no lock, safe across fork. */
#define SPARE_COUNT 64
static void *spares[SPARE_COUNT];

static void *take_spare(void)
{
	for (int i = 0; i < SPARE_COUNT; i++) {
		void *top = NULL;

		if (__atomic_load_n(&spares[i], __ATOMIC_RELAXED))
			top = __atomic_exchange_n(&spares[i], NULL,
						  __ATOMIC_ACQ_REL);
		if (top)
			return top;
	}
	return NULL;
}

void *fdp_altstack_new(void)
{
	void *top = take_spare();
	long base;

	if (top)
		return top;
	base = fdp_sys(
		SYS_mmap, NULL, GUARD_SIZE + FDP_ALTSTACK_SIZE, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (base < 0 && base > -4096)
		return NULL;
	if (fdp_sys(SYS_mprotect, base + GUARD_SIZE, FDP_ALTSTACK_SIZE,
		    PROT_READ | PROT_WRITE) < 0) {
		fdp_sys(SYS_munmap, base, GUARD_SIZE + FDP_ALTSTACK_SIZE);
		return NULL;
	}
	return (char *)base + GUARD_SIZE + FDP_ALTSTACK_SIZE;
}

void fdp_altstack_free(void *top)
{
	for (int i = 0; i < SPARE_COUNT; i++) {
		void *nothing = NULL;

		if (__atomic_compare_exchange_n(&spares[i], &nothing, top,
						false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return;
	}
	fdp_sys(SYS_munmap, (char *)top - FDP_ALTSTACK_SIZE - GUARD_SIZE,
		GUARD_SIZE + FDP_ALTSTACK_SIZE);
}

static stack_t stack_below(void *top)
{
	return (stack_t){
		.ss_sp = (char *)top - FDP_ALTSTACK_SIZE,
		.ss_size = FDP_ALTSTACK_SIZE,
	};
}

int fdp_altstack_use(void *top)
{
	const stack_t stack = stack_below(top);

	return (int)fdp_sys(SYS_sigaltstack, &stack, NULL);
}

int fdp_altstack_offer(void *top)
{
	stack_t current;
	long r = fdp_sys(SYS_sigaltstack, NULL, &current);

	if (r == 0 && !(current.ss_flags & SS_DISABLE))
		return -EEXIST;
	return fdp_altstack_use(top);
}

void fdp_altstack_leave(void *top)
{
	const stack_t none = { .ss_flags = SS_DISABLE };
	stack_t last;

	/* The program's own, where it has one, goes back. */
	if (fdp_sys(SYS_sigaltstack, &none, &last) == 0 &&
	    last.ss_sp != stack_below(top).ss_sp)
		fdp_sys(SYS_sigaltstack, &last, NULL);
}
