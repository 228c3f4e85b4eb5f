#include "locks.h"

#include <string.h>

#include "../base/util.h"

/* Behind the head of both kinds of object; the rest is rlockobject's. */
#define AT_SEMAPHORE 0
#define AT_OWNER 8
#define AT_COUNT 16

/*
 * In a struct wait_entry of parking_lot.c, from the semaphore on back: the
 * address of what is waited for.
 */
#define PARKED_AT 8

/* A PyMutex, then AT_OWNER. */
#define MUTEX_LOCKED 1

static const struct {
	const char *type;
	enum fdp_python_lock_kind kind;
} kinds[] = {
	{ "_thread.lock", FDP_PYTHON_LOCK },
	{ "_thread.RLock", FDP_PYTHON_RLOCK },
};

/* Longer than the names above. */
#define NAME_SIZE 16

static enum fdp_python_lock_kind
kind_of(struct fdp_target *target, const struct fdp_python_offsets *offsets,
	uint64_t object)
{
	char name[NAME_SIZE] = "";
	uint64_t type;
	uint64_t text;

	if (fdp_target_read_u64(target, object + offsets->object.type, &type) <
		    0 ||
	    fdp_target_read_u64(target, type + offsets->type.name, &text) < 0 ||
	    fdp_target_read_some(target, text, name, sizeof(name) - 1) <= 0)
		return FDP_PYTHON_NO_LOCK;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(name, kinds[i].type) == 0)
			return kinds[i].kind;
	return FDP_PYTHON_NO_LOCK;
}

/* What all objects have; the type is the last of it. */
static uint64_t head_size(const struct fdp_python_offsets *offsets)
{
	return offsets->object.type + sizeof(uint64_t);
}

static uint64_t owner_of(struct fdp_target *target, uint64_t body)
{
	uint64_t owner;
	uint64_t count;

	if (fdp_target_read_u64(target, body + AT_OWNER, &owner) < 0 ||
	    fdp_target_read_u64(target, body + AT_COUNT, &count) < 0 ||
	    count == 0 || fdp_target_is_late(target, body + AT_OWNER) ||
	    fdp_target_is_late(target, body + AT_COUNT))
		return 0;
	return owner;
}

/*
 * Objects are aligned, and lie in memory that can be written; who only looks
 * knows no maps.
 */
static bool may_be_object(const struct fdp_target *target, uint64_t word)
{
	const struct fdp_map *map = fdp_target_map(target, word);

	if (word % sizeof(word))
		return false;
	return !target->map_count || (map && map->readable && map->writable);
}

static bool is_lock(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t word,
		    uint64_t semaphore, struct fdp_python_lock *lock)
{
	uint64_t body = word + head_size(offsets);
	uint64_t value;

	if (!may_be_object(target, word) ||
	    fdp_target_read_u64(target, body + AT_SEMAPHORE, &value) < 0 ||
	    value != semaphore)
		return false;
	lock->kind = kind_of(target, offsets, word);
	lock->address = word;
	if (lock->kind == FDP_PYTHON_RLOCK)
		lock->owner = owner_of(target, body);
	return lock->kind != FDP_PYTHON_NO_LOCK;
}

struct fdp_python_lock
fdp_python_lock_find(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     size_t size, uint64_t semaphore)
{
	uint64_t words[FDP_PYTHON_LOCK_STACK / sizeof(uint64_t)];
	struct fdp_python_lock lock = { 0 };
	ssize_t got;

	address -= address % sizeof(*words);
	size = size < sizeof(words) ? size : sizeof(words);
	got = fdp_target_read_some(target, address, words, size);
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(*words); i++)
		if (is_lock(target, offsets, words[i], semaphore, &lock))
			return lock;
	return (struct fdp_python_lock){ 0 };
}

static uint64_t parked_owner_of(struct fdp_target *target, uint64_t mutex)
{
	uint64_t owner;
	uint8_t bits;

	if (fdp_target_read(target, mutex, &bits, sizeof(bits)) < 0 ||
	    fdp_target_read_u64(target, mutex + AT_OWNER, &owner) < 0 ||
	    !(bits & MUTEX_LOCKED) || fdp_target_is_late(target, mutex) ||
	    fdp_target_is_late(target, mutex + AT_OWNER))
		return 0;
	return owner;
}

struct fdp_python_lock
fdp_python_lock_parked(struct fdp_target *target,
		       const struct fdp_python_offsets *offsets,
		       uint64_t semaphore)
{
	uint64_t head = head_size(offsets);
	struct fdp_python_lock lock = { 0 };
	uint64_t mutex;

	if (fdp_target_read_u64(target, semaphore - PARKED_AT, &mutex) < 0 ||
	    !may_be_object(target, mutex - head))
		return lock;
	lock.kind = kind_of(target, offsets, mutex - head);
	if (lock.kind != FDP_PYTHON_NO_LOCK)
		lock.address = mutex - head;
	if (lock.kind == FDP_PYTHON_RLOCK)
		lock.owner = parked_owner_of(target, mutex);
	return lock;
}
