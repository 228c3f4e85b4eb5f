/* What threads wait for, read from the memory of fake processes. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/analysis/waits.h"
#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "fake_python.h"
#include "fake_target.h"
#include "suite.h"

#define MINOR 12

/* Thread i has the tid TID + i, this pthread_t, and this stack. */
#define TID 101
#define THREADS 3
#define POINTER(i) (UINT64_C(0x7f0000000000) + (uint64_t)(i)*0x10000)
#define STACK(i) (UINT64_C(0x7e0000000000) + (uint64_t)(i)*0x10000)

#define LOCK UINT64_C(0x600000)
#define GIL UINT64_C(0x700000)

/* In memory that lock objects may lie in. */
#define HEAP UINT64_C(0x800000)
#define HEAP_SIZE 0x100000

enum { WAIT = 0x80, WAIT_BITSET = 0x189, LOCK_PI = 0x86, WAKE = 0x81 };

struct fixture {
	struct fdp_target *target;
	struct fake_python fake;
	struct fdp_report report;
	struct fdp_python python;
	struct fdp_wait_readings readings;
	struct fdp_python_gil gil;
	struct fdp_python_stack stack;
};

static void add_threads(struct fixture *fixture)
{
	struct fdp_arena *arena = &fixture->target->arena;
	struct fdp_thread *threads =
		fdp_arena_array(arena, THREADS, sizeof(*threads));
	struct fdp_report_thread *shown = fdp_arena_array(
		&fixture->report.arena, THREADS, sizeof(*shown));

	for (int i = 0; i < THREADS; i++) {
		threads[i] = (struct fdp_thread){ .tid = TID + i,
						  .has_registers = true };
		threads[i].name[0] = (char)('a' + i);
		threads[i].registers.thread_pointer = POINTER(i);
		shown[i].tid = TID + i;
	}
	fixture->target->threads = threads;
	fixture->target->thread_count = THREADS;
	fixture->report.threads = shown;
	fixture->report.thread_count = THREADS;
}

static void setup(struct fixture *fixture)
{
	struct fdp_map *map;

	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_python_start(&fixture->fake, fixture->target, MINOR);
	add_threads(fixture);
	map = fdp_arena_array(&fixture->target->arena, 1, sizeof(*map));
	*map = (struct fdp_map){ .start = HEAP,
				 .end = HEAP + HEAP_SIZE,
				 .readable = true,
				 .writable = true,
				 .path = "" };
	fixture->target->maps = map;
	fixture->target->map_count = 1;
	fixture->python.found = true;
	fixture->python.offsets = fixture->fake.offsets;
}

static void teardown(struct fixture *fixture)
{
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

static void set_call(struct fixture *fixture, int thread, const char *text)
{
	char key[48];

	snprintf(key, sizeof(key), "thread/%d/syscall", TID + thread);
	fake_target_fact(fixture->target, key, text);
}

static void set_timed_futex(struct fixture *fixture, int thread,
			    uint64_t address, unsigned int operation,
			    uint32_t value, uint64_t timeout)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "202 0x%llx 0x%x 0x%x 0x%llx 0x0 0xffffffff 0x%llx 0x401000",
		 (unsigned long long)address, operation, value,
		 (unsigned long long)timeout,
		 (unsigned long long)STACK(thread));
	set_call(fixture, thread, text);
}

static void set_futex(struct fixture *fixture, int thread, uint64_t address,
		      unsigned int operation, uint32_t value)
{
	set_timed_futex(fixture, thread, address, operation, value, 0);
}

static void read_all(struct fixture *fixture)
{
	ck_assert_int_eq(fdp_waits_read(fixture->target, &fixture->report,
					&fixture->python, &fixture->readings),
			 0);
}

/* Of the first thread. */
static const struct fdp_wait *fill(struct fixture *fixture)
{
	read_all(fixture);
	ck_assert_int_eq(fdp_waits_fill(fixture->target, &fixture->readings,
					&fixture->report),
			 0);
	return &fixture->report.threads[0].waits;
}

static void check(struct fixture *fixture, const char *kind, pid_t owner,
		  const char *text)
{
	const struct fdp_wait *wait = fill(fixture);

	if (!kind) {
		ck_assert_ptr_null(wait->kind);
		ck_assert_ptr_null(wait->text);
		return;
	}
	ck_assert_ptr_nonnull(wait->kind);
	ck_assert_str_eq(wait->kind, kind);
	ck_assert_str_eq(wait->text, text);
	ck_assert_int_eq(wait->owner, owner);
}

/* The frames of the first thread: native functions, innermost first. */
static void set_frames(struct fixture *fixture, const char *const *functions)
{
	struct fdp_report_thread *thread = &fixture->report.threads[0];

	thread->frames = fdp_arena_array(&fixture->report.arena, 8,
					 sizeof(*thread->frames));
	for (; functions[thread->frame_count]; thread->frame_count++) {
		struct fdp_frame *frame = &thread->frames[thread->frame_count];
		const char *name = functions[thread->frame_count];

		frame->kind =
			*name == '!' ? FDP_FRAME_PYTHON : FDP_FRAME_NATIVE;
		frame->function = *name == '?' ? NULL : name + (*name == '!');
	}
}

/* A mutex, with what its words must be to be one. */
struct mutex_row {
	const char *what;
	unsigned int operation;
	uint32_t value;
	uint32_t words[5];	  /* lock, count, owner, users, kind */
	const char *functions[4]; /* of the innermost frames */
	const char *kind;
	pid_t owner;
	const char *text;
};

#define NO_OWNER "waits for mutex 0x600000"
#define HELD "waits for mutex 0x600000 held by thread 102 \"b\""
#define ITSELF "waits for mutex 0x600000 that it holds itself"
#define FUTEX "waits for futex 0x600000"

static const struct mutex_row mutex_rows[] = {
	{ "plain", WAIT, 2, { 2, 0, 102, 1, 0 }, { 0 }, "mutex", 102, HELD },
	{ "named",
	  WAIT,
	  2,
	  { 2, 0, 102, 1, 0 },
	  { "?", "___pthread_mutex_lock" },
	  "mutex",
	  102,
	  HELD },
	{ "adaptive, no elision",
	  WAIT,
	  2,
	  { 1, 0, 102, 1, 0x203 },
	  { 0 },
	  "mutex",
	  102,
	  HELD },
	{ "itself", WAIT, 2, { 2, 0, 101, 1, 0 }, { 0 }, "mutex", 101, ITSELF },
	{ "recursive ones are not waited for by their owner",
	  WAIT,
	  2,
	  { 2, 1, 101, 1, 1 },
	  { 0 },
	  "futex",
	  0,
	  FUTEX },
	{ "nor those that check",
	  WAIT,
	  2,
	  { 2, 0, 101, 1, 2 },
	  { "pthread_mutex_lock" },
	  "mutex",
	  0,
	  NO_OWNER },
	{ "recursive",
	  WAIT,
	  2,
	  { 2, 1, 102, 1, 1 },
	  { 0 },
	  "mutex",
	  102,
	  HELD },
	{ "timed",
	  WAIT_BITSET,
	  2,
	  { 2, 0, 102, 1, 0 },
	  { 0 },
	  "mutex",
	  102,
	  HELD },
	{ "just given up",
	  WAIT,
	  2,
	  { 2, 0, 0, 0, 0 },
	  { "pthread_mutex_lock" },
	  "mutex",
	  0,
	  NO_OWNER },
	{ "free",
	  WAIT,
	  2,
	  { 0, 0, 102, 1, 0 },
	  { "pthread_mutex_lock" },
	  "mutex",
	  0,
	  NO_OWNER },
	{ "free, and without a name",
	  WAIT,
	  2,
	  { 0, 0, 102, 1, 0 },
	  { 0 },
	  "futex",
	  0,
	  FUTEX },
	{ "owned by none of ours",
	  WAIT,
	  2,
	  { 2, 0, 999, 1, 0 },
	  { 0 },
	  "futex",
	  0,
	  FUTEX },
	{ "a kind that is none",
	  WAIT,
	  2,
	  { 2, 0, 102, 1, 0x1000 },
	  { 0 },
	  "futex",
	  0,
	  FUTEX },
	{ "another value",
	  WAIT,
	  7,
	  { 2, 0, 102, 1, 0 },
	  { 0 },
	  "futex",
	  0,
	  FUTEX },
	{ "no users", WAIT, 2, { 2, 0, 102, 0, 0 }, { 0 }, "futex", 0, FUTEX },
	{ "nobody waits",
	  WAKE,
	  2,
	  { 2, 0, 102, 1, 0 },
	  { 0 },
	  "futex",
	  0,
	  FUTEX },
	{ "robust",
	  WAIT,
	  0x80000066,
	  { 0x80000066, 0, 102, 1, 16 },
	  { 0 },
	  "mutex",
	  102,
	  HELD },
	{ "robust, of another",
	  WAIT,
	  0x80000066,
	  { 0x80000067, 0, 102, 1, 16 },
	  { 0 },
	  "futex",
	  0,
	  FUTEX },
	{ "with priority inheritance",
	  LOCK_PI,
	  0,
	  { 0x80000066, 0, 102, 1, 32 },
	  { 0 },
	  "mutex",
	  102,
	  HELD },
	{ "the kernel's word alone",
	  LOCK_PI,
	  0,
	  { 0x80000066, 0, 0, 0, 32 },
	  { 0 },
	  "mutex",
	  102,
	  HELD },
	{ "an owner that is gone",
	  LOCK_PI,
	  0,
	  { 0x800003e7, 0, 0, 0, 32 },
	  { 0 },
	  "mutex",
	  0,
	  NO_OWNER },
	{ "a condition",
	  WAIT_BITSET,
	  0,
	  { 0 },
	  { "__futex_abstimed_wait_common", "___pthread_cond_wait" },
	  "condition",
	  0,
	  "waits for condition variable 0x600000" },
	{ "a condition's mutex",
	  WAIT,
	  2,
	  { 2, 0, 102, 1, 0 },
	  { "?", "pthread_cond_timedwait" },
	  "mutex",
	  102,
	  HELD },
	{ "a read-write lock",
	  WAIT_BITSET,
	  3,
	  { 0 },
	  { "?", "__pthread_rwlock_rdlock" },
	  "rwlock",
	  0,
	  "waits for read-write lock 0x600000" },
	{ "a semaphore",
	  WAIT_BITSET,
	  0,
	  { 0 },
	  { "do_futex_wait", "__new_sem_wait_slow64" },
	  "semaphore",
	  0,
	  "waits for semaphore 0x600000" },
	{ "glibc's own name",
	  WAIT,
	  2,
	  { 2 },
	  { "__GI___lll_lock_wait", "__GI___pthread_mutex_lock" },
	  "mutex",
	  0,
	  NO_OWNER },
	{ "behind Python code",
	  WAIT_BITSET,
	  0,
	  { 0 },
	  { "futex_wait", "!run", "pthread_mutex_lock" },
	  "futex",
	  0,
	  FUTEX },
};

START_TEST(test_mutex)
{
	const struct mutex_row *row = &mutex_rows[_i];
	struct fixture fixture;

	setup(&fixture);
	fake_target_write(fixture.target, LOCK, row->words, sizeof(row->words));
	set_futex(&fixture, 0, LOCK, row->operation, row->value);
	set_frames(&fixture, row->functions);
	check(&fixture, row->kind, row->owner, row->text);
	ck_assert_uint_eq(fixture.report.threads[0].waits.address, LOCK);
	teardown(&fixture);
}
END_TEST

/* What was read when the process ran again says nothing of who held it. */
START_TEST(test_late)
{
	static const uint32_t words[] = { 2, 0, 102, 1, 0 };
	static const char *const functions[] = { "pthread_mutex_lock", NULL };
	struct fixture fixture;

	setup(&fixture);
	fake_target_write(fixture.target, LOCK, words, sizeof(words));
	set_futex(&fixture, 0, LOCK, WAIT, 2);
	set_frames(&fixture, functions);
	fixture.target->running = true;
	check(&fixture, "mutex", 0, NO_OWNER);
	teardown(&fixture);
}
END_TEST

START_TEST(test_unreadable)
{
	struct fixture fixture;

	setup(&fixture);
	set_futex(&fixture, 0, 0x10, WAIT, 2);
	check(&fixture, "futex", 0, "waits for futex 0x10");
	teardown(&fixture);
}
END_TEST

/* In a pid namespace the process knows its threads by other numbers. */
START_TEST(test_namespace)
{
	static const uint32_t words[] = { 2, 0, 7, 1, 0 };
	struct fixture fixture;

	setup(&fixture);
	fake_target_fact(fixture.target, "proc/status",
			 "Name:\tx\nNSpid:\t101\t6\nThreads:\t3\n");
	fake_target_fact(fixture.target, "thread/101/status",
			 "Name:\tx\nNSpid:\t101\t6\n");
	fake_target_fact(fixture.target, "thread/102/status",
			 "Name:\tx\nNSpid:\t102\t7\n");
	fake_target_write(fixture.target, LOCK, words, sizeof(words));
	set_futex(&fixture, 0, LOCK, WAIT, 2);
	check(&fixture, "mutex", 102, HELD);
	teardown(&fixture);
}
END_TEST

/* There the number of a thread of ours is that of somebody else. */
START_TEST(test_foreign_number)
{
	static const uint32_t words[] = { 2, 0, 102, 1, 0 };
	struct fixture fixture;

	setup(&fixture);
	fake_target_fact(fixture.target, "proc/status", "\nNSpid:\t101\t6\n");
	fake_target_write(fixture.target, LOCK, words, sizeof(words));
	set_futex(&fixture, 0, LOCK, WAIT, 2);
	check(&fixture, "futex", 0, FUTEX);
	teardown(&fixture);
}
END_TEST

static void set_gil(struct fixture *fixture, long holder, bool locked)
{
	fixture->gil = (struct fdp_python_gil){
		.address = GIL,
		.size = fixture->fake.offsets->gil.size,
		.locked = locked,
		.holder_tid = locked ? holder : FDP_UNKNOWN,
	};
	fixture->python.gils.all = &fixture->gil;
	fixture->python.gils.count = 1;
}

static const struct {
	uint64_t at; /* in the GIL */
	long holder;
	bool locked;
	const char *kind;
	pid_t owner;
	const char *text;
} gil_rows[] = {
	{ 40, 103, true, "gil", 103,
	  "waits for the GIL held by thread 103 \"c\"" },
	{ 72, 101, true, "gil", 101, "waits for the GIL that it holds itself" },
	{ 40, 103, false, "gil", 0, "waits for the GIL" },
	{ 40, FDP_UNKNOWN, true, "gil", 0, "waits for the GIL" },
	/* Its mutex, and what one waits for that has given it up. */
	{ 80, 103, true, "gil", 0, "waits for the GIL" },
	{ 128, 103, true, "gil", 0, "waits for the GIL" },
	{ 208, 103, true, "futex", 0, "waits for futex 0x7000d0" },
};

START_TEST(test_gil)
{
	/* Whatever it is, it looks like a mutex too. */
	static const uint32_t words[] = { 2, 0, 102, 1, 0 };
	uint64_t address = GIL + gil_rows[_i].at;
	struct fixture fixture;

	setup(&fixture);
	set_gil(&fixture, gil_rows[_i].holder, gil_rows[_i].locked);
	if (_i < 6)
		fake_target_write(fixture.target, address, words,
				  sizeof(words));
	set_timed_futex(&fixture, 0, address, WAIT_BITSET, 2, 0x5000);
	check(&fixture, gil_rows[_i].kind, gil_rows[_i].owner,
	      _i < 6 ? gil_rows[_i].text
		     : "waits for futex 0x7000d0, with a timeout");
	teardown(&fixture);
}
END_TEST

/* It wakes every 5 ms to ask for it. */
START_TEST(test_gil_awake)
{
	static const char *const functions[] = { "?", "take_gil", NULL };
	static const char *const others[] = { "run", "!take_gil", NULL };
	struct fixture fixture;

	for (int known = 0; known < 2; known++) {
		setup(&fixture);
		set_gil(&fixture, 103, true);
		set_frames(&fixture, functions);
		if (known)
			set_call(&fixture, 0, "running");
		check(&fixture, "gil", 103,
		      "waits for the GIL held by thread 103 \"c\"");
		teardown(&fixture);
	}
	setup(&fixture);
	set_gil(&fixture, 101, true);
	set_frames(&fixture, functions);
	check(&fixture, NULL, 0, NULL);
	teardown(&fixture);
	setup(&fixture);
	set_gil(&fixture, 103, true);
	set_frames(&fixture, others);
	check(&fixture, NULL, 0, NULL);
	teardown(&fixture);
}
END_TEST

/* A lock object of TYPE, and a word on the first thread's stack that has it. */
static uint64_t add_lock(struct fixture *fixture, const char *type,
			 uint64_t owner, uint64_t count)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	uint64_t object = HEAP + 0x40;
	uint64_t type_object = HEAP + 0x1000;
	uint64_t name = HEAP + 0x2000;

	fake_target_write(fixture->target, name, type, strlen(type) + 1);
	fake_target_write_u64(fixture->target, type_object + offsets->type.name,
			      name);
	fake_target_write_u64(fixture->target, object + offsets->object.type,
			      type_object);
	fake_target_write_u64(fixture->target, object + 16, LOCK);
	fake_target_write_u64(fixture->target, object + 24, owner);
	fake_target_write_u64(fixture->target, object + 32, count);
	fake_target_write_u64(fixture->target, LOCK, 0);
	/* Others are no object, no lock, or another. */
	fake_target_write_u64(fixture->target, STACK(0) + 8, HEAP + 3);
	fake_target_write_u64(fixture->target, STACK(0) + 16, LOCK);
	fake_target_write_u64(fixture->target, STACK(0) + 24, HEAP + 0x3000);
	fake_target_write_u64(fixture->target, STACK(0) + 0x100, object);
	return object;
}

static const struct {
	const char *type;
	int owner; /* a thread; -1: nobody; -2: one that is not there */
	uint64_t count;
	const char *kind;
	pid_t tid;
	const char *text;
} lock_rows[] = {
	{ "_thread.RLock", 1, 1, "rlock", 102,
	  "waits for RLock 0x800040 held by thread 102 \"b\"" },
	{ "_thread.RLock", 2, 3, "rlock", 103,
	  "waits for RLock 0x800040 held by thread 103 \"c\"" },
	{ "_thread.RLock", 1, 0, "rlock", 0, "waits for RLock 0x800040" },
	{ "_thread.RLock", -1, 1, "rlock", 0, "waits for RLock 0x800040" },
	{ "_thread.RLock", -2, 1, "rlock", 0, "waits for RLock 0x800040" },
	{ "_thread.RLock", 0, 1, "rlock", 0, "waits for RLock 0x800040" },
	{ "_thread.lock", 1, 1, "lock", 0, "waits for Python lock 0x800040" },
	{ "_thread.RLocker", 1, 1, "futex", 0, "waits for futex 0x600000" },
	{ "lock", 1, 1, "futex", 0, "waits for futex 0x600000" },
};

START_TEST(test_python_lock)
{
	int thread = lock_rows[_i].owner;
	uint64_t owner = thread == -1 ? 0
			 : thread < 0 ? 0x1234
				      : POINTER(thread);
	struct fixture fixture;

	setup(&fixture);
	add_lock(&fixture, lock_rows[_i].type, owner, lock_rows[_i].count);
	set_futex(&fixture, 0, LOCK, WAIT_BITSET, 0);
	check(&fixture, lock_rows[_i].kind, lock_rows[_i].tid,
	      lock_rows[_i].text);
	teardown(&fixture);
}
END_TEST

/*
 * A thread that is parked: its semaphore is on its own stack, the address of a
 * PyMutex before it, and that is the lock.
 */
static const struct {
	const char *type;
	uint64_t at; /* the semaphore, from the stack pointer on */
	int bits;
	const char *kind;
	pid_t tid;
	const char *text;
} parked_rows[] = {
	{ "_thread.RLock", 0x100, 3, "rlock", 102,
	  "waits for RLock 0x800040 held by thread 102 \"b\"" },
	{ "_thread.RLock", 0x100, 2, "rlock", 0, "waits for RLock 0x800040" },
	{ "_thread.lock", 0x100, 3, "lock", 0,
	  "waits for Python lock 0x800040" },
	{ "_thread.RLocker", 0x100, 3, "futex", 0, "waits for futex 0x" },
	/* Another's stack, or too far out to be of this call. */
	{ "_thread.RLock", 0x2000, 3, "futex", 0, "waits for futex 0x" },
	{ "_thread.RLock", (uint64_t)-0x100, 3, "futex", 0,
	  "waits for futex 0x" },
};

START_TEST(test_parked)
{
	uint64_t semaphore = STACK(0) + parked_rows[_i].at;
	struct fixture fixture;
	const struct fdp_wait *wait;
	uint64_t object;

	setup(&fixture);
	object = add_lock(&fixture, parked_rows[_i].type, POINTER(1), 0);
	fake_target_write_u64(fixture.target, object + 16,
			      (uint64_t)parked_rows[_i].bits);
	fake_target_write_u64(fixture.target, semaphore - 8, object + 16);
	fake_target_write_u64(fixture.target, semaphore, 0);
	set_futex(&fixture, 0, semaphore, WAIT_BITSET, 0);
	wait = fill(&fixture);
	ck_assert_str_eq(wait->kind, parked_rows[_i].kind);
	ck_assert_int_eq(wait->owner, parked_rows[_i].tid);
	ck_assert_msg(strncmp(wait->text, parked_rows[_i].text,
			      strlen(parked_rows[_i].text)) == 0,
		      "%s", wait->text);
	teardown(&fixture);
}
END_TEST

/* The stack is searched up to where Python code is evaluated, and no farther.
 */
START_TEST(test_anchor)
{
	struct fdp_python_run runs[] = { { .anchor = STACK(2) + 0x10 },
					 { .anchor = STACK(0) + 0x108 },
					 { .anchor = STACK(0) - 0x10 } };
	struct fixture fixture;

	for (int near = 0; near < 2; near++) {
		setup(&fixture);
		fixture.stack.runs = runs;
		fixture.stack.run_count = ARRAY_SIZE(runs);
		runs[1].anchor = STACK(0) + (near ? 0x100 : 0x108);
		fixture.python.stacks = &fixture.stack;
		fixture.python.stack_count = 1;
		add_lock(&fixture, "_thread.RLock", POINTER(1), 1);
		set_futex(&fixture, 0, LOCK, WAIT_BITSET, 0);
		check(&fixture, near ? "futex" : "rlock", near ? 0 : 102,
		      near ? FUTEX
			   : "waits for RLock 0x800040 held by thread 102 "
			     "\"b\"");
		teardown(&fixture);
	}
}
END_TEST

/* The object was not there when the process stood. */
START_TEST(test_late_lock)
{
	struct fixture fixture;

	setup(&fixture);
	add_lock(&fixture, "_thread.RLock", POINTER(1), 1);
	set_futex(&fixture, 0, LOCK, WAIT_BITSET, 0);
	fixture.target->running = true;
	check(&fixture, "rlock", 0, "waits for RLock 0x800040");
	teardown(&fixture);
}
END_TEST

START_TEST(test_join)
{
	struct fixture fixture;

	setup(&fixture);
	set_futex(&fixture, 0, POINTER(2) + 0x2d0, 0x109, 103);
	check(&fixture, "thread", 103, "waits for the end of thread 103 \"c\"");
	teardown(&fixture);
	/* The tid of one thread, in another's. */
	setup(&fixture);
	set_futex(&fixture, 0, POINTER(2) + 0x2d0, 0x109, 102);
	check(&fixture, "futex", 0, "waits for futex 0x7f00000202d0");
	teardown(&fixture);
}
END_TEST

static const struct {
	const char *call, *kind, *text;
} call_rows[] = {
	{ "running", NULL, NULL },
	{ "-1 0x1 0x2", NULL, NULL },
	{ "nonsense", NULL, NULL },
	{ "61 0x1267 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "child",
	  "waits for its child 4711 \"sleep\"" },
	{ "61 0x1268 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "child",
	  "waits for its child 4712" },
	{ "61 0xffffffff 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "child",
	  "waits for any child" },
	{ "61 0xfffffff0 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "child",
	  "waits for a child of a group" },
	{ "247 0x1 0x1267 0x0 0x0 0x0 0x0 0x1 0x2", "child",
	  "waits for its child 4711 \"sleep\"" },
	{ "247 0x0 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "child",
	  "waits for any child" },
	{ "247 0x3 0x5 0x0 0x0 0x0 0x0 0x1 0x2", "child", "waits for a child" },
	{ "232 0x4 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "call",
	  "is in epoll_wait() on descriptor 4" },
	{ "230 0x4 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "call",
	  "is in clock_nanosleep()" },
	{ "999 0x4 0x0 0x0 0x0 0x0 0x0 0x1 0x2", "call",
	  "is in system call 999" },
};

START_TEST(test_call)
{
	struct fixture fixture;

	setup(&fixture);
	fake_target_fact(fixture.target, "process/4711/comm", "sleep");
	set_call(&fixture, 0, call_rows[_i].call);
	check(&fixture, call_rows[_i].kind, 0, call_rows[_i].text);
	teardown(&fixture);
}
END_TEST

/* A frame of importlib, called for MODULE, in the memory of the fixture. */
static struct fdp_frame import_frame(struct fixture *fixture,
				     const char *function, const char *module)
{
	struct fake_python *fake = &fixture->fake;
	uint64_t address = fake_python_alloc(fake, 256);

	fake_target_write_u64(fixture->target,
			      address + fake->offsets->frame.locals,
			      fake_python_string(fake, module));
	return (struct fdp_frame){ .kind = FDP_FRAME_PYTHON,
				   .function = function,
				   .file = "<frozen importlib._bootstrap>",
				   .address = address };
}

struct import_row {
	const char *waits_in, *waits_for; /* of the first thread */
	const char *taken, *imported;	  /* of the second */
	const char *kind;
	pid_t owner;
	const char *text;
};

#define IMPORT "waits for the import of \"m\" by "

static const struct import_row import_rows[] = {
	{ "_find_and_load", "m", "_find_and_load_unlocked", "m", "import-lock",
	  102, IMPORT "thread 102 \"b\"" },
	{ "_lock_unlock_module", "m", "_find_and_load_unlocked", "m",
	  "import-lock", 102, IMPORT "thread 102 \"b\"" },
	{ "_find_and_load", "m", "_find_and_load_unlocked", "n", "import-lock",
	  0, IMPORT "another thread" },
	{ "_find_and_load", "m", "__enter__", "m", "import-lock", 0,
	  IMPORT "another thread" },
	{ "something", "m", "_find_and_load_unlocked", "m", "lock", 0,
	  "waits for Python lock 0x800040" },
};

START_TEST(test_import)
{
	const struct import_row *row = &import_rows[_i];
	struct fixture fixture;
	struct fdp_frame waiting[3];
	struct fdp_frame importing[3];
	struct fdp_python_stack stacks[2];

	setup(&fixture);
	waiting[0] = import_frame(&fixture, "acquire", "x");
	waiting[1] = import_frame(&fixture, "__enter__", "x");
	waiting[2] = import_frame(&fixture, row->waits_in, row->waits_for);
	importing[0] = import_frame(&fixture, "exec_module", "x");
	importing[1] = import_frame(&fixture, row->taken, "x");
	importing[2] = import_frame(&fixture, "_find_and_load", row->imported);
	stacks[0] = (struct fdp_python_stack){ .tid = TID,
					       .frames = waiting,
					       .frame_count = 3 };
	stacks[1] = (struct fdp_python_stack){ .tid = TID + 1,
					       .frames = importing,
					       .frame_count = 3 };
	fixture.python.stacks = stacks;
	fixture.python.stack_count = 2;
	add_lock(&fixture, "_thread.lock", 0, 0);
	set_futex(&fixture, 0, LOCK, WAIT_BITSET, 0);
	check(&fixture, row->kind, row->owner, row->text);
	teardown(&fixture);
}
END_TEST

/* Before the stop nothing is known but tids; the same memory is asked for. */
START_TEST(test_rehearsal)
{
	struct fixture fixture;

	setup(&fixture);
	for (int i = 0; i < THREADS; i++)
		fixture.target->threads[i] =
			(struct fdp_thread){ .tid = TID + i };
	add_lock(&fixture, "_thread.RLock", POINTER(1), 1);
	set_futex(&fixture, 0, LOCK, WAIT_BITSET, 0);
	read_all(&fixture);
	ck_assert(fdp_cache_find(fixture.target->cache, LOCK)->asked);
	ck_assert(fdp_cache_find(fixture.target->cache, HEAP)->asked);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("waits");
	TCase *tcase = tcase_create("waits");

	tcase_add_loop_test(tcase, test_mutex, 0, ARRAY_SIZE(mutex_rows));
	tcase_add_test(tcase, test_late);
	tcase_add_test(tcase, test_unreadable);
	tcase_add_test(tcase, test_namespace);
	tcase_add_test(tcase, test_foreign_number);
	tcase_add_loop_test(tcase, test_gil, 0, ARRAY_SIZE(gil_rows));
	tcase_add_test(tcase, test_gil_awake);
	tcase_add_loop_test(tcase, test_python_lock, 0, ARRAY_SIZE(lock_rows));
	tcase_add_loop_test(tcase, test_parked, 0, ARRAY_SIZE(parked_rows));
	tcase_add_test(tcase, test_anchor);
	tcase_add_test(tcase, test_late_lock);
	tcase_add_test(tcase, test_join);
	tcase_add_loop_test(tcase, test_call, 0, ARRAY_SIZE(call_rows));
	tcase_add_loop_test(tcase, test_import, 0, ARRAY_SIZE(import_rows));
	tcase_add_test(tcase, test_rehearsal);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
