/* sigaltstack(): where the thread has ours it believes that it has none. */
#include <stdbool.h>
#include <stddef.h>

#include "altstack.h"
#include "handler.h"
#include "ours.h"
#include "real.h"
#include "record.h"

static bool is_our_stack(const struct fdp_record *record, const stack_t *stack)
{
	return (char *)stack->ss_sp ==
	       (char *)record->stack - FDP_ALTSTACK_SIZE;
}

/* The kernel's SS_AUTODISARM, which may come with every mode. */
#define AUTODISARM (1u << 31)

static bool is_none(const stack_t *stack)
{
	return ((unsigned)stack->ss_flags & ~AUTODISARM) == SS_DISABLE;
}

FDP_EXPORT int sigaltstack(const stack_t *wanted, stack_t *old)
{
	const struct fdp_record *record =
		fdp_state.signals ? fdp_record_self() : NULL;
	stack_t ours;
	int r;

	if (!record || !record->stack)
		return FDP_REAL(sigaltstack)(wanted, old);
	ours = (stack_t){
		.ss_sp = (char *)record->stack - FDP_ALTSTACK_SIZE,
		.ss_size = FDP_ALTSTACK_SIZE,
	};
	/* The kernel says EFAULT, where we would fault. */
	if (wanted && fdp_is_readable(wanted) &&
	    fdp_is_readable(&wanted->ss_size) && is_none(wanted))
		wanted = &ours;
	r = FDP_REAL(sigaltstack)(wanted, old);
	if (r == 0 && old && is_our_stack(record, old))
		*old = (stack_t){ .ss_flags = SS_DISABLE };
	return r;
}
