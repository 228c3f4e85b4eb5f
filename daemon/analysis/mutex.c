#include "mutex.h"

#include <linux/futex.h>

/* Arguments of futex(). */
enum { ADDRESS, OPERATION, VALUE, TIMEOUT };

/* Words of struct __pthread_mutex_s (sysdeps/x86/nptl/bits/struct_mutex.h). */
enum { LOCK = 0, OWNER = 2, USERS = 3, KIND = 4 };

/* Bits of the kind (nptl/pthreadP.h). */
#define TYPE_MASK 3
#define TYPE_RECURSIVE 1
#define TYPE_ERROR_CHECK 2
#define ROBUST 16
#define INHERIT 32
#define KIND_MASK                                                              \
	(TYPE_MASK | ROBUST | INHERIT | 64 /* ceiling */ | 128 /* shared */ |  \
	 256 | 512 /* elision, and none */)

static uint32_t operation(const struct fdp_system_call *call)
{
	return (uint32_t)call->arguments[OPERATION] & FUTEX_CMD_MASK;
}

bool fdp_futex_waits(const struct fdp_system_call *call)
{
	uint32_t what = operation(call);

	return what == FUTEX_WAIT || what == FUTEX_WAIT_BITSET;
}

bool fdp_futex_is_timed(const struct fdp_system_call *call)
{
	return call->arguments[TIMEOUT] != 0;
}

/* LOCK_PI2, Linux 5.14, may not be in the header. */
static bool inherits(const struct fdp_system_call *call)
{
	return operation(call) == FUTEX_LOCK_PI || operation(call) == 13;
}

/*
 * A normal mutex has 0, 1 or 2 in its first word, and 2 before anybody sleeps;
 * a robust one and one with priority inheritance, its owner.
 */
static bool fits(const uint32_t *words, uint32_t value)
{
	uint32_t kind = words[KIND];

	if (kind & ~(uint32_t)KIND_MASK || words[LOCK] == 0 ||
	    words[OWNER] == 0 || words[USERS] == 0)
		return false;
	if (kind & (ROBUST | INHERIT))
		return (words[LOCK] & FUTEX_TID_MASK) == words[OWNER];
	return words[LOCK] <= 2 && value == 2;
}

struct fdp_mutex fdp_mutex_read(const struct fdp_system_call *call,
				const uint32_t words[FDP_MUTEX_WORDS])
{
	uint32_t type = words[KIND] & TYPE_MASK;
	struct fdp_mutex mutex = { 0 };

	if (inherits(call)) {
		/* The kernel itself goes by that word. */
		mutex.certain = true;
		mutex.owner = words[LOCK] & FUTEX_TID_MASK;
		mutex.consistent = mutex.owner != 0;
	} else if (fdp_futex_waits(call) &&
		   fits(words, (uint32_t)call->arguments[VALUE])) {
		mutex.consistent = true;
		mutex.owner = words[OWNER];
	}
	mutex.can_hold_self = mutex.consistent && !inherits(call) &&
			      type != TYPE_RECURSIVE &&
			      type != TYPE_ERROR_CHECK;
	return mutex;
}
