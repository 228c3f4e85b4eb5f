/* Names of threads, by the threading module: in memory of each version. */
#include <check.h>
#include <string.h>

#include "../../daemon/python/thread_names.h"
#include "fake_objects.h"
#include "suite.h"

/* The versions that fake_objects.h can make. */
#define FIRST 8
#define END 14

#define POINTER UINT64_C(0x7f0000001000)
#define OTHER_POINTER UINT64_C(0x7f0000002000)

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	struct fdp_python python;
	struct fdp_python_stack stacks[2];
	struct fdp_frame frames[2];
	uint64_t interpreter, type, frame;
};

/* A stack of two frames, the outermost of which is Thread._bootstrap(). */
static void setup(struct fixture *fixture, int minor)
{
	struct fake_objects *objects = &fixture->objects;

	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_objects_start(objects, fixture->target, minor);
	fixture->interpreter = fake_python_alloc(&objects->python, 8192);
	fixture->type = fake_class(objects, "Thread", objects->object_type);
	fixture->frame = fake_python_alloc(&objects->python, 512);
	fixture->frames[0] = (struct fdp_frame){ .function = "run" };
	fixture->frames[1] = (struct fdp_frame){
		.function = "_bootstrap",
		.file = "/usr/lib/python3/threading.py",
		.address = fixture->frame,
	};
	fixture->stacks[0] = (struct fdp_python_stack){
		.thread_pointer = POINTER,
		.interpreter = fixture->interpreter,
		.frames = fixture->frames,
		.frame_count = 2,
	};
	fixture->stacks[1] = (struct fdp_python_stack){
		.thread_pointer = OTHER_POINTER,
		.interpreter = fixture->interpreter,
	};
	fixture->python = (struct fdp_python){
		.major = 3,
		.minor = minor,
		.offsets = objects->python.offsets,
		.stacks = fixture->stacks,
		.stack_count = 2,
	};
}

static void teardown(struct fixture *fixture)
{
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

static void set(struct fixture *fixture, uint64_t object, uint32_t field,
		uint64_t value)
{
	fake_python_set(&fixture->objects.python, object, field, value);
}

/* A Thread with these attributes, and others around them. */
static uint64_t make_thread(struct fixture *fixture, uint64_t name,
			    uint64_t daemon)
{
	struct fake_objects *objects = &fixture->objects;
	static uint64_t names[4];
	uint64_t object = fake_object(objects, fixture->type);

	/* Interned: the same for all threads. */
	if (!fixture->report.id) {
		names[0] = fake_string(objects, "_target");
		names[1] = fake_string(objects, "_name");
		names[2] = fake_string(objects, "_daemonic");
		names[3] = fake_string(objects, "_namex");
		fixture->report.id = "made";
	}
	const uint64_t pairs[] = { names[0], name,   names[1], name,
				   names[2], daemon, names[3], names[3] };
	fake_set_attributes(objects, object, fixture->type,
			    fake_dict(objects, pairs, 4));
	return object;
}

static void set_started(struct fixture *fixture, uint64_t thread)
{
	set(fixture, fixture->frame,
	    fixture->objects.python.offsets->frame.locals, thread);
}

/* sys.modules with a threading whose _active is ACTIVE. */
static void set_active(struct fixture *fixture, uint64_t active)
{
	struct fake_objects *objects = &fixture->objects;
	const uint64_t globals[] = {
		fake_string(objects, "_limbo"),
		fake_integer(objects, 0),
		fake_string(objects, "_active"),
		active,
	};
	const uint64_t modules[] = {
		fake_string(objects, "sys"),
		fake_module(objects, 0),
		fake_string(objects, "threading"),
		fake_module(objects, fake_dict(objects, globals, 2)),
	};

	set(fixture, fixture->interpreter,
	    objects->python.offsets->interpreter.modules,
	    fake_dict(objects, modules, 2));
}

static void read_names(struct fixture *fixture)
{
	ck_assert_int_eq(fdp_thread_names_read(fixture->target,
					       &fixture->report, true,
					       &fixture->python),
			 0);
	ck_assert_uint_eq(fixture->report.capture.missing_count, 0);
}

static void expect(const struct fixture *fixture, const char *first,
		   const char *second)
{
	ck_assert_pstr_eq(fixture->stacks[0].name, first);
	ck_assert_pstr_eq(fixture->stacks[1].name, second);
}

START_TEST(test_names)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t active[6];

	setup(&fixture, _i);
	set_started(&fixture, make_thread(&fixture, fake_string(objects, "one"),
					  fake_integer(objects, 1)));
	/* Of old, another's, and that of the thread which says more itself. */
	active[0] = 0x7f0000003000;
	active[1] = make_thread(&fixture, fake_string(objects, "old"), 0);
	active[2] = OTHER_POINTER;
	active[3] = make_thread(&fixture, fake_string(objects, "two"),
				fake_integer(objects, 0));
	active[4] = POINTER;
	active[5] = make_thread(&fixture, fake_string(objects, "three"), 0);
	set_active(&fixture, fake_numbers(objects, active, 3));
	read_names(&fixture);
	expect(&fixture, "one", "two");
	ck_assert_int_eq(fixture.stacks[0].is_daemon, 1);
	ck_assert_int_eq(fixture.stacks[1].is_daemon, 0);
	teardown(&fixture);
}
END_TEST

/* Another interpreter's module knows nothing of these. */
START_TEST(test_interpreters)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t active[2] = { OTHER_POINTER };

	setup(&fixture, _i);
	active[1] = make_thread(&fixture, fake_string(objects, "two"), 0);
	set_active(&fixture, fake_numbers(objects, active, 1));
	fixture.stacks[0].frame_count = 0;
	fixture.stacks[1].interpreter =
		fake_python_alloc(&objects->python, 8192);
	read_names(&fixture);
	expect(&fixture, NULL, NULL);
	teardown(&fixture);
}
END_TEST

/* It alone is not worth a walk through all modules, before they are copied. */
START_TEST(test_main)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t active[2] = { OTHER_POINTER };

	for (int tid = 100; tid < 102; tid++) {
		setup(&fixture, _i);
		active[1] =
			make_thread(&fixture, fake_string(objects, "two"), 0);
		set_active(&fixture, fake_numbers(objects, active, 1));
		fixture.python.stacks++;
		fixture.python.stack_count = 1;
		fixture.stacks[1].tid = tid;
		fixture.target->pid = 100;
		ck_assert_int_eq(fdp_thread_names_read(fixture.target,
						       &fixture.report, false,
						       &fixture.python),
				 0);
		expect(&fixture, NULL, tid == 100 ? NULL : "two");
		teardown(&fixture);
	}
}
END_TEST

/* Of more interpreters than any program has, some are left out. */
START_TEST(test_many_interpreters)
{
	static struct fdp_python_stack stacks[257];
	struct fixture fixture;

	for (size_t count = 256; count <= 257; count++) {
		setup(&fixture, 12);
		for (size_t i = 0; i < count; i++)
			stacks[i] = (struct fdp_python_stack){
				.interpreter = 0x10000 * (i + 1),
			};
		fixture.python.stacks = stacks;
		fixture.python.stack_count = count;
		ck_assert_int_eq(fdp_thread_names_read(fixture.target,
						       &fixture.report, true,
						       &fixture.python),
				 0);
		ck_assert_uint_eq(fixture.report.capture.missing_count,
				  count - 256);
		teardown(&fixture);
	}
}
END_TEST

/* What only looks like it. */
static const struct {
	const char *function, *file;
	bool nowhere;
} frame_rows[] = {
	{ "_bootstrap_inner", "/usr/lib/python3/threading.py", false },
	{ "_bootstrap", "/usr/lib/python3/mythreading.py", false },
	{ "_bootstrap", NULL, false },
	{ NULL, "threading.py", false },
	{ "_bootstrap", "threading.py", true },
};

START_TEST(test_frames)
{
	struct fixture fixture;

	setup(&fixture, 12);
	set_started(
		&fixture,
		make_thread(&fixture, fake_string(&fixture.objects, "one"), 0));
	fixture.frames[1].function = frame_rows[_i].function;
	fixture.frames[1].file = frame_rows[_i].file;
	if (frame_rows[_i].nowhere)
		fixture.frames[1].address = 0;
	read_names(&fixture);
	expect(&fixture, NULL, NULL);
	teardown(&fixture);
}
END_TEST

/* What has been written over is left out. */
START_TEST(test_damaged)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t thread;

	for (int how = 0; how < 8; how++) {
		setup(&fixture, _i);
		thread = make_thread(&fixture, fake_string(objects, "one"), 0);
		if (how == 0)
			thread = FAKE_NOWHERE;
		if (how == 1)
			thread = make_thread(&fixture, FAKE_NOWHERE,
					     FAKE_NOWHERE);
		if (how == 2)
			thread = make_thread(&fixture, thread, thread);
		if (how == 3)
			fake_set_attributes(objects, thread, fixture.type,
					    FAKE_NOWHERE);
		if (how == 4)
			fake_set_attributes(objects, thread, fixture.type,
					    thread);
		if (how == 5)
			set(&fixture, thread,
			    objects->python.offsets->object.type, FAKE_NOWHERE);
		if (how == 6) /* a type that no class statement has made */
			set(&fixture, fixture.type,
			    objects->python.offsets->type.flags, 0);
		if (how == 7)
			fixture.frames[1].address = FAKE_NOWHERE;
		set_started(&fixture, thread);
		read_names(&fixture);
		expect(&fixture, NULL, NULL);
		ck_assert_int_eq(fixture.stacks[0].is_daemon, FDP_UNKNOWN);
		teardown(&fixture);
	}
}
END_TEST

/* The same of the module. */
START_TEST(test_damaged_module)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;

	for (int how = 0; how < 5; how++) {
		uint64_t pairs[2];
		uint64_t active;

		setup(&fixture, _i);
		pairs[0] = fake_string(objects, "a");
		pairs[1] = make_thread(&fixture, fake_string(objects, "x"), 0);
		active = fake_dict(objects, pairs, 1);
		if (how == 0)
			set_active(&fixture, FAKE_NOWHERE);
		if (how == 1)
			set_active(&fixture, pairs[1]);
		if (how == 2)
			set_active(&fixture, active);
		if (how == 3) /* more entries than there is memory for */
			set(&fixture, active + 0,
			    objects->python.offsets->dict.keys, FAKE_NOWHERE);
		if (how == 4)
			set(&fixture, fixture.interpreter,
			    objects->python.offsets->interpreter.modules,
			    FAKE_NOWHERE);
		if (how == 3)
			set_active(&fixture, active);
		read_names(&fixture);
		expect(&fixture, NULL, NULL);
		teardown(&fixture);
	}
}
END_TEST

START_TEST(test_long)
{
	char name[400] = "";
	struct fixture fixture;

	memset(name, 'n', sizeof(name) - 1);
	setup(&fixture, _i);
	set_started(
		&fixture,
		make_thread(&fixture, fake_string(&fixture.objects, name), 0));
	read_names(&fixture);
	ck_assert_uint_eq(strlen(fixture.stacks[0].name),
			  FDP_THREAD_NAME_MAX + 3);
	teardown(&fixture);
}
END_TEST

/* Which thread it was may have changed since the frame was read. */
START_TEST(test_late)
{
	struct fixture fixture;

	setup(&fixture, _i);
	set_started(
		&fixture,
		make_thread(&fixture, fake_string(&fixture.objects, "one"), 0));
	fixture.target->running = true;
	read_names(&fixture);
	expect(&fixture, NULL, NULL);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("thread_names");
	TCase *tcase = tcase_create("thread_names");

	tcase_add_loop_test(tcase, test_names, FIRST, END);
	tcase_add_loop_test(tcase, test_interpreters, FIRST, END);
	tcase_add_loop_test(tcase, test_main, FIRST, END);
	tcase_add_test(tcase, test_many_interpreters);
	tcase_add_loop_test(tcase, test_frames, 0,
			    (int)(sizeof(frame_rows) / sizeof(*frame_rows)));
	tcase_add_loop_test(tcase, test_damaged, FIRST, END);
	tcase_add_loop_test(tcase, test_damaged_module, FIRST, END);
	tcase_add_loop_test(tcase, test_long, FIRST, END);
	tcase_add_loop_test(tcase, test_late, FIRST, END);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
