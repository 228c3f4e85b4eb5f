/* Values as repr() has them, and what stands for those that cannot be. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/python/numbers.h"
#include "../../daemon/python/quoted.h"
#include "../../daemon/python/represent.h"
#include "fake_objects.h"
#include "suite.h"

static const struct {
	double value;
	const char *text;
} reals[] = {
	{ 0.0, "0.0" },
	{ -0.0, "-0.0" },
	{ 1.0, "1.0" },
	{ -2.5, "-2.5" },
	{ 0.1, "0.1" },
	{ 0.05, "0.05" },
	{ 0.5, "0.5" },
	{ 0.30000000000000004, "0.30000000000000004" },
	{ 100.0, "100.0" },
	{ 123456789012345.6, "123456789012345.6" },
	{ 1e15, "1000000000000000.0" },
	{ 9007199254740993.0, "9007199254740992.0" },
	{ 1e16, "1e+16" },
	{ 1.5e16, "1.5e+16" },
	{ 1e22, "1e+22" },
	{ 1e23, "1e+23" },
	{ 1e-4, "0.0001" },
	{ 1e-5, "1e-05" },
	{ 1.25e-7, "1.25e-07" },
	{ 1e100, "1e+100" },
	{ 5e-324, "5e-324" },
	{ 1e-320, "1e-320" },
	{ DBL_MIN, "2.2250738585072014e-308" },
	{ DBL_MAX, "1.7976931348623157e+308" },
	{ INFINITY, "inf" },
	{ -INFINITY, "-inf" },
	{ NAN, "nan" },
};

START_TEST(test_real)
{
	struct fdp_writer writer = { .size = 0 };

	fdp_real_write(reals[_i].value, &writer);
	ck_assert_str_eq(writer.bytes, reals[_i].text);
}
END_TEST

static const struct {
	double real, imaginary;
	const char *text;
} complexes[] = {
	{ 0.0, 1.0, "1j" },
	{ 0.0, -1.5, "-1.5j" },
	{ 1.0, 2.0, "(1+2j)" },
	{ -0.0, 1.0, "(-0+1j)" },
	{ 1.0, -0.0, "(1-0j)" },
	{ 1.0, NAN, "(1+nanj)" },
	{ INFINITY, -INFINITY, "(inf-infj)" },
	{ 1e20, 1e-7, "(1e+20+1e-07j)" },
};

START_TEST(test_complex)
{
	struct fdp_writer writer = { .size = 0 };

	fdp_complex_write(complexes[_i].real, complexes[_i].imaginary, &writer);
	ck_assert_str_eq(writer.bytes, complexes[_i].text);
}
END_TEST

/* Any number reads back as itself. */
START_TEST(test_any_real)
{
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		struct fdp_writer writer = { .size = 0 };
		uint64_t bits = (uint64_t)random() << 33 ^
				(uint64_t)random() << 11 ^ (uint64_t)random();
		double value;

		memcpy(&value, &bits, sizeof(value));
		if (isnan(value) || isinf(value))
			continue;
		fdp_real_write(value, &writer);
		ck_assert_msg(strtod(writer.bytes, NULL) == value, "%s",
			      writer.bytes);
	}
}
END_TEST

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	struct fdp_values *values;
};

static void setup(struct fixture *fixture, int number)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_objects_start(&fixture->objects, fixture->target, number);
	ck_assert_int_eq(fdp_values_new(fixture->target,
					fixture->objects.python.offsets,
					&fixture->report, &fixture->values),
			 0);
	ck_assert(fdp_values_begin(fixture->values));
}

static void teardown(struct fixture *fixture)
{
	fdp_values_free(fixture->values);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

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

/* Bytes of PyObject. */
static uint32_t head_of(const struct fixture *fixture)
{
	return offsets_of(fixture)->object.type + 8;
}

/* The value at ADDRESS is EXPECTED, in which % is that address. */
static void expect(struct fixture *fixture, uint64_t address,
		   const char *expected)
{
	const char *text = fdp_values_represent(fixture->values, address);
	char wanted[FDP_WRITER_MAX];
	const char *percent = strchr(expected, '%');

	if (percent)
		snprintf(wanted, sizeof(wanted), "%.*s0x%llx%s",
			 (int)(percent - expected), expected,
			 (unsigned long long)address, percent + 1);
	else
		snprintf(wanted, sizeof(wanted), "%s", expected);
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strcmp(text, wanted) == 0, "3.%d%s: %s is not %s",
		      offsets_of(fixture)->minor,
		      offsets_of(fixture)->free_threaded ? "t" : "", text,
		      wanted);
	/* More is made on the pages that were read. */
	fdp_cache_free(fixture->target->cache);
	fixture->target->cache = fdp_cache_new();
	ck_assert_ptr_nonnull(fixture->target->cache);
}

#define INVALID "<invalid object at %>"

/* An int of COUNT digits, all 1 but the first, which is TOP. */
static uint64_t make_integer(struct fixture *fixture, uint64_t count,
			     size_t there, uint32_t top)
{
	struct fake_objects *objects = &fixture->objects;
	uint32_t shift = offsets_of(fixture)->integer.count_shift;
	uint64_t object = fake_python_alloc(&objects->python, 24 + 4 * there);

	set(fixture, object, offsets_of(fixture)->object.type,
	    objects->integer_type);
	set(fixture, object, offsets_of(fixture)->integer.count,
	    shift ? count << shift : count);
	for (size_t i = 0; i < there; i++)
		fake_target_write_u32(
			fixture->target,
			object + offsets_of(fixture)->integer.digits + 4 * i,
			i + 1 == there ? top : 1);
	return object;
}

START_TEST(test_integers)
{
	struct fixture fixture;

	setup(&fixture, _i);
	expect(&fixture, fake_integer(&fixture.objects, 0), "0");
	expect(&fixture, fake_integer(&fixture.objects, 1), "1");
	expect(&fixture, fake_integer(&fixture.objects, -7), "-7");
	expect(&fixture, make_integer(&fixture, 2, 2, 1), "1073741825");
	expect(&fixture, make_integer(&fixture, 2, 2, 0x3fffffff),
	       "1152921503533105153");
	expect(&fixture, make_integer(&fixture, 4, 4, 1),
	       "1237940040438301780579713025");
	expect(&fixture, make_integer(&fixture, 600, 600, 3),
	       "<int of 17972 bits>");
	/* A digit that is none; no first digit; more than there is. */
	expect(&fixture, make_integer(&fixture, 2, 2, 0x40000000), INVALID);
	expect(&fixture, make_integer(&fixture, 2, 2, 0), INVALID);
	expect(&fixture, make_integer(&fixture, 600, 600, 0), INVALID);
	expect(&fixture, make_integer(&fixture, 1 << 20, 2, 1), INVALID);
	expect(&fixture, make_integer(&fixture, UINT64_C(1) << 60, 2, 1),
	       INVALID);
	teardown(&fixture);
}
END_TEST

START_TEST(test_containers)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t items[3], list, tuple;

	setup(&fixture, _i);
	items[0] = fake_integer(objects, 1);
	items[1] = fake_string(objects, "it's");
	items[2] = fake_real(objects, 2.5);
	expect(&fixture, fake_list(objects, items, 3), "[1, \"it's\", 2.5]");
	expect(&fixture, fake_list(objects, items, 0), "[]");
	expect(&fixture, fake_tuple(objects, items, 0), "()");
	expect(&fixture, fake_tuple(objects, items, 1), "(1,)");
	expect(&fixture, fake_tuple(objects, items, 2), "(1, \"it's\")");
	expect(&fixture, fake_dict(objects, items, 0), "{}");
	expect(&fixture, fake_dict(objects, items, 1), "{1: \"it's\"}");
	expect(&fixture, fake_set(objects, items, 2), "{1, \"it's\"}");
	items[0] = items[1] = 0;
	expect(&fixture, fake_set(objects, items, 2), "set()");
	items[0] = fake_integer(objects, 1);
	items[1] = FAKE_NOWHERE;
	list = fake_list(objects, items, 2);
	/* In itself. */
	tuple = fake_tuple(objects, &list, 1);
	set(&fixture, list, offsets_of(&fixture)->list.items,
	    tuple + offsets_of(&fixture)->tuple.items);
	set(&fixture, list, offsets_of(&fixture)->object.size, 1);
	expect(&fixture, list, "[[...]]");
	expect(&fixture, tuple, "([[...]],)");
	expect(&fixture, fake_list(objects, items, 2),
	       "[1, <invalid object at 0xdead0000>]");
	teardown(&fixture);
}
END_TEST

/* What one word can do to an object, and what is then shown. */
enum what { LIST, TUPLE, DICT, SET, STRING, BYTES, CELL };

#define AT(member) offsetof(struct fdp_python_offsets, member)

static const struct {
	const char *why;
	enum what what;
	size_t field; /* of the table */
	uint64_t value;
	const char *text;
} damages[] = {
	{ "nothing", LIST, AT(object.size), 1, "[1]" },
	{ "no type", LIST, AT(object.type), 0, INVALID },
	{ "a type nowhere", STRING, AT(object.type), FAKE_NOWHERE, INVALID },
	{ "a type at the end", LIST, AT(object.type), UINT64_MAX - 3, INVALID },
	{ "more than there is room for", LIST, AT(object.size), 2, INVALID },
	{ "a negative length", LIST, AT(object.size), UINT64_MAX, INVALID },
	{ "items nowhere", LIST, AT(list.items), FAKE_NOWHERE, INVALID },
	{ "items at the end", LIST, AT(list.items), UINT64_MAX - 7, INVALID },
	{ "a negative length", TUPLE, AT(object.size), UINT64_MAX, INVALID },
	{ "a huge length", TUPLE, AT(object.size), UINT64_C(1) << 41, INVALID },
	{ "more than there are", DICT, AT(dict.used), 2, INVALID },
	{ "fewer than there are", DICT, AT(dict.used), 0, "{}" },
	{ "keys nowhere", DICT, AT(dict.keys), FAKE_NOWHERE, INVALID },
	{ "a huge mask", SET, AT(set.mask), UINT64_MAX, INVALID },
	{ "more than there are", SET, AT(set.used), 9, INVALID },
	{ "a table nowhere", SET, AT(set.table), FAKE_NOWHERE, "{...}" },
	{ "a huge length", STRING, AT(string.length), UINT64_C(1) << 40,
	  INVALID },
	{ "another kind", STRING, AT(string.state), 3 << 2 | 3 << 8, INVALID },
	{ "a negative length", BYTES, AT(bytes.size), UINT64_MAX, INVALID },
	{ "contents nowhere", CELL, AT(cell.contents), FAKE_NOWHERE,
	  "<cell at %: ...>" },
	{ "empty", CELL, AT(cell.contents), 0, "<cell at %: empty>" },
};

static uint64_t make(struct fixture *fixture, enum what what)
{
	struct fake_objects *objects = &fixture->objects;
	const uint64_t items[] = { fake_integer(objects, 1),
				   fake_integer(objects, 2) };

	switch (what) {
	case LIST:
		return fake_list(objects, items, 1);
	case TUPLE:
		return fake_tuple(objects, items, 1);
	case DICT:
		return fake_dict(objects, items, 1);
	case SET:
		return fake_set(objects, items, 2);
	case STRING:
		return fake_string(objects, "abc");
	case BYTES:
		return fake_python_bytes(&objects->python, "abc", 3);
	case CELL:
	default:
		return fake_cell(objects, items[0]);
	}
}

START_TEST(test_damaged)
{
	for (int number = FAKE_FIRST; number < FAKE_END; number++) {
		struct fixture fixture;
		uint64_t object;
		uint32_t field;

		setup(&fixture, number);
		memcpy(&field,
		       (const char *)offsets_of(&fixture) + damages[_i].field,
		       sizeof(field));
		object = make(&fixture, damages[_i].what);
		set(&fixture, object, field, damages[_i].value);
		expect(&fixture, object, damages[_i].text);
		teardown(&fixture);
	}
}
END_TEST

START_TEST(test_types)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t type, above, number;

	setup(&fixture, _i);
	type = fake_class(objects, "C", objects->object_type);
	expect(&fixture, fake_object(objects, type), "<m.C object at %>");
	expect(&fixture, type, "<class 'm.C'>");
	expect(&fixture, objects->list_type, "<class 'list'>");
	expect(&fixture, fake_object(objects, objects->object_type),
	       "<object object at %>");
	expect(&fixture,
	       fake_object(objects, fake_type(objects, "a.b.T",
					      objects->object_type, 0)),
	       "<a.b.T object at %>");
	/* Of a builtin type: it is shown what that makes of it. */
	type = fake_class(objects, "Number", objects->integer_type);
	number = fake_integer(objects, 5);
	set(&fixture, number, offsets_of(&fixture)->object.type, type);
	expect(&fixture, number, "Number(5)");
	/* Named as one, without being one. */
	expect(&fixture,
	       fake_object(objects,
			   fake_type(objects, "int", objects->object_type, 0)),
	       "<int object at %>");
	/* In a circle, and without end. */
	above = fake_type(objects, "A", 0, 0);
	type = fake_type(objects, "B", above, 0);
	set(&fixture, above, offsets_of(&fixture)->type.base, type);
	expect(&fixture, fake_object(objects, type), "<B object at %>");
	for (int i = 0; i < 200; i++)
		type = fake_type(objects, "Deep", type, 0);
	expect(&fixture, fake_object(objects, type), "<Deep object at %>");
	/* No name, no type of types. */
	type = fake_type(objects, "\x01\x02", objects->object_type, 0);
	expect(&fixture, fake_object(objects, type), INVALID);
	type = fake_type(objects, "", objects->object_type, 0);
	expect(&fixture, fake_object(objects, type), INVALID);
	type = fake_type(objects, "T", objects->object_type, 0);
	set(&fixture, type, offsets_of(&fixture)->object.type,
	    objects->list_type);
	expect(&fixture, fake_object(objects, type), INVALID);
	teardown(&fixture);
}
END_TEST

/* Attributes of an instance, where this version has them, in order 1, 0. */
static uint64_t make_instance(struct fixture *fixture, uint8_t size)
{
	struct fake_objects *objects = &fixture->objects;
	const struct fdp_python_offsets *offsets = offsets_of(fixture);
	const uint64_t names[] = { fake_string(objects, "a"),
				   fake_string(objects, "token") };
	const uint64_t values[] = { fake_integer(objects, 1),
				    fake_integer(objects, 2) };
	uint64_t keys = fake_shared_keys(objects, names, 2);
	uint64_t type = fake_class(objects, "C", objects->object_type);
	uint64_t object = fake_object(objects, type);
	uint64_t list = fake_python_alloc(&objects->python, 128) + 64;
	uint64_t dict = fake_object(objects, objects->dict_type);
	const uint8_t before[] = { 0, 1, size, 6 }, behind[] = { 1, 0 };
	const uint8_t head[] = { 2, size, 1, 1 };

	set(fixture, type, offsets->type.cached_keys, keys);
	if (offsets->instance.style == FDP_INSTANCE_INLINE)
		list = object + head_of(fixture);
	fake_target_write(fixture->target, list + offsets->dict_values.first,
			  values, sizeof(values));
	switch (offsets->instance.style) {
	case FDP_INSTANCE_DICT:
		set(fixture, type, offsets->type.dict_offset, 16);
		set(fixture, object, 16, dict);
		set(fixture, dict, offsets->dict.keys, keys);
		set(fixture, dict, offsets->dict.values, list);
		break;
	case FDP_INSTANCE_TWO:
	case FDP_INSTANCE_ONE:
		fake_target_write(fixture->target, list - 4, before, 4);
		set(fixture, type, offsets->type.flags, 1 << 9 | 1 << 4);
		if (offsets->instance.style == FDP_INSTANCE_TWO)
			set(fixture, object - offsets->instance.values_before,
			    0, list);
		else
			set(fixture, object - offsets->instance.dict_before, 0,
			    list - 1);
		break;
	case FDP_INSTANCE_INLINE:
		fake_target_write(fixture->target, list, head, 4);
		fake_target_write(fixture->target, list + 8 + 16, behind, 2);
		set(fixture, type, offsets->type.flags,
		    1 << 9 | 1 << 4 | 1 << 2);
		break;
	}
	return object;
}

START_TEST(test_instances)
{
	bool ordered = fake_python_version(_i).minor >= 11;
	struct fixture fixture;

	setup(&fixture, _i);
	expect(&fixture, make_instance(&fixture, 2),
	       ordered ? "<m.C object at %> {token=<masked>, a=1}"
		       : "<m.C object at %> {a=1, token=<masked>}");
	/* Nothing yet, and more than can be. */
	if (ordered) {
		expect(&fixture, make_instance(&fixture, 0),
		       "<m.C object at %>");
		expect(&fixture, make_instance(&fixture, 255),
		       "<m.C object at %>");
	}
	teardown(&fixture);
}
END_TEST

/* An array of numpy, of COUNT dimensions and elements of NUMBER, "TKO": type,
 * kind and order. */
static uint64_t make_array(struct fixture *fixture, int32_t count,
			   int32_t number, const char *letters)
{
	struct fake_objects *objects = &fixture->objects;
	const int64_t shape[] = { 3, 40, 0 };
	const char chars[] = { letters[1], letters[0], letters[2], 0 };
	uint64_t type =
		fake_type(objects, "numpy.ndarray", objects->object_type, 0);
	uint64_t object = fake_object(objects, type);
	uint64_t descriptor = fake_object(objects, objects->object_type);
	uint64_t dimensions = fake_python_alloc(&objects->python, 1024);
	uint32_t head = head_of(fixture);

	fake_target_write(fixture->target, dimensions, shape, sizeof(shape));
	fake_target_write(fixture->target, descriptor + head + 8, chars, 4);
	fake_target_write_u32(fixture->target, descriptor + head + 12,
			      (uint32_t)number);
	fake_target_write_u32(fixture->target, object + head + 8,
			      (uint32_t)count);
	set(fixture, object, head + 16, dimensions);
	set(fixture, object, head + 40, descriptor);
	return object;
}

static const struct {
	int32_t count, number;
	const char *letters, *text;
} array_rows[] = {
	{ 0, 12, "df=", "{shape=(), dtype=float64}" },
	{ 1, 7, "li=", "{shape=(3,), dtype=int64}" },
	{ 2, 12, "df>", "{shape=(3, 40), dtype=>f8}" },
	{ 3, 0, "?b|", "{shape=(3, 40, 0), dtype=bool}" },
	{ 3, 0, "?b>", "{shape=(3, 40, 0), dtype=bool}" },
	{ 1, 17, "OO|", "{shape=(3,), dtype=object}" },
	{ 1, 23, "ef=", "{shape=(3,), dtype=float16}" },
	{ 1, 24, "ef=", "{shape=(3,), dtype=?}" },
	{ 1, -1, "ef=", "{shape=(3,), dtype=?}" },
	{ 1, 12, "xf=", "{shape=(3,), dtype=?}" },
	{ 1, 12, "dx=", "{shape=(3,), dtype=?}" },
	{ 65, 12, "df=", NULL },
	{ -1, 12, "df=", NULL },
};

START_TEST(test_arrays)
{
	struct fixture fixture;
	char text[128] = INVALID;

	setup(&fixture, 12);
	if (array_rows[_i].text)
		snprintf(text, sizeof(text), "<numpy.ndarray object at %%> %s",
			 array_rows[_i].text);
	expect(&fixture,
	       make_array(&fixture, array_rows[_i].count, array_rows[_i].number,
			  array_rows[_i].letters),
	       text);
	teardown(&fixture);
}
END_TEST

START_TEST(test_damaged_arrays)
{
	struct fixture fixture;
	uint64_t array;

	setup(&fixture, _i);
	array = make_array(&fixture, 1, 12, "df=");
	set(&fixture, array, head_of(&fixture) + 16, FAKE_NOWHERE);
	expect(&fixture, array, INVALID);
	array = make_array(&fixture, 1, 12, "df=");
	set(&fixture, array, head_of(&fixture) + 40, FAKE_NOWHERE);
	expect(&fixture, array, INVALID);
	/* Of so many dimensions some are below zero. */
	array = make_array(&fixture, 64, 12, "df=");
	set(&fixture, array, head_of(&fixture) + 16, array);
	set(&fixture, array, head_of(&fixture) + 64, UINT64_MAX);
	expect(&fixture, array, INVALID);
	teardown(&fixture);
}
END_TEST

/* A dict's secret is not even read. */
START_TEST(test_masks)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t pairs[4];

	setup(&fixture, _i);
	pairs[0] = fake_string(objects, "X-Api-Key");
	pairs[1] = FAKE_NOWHERE;
	pairs[2] = fake_python_bytes(&objects->python, "Cookie", 6);
	pairs[3] = FAKE_NOWHERE;
	expect(&fixture, fake_dict(objects, pairs, 2),
	       "{'X-Api-Key': <masked>, b'Cookie': <masked>}");
	teardown(&fixture);
}
END_TEST

/* 32 lists in 32 lists, and so on: as much as may be, and no more. */
START_TEST(test_budget)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t items[FDP_VALUE_ITEMS_MAX + 1];
	uint64_t object;
	int frames = 0;

	setup(&fixture, 12);
	object = fake_integer(objects, 1);
	for (int depth = 0; depth < 6; depth++) {
		for (size_t i = 0; i < ARRAY_SIZE(items); i++)
			items[i] = object;
		object = fake_list(objects, items, ARRAY_SIZE(items));
	}
	ck_assert_uint_le(strlen(fdp_values_represent(fixture.values, object)),
			  FDP_WRITER_MAX + 3);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	for (int i = 0; i < 100; i++)
		fdp_values_represent(fixture.values, object);
	expect(&fixture, object, "...");
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	while (fdp_values_begin(fixture.values)) {
		frames++;
		for (int i = 0; i < 100; i++)
			fdp_values_represent(fixture.values, object);
	}
	/* One has been there before. */
	ck_assert_int_ge(frames + 1, FDP_VALUE_REPORT_STEPS_MAX /
					     FDP_VALUE_FRAME_STEPS_MAX);
	ck_assert_int_le(frames, 2 * FDP_VALUE_REPORT_STEPS_MAX /
					 FDP_VALUE_FRAME_STEPS_MAX);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 2);
	teardown(&fixture);
}
END_TEST

static const struct {
	const char *bytes;
	size_t size;
	bool is_array;
	const char *text;
} byte_strings[] = {
	{ "", 0, false, "b''" },
	{ "a'b", 3, false, "b\"a'b\"" },
	{ "a'b", 3, true, "b\"a\\'b\"" },
	{ "a'\"", 3, false, "b'a\\'\"'" },
	{ "\0\t\n\r\\\x7f\xff ~", 9, false,
	  "b'\\x00\\t\\n\\r\\\\\\x7f\\xff ~'" },
};

START_TEST(test_bytes)
{
	struct fdp_writer writer = { .size = 0 };
	const struct fdp_byte_string string = {
		.bytes = (const uint8_t *)byte_strings[_i].bytes,
		.size = byte_strings[_i].size,
		.is_array = byte_strings[_i].is_array,
	};

	fdp_bytes_write(&string, &writer);
	ck_assert_str_eq(writer.bytes, byte_strings[_i].text);
}
END_TEST

/* U+061D is printable since 3.11, surrogates and private ones never. */
START_TEST(test_string)
{
	uint32_t characters[] = { 'a', 0xe9, 0x61d, 0xd800, 0xe000, 0x1f600 };
	const struct fdp_string string = {
		.width = 4,
		.length = ARRAY_SIZE(characters),
		.characters = (uint8_t *)characters,
		.cut = true,
	};
	struct fdp_writer writer = { .size = 0 };

	fdp_string_write(&string, 10, &writer);
	ck_assert_str_eq(writer.bytes,
			 "'aé\\u061d\\ud800\\ue000\xf0\x9f\x98\x80'...");
	fdp_writer_clear(&writer);
	fdp_string_write(&string, 11, &writer);
	ck_assert_str_eq(writer.bytes,
			 "'aé\xd8\x9d\\ud800\\ue000\xf0\x9f\x98\x80'...");
}
END_TEST

START_TEST(test_writer)
{
	struct fdp_writer writer = { .size = 0 };
	char block[FDP_WRITER_MAX];

	memset(block, 'x', sizeof(block));
	fdp_writer_put_bytes(&writer, block, sizeof(block) - 2);
	fdp_writer_put(&writer, "abc");
	fdp_writer_put(&writer, "d");
	fdp_writer_printf(&writer, "%d", 1);
	ck_assert(writer.full);
	ck_assert_uint_eq(writer.size, sizeof(block) - 2 + 3);
	ck_assert_str_eq(writer.bytes + sizeof(block) - 3, "x...");
	fdp_writer_clear(&writer);
	fdp_writer_put_bytes(&writer, block, sizeof(block));
	ck_assert(!writer.full);
	fdp_writer_put(&writer, "");
	ck_assert(!writer.full);
	fdp_writer_put(&writer, "d");
	ck_assert_uint_eq(writer.size, strlen(writer.bytes));
}
END_TEST

static Suite *represent_suite(void)
{
	Suite *suite = suite_create("represent");
	TCase *text = tcase_create("text");
	TCase *values = tcase_create("values");

	tcase_add_loop_test(text, test_real, 0, (int)ARRAY_SIZE(reals));
	tcase_add_loop_test(text, test_complex, 0, (int)ARRAY_SIZE(complexes));
	tcase_add_test(text, test_any_real);
	tcase_add_loop_test(text, test_bytes, 0, (int)ARRAY_SIZE(byte_strings));
	tcase_add_test(text, test_string);
	tcase_add_test(text, test_writer);
	suite_add_tcase(suite, text);
	tcase_add_loop_test(values, test_integers, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(values, test_integers, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_loop_test(values, test_containers, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(values, test_containers, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(values, test_damaged, 0, (int)ARRAY_SIZE(damages));
	tcase_add_loop_test(values, test_types, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(values, test_types, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_loop_test(values, test_instances, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(values, test_instances, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_loop_test(values, test_arrays, 0,
			    (int)ARRAY_SIZE(array_rows));
	tcase_add_loop_test(values, test_damaged_arrays, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(values, test_damaged_arrays, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(values, test_masks, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(values, test_masks, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_test(values, test_budget);
	suite_add_tcase(suite, values);
	return suite;
}

int main(void)
{
	return fdp_suite_run(represent_suite());
}
