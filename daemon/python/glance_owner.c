#include "glance_owner.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>

#include "../base/util.h"
#include "glance_frames.h"

/* glibc's pthread_mutex_t on x86-64. */
#define MUTEX_OWNER 8
#define MUTEX_KIND 16

/* Held, and somebody waits for it. */
#define MUTEX_CONTENDED 2

/* Kinds and flags of a mutex; what is larger is none. */
#define MUTEX_KIND_MAX 1023

/* rlockobject in Modules/_threadmodule.c: the lock, and a pthread_t. */
#define RLOCK_LOCK 16
#define RLOCK_OWNER 24
static const char rlock_name[] = "_thread.RLock";

/* PyCFunctionObject: the object whose method it is. */
#define METHOD_SELF 24

/*
 * A lock of Python's is a semaphore, or a mutex and a condition: somewhere in
 * there its waiters wait.
 */
#define LOCK_SIZE 96

/*
 * Places of a frame that are searched: its variables, and the stack, on which
 * the lock or its method lies while that is called.
 */
#define PLACES_MAX 96

pid_t fdp_glance_mutex_owner(struct fdp_target *target, uint64_t address,
			     uint64_t operation)
{
	uint32_t word, owner, kind;

	operation &= FUTEX_CMD_MASK;
	if (operation != FUTEX_WAIT && operation != FUTEX_LOCK_PI &&
	    operation != FUTEX_LOCK_PI2)
		return 0;
	if (fdp_target_read_u32(target, address, &word) < 0 ||
	    fdp_target_read_u32(target, address + MUTEX_OWNER, &owner) < 0 ||
	    fdp_target_read_u32(target, address + MUTEX_KIND, &kind) < 0 ||
	    kind > MUTEX_KIND_MAX)
		return 0;
	if (operation != FUTEX_WAIT)
		return (pid_t)(word & FUTEX_TID_MASK);
	return word == MUTEX_CONTENDED && owner <= FUTEX_TID_MASK ? (pid_t)owner
								  : 0;
}

static bool is_rlock(struct fdp_glance_search *search, uint64_t address)
{
	const struct fdp_python_offsets *offsets = search->offsets;
	char name[sizeof(rlock_name)];
	uint64_t type, at;

	if (address < FDP_SIGHT_LOWEST || address % 8 ||
	    fdp_target_read_u64(search->target, address + offsets->object.type,
				&type) < 0)
		return false;
	if (*search->type)
		return type == *search->type;
	if (type < FDP_SIGHT_LOWEST || type % 8 ||
	    fdp_target_read_u64(search->target, type + offsets->type.name,
				&at) < 0 ||
	    fdp_target_read(search->target, at, name, sizeof(name)) < 0 ||
	    memcmp(name, rlock_name, sizeof(name)) != 0)
		return false;
	*search->type = type;
	return true;
}

/* ADDRESS is the lock that is waited for. */
static bool try_lock(struct fdp_glance_search *search, uint64_t address,
		     uint64_t *ret_owner)
{
	uint64_t lock;

	return is_rlock(search, address) &&
	       fdp_target_read_u64(search->target, address + RLOCK_LOCK,
				   &lock) == 0 &&
	       search->lock - lock < LOCK_SIZE &&
	       fdp_target_read_u64(search->target, address + RLOCK_OWNER,
				   ret_owner) == 0;
}

/* ADDRESS is the lock, or a method of it. */
static bool try_place(struct fdp_glance_search *search, uint64_t address,
		      uint64_t *ret_owner)
{
	uint64_t self;

	if (address < FDP_SIGHT_LOWEST || address % 8)
		return false;
	return try_lock(search, address, ret_owner) ||
	       (fdp_target_read_u64(search->target, address + METHOD_SELF,
				    &self) == 0 &&
		try_lock(search, self, ret_owner));
}

int fdp_glance_find_lock(struct fdp_glance_search *search, uint64_t state,
			 uint64_t *ret_owner)
{
	const struct fdp_python_offsets *offsets = search->offsets;
	uint64_t frame = fdp_glance_innermost(search->target, offsets, state);
	uint64_t code, places[PLACES_MAX];
	uint32_t values, stack;
	size_t count;
	ssize_t got;

	if (!frame ||
	    fdp_target_read_u64(search->target, frame + offsets->frame.code,
				&code) < 0 ||
	    fdp_target_read_u32(search->target,
				code + search->more->value_count,
				&values) < 0 ||
	    fdp_target_read_u32(search->target, code + search->more->stack_size,
				&stack) < 0)
		return -ENOENT;
	count = (size_t)values + stack;
	got = fdp_target_read_some(
		search->target, frame + offsets->frame.locals, places,
		(count < PLACES_MAX ? count : PLACES_MAX) * sizeof(places[0]));
	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(places[0]); i++)
		if (try_place(search, places[i], ret_owner))
			return 0;
	return -ENOENT;
}
