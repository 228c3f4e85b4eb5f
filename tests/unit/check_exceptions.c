/* Exceptions in the memory of a fake interpreter, whole and damaged. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/exceptions.h"
#include "../../daemon/python/strings.h"
#include "../../daemon/python/tracebacks.h"
#include "fake_python.h"
#include "suite.h"

/* A place in the fake process where nothing can be read. */
#define NOWHERE 0xdead0000

/* Numbers of fake_python_start(). */
#define WITH_CHAIN 7 /* of what is handled */
#define WITH_GROUPS 11
#define RAISED_IN_PARTS_END 12

/* Bytes of an exception, a type and a thread state. */
#define OBJECT_SIZE 1024

/* Functions that the slot tp_str of these types points to. */
enum { STR_OBJECT = 0x1000, STR_ERROR, STR_KEY, STR_OWN, STR_GROUP, STR_STR };

struct fixture {
	struct fdp_target *target;
	struct fake_python python;
	struct fdp_report report;
	struct fdp_codes *codes;
	struct fdp_exception_reader *reader;
	struct fdp_exceptions found;
	uint64_t meta, object, base, value_error, key_error, group, own;
	uint64_t tuple_type, list_type, none_type, traceback_type, frame_type;
	uint64_t thread, item;
};

static void set(struct fixture *fixture, uint64_t object, uint32_t field,
		uint64_t value)
{
	fake_python_set(&fixture->python, object, field, value);
}

static uint64_t tuple(struct fixture *fixture, const uint64_t *items,
		      size_t count)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;
	uint64_t address = fake_python_alloc(
		&fixture->python, offsets->tuple.items + 8 * count + 8);

	set(fixture, address, offsets->object.type, fixture->tuple_type);
	set(fixture, address, offsets->object.size, count);
	for (size_t i = 0; i < count; i++)
		set(fixture, address, offsets->tuple.items + 8 * (uint32_t)i,
		    items[i]);
	return address;
}

/* A static type below BASE, or one that nothing stands above if that is 0. */
static uint64_t type(struct fixture *fixture, const char *name, uint64_t flags,
		     uint64_t str, uint64_t base)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;
	uint64_t address = fake_python_alloc(&fixture->python, OBJECT_SIZE);
	uint64_t text = fake_python_alloc(&fixture->python, strlen(name) + 1);

	fake_target_write(fixture->target, text, name, strlen(name) + 1);
	set(fixture, address, offsets->object.type,
	    fixture->meta ? fixture->meta : address);
	set(fixture, address, offsets->type.name, text);
	set(fixture, address, offsets->type.flags, flags);
	set(fixture, address, offsets->type.base, base);
	set(fixture, address, offsets->slots.str, str);
	return address;
}

/* tp_mro of TYPE: itself, BASE if there is one, and object. */
static void order(struct fixture *fixture, uint64_t address, uint64_t base)
{
	uint64_t both[] = { address, base, fixture->object };
	uint64_t alone[] = { address, fixture->object };

	set(fixture, address, fixture->python.offsets->slots.order,
	    base ? tuple(fixture, both, ARRAY_SIZE(both))
		 : tuple(fixture, alone, ARRAY_SIZE(alone)));
}

static void make_types(struct fixture *fixture)
{
	struct fake_python *python = &fixture->python;
	uint64_t error = FDP_TYPE_EXCEPTION;

	fixture->meta = type(fixture, "type", FDP_TYPE_TYPE, STR_OBJECT, 0);
	fixture->object = type(fixture, "object", 0, STR_OBJECT, 0);
	fixture->tuple_type =
		type(fixture, "tuple", FDP_TYPE_TUPLE, STR_OBJECT, 0);
	fixture->list_type =
		type(fixture, "list", FDP_TYPE_LIST, STR_OBJECT, 0);
	fixture->none_type = type(fixture, "NoneType", 0, STR_OBJECT, 0);
	fixture->traceback_type = type(fixture, "traceback", 0, STR_OBJECT, 0);
	fixture->frame_type = type(fixture, "frame", 0, STR_OBJECT, 0);
	fixture->base = type(fixture, "BaseException", error, STR_ERROR,
			     fixture->object);
	fixture->value_error =
		type(fixture, "ValueError", error, STR_ERROR, fixture->base);
	fixture->key_error =
		type(fixture, "KeyError", error, STR_KEY, fixture->base);
	fixture->group = type(fixture, "BaseExceptionGroup", error, STR_GROUP,
			      fixture->base);
	fixture->own = type(fixture, "mod.Own", error, STR_OWN, fixture->base);
	python->string_type =
		type(fixture, "str", FDP_TYPE_STRING, STR_STR, fixture->object);
	order(fixture, fixture->none_type, 0);
	order(fixture, python->string_type, 0);
	order(fixture, fixture->tuple_type, 0);
	order(fixture, fixture->base, 0);
	order(fixture, fixture->value_error, fixture->base);
	order(fixture, fixture->key_error, fixture->base);
	order(fixture, fixture->group, fixture->base);
	order(fixture, fixture->own, fixture->base);
}

static void setup(struct fixture *fixture, int number)
{
	const struct fdp_python_offsets *offsets;

	*fixture = (struct fixture){ .target = fake_target_new() };
	fake_python_start(&fixture->python, fixture->target, number);
	offsets = fixture->python.offsets;
	make_types(fixture);
	fixture->thread = fake_python_alloc(&fixture->python, OBJECT_SIZE);
	if (offsets->handled.previous == FDP_ABSENT) {
		fixture->item = fixture->thread + offsets->raised.handled;
		return;
	}
	fixture->item = fake_python_alloc(&fixture->python, 64);
	set(fixture, fixture->thread, offsets->raised.handled, fixture->item);
}

static void read_again(struct fixture *fixture)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;

	ck_assert_int_eq(fdp_codes_new(fixture->target, offsets,
				       &fixture->report, &fixture->codes),
			 0);
	ck_assert_int_eq(fdp_exception_reader_new(
				 fixture->target, offsets, &fixture->report,
				 fixture->codes, NULL, &fixture->reader),
			 0);
	ck_assert_int_eq(fdp_exceptions_read(fixture->reader, fixture->thread,
					     &fixture->found),
			 0);
}

static void teardown(struct fixture *fixture)
{
	fdp_exception_reader_free(fixture->reader);
	fdp_codes_free(fixture->codes);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

static uint64_t exception(struct fixture *fixture, uint64_t kind,
			  const char *message)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;
	uint64_t address = fake_python_alloc(&fixture->python, OBJECT_SIZE);
	uint64_t text = fake_python_string(&fixture->python, message);

	set(fixture, address, offsets->object.type, kind);
	set(fixture, address, offsets->error.arguments,
	    tuple(fixture, &text, 1));
	return address;
}

static uint64_t group_of(struct fixture *fixture, const uint64_t *members,
			 size_t count)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;
	uint64_t address = exception(fixture, fixture->group, "unused");

	set(fixture, address, offsets->error_group.message,
	    fake_python_string(&fixture->python, "group"));
	set(fixture, address, offsets->error_group.members,
	    tuple(fixture, members, count));
	return address;
}

static void handle(struct fixture *fixture, uint64_t address)
{
	set(fixture, fixture->item, fixture->python.offsets->handled.value,
	    address);
}

static void check_missing(const struct fixture *fixture, const char *word)
{
	for (size_t i = 0; i < fixture->report.capture.missing_count; i++) {
		if (strstr(fixture->report.capture.missing[i], word))
			return;
	}
	ck_abort_msg("nothing is said of \"%s\"", word);
}

static const struct fdp_exception *at(const struct fixture *fixture, int index)
{
	ck_assert_int_ge(index, 0);
	ck_assert_uint_lt((size_t)index, fixture->found.count);
	return &fixture->found.list[index];
}

START_TEST(nothing_is_handled)
{
	struct fixture fixture;

	setup(&fixture, _i);
	if (_i & 1) {
		uint64_t none = fake_python_alloc(&fixture.python, 32);

		set(&fixture, none, fixture.python.offsets->object.type,
		    fixture.none_type);
		handle(&fixture, none);
	}
	read_again(&fixture);
	ck_assert_uint_eq(fixture.found.count, 0);
	ck_assert_uint_eq(fixture.found.handled_count, 0);
	ck_assert(!fixture.found.is_raised);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(messages_are_read)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t first, second, third;

	setup(&fixture, _i);
	offsets = fixture.python.offsets;
	first = exception(&fixture, fixture.value_error, "what it says");
	second = exception(&fixture, fixture.key_error, "key");
	third = exception(&fixture, fixture.own, "not this");
	set(&fixture, first, offsets->error.context, second);
	set(&fixture, second, offsets->error.cause, third);
	handle(&fixture, first);
	read_again(&fixture);
	ck_assert_uint_eq(fixture.found.count, 3);
	ck_assert_uint_eq(fixture.found.handled_count, 1);
	ck_assert_int_eq(fixture.found.handled[0], 0);
	ck_assert_str_eq(at(&fixture, 0)->type, "ValueError");
	ck_assert_str_eq(at(&fixture, 0)->message, "what it says");
	ck_assert_str_eq(at(&fixture, 1)->message, "'key'");
	ck_assert_str_eq(at(&fixture, 2)->type, "mod.Own");
	ck_assert_ptr_null(at(&fixture, 2)->message);
	ck_assert_ptr_nonnull(at(&fixture, 2)->unsaid);
	ck_assert_uint_eq(at(&fixture, 2)->address, third);
	ck_assert_int_eq(at(&fixture, 0)->context, 1);
	ck_assert_int_eq(at(&fixture, 0)->cause, FDP_UNKNOWN);
	ck_assert_int_eq(at(&fixture, 1)->cause, 2);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(raised_comes_first)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t raised, handled;

	setup(&fixture, _i);
	offsets = fixture.python.offsets;
	raised = exception(&fixture, fixture.value_error, "raised");
	handled = exception(&fixture, fixture.value_error, "handled");
	set(&fixture, fixture.thread, offsets->raised.type,
	    fixture.value_error);
	set(&fixture, fixture.thread, offsets->raised.value, raised);
	set(&fixture, raised, offsets->error.context, handled);
	handle(&fixture, handled);
	read_again(&fixture);
	ck_assert(fixture.found.is_raised);
	ck_assert_str_eq(at(&fixture, 0)->message, "raised");
	ck_assert_int_eq(at(&fixture, 0)->context, 1);
	ck_assert_int_eq(fixture.found.handled[0], 1);
	teardown(&fixture);
}
END_TEST

START_TEST(not_yet_made)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;

	setup(&fixture, _i);
	offsets = fixture.python.offsets;
	set(&fixture, fixture.thread, offsets->raised.type,
	    fixture.value_error);
	set(&fixture, fixture.thread, offsets->raised.value,
	    fake_python_string(&fixture.python, "only a string"));
	read_again(&fixture);
	ck_assert(fixture.found.is_raised);
	ck_assert_str_eq(at(&fixture, 0)->type, "ValueError");
	ck_assert_str_eq(at(&fixture, 0)->message, "only a string");
	ck_assert_uint_eq(at(&fixture, 0)->address, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(context_in_a_circle)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t first, second;

	setup(&fixture, _i);
	offsets = fixture.python.offsets;
	first = exception(&fixture, fixture.value_error, "first");
	second = exception(&fixture, fixture.value_error, "second");
	set(&fixture, first, offsets->error.context, second);
	set(&fixture, second, offsets->error.context, first);
	set(&fixture, second, offsets->error.cause, second);
	handle(&fixture, first);
	read_again(&fixture);
	ck_assert_uint_eq(fixture.found.count, 2);
	ck_assert_int_eq(at(&fixture, 0)->context, 1);
	ck_assert_int_eq(at(&fixture, 1)->context, 0);
	ck_assert_int_eq(at(&fixture, 1)->cause, 1);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(cause_through_a_group)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t members[2], outer;

	setup(&fixture, _i);
	offsets = fixture.python.offsets;
	members[0] = exception(&fixture, fixture.value_error, "member");
	members[1] = members[0];
	outer = group_of(&fixture, members, ARRAY_SIZE(members));
	set(&fixture, members[0], offsets->error.cause, outer);
	handle(&fixture, outer);
	read_again(&fixture);
	ck_assert_uint_eq(fixture.found.count, 2);
	ck_assert(at(&fixture, 0)->is_group);
	ck_assert_str_eq(at(&fixture, 0)->message, "group (2 sub-exceptions)");
	ck_assert_uint_eq(at(&fixture, 0)->member_count, 2);
	ck_assert_int_eq(at(&fixture, 0)->members[0], 1);
	ck_assert_int_eq(at(&fixture, 0)->members[1], 1);
	ck_assert_int_eq(at(&fixture, 1)->cause, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(groups_have_limits)
{
	struct fixture fixture;
	uint64_t members[40], inner;
	const struct fdp_exception *group;
	int depth = 0;

	setup(&fixture, _i);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		members[i] = exception(&fixture, fixture.value_error, "one");
	inner = group_of(&fixture, members, ARRAY_SIZE(members));
	for (int i = 0; i < 30; i++)
		inner = group_of(&fixture, &inner, 1);
	handle(&fixture, inner);
	read_again(&fixture);
	for (group = at(&fixture, 0); group->member_count; depth++)
		group = at(&fixture, group->members[0]);
	ck_assert_int_eq(depth, FDP_GROUP_DEPTH_MAX);
	ck_assert_uint_eq(group->members_left, 1);
	teardown(&fixture);

	setup(&fixture, _i);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		members[i] = exception(&fixture, fixture.value_error, "one");
	handle(&fixture, group_of(&fixture, members, ARRAY_SIZE(members)));
	read_again(&fixture);
	ck_assert_uint_eq(at(&fixture, 0)->member_count, FDP_GROUP_WIDTH_MAX);
	ck_assert_uint_eq(at(&fixture, 0)->members_left,
			  ARRAY_SIZE(members) - FDP_GROUP_WIDTH_MAX);
	teardown(&fixture);
}
END_TEST

START_TEST(chains_have_limits)
{
	struct fixture fixture;
	uint64_t last = 0;

	setup(&fixture, _i);
	for (int i = 0; i < FDP_EXCEPTIONS_MAX + 10; i++) {
		uint64_t next = exception(&fixture, fixture.value_error, "x");

		set(&fixture, next, fixture.python.offsets->error.cause, last);
		last = next;
	}
	handle(&fixture, last);
	read_again(&fixture);
	ck_assert_uint_eq(fixture.found.count, FDP_EXCEPTIONS_MAX);
	check_missing(&fixture, "only the first 1024");
	ck_assert_int_eq(at(&fixture, FDP_EXCEPTIONS_MAX - 1)->cause,
			 FDP_UNKNOWN);
	teardown(&fixture);
}
END_TEST

/* What a chain leads to that is no exception: it is said, and the rest stays.
 */
static const struct {
	const char *what;
	uint64_t address; /* 0: a str */
} wrong[] = {
	{ "a string", 0 },
	{ "nowhere", NOWHERE },
	{ "an odd number", 7 },
	{ "beyond all addresses", UINT64_MAX - 3 },
};

START_TEST(chain_leads_elsewhere)
{
	for (int number = FAKE_FIRST; number < FAKE_END; number++) {
		struct fixture fixture;
		uint64_t first, elsewhere = wrong[_i].address;

		setup(&fixture, number);
		first = exception(&fixture, fixture.value_error, "first");
		if (!elsewhere)
			elsewhere = fake_python_string(&fixture.python, "str");
		set(&fixture, first, fixture.python.offsets->error.cause,
		    elsewhere);
		handle(&fixture, first);
		read_again(&fixture);
		ck_assert_msg(fixture.found.count == 1, "%s", wrong[_i].what);
		ck_assert_str_eq(at(&fixture, 0)->message, "first");
		ck_assert_int_eq(at(&fixture, 0)->cause, FDP_UNKNOWN);
		check_missing(&fixture,
			      "a chain of them could not be followed");
		teardown(&fixture);
	}
}
END_TEST

START_TEST(parts_lead_elsewhere)
{
	for (int number = FAKE_FIRST; number < FAKE_END; number++) {
		struct fixture fixture;
		const struct fdp_python_offsets *offsets;
		uint64_t first, elsewhere = wrong[_i].address;

		setup(&fixture, number);
		offsets = fixture.python.offsets;
		first = exception(&fixture, fixture.value_error, "first");
		if (!elsewhere)
			elsewhere = fake_python_string(&fixture.python, "str");
		set(&fixture, first, offsets->error.arguments, elsewhere);
		set(&fixture, first, offsets->error.attributes, elsewhere);
		set(&fixture, first, offsets->error.traceback, elsewhere);
		handle(&fixture, first);
		read_again(&fixture);
		ck_assert_uint_eq(fixture.found.count, 1);
		ck_assert_ptr_null(at(&fixture, 0)->message);
		ck_assert_ptr_nonnull(at(&fixture, 0)->unsaid);
		ck_assert_uint_eq(at(&fixture, 0)->frame_count, 0);
		check_missing(&fixture, "a traceback is damaged");
		teardown(&fixture);
	}
}
END_TEST

START_TEST(group_without_members)
{
	struct fixture fixture;
	uint64_t outer;

	setup(&fixture, _i);
	outer = group_of(&fixture, NULL, 0);
	set(&fixture, outer, fixture.python.offsets->error_group.members,
	    NOWHERE);
	handle(&fixture, outer);
	read_again(&fixture);
	ck_assert(at(&fixture, 0)->is_group);
	ck_assert_uint_eq(at(&fixture, 0)->member_count, 0);
	check_missing(&fixture, "a group is damaged");
	teardown(&fixture);
}
END_TEST

START_TEST(handlers_in_a_circle)
{
	struct fixture fixture;

	setup(&fixture, _i);
	set(&fixture, fixture.item, fixture.python.offsets->handled.previous,
	    fixture.item);
	handle(&fixture, exception(&fixture, fixture.value_error, "once"));
	read_again(&fixture);
	ck_assert_uint_eq(fixture.found.count, 1);
	ck_assert_uint_eq(fixture.found.handled_count, 1);
	check_missing(&fixture, "could not be followed");
	teardown(&fixture);
}
END_TEST

/* A traceback entry for a frame of CODE, before NEXT. */
static uint64_t entry(struct fixture *fixture, uint64_t code, uint64_t next)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;
	struct fake_frame running = { .code = code };
	uint64_t frame = fake_python_frame(&fixture->python, &running);
	uint64_t traceback = fake_python_alloc(&fixture->python, 64);
	uint64_t object = frame;

	if (offsets->frame_object.frame != FDP_ABSENT) {
		object = fake_python_alloc(&fixture->python, 256);
		set(fixture, object, offsets->frame_object.frame, frame);
	}
	set(fixture, object, offsets->object.type, fixture->frame_type);
	set(fixture, traceback, offsets->object.type, fixture->traceback_type);
	set(fixture, traceback, offsets->traceback.next, next);
	set(fixture, traceback, offsets->traceback.frame, object);
	fake_target_write_u32(fixture->target,
			      traceback + offsets->traceback.line, 7);
	return traceback;
}

static uint64_t code(struct fixture *fixture, const char *name)
{
	struct fake_code made = { name, "/app/main.py", 7 };

	return fake_python_code(&fixture->python, &made);
}

START_TEST(tracebacks_are_read)
{
	struct fixture fixture;
	uint64_t first, inner, outer;

	setup(&fixture, _i);
	first = exception(&fixture, fixture.value_error, "x");
	inner = entry(&fixture, code(&fixture, "inner"), 0);
	outer = entry(&fixture, code(&fixture, "outer"), inner);
	set(&fixture, first, fixture.python.offsets->error.traceback, outer);
	handle(&fixture, first);
	read_again(&fixture);
	ck_assert_uint_eq(at(&fixture, 0)->frame_count, 2);
	ck_assert_str_eq(at(&fixture, 0)->frames[0].function, "inner");
	ck_assert_str_eq(at(&fixture, 0)->frames[1].function, "outer");
	ck_assert_int_eq(at(&fixture, 0)->frames[0].line, 7);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(tracebacks_are_damaged)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t circle, lost, frameless, errors[3];

	setup(&fixture, _i);
	offsets = fixture.python.offsets;
	circle = entry(&fixture, code(&fixture, "circle"), 0);
	set(&fixture, circle, offsets->traceback.next, circle);
	lost = entry(&fixture, code(&fixture, "lost"), NOWHERE);
	frameless = entry(&fixture, code(&fixture, "no"), 0);
	set(&fixture, frameless, offsets->traceback.frame, fixture.thread);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		errors[i] = exception(&fixture, fixture.value_error, "x");
	set(&fixture, errors[0], offsets->error.traceback, circle);
	set(&fixture, errors[1], offsets->error.traceback, lost);
	set(&fixture, errors[2], offsets->error.traceback, frameless);
	set(&fixture, errors[0], offsets->error.cause, errors[1]);
	set(&fixture, errors[1], offsets->error.cause, errors[2]);
	handle(&fixture, errors[0]);
	read_again(&fixture);
	ck_assert_uint_eq(at(&fixture, 0)->frame_count, 1);
	ck_assert_uint_eq(at(&fixture, 1)->frame_count, 1);
	ck_assert_uint_eq(at(&fixture, 2)->frame_count, 0);
	check_missing(&fixture, "a traceback is damaged");
	teardown(&fixture);
}
END_TEST

/* Words of the objects become anything, pointers to each other above all. */
static void damage(struct fixture *fixture, uint64_t begin)
{
	static const uint64_t extremes[] = { 0,		 1,	     UINT64_MAX,
					     1ULL << 47, 1ULL << 63, NOWHERE };
	uint64_t words = (fixture->python.next - begin) / 8;

	for (int i = rand() % 40; i >= 0; i--) {
		uint64_t to = begin + 8 * ((uint64_t)rand() % words);
		uint64_t value = begin + 16 * ((uint64_t)rand() % (words / 2));

		if (rand() % 3 == 0)
			value = extremes[(size_t)rand() % ARRAY_SIZE(extremes)];
		fake_target_write_u64(fixture->target, to, value);
	}
}

START_TEST(anything_can_be_there)
{
	for (unsigned round = 0; round < 300; round++) {
		struct fixture fixture;
		const struct fdp_python_offsets *offsets;
		uint64_t begin, members[3];

		srand(round);
		setup(&fixture, _i);
		begin = fixture.thread;
		offsets = fixture.python.offsets;
		for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
			members[i] =
				exception(&fixture, fixture.value_error, "x");
			set(&fixture, members[i], offsets->error.traceback,
			    entry(&fixture, code(&fixture, "f"), 0));
		}
		set(&fixture, members[0], offsets->error.context, members[1]);
		if (offsets->error_group.members != FDP_ABSENT)
			handle(&fixture, group_of(&fixture, members, 3));
		else
			handle(&fixture, members[0]);
		damage(&fixture, begin);
		read_again(&fixture);
		ck_assert_uint_le(fixture.found.count, FDP_EXCEPTIONS_MAX);
		teardown(&fixture);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exceptions");
	TCase *tcase = tcase_create("exceptions");
	int end = FAKE_END;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, nothing_is_handled, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, nothing_is_handled, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, messages_are_read, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, messages_are_read, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, raised_comes_first, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, raised_comes_first, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, not_yet_made, FAKE_FIRST,
			    RAISED_IN_PARTS_END);
	tcase_add_loop_test(tcase, not_yet_made, FAKE_MOVED,
			    FAKE_MOVED + RAISED_IN_PARTS_END - FAKE_FIRST);
	tcase_add_loop_test(tcase, context_in_a_circle, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, context_in_a_circle, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, cause_through_a_group, WITH_GROUPS, end);
	tcase_add_loop_test(tcase, groups_have_limits, WITH_GROUPS, end);
	tcase_add_loop_test(tcase, chains_have_limits, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, chains_have_limits, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, chain_leads_elsewhere, 0,
			    (int)ARRAY_SIZE(wrong));
	tcase_add_loop_test(tcase, parts_lead_elsewhere, 0,
			    (int)ARRAY_SIZE(wrong));
	tcase_add_loop_test(tcase, group_without_members, WITH_GROUPS, end);
	tcase_add_loop_test(tcase, handlers_in_a_circle, WITH_CHAIN, end);
	tcase_add_loop_test(tcase, handlers_in_a_circle,
			    FAKE_MOVED + WITH_CHAIN - FAKE_FIRST,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, tracebacks_are_read, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, tracebacks_are_read, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, tracebacks_are_damaged, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, tracebacks_are_damaged, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tcase, anything_can_be_there, FAKE_FIRST, end);
	tcase_add_loop_test(tcase, anything_can_be_there, FAKE_MOVED,
			    FAKE_MOVED_END);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
