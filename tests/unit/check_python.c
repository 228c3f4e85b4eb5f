/* A whole interpreter, read through fdp_python_read(). */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/object_head.h"
#include "../../daemon/python/python.h"
#include "../../daemon/python/strings.h"
#include "debug_313.h"
#include "fake_objects.h"
#include "suite.h"

#define POINTER 0x7f0000001000 /* the pthread_t of thread 101 */
#define OTHER_POINTER 0x7f0000002000

struct fixture {
	struct fdp_target *target;
	struct fdp_report report;
	struct fdp_python python;
	struct fake_python fake;
	struct fdp_thread threads[2];
	struct fdp_module modules[2];
	uint64_t runtime, interpreter, state;
	uint64_t frame, codes[2]; /* the newest; of f() and <module> */
};

static void add_module(struct fixture *fixture, const char *path,
		       uint64_t runtime)
{
	struct fdp_report *report = &fixture->report;
	char key[256];
	char value[64];

	report->modules = fixture->modules;
	report->modules[report->module_count++] =
		(struct fdp_module){ .path = path };
	if (!runtime)
		return;
	snprintf(key, sizeof(key), "elf/symbol/_PyRuntime/%s", path);
	snprintf(value, sizeof(value), "%llx 8", (unsigned long long)runtime);
	fake_target_fact(fixture->target, key, value);
}

/* Threads 101, the crashed one, and 102. */
static void add_threads(struct fixture *fixture)
{
	fixture->threads[0] = (struct fdp_thread){
		.tid = 101,
		.crashed = true,
		.has_registers = true,
		.registers = { .thread_pointer = POINTER },
	};
	fixture->threads[1] = (struct fdp_thread){ .tid = 102 };
	fixture->target->threads = fixture->threads;
	fixture->target->thread_count = 2;
}

/* One interpreter, with one thread that runs f() called by <module>. */
static void setup_as(struct fixture *fixture, const struct fdp_version *version,
		     bool moved)
{
	static const struct fake_code module = { "<module>", "/app/main.py",
						 9 };
	static const struct fake_code function = { "f", "/app/main.py", 3 };
	struct fake_python *fake = &fixture->fake;
	struct fake_frame frame = { 0 };
	const struct fdp_python_offsets *offsets;

	*fixture = (struct fixture){ .target = fake_target_new() };
	fake_python_start_as(fake, fixture->target, version);
	if (moved)
		fdp_object_head_move(&fake->own);
	fake_python_types(fake);
	offsets = fake->offsets;
	fixture->runtime = fake_python_alloc(fake, 4096);
	fixture->interpreter = fake_python_alloc(fake, 8192);
	if (offsets->style == FDP_FRAMES_SHIM) {
		frame.owner = 3;
		frame.previous = fake_python_frame(fake, &frame);
		frame.owner = 0;
	}
	fixture->codes[1] = fake_python_code(fake, &module);
	frame.code = fixture->codes[1];
	frame.previous = fake_python_frame(fake, &frame);
	fixture->codes[0] = fake_python_code(fake, &function);
	frame.code = fixture->codes[0];
	frame.is_entry = 1;
	fixture->frame = fake_python_frame(fake, &frame);
	fixture->state = fake_python_thread(fake, fixture->interpreter, 0,
					    fixture->frame);
	fake_python_set(fake, fixture->state, offsets->thread.thread_id,
			POINTER);
	fake_python_set(fake, fixture->interpreter,
			offsets->interpreter.threads_head, fixture->state);
	fake_python_set(fake, fixture->runtime,
			offsets->runtime.interpreters_head,
			fixture->interpreter);
	add_threads(fixture);
}

static void setup(struct fixture *fixture, int minor)
{
	const struct fdp_version version = { .major = 3, .minor = minor };

	setup_as(fixture, &version, false);
}

static void teardown(struct fixture *fixture)
{
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

static void read_with(struct fixture *fixture, unsigned flags)
{
	ck_assert_int_eq(fdp_python_read(fixture->target, &fixture->report,
					 flags, &fixture->python),
			 0);
}

static void read_python(struct fixture *fixture)
{
	read_with(fixture, 0);
}

/* The name of a library, for each version. */
static const char *library(int minor)
{
	static char path[64];

	snprintf(path, sizeof(path), "/nowhere/libpython3.%d.so.1.0", minor);
	return path;
}

static void check_stack(const struct fixture *fixture)
{
	const struct fdp_python_stack *stack = fixture->python.stacks;

	ck_assert_uint_eq(fixture->python.stack_count, 1);
	ck_assert_int_eq(stack->tid, 101);
	ck_assert_uint_eq(stack->thread_pointer, POINTER);
	ck_assert(!stack->truncated);
	ck_assert_uint_eq(stack->frame_count, 2);
	ck_assert_str_eq(stack->frames[0].function, "f");
	ck_assert_int_eq(stack->frames[0].line, 3);
	ck_assert_str_eq(stack->frames[0].source, "    crash()");
	ck_assert_str_eq(stack->frames[1].function, "<module>");
	ck_assert_str_eq(stack->frames[1].file, "/app/main.py");
	ck_assert_int_eq(stack->frames[1].line, 9);
	ck_assert_ptr_null(stack->frames[1].source);
}

START_TEST(test_read)
{
	struct fixture fixture;
	char version[8];

	setup(&fixture, _i);
	add_module(&fixture, library(_i), fixture.runtime);
	fake_target_fact(fixture.target, "source/3//app/main.py",
			 "    crash()");
	read_python(&fixture);
	snprintf(version, sizeof(version), "3.%d", _i);
	ck_assert(fixture.python.found);
	ck_assert_int_eq(fixture.python.minor, _i);
	ck_assert_str_eq(fixture.python.version, version);
	ck_assert_uint_eq(fixture.python.runtime_address, fixture.runtime);
	ck_assert_ptr_eq(fixture.python.interpreter, fixture.report.modules);
	ck_assert(fixture.report.modules[0].is_interpreter);
	ck_assert_int_eq(fixture.python.gc_collecting, 0);
	ck_assert_int_eq(fixture.python.finalizing, 0);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	check_stack(&fixture);
	teardown(&fixture);
}
END_TEST

/* Nothing in the module's name says which version it is. */
START_TEST(test_embedded)
{
	struct fixture fixture;
	char key[64];
	char version[16];

	setup(&fixture, _i);
	add_module(&fixture, "/nowhere/server", fixture.runtime);
	snprintf(key, sizeof(key), "elf/python-version/3.%d//nowhere/server",
		 _i);
	snprintf(version, sizeof(version), "3.%d.7", _i);
	fake_target_fact(fixture.target, key, version);
	fake_target_fact(fixture.target, "source/3//app/main.py",
			 "    crash()");
	read_python(&fixture);
	ck_assert_int_eq(fixture.python.minor, _i);
	ck_assert_str_eq(fixture.python.version, version);
	check_stack(&fixture);
	teardown(&fixture);
}
END_TEST

/* A _PyRuntime whose only thread state does not point back. */
static uint64_t make_damaged(struct fake_python *fake)
{
	const struct fdp_python_offsets *table = fdp_python_offsets(9);
	uint64_t runtime = fake_python_alloc(fake, 4096);
	uint64_t interpreter = fake_python_alloc(fake, 8192);

	fake_python_set(fake, interpreter, table->interpreter.threads_head,
			fake_python_alloc(fake, 512));
	fake_python_set(fake, runtime, table->runtime.interpreters_head,
			interpreter);
	return runtime;
}

/* Another one that was never used, or is damaged, and is a better candidate. */
START_TEST(test_second_runtime)
{
	struct fixture fixture;
	uint64_t other;

	setup(&fixture, _i % 20);
	other = _i < 20 ? fake_python_alloc(&fixture.fake, 4096)
			: make_damaged(&fixture.fake);
	fake_target_fact(fixture.target, "link/exe", "/nowhere/python3.9");
	add_module(&fixture, "/nowhere/python3.9", other);
	add_module(&fixture, library(_i % 20), fixture.runtime);
	fake_target_fact(fixture.target, "source/3//app/main.py",
			 "    crash()");
	read_python(&fixture);
	ck_assert_ptr_eq(fixture.python.interpreter,
			 fixture.report.modules + 1);
	ck_assert(!fixture.report.modules[0].is_interpreter);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	check_stack(&fixture);
	teardown(&fixture);
}
END_TEST

/* Python is there twice, but Py_Initialize() was not called: nothing is
 * missing. */
START_TEST(test_not_initialised)
{
	struct fixture fixture;

	setup(&fixture, _i);
	add_module(&fixture, library(_i),
		   fake_python_alloc(&fixture.fake, 4096));
	add_module(&fixture, "/nowhere/python3.10",
		   fake_python_alloc(&fixture.fake, 4096));
	read_python(&fixture);
	ck_assert(fixture.python.found);
	ck_assert_ptr_eq(fixture.python.interpreter, fixture.report.modules);
	ck_assert_uint_eq(fixture.python.stack_count, 0);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

/* Neither the version nor any thread tells what it is: no table is believed. */
START_TEST(test_nameless)
{
	struct fixture fixture;

	setup(&fixture, 12);
	add_module(&fixture, "/nowhere/server",
		   fake_python_alloc(&fixture.fake, 4096));
	read_python(&fixture);
	ck_assert(!fixture.python.found);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	teardown(&fixture);
}
END_TEST

/* Modules without a _PyRuntime that can be read, and what is said. */
struct absent_row {
	const char *path;
	bool has_runtime;
	const char *missing; /* NULL: nothing */
};

static const struct absent_row absent_rows[] = {
	{ "/nowhere/bin/sleep", false, NULL },
	{ "/nowhere/libpython3.so", false, NULL },
	{ "/nowhere/python2.6", false,
	  "Python frames: CPython 2.6 is not known to this version" },
	{ "/nowhere/libpython3.5m.so.1.0", false,
	  "Python frames: CPython 3.5 is not known to this version" },
	{ "/nowhere/python3.16", true,
	  "Python frames: CPython 3.16 is not known to this version" },
	{ "/nowhere/libpython3.16t.so.1.0", true,
	  "Python frames: free-threaded CPython 3.16 is not known to this "
	  "version" },
	{ "/nowhere/libpython3.6m.so.1.0", false,
	  "Python frames: the state of the interpreter in "
	  "/nowhere/libpython3.6m.so.1.0 could not be read" },
	{ "/nowhere/python3.12", false,
	  "Python frames: the state of the interpreter in /nowhere/python3.12 "
	  "could not be read" },
	{ "/nowhere/python3.8", true,
	  "Python frames: the state of the interpreter in /nowhere/python3.8 "
	  "could not be read" },
};

START_TEST(test_absent)
{
	const struct absent_row *row = &absent_rows[_i];
	struct fixture fixture;
	const char **missing;

	setup(&fixture, 12);
	/* If there is one, it is in memory that cannot be read. */
	add_module(&fixture, row->path, row->has_runtime ? 0xdead0000 : 0);
	read_python(&fixture);
	missing = fixture.report.capture.missing;
	ck_assert(!fixture.python.found);
	ck_assert_uint_eq(fixture.python.stack_count, 0);
	ck_assert_uint_eq(fixture.report.capture.missing_count,
			  row->missing != NULL);
	if (row->missing)
		ck_assert_str_eq(missing[0], row->missing);
	teardown(&fixture);
}
END_TEST

/* How a thread state finds its thread. */
struct match_row {
	const char *what;
	uint64_t pointer, native; /* as Python noted them */
	pid_t tid, tid_310;	  /* up to 3.10 there is no native id */
};

static const struct match_row match_rows[] = {
	{ "both", POINTER, 101, 101, 101 },
	{ "pointer only", POINTER, 5, 101, 101 },
	{ "a native id of another pid namespace", POINTER, 102, 101, 101 },
	{ "no registers, so the native id decides", OTHER_POINTER, 102, 102,
	  0 },
	{ "the pointer says that it is another thread", OTHER_POINTER, 101, 0,
	  0 },
	{ "neither", OTHER_POINTER, 5, 0, 0 },
	{ "nothing noted", 0, 0, 0, 0 },
};

START_TEST(test_match)
{
	const struct match_row *row = &match_rows[_i];

	for (int minor = FDP_PYTHON_MINOR_FIRST; minor <= FDP_PYTHON_MINOR_LAST;
	     minor++) {
		struct fixture fixture;
		const struct fdp_python_offsets *offsets;

		setup(&fixture, minor);
		offsets = fixture.fake.offsets;
		add_module(&fixture, library(minor), fixture.runtime);
		fake_python_set(&fixture.fake, fixture.state,
				offsets->thread.thread_id, row->pointer);
		fake_python_set(&fixture.fake, fixture.state,
				offsets->thread.native_thread_id, row->native);
		read_python(&fixture);
		ck_assert_uint_eq(fixture.python.stack_count, 1);
		ck_assert_msg(fixture.python.stacks[0].tid ==
				      (minor < 11 ? row->tid_310 : row->tid),
			      "3.%d, %s: tid %d", minor, row->what,
			      (int)fixture.python.stacks[0].tid);
		ck_assert_uint_eq(fixture.python.stacks[0].thread_pointer,
				  row->pointer);
		teardown(&fixture);
	}
}
END_TEST

/* Makes the GIL of FIXTURE held by STATE, or free if that is 0; its address. */
static uint64_t set_gil(struct fixture *fixture, uint64_t state)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	uint64_t gil = offsets->runtime.gil == FDP_ABSENT
			       ? fake_python_alloc(&fixture->fake, 64)
			       : fixture->runtime + offsets->runtime.gil;

	fake_python_set(&fixture->fake, fixture->runtime,
			offsets->runtime.current_thread, state);
	fake_python_set(&fixture->fake, fixture->interpreter,
			offsets->interpreter.gil, gil);
	fake_python_set(&fixture->fake, gil, offsets->gil.locked, state != 0);
	/* The last holder stays when the GIL is free. */
	fake_python_set(&fixture->fake, gil, offsets->gil.holder,
			state ? state : fixture->state);
	fake_python_set(&fixture->fake, gil, offsets->gil.switch_number, 77);
	return gil;
}

/* As set_gil() has made it. */
static void check_gil(const struct fixture *fixture, uint64_t state)
{
	const struct fdp_python_gil *gil = &fixture->python.gils.all[0];

	ck_assert_uint_eq(fixture->python.gils.count, 1);
	ck_assert_uint_eq(gil->size, 208);
	ck_assert_int_eq(gil->locked, state != 0);
	ck_assert_uint_eq(gil->switch_number, 77);
	ck_assert_int_eq(gil->holder_tid,
			 state == fixture->state ? 101 : FDP_UNKNOWN);
}

START_TEST(test_gil)
{
	struct fixture fixture;

	for (int held = 0; held < 3; held++) {
		uint64_t state;

		setup(&fixture, _i);
		add_module(&fixture, library(_i), fixture.runtime);
		/* 2: by a thread state that is in no list */
		state = held == 0 ? 0 : held == 1 ? fixture.state : 0x1234;
		set_gil(&fixture, state);
		read_python(&fixture);
		check_gil(&fixture, state);
		ck_assert_int_eq(fixture.python.gil_known, held != 2);
		ck_assert_int_eq(fixture.python.gil_holder_tid,
				 held == 1 ? 101 : FDP_UNKNOWN);
		teardown(&fixture);
	}
}
END_TEST

START_TEST(test_flags)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;

	setup(&fixture, _i);
	offsets = fixture.fake.offsets;
	add_module(&fixture, library(_i), fixture.runtime);
	fake_python_set(&fixture.fake, fixture.runtime,
			offsets->runtime.gc_collecting, 1);
	fake_python_set(&fixture.fake, fixture.interpreter,
			offsets->interpreter.gc_collecting, 1);
	fake_python_set(&fixture.fake, fixture.runtime,
			offsets->runtime.finalizing, fixture.state);
	read_python(&fixture);
	ck_assert_int_eq(fixture.python.gc_collecting, 1);
	ck_assert_int_eq(fixture.python.finalizing, 1);
	teardown(&fixture);
}
END_TEST

/* Where lists of threads and of interpreters go wrong. */
enum { STATE_ITSELF, STATE_NOWHERE, STATE_ZEROS, INTERPRETER_ITSELF, LISTS };

static void break_list(struct fixture *fixture, int broken)
{
	struct fake_python *fake = &fixture->fake;
	const uint64_t next[LISTS] = { fixture->state, 0xdead0000,
				       fake_python_alloc(fake, 512),
				       fixture->interpreter };
	bool states = broken != INTERPRETER_ITSELF;

	fake_python_set(fake, states ? fixture->state : fixture->interpreter,
			states ? fake->offsets->thread.next
			       : fake->offsets->interpreter.next,
			next[broken]);
}

/* What is good in them is read, once, and the rest is said. */
START_TEST(test_lists)
{
	struct fixture fixture;

	for (int broken = 0; broken < LISTS; broken++) {
		setup(&fixture, _i);
		add_module(&fixture, library(_i), fixture.runtime);
		break_list(&fixture, broken);
		read_python(&fixture);
		ck_assert(fixture.python.found);
		ck_assert_uint_eq(fixture.python.stack_count, 1);
		ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
		teardown(&fixture);
	}
}
END_TEST

/* Two interpreters; each thread state is a stack of its own. */
START_TEST(test_interpreters)
{
	struct fixture fixture;
	struct fake_python *fake = &fixture.fake;
	uint64_t second;

	setup(&fixture, _i);
	add_module(&fixture, library(_i), fixture.runtime);
	second = fake_python_alloc(fake, 8192);
	fake_python_set(fake, second, fake->offsets->interpreter.threads_head,
			fake_python_thread(fake, second, 0, 0));
	fake_python_set(fake, second, fake->offsets->interpreter.id, 7);
	fake_python_set(fake, fixture.interpreter,
			fake->offsets->interpreter.next, second);
	read_python(&fixture);
	ck_assert_uint_eq(fixture.python.stack_count, 2);
	ck_assert_int_eq(fixture.python.stacks[0].interpreter_id, 0);
	ck_assert_int_eq(fixture.python.stacks[1].interpreter_id, 7);
	ck_assert_uint_eq(fixture.python.stacks[0].frame_count, 2);
	ck_assert_uint_eq(fixture.python.stacks[1].frame_count, 0);
	ck_assert_int_eq(fixture.python.stacks[1].tid, 0);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

/* Each has its own GIL: what counts is the one of the crashed thread's. */
START_TEST(test_own_gil)
{
	struct fixture fixture;
	struct fake_python *fake = &fixture.fake;
	uint64_t second;

	setup(&fixture, _i);
	add_module(&fixture, library(_i), fixture.runtime);
	set_gil(&fixture, fixture.state);
	second = fake_python_alloc(fake, 8192);
	fake_python_set(fake, second, fake->offsets->interpreter.gil,
			fake_python_alloc(fake, 64));
	fake_python_set(fake, second, fake->offsets->interpreter.threads_head,
			fake_python_thread(fake, second, 0, 0));
	fake_python_set(fake, fixture.interpreter,
			fake->offsets->interpreter.next, second);
	read_python(&fixture);
	ck_assert(fixture.python.gil_known);
	ck_assert_int_eq(fixture.python.gil_holder_tid, 101);
	ck_assert_uint_eq(fixture.python.gils.count, 2);
	ck_assert_int_eq(fixture.python.gils.all[0].holder_tid, 101);
	ck_assert(!fixture.python.gils.all[1].locked);
	teardown(&fixture);
}
END_TEST

/*
 * 3.13 tells its own layout.  HEAD is where it says that the list of
 * interpreters begins, and REALLY where it does.
 */
struct debug_row {
	const char *what;
	uint64_t free_threaded, version, head, really;
	const char *expected; /* the version that is found, or NULL */
	const char *missing;  /* what is said, or NULL */
};

#define LATER                                                                  \
	"Python frames: CPython 3.16 is newer than this version knows, and "   \
	"was read by what it says of itself"
#define UNKNOWN "Python frames: CPython 3.16 is not known to this version"

static const struct debug_row debug_rows[] = {
	{ "as in the table", 0, 0x030d00f0, 632, 632, "3.13.0", NULL },
	{ "moved", 0, 0x030d07f0, 640, 640, "3.13.7", NULL },
	{ "a lie, but the table is right", 0, 0x030d07f0, 640, 632, "3.13.7",
	  NULL },
	{ "a lie that cannot be", 0, 0x030d01c2, UINT64_MAX, 632, "3.13.1rc2",
	  NULL },
	/* What it runs is made as in the others. */
	{ "free-threaded", 1, 0x030d00f0, 632, 632, "3.13.0",
	  "Python frames: one does not run the code object that it points to" },
	{ "a later version", 0, 0x031000f0, 640, 640, "3.16.0", LATER },
	{ "a later version that lies", 0, 0x031000f0, 640, 632, NULL, UNKNOWN },
	{ "a later version that cannot be", 0, 0x031000f0, UINT64_MAX, 632,
	  NULL, UNKNOWN },
	{ "another Python", 0, 0x040000f0, 632, 632, NULL,
	  "Python frames: CPython 4.0 is not known to this version" },
};

START_TEST(test_debug_offsets)
{
	const struct debug_row *row = &debug_rows[_i];
	struct fixture fixture;
	uint64_t words[ARRAY_SIZE(debug_313)];

	setup(&fixture, 13);
	memcpy(words, debug_313, sizeof(words));
	words[AT_FREE_THREADED] = row->free_threaded;
	words[AT_VERSION] = row->version;
	words[AT_INTERPRETERS_HEAD] = row->head;
	fake_target_write_u64(fixture.target, fixture.runtime + 632, 0);
	fake_target_write(fixture.target, fixture.runtime, words,
			  sizeof(words));
	fake_target_write_u64(fixture.target, fixture.runtime + row->really,
			      fixture.interpreter);
	add_module(&fixture, "/nowhere/python", fixture.runtime);
	read_python(&fixture);
	if (row->expected) {
		ck_assert_msg(fixture.python.found, "%s", row->what);
		ck_assert_str_eq(fixture.python.version, row->expected);
		ck_assert_uint_eq(fixture.python.stacks[0].frame_count, 2);
	} else {
		ck_assert_msg(!fixture.python.found, "%s", row->what);
	}
	ck_assert_uint_eq(fixture.report.capture.missing_count,
			  row->missing != NULL);
	if (row->missing)
		ck_assert_str_eq(fixture.report.capture.missing[0],
				 row->missing);
	teardown(&fixture);
}
END_TEST

/*
 * 2.7 and 3.6: the exported function is `mov head(%rip),%rax; ret`, with or
 * without what compilers put before it.
 */
struct early_row {
	const char *what;
	int major, minor;
	const char *code;
	bool symbol;  /* the file's own table has the list */
	bool running; /* a thread has the GIL */
	bool is_far;  /* the module ends before the list */
	bool expected;
};

#define LOAD "\x48\x8b\x05"
#define LANDING "\xf3\x0f\x1e\xfa"
#define PROLOGUE "\x55\x48\x89\xe5"
#define NO_LOAD "\x48\x8b\x06\xc3"

static const struct early_row early_rows[] = {
	{ "a load", 2, 7, LOAD, false, false, false, true },
	{ "a load", 3, 6, LOAD, false, false, false, true },
	{ "a landing pad", 2, 7, LANDING LOAD, false, false, false, true },
	{ "a prologue", 3, 6, PROLOGUE LOAD, false, false, false, true },
	{ "both", 3, 6, LANDING PROLOGUE LOAD, false, false, false, true },
	{ "something else", 3, 6, NO_LOAD, false, false, false, false },
	{ "something else, and a symbol", 2, 7, NO_LOAD, true, false, false,
	  true },
	{ "something else, and a thread", 2, 7, NO_LOAD, false, true, false,
	  true },
	{ "something else, and a thread", 3, 6, NO_LOAD, false, true, false,
	  true },
	{ "a load from elsewhere", 3, 6, LOAD, false, false, true, false },
	{ "a load from elsewhere, and a thread", 3, 6, LOAD, false, true, true,
	  true },
};

/* Says where NAME is. */
static void add_symbol(struct fixture *fixture, const char *path,
		       const char *name, uint64_t address)
{
	char key[256];
	char value[64];

	snprintf(key, sizeof(key), "elf/symbol/%s/%s", name, path);
	snprintf(value, sizeof(value), "%llx 8", (unsigned long long)address);
	fake_target_fact(fixture->target, key, value);
}

/* An interpreter without a _PyRuntime: its variables, and one function. */
static void add_early(struct fixture *fixture, const struct early_row *row,
		      const char *path)
{
	struct fake_python *fake = &fixture->fake;
	uint64_t variables = fake_python_alloc(fake, 64);
	uint64_t function = fake_python_alloc(fake, 64);
	size_t size = strlen(row->code);
	int32_t displacement = (int32_t)(variables - (function + size + 4));

	fake_target_write_u64(fixture->target, variables, fixture->interpreter);
	if (row->running)
		fake_target_write_u64(fixture->target, variables + 8,
				      fixture->state);
	fake_target_write(fixture->target, function, row->code, size);
	fake_target_write(fixture->target, function + size, &displacement,
			  sizeof(displacement));
	add_module(fixture, path, 0);
	fixture->modules[0].start = 0x1000;
	fixture->modules[0].end = row->is_far ? variables : variables + 64;
	add_symbol(fixture, path, "PyInterpreterState_Head", function);
	add_symbol(fixture, path, "_PyThreadState_Current", variables + 8);
	if (row->symbol)
		add_symbol(fixture, path, "interp_head", variables);
}

START_TEST(test_early)
{
	const struct early_row *row = &early_rows[_i];
	const struct fdp_version version = { row->major, row->minor, false };
	struct fixture fixture;
	char path[64];

	setup_as(&fixture, &version, false);
	snprintf(path, sizeof(path), "/nowhere/python%d.%d", row->major,
		 row->minor);
	add_early(&fixture, row, path);
	fake_target_fact(fixture.target, "source/3//app/main.py",
			 "    crash()");
	read_python(&fixture);
	ck_assert_msg(fixture.python.found == row->expected, "%s", row->what);
	ck_assert_uint_eq(fixture.report.capture.missing_count, !row->expected);
	if (row->expected) {
		check_stack(&fixture);
		ck_assert_int_eq(fixture.python.major, row->major);
		ck_assert_int_eq(fixture.python.minor, row->minor);
		ck_assert(fixture.python.gil_known);
		ck_assert_int_eq(fixture.python.gil_holder_tid,
				 row->running ? 101 : FDP_UNKNOWN);
		ck_assert_int_eq(fixture.python.stacks[0].interpreter_id,
				 FDP_UNKNOWN);
	}
	teardown(&fixture);
}
END_TEST

/* Free-threaded ones: where objects are longer, and who has a GIL. */
static const struct fdp_version free_versions[] = {
	{ 3, 13, true },
	{ 3, 14, true },
	{ 3, 15, true },
};

START_TEST(test_free_threaded)
{
	const struct fdp_version *version = &free_versions[_i / 2];
	const bool enabled = _i % 2;
	struct fixture fixture;
	char path[64];
	uint64_t gil;

	setup_as(&fixture, version, false);
	snprintf(path, sizeof(path), "/nowhere/python%d.%dt", version->major,
		 version->minor);
	add_module(&fixture, path, fixture.runtime);
	fake_target_fact(fixture.target, "source/3//app/main.py",
			 "    crash()");
	gil = set_gil(&fixture, fixture.state);
	fake_target_write_u32(fixture.target, gil, enabled);
	read_python(&fixture);
	ck_assert(fixture.python.found);
	ck_assert(fixture.python.free_threaded);
	check_stack(&fixture);
	ck_assert(fixture.python.gil_known == enabled);
	ck_assert_int_eq(fixture.python.gil_holder_tid,
			 enabled ? 101 : FDP_UNKNOWN);
	ck_assert_uint_eq(fixture.python.gils.count, enabled);
	teardown(&fixture);
}
END_TEST

/* Py_TRACE_REFS: the same tables, but each object has a longer head. */
START_TEST(test_trace_refs)
{
	static const struct fdp_version old = { 2, 7, false };
	static const struct early_row row = { "",    2,	    7,	   LOAD,
					      false, false, false, true };
	struct fixture fixture;

	if (_i == 2) {
		setup_as(&fixture, &old, true);
		add_early(&fixture, &row, "/nowhere/python2.7-dbg");
	} else {
		const struct fdp_version version = { 3, _i, false };

		setup_as(&fixture, &version, true);
		add_module(&fixture, library(_i), fixture.runtime);
	}
	fake_target_fact(fixture.target, "source/3//app/main.py",
			 "    crash()");
	read_python(&fixture);
	check_stack(&fixture);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	ck_assert_uint_eq(fixture.python.offsets->object.type, 24);
	teardown(&fixture);
}
END_TEST

/* Where values are not known: what was asked for is said to be missing. */
#define NO_LOCALS                                                              \
	"Python locals: how this build of Python keeps values is not known"
#define NO_EXCEPTIONS                                                          \
	"Python exceptions: how this build of CPython keeps them is not known"
#define BOTH (FDP_PYTHON_LOCALS | FDP_PYTHON_EXCEPTIONS)

static const struct {
	unsigned flags;
	const char *missing[3];
} unknown_rows[] = {
	{ 0, { NULL } },
	{ FDP_PYTHON_LOCALS, { NO_LOCALS } },
	{ FDP_PYTHON_EXCEPTIONS, { NO_EXCEPTIONS } },
	{ BOTH, { NO_LOCALS, NO_EXCEPTIONS } },
};

/* COUNT sentences are missing, and then those of the row at INDEX. */
static void check_unknown(const struct fixture *fixture, int index,
			  size_t count)
{
	const char *const *missing = unknown_rows[index].missing;
	const struct fdp_python_stack *stack = fixture->python.stacks;

	for (size_t i = 0; missing[i]; i++, count++) {
		ck_assert_uint_lt(count, fixture->report.capture.missing_count);
		ck_assert_str_eq(fixture->report.capture.missing[count],
				 missing[i]);
	}
	ck_assert_uint_eq(fixture->report.capture.missing_count, count);
	ck_assert_uint_eq(stack->frame_count, 2);
	ck_assert_uint_eq(stack->frames[0].local_count, 0);
	ck_assert_uint_eq(stack->exceptions.count, 0);
}

/* Those of CODE: COUNT that are neither cells nor free. */
static void name_locals(struct fake_objects *objects, uint64_t code,
			const uint64_t *names, size_t count)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t none = fake_tuple(objects, NULL, 0);

	fake_python_set(&objects->python, code, offsets->code.variables,
			fake_tuple(objects, names, count));
	fake_python_set(&objects->python, code, offsets->code.cells, none);
	fake_python_set(&objects->python, code, offsets->code.free, none);
}

/* f() has one, and <module> has none. */
static void add_local(struct fixture *fixture, struct fake_objects *objects)
{
	uint64_t name = fake_string(objects, "answer");

	name_locals(objects, fixture->codes[0], &name, 1);
	name_locals(objects, fixture->codes[1], NULL, 0);
	fake_python_set(&objects->python, fixture->frame,
			objects->python.offsets->frame.locals,
			fake_integer(objects, 42));
}

/* What is being handled: 3.7 and later. */
static void add_exception(struct fixture *fixture, struct fake_objects *objects)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t text = fake_string(objects, "what it says");
	uint64_t item = fake_python_alloc(&objects->python, 64);
	uint64_t type = fake_type(objects, "ValueError", objects->object_type,
				  FDP_TYPE_EXCEPTION);
	uint64_t error = fake_object(objects, type);
	uint64_t base = fake_type(objects, "BaseException",
				  objects->object_type, FDP_TYPE_EXCEPTION);
	const uint64_t str = objects->python.string_type;
	const uint64_t order[] = { type, base };

	/* Where their str() is matters to nobody, but that it is the same. */
	fake_python_set(&objects->python, type, offsets->slots.str, base);
	fake_python_set(&objects->python, base, offsets->slots.str, base);
	fake_python_set(&objects->python, type, offsets->slots.order,
			fake_tuple(objects, order, ARRAY_SIZE(order)));
	fake_python_set(&objects->python, str, offsets->slots.str, str);
	fake_python_set(&objects->python, str, offsets->slots.order,
			fake_tuple(objects, &str, 1));
	fake_python_set(&objects->python, error, offsets->error.arguments,
			fake_tuple(objects, &text, 1));
	fake_python_set(&objects->python, item, offsets->handled.value, error);
	fake_python_set(&objects->python, fixture->state,
			offsets->raised.handled, item);
}

static void check_exceptions(const struct fdp_python_stack *stack, bool asked)
{
	const struct fdp_exception *first = stack->exceptions.list;

	ck_assert_uint_eq(stack->exceptions.count, asked);
	if (!asked)
		return;
	ck_assert_str_eq(first->type, "ValueError");
	ck_assert_str_eq(first->message, "what it says");
}

static void check_nothing_missing(const struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->report.capture.missing_count; i++)
		ck_abort_msg("missing: %s", fixture->report.capture.missing[i]);
}

START_TEST(test_trace_refs_values)
{
	const struct fdp_version version = { 3, 7, false };
	const unsigned flags = unknown_rows[_i].flags;
	struct fake_objects objects = { .type_type = 0 };
	const struct fdp_python_stack *stack;
	struct fixture fixture;

	setup_as(&fixture, &version, true);
	add_module(&fixture, library(7), fixture.runtime);
	objects.python = fixture.fake;
	objects.python.offsets = &objects.python.own;
	fake_objects_types(&objects);
	add_local(&fixture, &objects);
	add_exception(&fixture, &objects);
	read_with(&fixture, flags);
	check_nothing_missing(&fixture);
	stack = fixture.python.stacks;
	ck_assert_uint_eq(stack->frames[0].local_count,
			  flags & FDP_PYTHON_LOCALS ? 1 : 0);
	if (flags & FDP_PYTHON_LOCALS) {
		ck_assert_str_eq(stack->frames[0].locals[0].name, "answer");
		ck_assert_str_eq(stack->frames[0].locals[0].value, "42");
	}
	check_exceptions(stack, flags & FDP_PYTHON_EXCEPTIONS);
	teardown(&fixture);
}
END_TEST

/* Nothing has compared its objects with those of the version it is read as. */
START_TEST(test_later_values)
{
	struct fixture fixture;
	uint64_t words[ARRAY_SIZE(debug_313)];

	setup(&fixture, 13);
	memcpy(words, debug_313, sizeof(words));
	words[AT_VERSION] = 0x031000f0;
	fake_target_write(fixture.target, fixture.runtime, words,
			  sizeof(words));
	fake_target_write_u64(fixture.target,
			      fixture.runtime + words[AT_INTERPRETERS_HEAD],
			      fixture.interpreter);
	add_module(&fixture, "/nowhere/python", fixture.runtime);
	read_with(&fixture, unknown_rows[_i].flags);
	ck_assert_str_eq(fixture.python.version, "3.16.0");
	ck_assert_str_eq(fixture.report.capture.missing[0], LATER);
	check_unknown(&fixture, _i, 1);
	teardown(&fixture);
}
END_TEST

static void note_stack(struct fixture *fixture, const char *value)
{
	char key[48];

	snprintf(key, sizeof(key), "stack/%llx",
		 (unsigned long long)fixture->state);
	fake_target_fact(fixture->target, "capture/method", "nonblocking");
	fake_target_fact(fixture->target, key, value);
}

/* A process that was not stopped: outer frames, and that it is said. */
START_TEST(test_moving)
{
	static const char *const said[] = {
		"thread 101 kept moving: none of its frames is shown",
		"thread 101 kept moving: only its outer frames, which stood "
		"still, are shown (1)",
	};
	struct fixture fixture;
	char value[48];
	uint64_t inner = 0;
	uint64_t outer = 0;

	setup(&fixture, 9);
	add_module(&fixture, library(9), fixture.runtime);
	fdp_target_read_u64(fixture.target, fixture.state + 24, &inner);
	fdp_target_read_u64(fixture.target, inner + 24, &outer);
	snprintf(value, sizeof(value), _i ? "moves %llx" : "moves 0",
		 (unsigned long long)outer);
	note_stack(&fixture, value);
	read_python(&fixture);
	ck_assert_uint_eq(fixture.python.stack_count, 1);
	ck_assert_uint_eq(fixture.python.stacks[0].frame_count, (size_t)_i);
	if (_i)
		ck_assert_str_eq(fixture.python.stacks[0].frames[0].function,
				 "<module>");
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	ck_assert_str_eq(fixture.report.capture.missing[0], said[_i]);
	teardown(&fixture);
}
END_TEST

START_TEST(test_gone)
{
	struct fixture fixture;

	setup(&fixture, 12);
	add_module(&fixture, library(12), fixture.runtime);
	note_stack(&fixture, "gone");
	read_python(&fixture);
	ck_assert_uint_eq(fixture.python.stack_count, 0);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("python");
	TCase *tests = tcase_create("python");
	const int first = FDP_PYTHON_MINOR_FIRST;
	const int end = FDP_PYTHON_MINOR_LAST + 1;

	tcase_add_loop_test(tests, test_read, first, end);
	tcase_add_loop_test(tests, test_embedded, first, end);
	tcase_add_loop_test(tests, test_second_runtime, first, end);
	tcase_add_loop_test(tests, test_second_runtime, 20 + first, 20 + end);
	tcase_add_loop_test(tests, test_not_initialised, first, end);
	tcase_add_test(tests, test_nameless);
	tcase_add_loop_test(tests, test_absent, 0,
			    (int)ARRAY_SIZE(absent_rows));
	tcase_add_loop_test(tests, test_match, 0, (int)ARRAY_SIZE(match_rows));
	tcase_add_loop_test(tests, test_gil, first, end);
	tcase_add_loop_test(tests, test_flags, first, end);
	tcase_add_loop_test(tests, test_lists, first, end);
	tcase_add_loop_test(tests, test_interpreters, first, end);
	tcase_add_loop_test(tests, test_own_gil, 12, 14);
	tcase_add_loop_test(tests, test_early, 0, (int)ARRAY_SIZE(early_rows));
	tcase_add_loop_test(tests, test_free_threaded, 0,
			    2 * (int)ARRAY_SIZE(free_versions));
	tcase_add_loop_test(tests, test_trace_refs, 2, 3);
	tcase_add_loop_test(tests, test_trace_refs, first, end);
	tcase_add_loop_test(tests, test_trace_refs_values, 0,
			    (int)ARRAY_SIZE(unknown_rows));
	tcase_add_loop_test(tests, test_later_values, 0,
			    (int)ARRAY_SIZE(unknown_rows));
	tcase_add_loop_test(tests, test_moving, 0, 2);
	tcase_add_test(tests, test_gone);
	tcase_add_loop_test(tests, test_debug_offsets, 0,
			    (int)ARRAY_SIZE(debug_rows));
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
