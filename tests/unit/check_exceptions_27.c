/* Exceptions in the memory of a fake 2.7, with and without Py_TRACE_REFS. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/exceptions.h"
#include "../../daemon/python/strings.h"
#include "fake_objects.h"
#include "suite.h"

/* Functions that the slot tp_str of types points to. */
enum {
	STR_OBJECT = 0x1000,
	STR_STRING,
	STR_UNICODE,
	STR_ERROR,
	STR_KEY,
	STR_OS,
	STR_SYNTAX,
	STR_DECODE,
	STR_FLOAT,
	STR_COMPLEX,
	STR_LONG,
	STR_WORD,
	STR_OWN,
};

/* What is given for an exception that is not made yet, if it is no tuple. */
enum { ONLY = -1, NONE = -2, NOTHING = -3 };

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	struct fdp_codes *codes;
	struct fdp_exception_reader *reader;
	struct fdp_exceptions found;
	uint64_t word, longs, complex, none;
	uint64_t base, value_error, key_error, os_error, syntax_error, own;
	uint64_t decode_error;
	uint64_t class_type, instance_type, traceback_type, frame_type;
	uint64_t thread;
};

static const struct fdp_python_offsets *
offsets_of(const struct fixture *fixture)
{
	return fixture->objects.python.offsets;
}

static void set(struct fixture *fixture, uint64_t object, uint32_t field,
		uint64_t value)
{
	fake_python_set(&fixture->objects.python, object, field, value);
}

static uint64_t string(struct fixture *fixture, const char *bytes)
{
	return fake_python_bytes(&fixture->objects.python, bytes,
				 strlen(bytes));
}

/* TYPE's str() is STR, and before object it has BASE above it, unless that is
 * 0. */
static void give_str(struct fixture *fixture, uint64_t type, uint64_t str,
		     uint64_t base)
{
	const uint64_t order[] = { type, base ? base : type,
				   fixture->objects.object_type };

	set(fixture, type, offsets_of(fixture)->slots.str, str);
	set(fixture, type, offsets_of(fixture)->slots.order,
	    fake_tuple(&fixture->objects, order, ARRAY_SIZE(order)));
}

/* Below BaseException. */
static uint64_t error_type(struct fixture *fixture, const char *name,
			   uint64_t str)
{
	uint64_t type = fake_type(&fixture->objects, name, fixture->base,
				  FDP_TYPE_EXCEPTION);

	give_str(fixture, type, str, fixture->base);
	return type;
}

static void make_errors(struct fixture *fixture)
{
	struct fake_objects *objects = &fixture->objects;

	fixture->base = fake_type(objects, "exceptions.BaseException",
				  objects->object_type, FDP_TYPE_EXCEPTION);
	give_str(fixture, fixture->base, STR_ERROR, 0);
	fixture->value_error =
		error_type(fixture, "exceptions.ValueError", STR_ERROR);
	fixture->key_error =
		error_type(fixture, "exceptions.KeyError", STR_KEY);
	fixture->os_error =
		error_type(fixture, "exceptions.EnvironmentError", STR_OS);
	fixture->syntax_error =
		error_type(fixture, "exceptions.SyntaxError", STR_SYNTAX);
	fixture->decode_error = error_type(
		fixture, "exceptions.UnicodeEncodeError", STR_DECODE);
	fixture->own = error_type(fixture, "module.Own", STR_OWN);
}

static uint64_t plain_type(struct fixture *fixture, const char *name,
			   uint64_t flags, uint64_t str)
{
	uint64_t type = fake_type(&fixture->objects, name,
				  fixture->objects.object_type, flags);

	give_str(fixture, type, str, 0);
	return type;
}

static void setup(struct fixture *fixture, int number)
{
	struct fake_objects *objects = &fixture->objects;

	*fixture = (struct fixture){ .target = fake_target_new() };
	fake_objects_start(objects, fixture->target, number);
	give_str(fixture, objects->object_type, STR_OBJECT, 0);
	give_str(fixture, objects->python.bytes_type, STR_STRING, 0);
	give_str(fixture, objects->python.string_type, STR_UNICODE, 0);
	give_str(fixture, objects->tuple_type, STR_OBJECT, 0);
	give_str(fixture, objects->real_type, STR_FLOAT, 0);
	fixture->word = plain_type(fixture, "int", FDP_TYPE_WORD, STR_WORD);
	fixture->longs =
		plain_type(fixture, "long", FDP_TYPE_INTEGER, STR_LONG);
	fixture->complex = plain_type(fixture, "complex", 0, STR_COMPLEX);
	fixture->none = fake_object(
		objects, plain_type(fixture, "NoneType", 0, STR_OBJECT));
	fixture->class_type = plain_type(fixture, "classobj", 0, STR_OBJECT);
	fixture->instance_type = plain_type(fixture, "instance", 0, STR_OWN);
	fixture->traceback_type =
		plain_type(fixture, "traceback", 0, STR_OBJECT);
	fixture->frame_type = plain_type(fixture, "frame", 0, STR_OBJECT);
	make_errors(fixture);
	fixture->thread = fake_python_alloc(&objects->python, 1024);
}

static void read_all(struct fixture *fixture)
{
	const struct fdp_python_offsets *offsets = offsets_of(fixture);

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

static void check_missing(const struct fixture *fixture, const char *word)
{
	for (size_t i = 0; i < fixture->report.capture.missing_count; i++) {
		if (strstr(fixture->report.capture.missing[i], word))
			return;
	}
	ck_abort_msg("nothing is said of \"%s\"", word);
}

static void check_whole(const struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->report.capture.missing_count; i++)
		ck_abort_msg("missing: %s", fixture->report.capture.missing[i]);
}

/* What sys.exc_info() would have, at PLACE. */
static void put(struct fixture *fixture, uint64_t place, uint64_t class,
		uint64_t value, uint64_t traceback)
{
	set(fixture, place, 0, class);
	set(fixture, place, 8, value);
	set(fixture, place, 16, traceback);
}

static uint64_t handled_place(const struct fixture *fixture)
{
	return fixture->thread + offsets_of(fixture)->raised.handled;
}

static void raise_one(struct fixture *fixture, uint64_t class, uint64_t value)
{
	put(fixture, fixture->thread + offsets_of(fixture)->raised.type, class,
	    value, 0);
}

/* An exception of TYPE with COUNT arguments. */
static uint64_t made(struct fixture *fixture, uint64_t type,
		     const uint64_t *arguments, size_t count)
{
	uint64_t error = fake_object(&fixture->objects, type);

	set(fixture, error, offsets_of(fixture)->error.arguments,
	    fake_tuple(&fixture->objects, arguments, count));
	return error;
}

static uint64_t made_of(struct fixture *fixture, uint64_t type, uint64_t only)
{
	return made(fixture, type, &only, 1);
}

/* The exception at VALUE is handled, and read as MESSAGE. */
static void expect(struct fixture *fixture, uint64_t value, const char *message)
{
	put(fixture, handled_place(fixture), fixture->base, value, 0);
	read_all(fixture);
	ck_assert_uint_eq(fixture->found.count, 1);
	if (message)
		ck_assert_str_eq(fixture->found.list[0].message, message);
	else
		ck_assert_ptr_null(fixture->found.list[0].message);
	ck_assert(message || fixture->found.list[0].unsaid);
	check_whole(fixture);
	teardown(fixture);
}

/* A unicode of these characters, which are of as many bytes as there can be. */
static uint64_t unicode(struct fixture *fixture, const uint32_t *characters,
			size_t count)
{
	struct fake_python *python = &fixture->objects.python;
	uint64_t object = fake_object(&fixture->objects, python->string_type);
	uint64_t place = fake_python_alloc(python, count * 4 + 4);

	fake_target_write(fixture->target, place, characters, count * 4);
	set(fixture, object, python->offsets->unicode.length, count);
	set(fixture, object, python->offsets->unicode.data, place);
	return object;
}

static uint64_t number(struct fixture *fixture, int64_t value)
{
	uint64_t object = fake_object(&fixture->objects, fixture->word);

	set(fixture, object, offsets_of(fixture)->word.value, (uint64_t)value);
	return object;
}

/* An old class with COUNT attributes, by turns names and values. */
static uint64_t old_class(struct fixture *fixture, const char *name,
			  const uint64_t *pairs, size_t count)
{
	const struct fdp_python_offsets *offsets = offsets_of(fixture);
	uint64_t class = fake_object(&fixture->objects, fixture->class_type);

	set(fixture, class, offsets->classic_class.name, string(fixture, name));
	set(fixture, class, offsets->classic_class.bases,
	    fake_tuple(&fixture->objects, NULL, 0));
	set(fixture, class, offsets->classic_class.attributes,
	    fake_dict(&fixture->objects, pairs, count));
	return class;
}

static uint64_t old_instance(struct fixture *fixture, uint64_t class)
{
	const struct fdp_python_offsets *offsets = offsets_of(fixture);
	uint64_t object =
		fake_object(&fixture->objects, fixture->instance_type);

	set(fixture, object, offsets->classic_instance.class, class);
	set(fixture, object, offsets->classic_instance.attributes,
	    fake_dict(&fixture->objects, NULL, 0));
	return object;
}

static uint64_t frame(struct fixture *fixture, uint64_t previous,
		      uint64_t value, uint64_t traceback)
{
	const struct fake_frame running = { .previous = previous };
	uint64_t object = fake_python_frame(&fixture->objects.python, &running);

	put(fixture, object + offsets_of(fixture)->raised.saved, fixture->base,
	    value, traceback);
	return object;
}

/* Entries of one traceback at line LINE. */
static uint64_t entry(struct fixture *fixture, int line)
{
	static const struct fake_code made = { "f", "/app/main.py", 7 };
	const struct fdp_python_offsets *offsets = offsets_of(fixture);
	struct fake_python *python = &fixture->objects.python;
	const struct fake_frame running = {
		.code = fake_python_code(python, &made),
	};
	uint64_t object = fake_python_frame(python, &running);
	uint64_t traceback =
		fake_object(&fixture->objects, fixture->traceback_type);

	set(fixture, object, offsets->object.type, fixture->frame_type);
	set(fixture, traceback, offsets->traceback.frame, object);
	fake_target_write_u32(fixture->target,
			      traceback + offsets->traceback.line,
			      (uint32_t)line);
	return traceback;
}

/* A thread that has never caught anything, and one whose callers had not. */
START_TEST(test_nothing)
{
	struct fixture fixture;
	uint64_t outer, inner;

	setup(&fixture, _i);
	read_all(&fixture);
	ck_assert_uint_eq(fixture.found.count, 0);
	check_whole(&fixture);
	teardown(&fixture);

	setup(&fixture, _i);
	put(&fixture, handled_place(&fixture), fixture.none, 0, 0);
	outer = frame(&fixture, 0, 0, 0);
	inner = frame(&fixture, outer, 0, 0);
	put(&fixture, outer + offsets_of(&fixture)->raised.saved, fixture.none,
	    0, 0);
	put(&fixture, inner + offsets_of(&fixture)->raised.saved, fixture.none,
	    fixture.none, fixture.none);
	set(&fixture, fixture.thread, offsets_of(&fixture)->thread.frame,
	    inner);
	read_all(&fixture);
	ck_assert_uint_eq(fixture.found.count, 0);
	ck_assert_uint_eq(fixture.found.handled_count, 0);
	check_whole(&fixture);
	teardown(&fixture);
}
END_TEST

/* That of the thread, and what its frames had before, each once. */
START_TEST(test_saved)
{
	struct fixture fixture;
	uint64_t errors[3], frames;

	setup(&fixture, _i);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		errors[i] = made_of(&fixture, fixture.value_error,
				    number(&fixture, (int64_t)i));
	frames = frame(&fixture, 0, errors[2], entry(&fixture, 3));
	frames = frame(&fixture, frames, errors[1], entry(&fixture, 2));
	frames = frame(&fixture, frames, 0, 0);
	frames = frame(&fixture, frames, errors[0], entry(&fixture, 9));
	put(&fixture, handled_place(&fixture), fixture.value_error, errors[0],
	    entry(&fixture, 1));
	set(&fixture, fixture.thread, offsets_of(&fixture)->thread.frame,
	    frames);
	read_all(&fixture);
	ck_assert(!fixture.found.is_raised);
	ck_assert_uint_eq(fixture.found.count, 3);
	ck_assert_uint_eq(fixture.found.handled_count, 3);
	for (int i = 0; i < 3; i++) {
		const struct fdp_exception *one = &fixture.found.list[i];
		const char message[] = { (char)('0' + i), 0 };

		ck_assert_int_eq(fixture.found.handled[i], i);
		ck_assert_uint_eq(one->address, errors[i]);
		ck_assert_str_eq(one->type, "ValueError");
		ck_assert_str_eq(one->message, message);
		ck_assert_int_eq(one->cause, FDP_UNKNOWN);
		ck_assert_int_eq(one->context, FDP_UNKNOWN);
		ck_assert(!one->suppress_context);
		ck_assert_uint_eq(one->frame_count, 1);
		ck_assert_int_eq(one->frames[0].line, i + 1);
	}
	check_whole(&fixture);
	teardown(&fixture);
}
END_TEST

START_TEST(test_frames_in_a_circle)
{
	struct fixture fixture;
	uint64_t frames;

	setup(&fixture, _i);
	frames = frame(
		&fixture, 0,
		made_of(&fixture, fixture.value_error, number(&fixture, 1)), 0);
	set(&fixture, frames, offsets_of(&fixture)->frame.previous, frames);
	set(&fixture, fixture.thread, offsets_of(&fixture)->thread.frame,
	    frames);
	read_all(&fixture);
	ck_assert_uint_eq(fixture.found.count, 1);
	ck_assert_uint_eq(fixture.found.handled_count, 1);
	check_missing(&fixture, "could not be followed");
	teardown(&fixture);
}
END_TEST

/* A try statement, one in its handler, others that have no END_FINALLY. */
#define NOP 9
#define TRY_3 121, 4, 0, NOP, NOP, NOP, NOP
#define END 88

static const struct {
	const char *what;
	uint8_t code[20];
	size_t size;
	int came, now, ended;
} clauses[] = {
	{ "handler", { TRY_3, NOP, END, NOP }, 10, 4, 7, 0 },
	{ "end", { TRY_3, NOP, END, NOP }, 10, 4, 8, 0 },
	{ "behind it", { TRY_3, NOP, END, NOP }, 10, 4, 9, 1 },
	{ "body", { TRY_3, NOP, END, NOP }, 10, 3, 6, 1 },
	{ "with", { 143, 1, 0, NOP, NOP, END }, 6, 3, 4, 0 },
	{ "finally", { 122, 1, 0, NOP, NOP, END }, 6, 3, 4, FDP_UNKNOWN },
	{ "a finally in the handler",
	  { TRY_3, 122, 1, 0, NOP, END, NOP, END, NOP },
	  15,
	  4,
	  12,
	  0 },
	{ "before the body", { TRY_3, NOP, END, NOP }, 10, 2, 7, FDP_UNKNOWN },
	{ "not in it", { TRY_3, NOP, END, NOP }, 10, 9, 8, FDP_UNKNOWN },
	{ "in its handler", { TRY_3, NOP, END, NOP }, 10, 7, 8, FDP_UNKNOWN },
	{ "one in the handler",
	  { TRY_3, 121, 1, 0, NOP, END, NOP, END, NOP },
	  15,
	  4,
	  12,
	  0 },
	{ "behind both",
	  { TRY_3, 121, 1, 0, NOP, END, NOP, END, NOP },
	  15,
	  4,
	  14,
	  1 },
	{ "of the inner one",
	  { TRY_3, 121, 1, 0, NOP, END, NOP, END, NOP },
	  15,
	  10,
	  12,
	  1 },
	{ "an argument that looks like an end",
	  { TRY_3, 100, END, 0, NOP, END },
	  12,
	  4,
	  10,
	  0 },
	{ "no end", { TRY_3, NOP, NOP }, 9, 4, 7, FDP_UNKNOWN },
	{ "too far", { 121, 255, 255, NOP }, 4, 3, 3, FDP_UNKNOWN },
	{ "cut", { TRY_3, 121, 1 }, 9, 4, 7, FDP_UNKNOWN },
	{ "none", { 0 }, 0, 0, 0, FDP_UNKNOWN },
};

/* A frame that runs BYTES, has caught something, and is at NOW. */
static uint64_t running(struct fixture *fixture, const uint8_t *bytes,
			size_t size, int now, uint64_t previous)
{
	static const struct fake_code made = { "f", "/app/main.py", 7 };
	struct fake_python *python = &fixture->objects.python;
	const struct fake_frame frame = {
		.previous = previous,
		.code = fake_python_code(python, &made),
		.instruction = now,
	};
	uint64_t object = fake_python_frame(python, &frame);

	set(fixture, frame.code, python->offsets->code.instructions,
	    fake_python_bytes(python, bytes, size));
	set(fixture, object, python->offsets->object.type, fixture->frame_type);
	put(fixture, object + python->offsets->raised.saved, fixture->none, 0,
	    0);
	return object;
}

/* A traceback that came by the frame at OBJECT at CAME. */
static uint64_t entry_of(struct fixture *fixture, uint64_t object, int came)
{
	const struct fdp_python_offsets *offsets = offsets_of(fixture);
	uint64_t traceback = entry(fixture, 7);

	set(fixture, traceback, offsets->traceback.frame, object);
	fake_target_write_u32(fixture->target,
			      traceback + offsets->traceback.instruction,
			      (uint32_t)came);
	return traceback;
}

static void check_ended(struct fixture *fixture, uint64_t frames,
			uint64_t traceback, int ended)
{
	put(fixture, handled_place(fixture), fixture->value_error,
	    made_of(fixture, fixture->value_error, number(fixture, 1)),
	    traceback);
	set(fixture, fixture->thread, offsets_of(fixture)->thread.frame,
	    frames);
	read_all(fixture);
	ck_assert_uint_eq(fixture->found.count, 1);
	ck_assert_int_eq(fixture->found.list[0].ended, ended);
	teardown(fixture);
}

START_TEST(test_clauses)
{
	for (size_t i = 0; i < ARRAY_SIZE(clauses); i++) {
		struct fixture fixture;
		uint64_t owner, other;

		setup(&fixture, _i);
		owner = running(&fixture, clauses[i].code, clauses[i].size,
				clauses[i].now, 0);
		/* One that it calls, which has caught nothing. */
		other = running(&fixture, clauses[i].code, clauses[i].size, 0,
				owner);
		put(&fixture, other + offsets_of(&fixture)->raised.saved, 0, 0,
		    0);
		check_ended(&fixture, other,
			    entry_of(&fixture, owner, clauses[i].came),
			    clauses[i].ended);
	}
}
END_TEST

/* No traceback, one of another frame, no frame, and more than Python makes. */
START_TEST(test_clauses_unknown)
{
	struct fixture fixture;
	uint8_t deep[3 * 21 + 3];
	uint64_t owner;

	setup(&fixture, _i);
	owner = running(&fixture, clauses[0].code, clauses[0].size, 7, 0);
	check_ended(&fixture, owner, 0, FDP_UNKNOWN);
	setup(&fixture, _i);
	owner = running(&fixture, clauses[0].code, clauses[0].size, 7, 0);
	check_ended(&fixture, owner,
		    entry_of(&fixture, frame(&fixture, 0, 0, 0), 4),
		    FDP_UNKNOWN);
	setup(&fixture, _i);
	owner = running(&fixture, clauses[0].code, clauses[0].size, 7, 0);
	check_ended(&fixture, 0, entry_of(&fixture, owner, 4), FDP_UNKNOWN);
	setup(&fixture, _i);
	owner = running(&fixture, clauses[0].code, clauses[0].size, 7, 0);
	set(&fixture, owner, offsets_of(&fixture)->frame.code, FAKE_NOWHERE);
	check_ended(&fixture, owner, entry_of(&fixture, owner, 4), FDP_UNKNOWN);
	for (size_t blocks = 20; blocks <= 21; blocks++) {
		size_t body = 3 * blocks;

		for (size_t i = 0; i < blocks; i++) {
			deep[3 * i] = 121;
			deep[3 * i + 1] = (uint8_t)(body - 3 * i - 2);
			deep[3 * i + 2] = 0;
		}
		deep[body] = NOP;
		deep[body + 1] = END;
		deep[body + 2] = NOP;
		setup(&fixture, _i);
		owner = running(&fixture, deep, body + 3, (int)body + 2, 0);
		check_ended(&fixture, owner,
			    entry_of(&fixture, owner, (int)body),
			    blocks == 20 ? 1 : FDP_UNKNOWN);
	}
}
END_TEST

/* One that two functions have caught is handled while one of them does. */
START_TEST(test_clauses_of_several)
{
	/* Where the outer and the inner one are; in none, nothing is known. */
	static const struct {
		int outer, inner, ended;
	} now[] = {
		{ 7, 9, 0 },
		{ 9, 7, 0 },
		{ 9, 9, 1 },
		{ -1, 9, FDP_UNKNOWN },
		{ 9, -1, FDP_UNKNOWN },
		{ -1, 7, 0 },
		{ 7, -1, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(now); i++) {
		struct fixture fixture;
		uint64_t outer, inner, error;

		setup(&fixture, _i);
		error = made_of(&fixture, fixture.value_error,
				number(&fixture, 1));
		outer = running(&fixture, clauses[0].code, clauses[0].size,
				now[i].outer, 0);
		inner = running(&fixture, clauses[0].code, clauses[0].size,
				now[i].inner, outer);
		put(&fixture, inner + offsets_of(&fixture)->raised.saved,
		    fixture.value_error, error,
		    entry_of(&fixture, outer, now[i].outer < 0 ? 9 : 4));
		put(&fixture, handled_place(&fixture), fixture.value_error,
		    error, entry_of(&fixture, inner, now[i].inner < 0 ? 9 : 4));
		set(&fixture, fixture.thread,
		    offsets_of(&fixture)->thread.frame, inner);
		read_all(&fixture);
		ck_assert_uint_eq(fixture.found.count, 1);
		ck_assert_int_eq(fixture.found.list[0].ended, now[i].ended);
		check_whole(&fixture);
		teardown(&fixture);
	}
}
END_TEST

/* Raised and handled is one exception, with the traceback of its raising. */
START_TEST(test_raised)
{
	struct fixture fixture;
	uint64_t error;

	setup(&fixture, _i);
	error = made_of(&fixture, fixture.value_error, number(&fixture, 5));
	put(&fixture, fixture.thread + offsets_of(&fixture)->raised.type,
	    fixture.value_error, error, entry(&fixture, 4));
	put(&fixture, handled_place(&fixture), fixture.value_error, error,
	    entry(&fixture, 8));
	read_all(&fixture);
	ck_assert(fixture.found.is_raised);
	ck_assert_uint_eq(fixture.found.count, 1);
	ck_assert_int_eq(fixture.found.handled[0], 0);
	ck_assert_int_eq(fixture.found.list[0].frames[0].line, 4);
	check_whole(&fixture);
	teardown(&fixture);
}
END_TEST

/* What C raises is made later: the message is that of what it is made of. */
static const struct {
	const char *class; /* of which the first letter counts */
	int count;	   /* of a tuple of arguments; ONLY and the like */
	const char *message;
} unmade[] = {
	{ "value", ONLY, "1" },
	{ "value", NOTHING, "" },
	{ "value", NONE, "" },
	{ "value", 0, "" },
	{ "value", 2, "(1, 'x')" },
	{ "key", ONLY, "1" },
	{ "key", 1, "1" },
	{ "key", 2, "(1, 'x')" },
	{ "os", ONLY, "1" },
	{ "os", 2, "[Errno 1] x" },
	{ "os", 3, "[Errno 1] x: 'f'" },
	{ "os", 4, "(1, 'x', 'f', 1)" },
	{ "syntax", ONLY, "1" },
	{ "syntax", 0, "None" },
};

static uint64_t unmade_value(struct fixture *fixture, int count)
{
	uint64_t parts[4] = {
		number(fixture, 1),
		string(fixture, "x"),
		string(fixture, "f"),
		number(fixture, 1),
	};

	if (count == NOTHING)
		return 0;
	if (count == NONE)
		return fixture->none;
	return count == ONLY
		       ? parts[0]
		       : fake_tuple(&fixture->objects, parts, (size_t)count);
}

START_TEST(test_not_made)
{
	for (size_t i = 0; i < ARRAY_SIZE(unmade); i++) {
		struct fixture fixture;
		char first = unmade[i].class[0];

		setup(&fixture, _i);
		raise_one(&fixture,
			  first == 'k'	 ? fixture.key_error
			  : first == 'o' ? fixture.os_error
			  : first == 's' ? fixture.syntax_error
					 : fixture.value_error,
			  unmade_value(&fixture, unmade[i].count));
		read_all(&fixture);
		ck_assert(fixture.found.is_raised);
		ck_assert_uint_eq(fixture.found.list[0].address, 0);
		ck_assert_str_eq(fixture.found.list[0].message,
				 unmade[i].message);
		check_whole(&fixture);
		teardown(&fixture);
	}
}
END_TEST

START_TEST(test_messages)
{
	static const uint32_t wide[] = { 'a', 0xe9, 0x20ac, 0x1f600 };
	struct fixture fixture;
	uint64_t two[2];

	setup(&fixture, _i);
	expect(&fixture, made(&fixture, fixture.value_error, NULL, 0), "");
	setup(&fixture, _i);
	expect(&fixture,
	       made_of(&fixture, fixture.value_error,
		       string(&fixture, "\xc3\xa9")),
	       "\xc3\xa9");
	setup(&fixture, _i);
	expect(&fixture,
	       made_of(&fixture, fixture.value_error,
		       unicode(&fixture, wide, 1)),
	       "a");
	setup(&fixture, _i);
	expect(&fixture,
	       made_of(&fixture, fixture.value_error,
		       unicode(&fixture, wide, ARRAY_SIZE(wide))),
	       "a\\xe9\\u20ac\\U0001f600");
	setup(&fixture, _i);
	two[0] = unicode(&fixture, wide, 2);
	two[1] = number(&fixture, -3);
	expect(&fixture, made(&fixture, fixture.value_error, two, 2),
	       "(u'a\\xe9', -3)");
	setup(&fixture, _i);
	expect(&fixture,
	       made_of(&fixture, fixture.key_error, unicode(&fixture, wide, 2)),
	       "u'a\\xe9'");
	setup(&fixture, _i);
	expect(&fixture,
	       made_of(&fixture, fixture.value_error,
		       made_of(&fixture, fixture.value_error,
			       unicode(&fixture, wide, 2))),
	       "a\\xe9");
	setup(&fixture, _i);
	expect(&fixture, made_of(&fixture, fixture.own, number(&fixture, 1)),
	       NULL);
}
END_TEST

/* Where unicode has 16 bits, a character can be two of it. */
START_TEST(test_halves)
{
	static const uint16_t halves[] = { 'a', 0xe9, 0xd83d, 0xde00 };
	struct fixture fixture;
	struct fake_python *python = &fixture.objects.python;
	uint64_t text, place;

	setup(&fixture, _i);
	python->own.unicode.width = sizeof(halves[0]);
	python->offsets = &python->own;
	text = unicode(&fixture, NULL, 0);
	place = fake_python_alloc(python, sizeof(halves));
	fake_target_write(fixture.target, place, halves, sizeof(halves));
	set(&fixture, text, python->offsets->unicode.length,
	    ARRAY_SIZE(halves));
	set(&fixture, text, python->offsets->unicode.data, place);
	expect(&fixture, made_of(&fixture, fixture.value_error, text),
	       "a\\xe9\\ud83d\\ude00");
}
END_TEST

/* Numbers, of which str() writes other digits than repr(). */
START_TEST(test_numbers)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{ 0.1 + 0.2, "0.3" },
		{ 3, "3.0" },
		{ -0.0, "-0.0" },
		{ 1e16, "1e+16" },
		{ 123456789012345.0, "1.23456789012e+14" },
		{ 1 / 0.0, "inf" },
		{ -(0 / 0.0), "nan" },
	};
	const double both[] = { 1.5, -0.1 };
	struct fixture fixture;
	uint64_t object;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		setup(&fixture, _i);
		expect(&fixture,
		       made_of(&fixture, fixture.value_error,
			       fake_real(&fixture.objects, rows[i].value)),
		       rows[i].text);
	}
	setup(&fixture, _i);
	object = fake_object(&fixture.objects, fixture.complex);
	fake_target_write(fixture.target,
			  object + offsets_of(&fixture)->complex.value, both,
			  sizeof(both));
	expect(&fixture, made_of(&fixture, fixture.value_error, object),
	       "(1.5-0.1j)");
	setup(&fixture, _i);
	object = fake_object(&fixture.objects, fixture.longs);
	set(&fixture, object, offsets_of(&fixture)->integer.count, 1);
	set(&fixture, object, offsets_of(&fixture)->integer.digits, 7);
	expect(&fixture, made_of(&fixture, fixture.value_error, object), "7");
}
END_TEST

/* Number, text, and name of the file; what only unicode() says, and nobody. */
START_TEST(test_os_error)
{
	static const uint32_t wide[] = { 0xe9 };
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t error;

	for (int what = 0; what < 4; what++) {
		static const char *const said[] = {
			"[Errno 2] text: 'file'",
			"[Errno 2] text",
			"[Errno 2] \\xe9: 'file'",
			"<unprintable EnvironmentError object>",
		};

		setup(&fixture, _i);
		offsets = offsets_of(&fixture);
		error = made_of(&fixture, fixture.os_error,
				unicode(&fixture, wide, 1));
		if (what < 3) {
			set(&fixture, error, offsets->os_error.number,
			    number(&fixture, 2));
			set(&fixture, error, offsets->os_error.text,
			    what == 2 ? unicode(&fixture, wide, 1)
				      : string(&fixture, "text"));
		}
		if (what == 0 || what == 2)
			set(&fixture, error, offsets->os_error.file,
			    string(&fixture, "file"));
		expect(&fixture, error, said[what]);
	}
}
END_TEST

/* A character has an u before it, which it had not later. */
START_TEST(test_unicode_error)
{
	static const uint32_t wide[] = { 'a', 0x20ac };
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t error;

	setup(&fixture, _i);
	offsets = offsets_of(&fixture);
	error = made(&fixture, fixture.decode_error, NULL, 0);
	set(&fixture, error, offsets->unicode_error.encoding,
	    string(&fixture, "codec"));
	set(&fixture, error, offsets->unicode_error.reason,
	    string(&fixture, "reason"));
	set(&fixture, error, offsets->unicode_error.object,
	    unicode(&fixture, wide, 2));
	set(&fixture, error, offsets->unicode_error.start, 1);
	set(&fixture, error, offsets->unicode_error.end, 2);
	expect(&fixture, error,
	       "'codec' codec can't encode character u'\\u20ac' in position 1: "
	       "reason");
}
END_TEST

/* By what it was made of; where that is anything else, str() alone is said. */
START_TEST(test_syntax_error)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	const struct fdp_syntax_error *syntax;
	uint64_t place[4], both[2], error;

	for (int is_list = 0; is_list < 2; is_list++) {
		setup(&fixture, _i);
		offsets = offsets_of(&fixture);
		place[0] = string(&fixture, "dir/file.py");
		place[1] = number(&fixture, 3);
		place[2] = number(&fixture, 5);
		place[3] = string(&fixture, "  a b\n");
		both[0] = string(&fixture, "made of");
		both[1] = (is_list ? fake_list : fake_tuple)(&fixture.objects,
							     place, 4);
		error = made(&fixture, fixture.syntax_error, both, 2);
		set(&fixture, error, offsets->syntax_error.message,
		    string(&fixture, "became"));
		set(&fixture, error, offsets->syntax_error.file, place[0]);
		set(&fixture, error, offsets->syntax_error.line, place[1]);
		put(&fixture, handled_place(&fixture), fixture.syntax_error,
		    error, 0);
		read_all(&fixture);
		ck_assert_str_eq(fixture.found.list[0].message,
				 "became (file.py, line 3)");
		syntax = fixture.found.list[0].syntax;
		ck_assert_ptr_nonnull(syntax);
		ck_assert_str_eq(syntax->message, "made of");
		ck_assert_str_eq(syntax->file, "dir/file.py");
		ck_assert_str_eq(syntax->text, "  a b\n");
		ck_assert_int_eq(syntax->line, 3);
		ck_assert_int_eq(syntax->column, 5);
		teardown(&fixture);
	}
	setup(&fixture, _i);
	both[0] = string(&fixture, "made of");
	both[1] = fake_tuple(&fixture.objects, both, 1);
	put(&fixture, handled_place(&fixture), fixture.syntax_error,
	    made(&fixture, fixture.syntax_error, both, 2), 0);
	read_all(&fixture);
	ck_assert_ptr_null(fixture.found.list[0].syntax);
	ck_assert_str_eq(fixture.found.list[0].message, "None");
	teardown(&fixture);
}
END_TEST

/* Instances of old classes: what repr() says, if no code would say another. */
START_TEST(test_old_classes)
{
	struct fixture fixture;
	uint64_t pair[2], error;
	char text[64];

	setup(&fixture, _i);
	pair[0] = string(&fixture, "__module__");
	pair[1] = string(&fixture, "m");
	error = old_instance(&fixture, old_class(&fixture, "Old", pair, 1));
	put(&fixture, handled_place(&fixture), fixture.base, error, 0);
	read_all(&fixture);
	ck_assert_uint_eq(fixture.found.count, 1);
	ck_assert_str_eq(fixture.found.list[0].type, "Old");
	snprintf(text, sizeof(text), "<m.Old instance at 0x%llx>",
		 (unsigned long long)error);
	ck_assert_str_eq(fixture.found.list[0].message, text);
	teardown(&fixture);

	setup(&fixture, _i);
	pair[0] = string(&fixture, "__str__");
	pair[1] = fixture.none;
	expect(&fixture,
	       old_instance(&fixture, old_class(&fixture, "Own", pair, 1)),
	       NULL);

	setup(&fixture, _i);
	pair[0] = string(&fixture, "__repr__");
	pair[1] = fixture.none;
	error = old_instance(&fixture, old_class(&fixture, "Own", NULL, 0));
	set(&fixture, error, offsets_of(&fixture)->classic_instance.attributes,
	    fake_dict(&fixture.objects, pair, 1));
	expect(&fixture, error, NULL);
}
END_TEST

/* What is no exception is none, and that is said. */
START_TEST(test_elsewhere)
{
	struct fixture fixture;

	for (int what = 0; what < 4; what++) {
		uint64_t value;

		setup(&fixture, _i);
		value = what == 0   ? FAKE_NOWHERE
			: what == 1 ? string(&fixture, "text")
			: what == 2 ? old_instance(&fixture, FAKE_NOWHERE)
				    : 7;
		put(&fixture, handled_place(&fixture), FAKE_NOWHERE, value, 0);
		read_all(&fixture);
		ck_assert_uint_eq(fixture.found.handled_count, 0);
		check_missing(&fixture, "could not be followed");
		teardown(&fixture);
	}
}
END_TEST

/* Words of the objects become anything, pointers to each other above all. */
static void damage(struct fixture *fixture, uint64_t begin)
{
	static const uint64_t extremes[] = { 0,		 1,	     UINT64_MAX,
					     1ULL << 47, 1ULL << 63, 8 };
	uint64_t words = (fixture->objects.python.next - begin) / 8;

	for (int i = rand() % 40; i >= 0; i--) {
		uint64_t to = begin + 8 * ((uint64_t)rand() % words);
		uint64_t value = begin + 16 * ((uint64_t)rand() % (words / 2));

		if (rand() % 3 == 0)
			value = extremes[(size_t)rand() % ARRAY_SIZE(extremes)];
		fake_target_write_u64(fixture->target, to, value);
	}
}

START_TEST(test_anything)
{
	static const uint32_t wide[] = { 'a', 0xe9 };

	for (unsigned round = 0; round < 300; round++) {
		struct fixture fixture;
		uint64_t both[2], frames;

		srand(round);
		setup(&fixture, _i);
		both[0] = unicode(&fixture, wide, 2);
		both[1] = fake_list(&fixture.objects, both, 1);
		frames = frame(&fixture, 0,
			       made(&fixture, fixture.syntax_error, both, 2),
			       entry(&fixture, 1));
		frames = frame(&fixture, frames,
			       old_instance(&fixture, old_class(&fixture, "Old",
								both, 1)),
			       entry(&fixture, 2));
		set(&fixture, fixture.thread,
		    offsets_of(&fixture)->thread.frame, frames);
		put(&fixture, handled_place(&fixture), fixture.os_error,
		    made_of(&fixture, fixture.os_error, both[0]), 0);
		raise_one(&fixture, fixture.key_error, both[1]);
		damage(&fixture, fixture.thread);
		read_all(&fixture);
		ck_assert_uint_le(fixture.found.count, FDP_EXCEPTIONS_MAX);
		teardown(&fixture);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exceptions of 2.7");
	TCase *tests = tcase_create("exceptions of 2.7");
	const int first = FAKE_27;
	const int end = FAKE_27_MOVED + 1;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, test_nothing, first, end);
	tcase_add_loop_test(tests, test_saved, first, end);
	tcase_add_loop_test(tests, test_frames_in_a_circle, first, end);
	tcase_add_loop_test(tests, test_clauses, first, end);
	tcase_add_loop_test(tests, test_clauses_unknown, first, end);
	tcase_add_loop_test(tests, test_clauses_of_several, first, end);
	tcase_add_loop_test(tests, test_raised, first, end);
	tcase_add_loop_test(tests, test_not_made, first, end);
	tcase_add_loop_test(tests, test_messages, first, end);
	tcase_add_loop_test(tests, test_halves, first, end);
	tcase_add_loop_test(tests, test_numbers, first, end);
	tcase_add_loop_test(tests, test_os_error, first, end);
	tcase_add_loop_test(tests, test_unicode_error, first, end);
	tcase_add_loop_test(tests, test_syntax_error, first, end);
	tcase_add_loop_test(tests, test_old_classes, first, end);
	tcase_add_loop_test(tests, test_elsewhere, first, end);
	tcase_add_loop_test(tests, test_anything, first, end);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
