/* What one look sees: frames that moved or did not, and who has what. */
#include <check.h>
#include <errno.h>
#include <linux/futex.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/glance_frames.h"
#include "../../daemon/python/glance_owner.h"
#include "fake_objects.h"
#include "fake_target.h"
#include "suite.h"

#define FRAME_SIZE 1024

/* Objects with a type of two words behind its own. */
#define OBJECT_SIZE 32

/* A callback of an asyncio loop, innermost first. */
enum { CALLBACK, RUN, RUN_ONCE, MODULE, FRAMES };

static const struct fake_code codes[FRAMES] = {
	{ "handle", "/srv/app.py", 10 },
	{ "_run", "/usr/lib/python3/asyncio/events.py", 78 },
	{ "_run_once", "/usr/lib/python3/asyncio/base_events.py", 1800 },
	{ "<module>", "/srv/app.py", 1 },
};

/* What is changed of the scene before it is looked at. */
struct change {
	int instruction; /* of frame AT, in bytes */
	int variable;	 /* of frame AT: what is in its object */
	int at;
	const char *file; /* of frame AT, or NULL */
	uint64_t names;	  /* what a name in the module's dict stands for */
};

struct scene {
	struct fdp_target *target;
	struct fake_objects objects;
	uint64_t frames[FRAMES];
	uint64_t state;
};

static uint64_t make_type(struct fake_python *python, const char *name)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t type = fake_python_alloc(python, 512);
	uint64_t text = fake_python_alloc(python, 64);

	fake_target_write(python->target, text, name, strlen(name) + 1);
	fake_python_set(python, type, offsets->type.name, text);
	fake_python_set(python, type, FDP_TYPE_SIZE, OBJECT_SIZE);
	return type;
}

/* An object with TYPE and two words. */
static uint64_t make_object(struct fake_python *python, uint64_t type,
			    uint64_t first, uint64_t second)
{
	uint64_t object = fake_python_alloc(python, OBJECT_SIZE);

	fake_python_set(python, object, python->offsets->object.type, type);
	fake_target_write_u64(python->target, object + 16, first);
	fake_target_write_u64(python->target, object + 24, second);
	return object;
}

static uint64_t make_code(struct fake_python *python,
			  const struct fake_code *code)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t address = fake_python_code(python, code);
	const uint32_t one = 1;

	fake_target_write(python->target,
			  address + fdp_glance_offsets(offsets)->value_count,
			  &one, sizeof(one));
	fake_target_write(python->target,
			  address + fdp_glance_offsets(offsets)->stack_size,
			  &one, sizeof(one));
	return address;
}

/* That it has changed it says itself, as long as dicts do. */
static uint64_t make_names(struct scene *scene, uint64_t type, uint64_t value)
{
	struct fake_python *python = &scene->objects.python;
	const uint64_t pair[] = { fake_string(&scene->objects, "name"),
				  make_object(python, type, value, 7) };
	uint64_t dict = fake_dict(&scene->objects, pair, 1);

	if (python->offsets->minor <= FDP_DICT_CHANGES_MINOR_LAST)
		fake_python_set(python, dict, FDP_DICT_CHANGES, value);
	return dict;
}

static void make_frame(struct scene *scene, int at, uint64_t previous,
		       const struct change *change)
{
	struct fake_python *python = &scene->objects.python;
	const struct fdp_python_offsets *offsets = python->offsets;
	bool changed = change->at == at;
	struct fake_code code = codes[at];
	struct fake_frame frame = { .previous = previous };
	uint64_t address = fake_python_alloc(python, FRAME_SIZE);
	uint64_t type = make_type(python, "float");

	if (changed && change->file)
		code.filename = change->file;
	frame.code = make_code(python, &code);
	frame.instruction = 4 + (changed ? change->instruction : 0);
	fake_python_frame_at(python, address, &frame);
	fake_python_set(python, address, offsets->frame.locals,
			make_object(python, type,
				    changed ? (uint64_t)change->variable : 0,
				    7));
	if (at == MODULE)
		fake_python_set(python, address,
				fdp_glance_offsets(offsets)->names,
				make_names(scene, type, change->names));
	scene->frames[at] = address;
}

static void make(struct scene *scene, int minor, const struct change *change)
{
	uint64_t previous = 0;

	scene->target = fake_target_new();
	fake_objects_start(&scene->objects, scene->target, minor);
	for (int at = FRAMES - 1; at >= 0; at--) {
		make_frame(scene, at, previous, change);
		previous = scene->frames[at];
	}
	scene->state =
		fake_python_thread(&scene->objects.python, 0, 0, previous);
}

static struct fdp_sight_thread look(int minor, const struct change *change,
				    bool closely)
{
	struct fdp_glance_codes known = { .roles = { .slot_count = 0 } };
	struct fdp_sight_thread thread = { .tid = 1 };
	struct scene scene;
	struct fdp_glance_frames reader;

	make(&scene, minor, change);
	reader = (struct fdp_glance_frames){
		.target = scene.target,
		.offsets = scene.objects.python.offsets,
		.more = fdp_glance_offsets(scene.objects.python.offsets),
		.codes = &known,
		.left = 100,
	};
	fdp_glance_frames_read(&reader, scene.state, closely, &thread);
	fdp_glance_codes_done(&known);
	fdp_target_free(scene.target);
	return thread;
}

static const struct row {
	struct change change;
	/* What is another one then. */
	bool frames, values, round;
	int64_t place;
} rows[] = {
	{ .change = { .instruction = 0 } },
	{ .change = { .instruction = 2, .at = CALLBACK }, .place = 2 },
	{ .change = { .instruction = 2, .at = RUN }, .frames = true },
	{ .change = { .instruction = 2, .at = MODULE }, .frames = true },
	{ .change = { .variable = 1, .at = CALLBACK }, .values = true },
	{ .change = { .variable = 1, .at = MODULE }, .values = true },
	/* end_time, i and handle: another round. */
	{ .change = { .variable = 1, .at = RUN_ONCE },
	  .values = true,
	  .round = true },
	{ .change = { .names = 1 }, .values = true },
};

static const struct change none = { .at = -1 };

START_TEST(test_moves)
{
	const struct row *row = &rows[_i];

	for (int minor = FDP_GLANCE_MINOR_FIRST; minor <= FDP_GLANCE_MINOR_LAST;
	     minor++) {
		struct fdp_sight_thread before = look(minor, &none, true);
		struct fdp_sight_thread now = look(minor, &row->change, true);

		ck_assert(before.frames && before.values && before.round);
		ck_assert_int_eq(now.frames != before.frames, row->frames);
		ck_assert_int_eq(now.values != before.values, row->values);
		ck_assert_int_eq(now.round != before.round, row->round);
		ck_assert_int_eq((int64_t)(now.place - before.place),
				 row->place);
	}
}
END_TEST

/* Functions of other modules that are called the same. */
START_TEST(test_other_loops)
{
	const struct change other_loop = { .at = RUN_ONCE,
					   .file = "/srv/base_events.py" };
	const struct change other_run = { .at = RUN, .file = "/srv/events.py" };

	for (int minor = FDP_GLANCE_MINOR_FIRST; minor <= FDP_GLANCE_MINOR_LAST;
	     minor++) {
		ck_assert_uint_eq(look(minor, &other_loop, false).round, 0);
		ck_assert_uint_eq(look(minor, &other_run, false).round, 0);
		ck_assert_uint_eq(look(minor, &none, false).values, 0);
	}
}
END_TEST

/* A chain without an end, and one that leads nowhere. */
START_TEST(test_broken)
{
	struct fdp_glance_codes known = { .roles = { .slot_count = 0 } };
	struct fdp_sight_thread thread = { .tid = 1 };
	struct scene scene;
	struct fdp_glance_frames reader;

	make(&scene, 12, &none);
	fake_python_set(&scene.objects.python, scene.frames[MODULE],
			scene.objects.python.offsets->frame.previous,
			scene.frames[CALLBACK]);
	reader = (struct fdp_glance_frames){
		.target = scene.target,
		.offsets = scene.objects.python.offsets,
		.more = fdp_glance_offsets(scene.objects.python.offsets),
		.codes = &known,
		.left = 1000,
	};
	fdp_glance_frames_read(&reader, scene.state, true, &thread);
	ck_assert_uint_eq(reader.left, 1000 - 256);
	reader.left = 3;
	fdp_glance_frames_read(&reader, scene.state, true, &thread);
	ck_assert_uint_eq(reader.left, 0);
	fdp_glance_frames_read(&reader, 0xdead000, true, &thread);
	ck_assert_uint_eq(thread.frames, 0);
	ck_assert_uint_eq(thread.values, 0);
	fdp_glance_codes_done(&known);
	fdp_target_free(scene.target);
}
END_TEST

static const struct {
	uint32_t word, owner, kind;
	uint64_t operation;
	pid_t expected;
} mutexes[] = {
	{ 2, 101, 0, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 101 },
	{ 2, 101, 1, FUTEX_WAIT, 101 },
	{ 1, 101, 0, FUTEX_WAIT, 0 }, /* nobody waits */
	{ 2, 0, 0, FUTEX_WAIT, 0 },
	{ 2, UINT32_MAX, 0, FUTEX_WAIT, 0 },
	{ 2, 101, 4096, FUTEX_WAIT, 0 }, /* no mutex has that kind */
	{ 2, 101, 0, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0 },
	{ 2, 101, 0, FUTEX_WAKE, 0 },
	{ 101 | FUTEX_WAITERS, 0, 32, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 101 },
};

START_TEST(test_mutex)
{
	const uint64_t address = 0x7000;
	struct fdp_target *target = fake_target_new();

	fake_target_write_u32(target, address, mutexes[_i].word);
	fake_target_write_u32(target, address + 8, mutexes[_i].owner);
	fake_target_write_u32(target, address + 16, mutexes[_i].kind);
	ck_assert_int_eq(
		fdp_glance_mutex_owner(target, address, mutexes[_i].operation),
		mutexes[_i].expected);
	ck_assert_int_eq(fdp_glance_mutex_owner(target, 0xdead0000, FUTEX_WAIT),
			 0);
	fdp_target_free(target);
}
END_TEST

#define LOCK UINT64_C(0x55550000)
#define OWNER UINT64_C(0x7f0011223344)

/* Where the lock lies in the innermost frame, and what is waited for. */
static const struct {
	const char *type;
	size_t place;
	bool method;
	uint64_t lock;
	int expected;
} locks[] = {
	{ "_thread.RLock", 0, false, LOCK, 0 },
	{ "_thread.RLock", 1, false, LOCK, 0 },
	{ "_thread.RLock", 1, true, LOCK, 0 },
	{ "_thread.RLock", 1, false, LOCK + 40, 0 },
	{ "_thread.RLock", 1, false, LOCK - 8, -ENOENT },
	{ "_thread.RLock", 1, false, LOCK + 4096, -ENOENT },
	{ "_thread.RLock", 2, false, LOCK, -ENOENT }, /* behind the stack */
	{ "_thread.lock", 1, false, LOCK, -ENOENT },
};

START_TEST(test_rlock)
{
	for (int minor = FDP_GLANCE_MINOR_FIRST; minor < FDP_PARKED_MINOR_FIRST;
	     minor++) {
		struct scene scene;
		struct fdp_glance_search search;
		uint64_t found = 0, type = 0, object;

		make(&scene, minor, &none);
		object = make_object(
			&scene.objects.python,
			make_type(&scene.objects.python, locks[_i].type), LOCK,
			OWNER);
		if (locks[_i].method)
			object = make_object(
				&scene.objects.python,
				make_type(&scene.objects.python, "method"), 0,
				object);
		fake_target_write_u64(
			scene.target,
			scene.frames[CALLBACK] +
				scene.objects.python.offsets->frame.locals +
				8 * locks[_i].place,
			object);
		search = (struct fdp_glance_search){
			.target = scene.target,
			.offsets = scene.objects.python.offsets,
			.more = fdp_glance_offsets(
				scene.objects.python.offsets),
			.type = &type,
			.lock = locks[_i].lock,
		};
		ck_assert_int_eq(
			fdp_glance_find_lock(&search, scene.state, &found),
			locks[_i].expected);
		ck_assert_uint_eq(found, locks[_i].expected ? 0 : OWNER);
		fdp_target_free(scene.target);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glance");
	TCase *tests = tcase_create("glance");

	tcase_add_loop_test(tests, test_moves, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(tests, test_other_loops);
	tcase_add_test(tests, test_broken);
	tcase_add_loop_test(tests, test_mutex, 0, (int)ARRAY_SIZE(mutexes));
	tcase_add_loop_test(tests, test_rlock, 0, (int)ARRAY_SIZE(locks));
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
