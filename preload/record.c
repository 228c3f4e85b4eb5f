/* Records of threads: a free list without locks, and a search without libc. */
#include "record.h"

#include <stdbool.h>
#include <sys/mman.h>

#include "state.h"
#include "sys.h"

struct fdp_records fdp_records;
__thread uint32_t fdp_self;

/* The lower half of the list's head; the upper one counts, against ABA. */
#define NUMBER(head) ((uint32_t)(head))
#define HEAD(old, number) (((((old) >> 32) + 1) << 32) | (number))

static struct fdp_record *take_free(void)
{
	uint64_t head = __atomic_load_n(&fdp_records.free, __ATOMIC_ACQUIRE);

	while (NUMBER(head)) {
		struct fdp_record *record = fdp_record_at(NUMBER(head));
		uint32_t next =
			__atomic_load_n(&record->next, __ATOMIC_RELAXED);

		if (__atomic_compare_exchange_n(
			    &fdp_records.free, &head, HEAD(head, next), false,
			    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return record;
	}
	return NULL;
}

static void put_free(struct fdp_record *record)
{
	uint64_t head = __atomic_load_n(&fdp_records.free, __ATOMIC_ACQUIRE);

	do
		__atomic_store_n(&record->next, NUMBER(head), __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(
		&fdp_records.free, &head, HEAD(head, record->number), false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
}

static struct fdp_record *map_chunk(void)
{
	long map = fdp_sys(SYS_mmap, NULL,
			   FDP_RECORD_CHUNK * sizeof(struct fdp_record),
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return map < 0 && map > -4096 ? NULL : (struct fdp_record *)map;
}

/* A chunk for the records from COUNT on, if nobody else makes it. */
static bool add_chunk(uint32_t count)
{
	struct fdp_record *nobody = NULL, *chunk = map_chunk();

	if (!chunk)
		return false;
	if (!__atomic_compare_exchange_n(
		    &fdp_records.chunks[count / FDP_RECORD_CHUNK], &nobody,
		    chunk, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		fdp_sys(SYS_munmap, chunk,
			FDP_RECORD_CHUNK * sizeof(struct fdp_record));
	return true;
}

/*
 * One that nobody has had.  They are taken one by one, so that memory is not
 * touched for threads that never come.
 */
static struct fdp_record *take_new(void)
{
	uint32_t count = __atomic_load_n(&fdp_records.count, __ATOMIC_ACQUIRE);
	struct fdp_record *record;

	do {
		if (count >= FDP_RECORDS_MAX)
			return NULL;
		if (!__atomic_load_n(
			    &fdp_records.chunks[count / FDP_RECORD_CHUNK],
			    __ATOMIC_ACQUIRE) &&
		    !add_chunk(count))
			return NULL;
	} while (!__atomic_compare_exchange_n(
		&fdp_records.count, &count, count + 1, false, __ATOMIC_ACQ_REL,
		__ATOMIC_ACQUIRE));
	record = fdp_record_at(count + 1);
	record->number = count + 1;
	return record;
}

struct fdp_record *fdp_record_new(void)
{
	struct fdp_record *record = take_free();

	return record ? record : take_new();
}

void fdp_record_enter(struct fdp_record *record)
{
	record->thread_pointer = fdp_thread_pointer_here();
	record->turn = 0;
	record->aborting = 0;
	record->strict = FDP_STRICT_NO;
	for (int i = 0; i < FDP_NOTES; i++)
		record->notes[i].context = 0;
	__atomic_store_n(&record->tid, (uint32_t)fdp_sys(SYS_gettid),
			 __ATOMIC_RELEASE);
	fdp_self = record->number;
}

void fdp_record_free(struct fdp_record *record)
{
	__atomic_store_n(&record->tid, 0, __ATOMIC_RELEASE);
	put_free(record);
}

/* A vfork child is none: the records are its parent's. */
static bool is_forked(void)
{
	uint32_t owner = fdp_state.page->pid;
	uint32_t pid = (uint32_t)fdp_sys(SYS_getpid);

	return pid != fdp_state.origin_pid && (!owner || owner == pid);
}

/*
 * In a forked child the one thread has another tid than its record says, but
 * the thread pointer that it had; and a new one may have that of a thread that
 * was left behind.
 */
struct fdp_record *fdp_record_find(void)
{
	uint32_t count = __atomic_load_n(&fdp_records.count, __ATOMIC_ACQUIRE);
	uint32_t tid = (uint32_t)fdp_sys(SYS_gettid);
	uint64_t pointer = fdp_thread_pointer();
	struct fdp_record *inherited = NULL;

	for (uint32_t number = 1; pointer && number <= count; number++) {
		struct fdp_record *record = fdp_record_at(number);
		uint32_t owner =
			__atomic_load_n(&record->tid, __ATOMIC_ACQUIRE);

		if (!owner || record->thread_pointer != pointer)
			continue;
		if (owner == tid)
			return record;
		inherited = record;
	}
	if (!inherited || !is_forked())
		return NULL;
	__atomic_store_n(&inherited->tid, tid, __ATOMIC_RELEASE);
	return inherited;
}
