/* Python's strings, all forms and the damaged ones. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/strings.h"
#include "fake_python.h"
#include "suite.h"

/* The state word: kind, and whether it is compact and ascii. */
#define STATE(kind, compact, ascii)                                            \
	((kind) << 2 | (compact) << 5 | (ascii) << 6)

struct text_row {
	const char *what;
	uint32_t width;
	size_t length;
	const uint32_t *characters;
	const char *text; /* as UTF-8 */
	const char *path; /* NULL: it cannot name a file */
};

#define CHARACTERS(...)                                                        \
	.length = ARRAY_SIZE(((const uint32_t[]){ __VA_ARGS__ })),             \
	.characters = (const uint32_t[])                                       \
	{                                                                      \
		__VA_ARGS__                                                    \
	}

static const struct text_row text_rows[] = {
	{ .what = "empty", .width = 1, .text = "", .path = "" },
	{ .what = "ascii",
	  .width = 1,
	  CHARACTERS('a', '/', '\t', 0x7f),
	  .text = "a/\t\x7f",
	  .path = "a/\t\x7f" },
	{ .what = "latin-1",
	  .width = 1,
	  CHARACTERS('g', 'r', 0xf6, 0xdf, 'e', 0x80, 0xff),
	  .text = "größe\xc2\x80\xc3\xbf",
	  .path = "größe\xc2\x80\xc3\xbf" },
	{ .what = "cyrillic",
	  .width = 2,
	  CHARACTERS(0x432, 'b', 0x7ff, 0x800, 0xffff),
	  .text = "вb\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf",
	  .path = "вb\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf" },
	{ .what = "emoji",
	  .width = 4,
	  CHARACTERS(0x1f600, 0x10000, 0x10ffff, 0xe9),
	  .text = "\xf0\x9f\x98\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"
		  "é",
	  .path = "\xf0\x9f\x98\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"
		  "é" },
	{ .what = "bytes of a file name that are no UTF-8",
	  .width = 2,
	  CHARACTERS('x', 0xdc80, 0xdcff),
	  .text = "x\\udc80\\udcff",
	  .path = "x\x80\xff" },
	{ .what = "other surrogates, a pair too",
	  .width = 2,
	  CHARACTERS(0xd83d, 0xde00, 0xdc7f),
	  .text = "\\ud83d\\ude00\\udc7f",
	  .path = NULL },
	{ .what = "a low surrogate that stands for no byte",
	  .width = 2,
	  CHARACTERS(0xdc7f),
	  .text = "\\udc7f",
	  .path = NULL },
	{ .what = "surrogates in four bytes",
	  .width = 4,
	  CHARACTERS(0xdfff, 0x1f600),
	  .text = "\\udfff\xf0\x9f\x98\x80",
	  .path = NULL },
	{ .what = "NUL",
	  .width = 1,
	  CHARACTERS('a', 0, 'b'),
	  .text = "a\\x00b",
	  .path = NULL },
	{ .what = "no character",
	  .width = 4,
	  CHARACTERS(0x110000, 0xffffffff),
	  .text = "\\U00110000\\Uffffffff",
	  .path = NULL },
};

/* The characters of ROW as they stand in memory. */
static uint8_t *pack(const struct text_row *row)
{
	uint8_t *bytes = malloc(row->length * row->width + 1);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < row->length; i++) {
		uint32_t character = row->characters[i];

		memcpy(bytes + i * row->width, &character, row->width);
	}
	return bytes;
}

START_TEST(test_text)
{
	const struct text_row *row = &text_rows[_i];
	struct fdp_arena arena = { 0 };
	struct fdp_string string = {
		.width = row->width,
		.length = row->length,
		.characters = pack(row),
	};
	char *text = fdp_string_text(&string, &arena);
	char *path = NULL;
	int r = fdp_string_path(&string, &arena, &path);

	ck_assert_msg(strcmp(text, row->text) == 0, "%s: %s", row->what, text);
	if (row->path) {
		ck_assert_msg(r == 0, "%s: result %d", row->what, r);
		ck_assert_str_eq(path, row->path);
	} else {
		ck_assert_msg(r == -EINVAL, "%s: result %d", row->what, r);
	}
	fdp_string_done(&string);
	fdp_arena_done(&arena);
}
END_TEST

/* How a string can stand in memory, and what must come of it. */
enum place {
	INLINE_ASCII,	/* behind a PyASCIIObject */
	INLINE_COMPACT, /* behind a PyCompactUnicodeObject */
	POINTED,	/* where data points */
	WIDE,		/* where wstr points */
	NOWHERE,	/* where data points, and nothing can be read */
};

struct object_row {
	const char *what;
	enum place place;
	uint32_t state;
	uint32_t width;
	int result, result_312; /* 3.12 has no wchar_t strings */
};

static const struct object_row object_rows[] = {
	{ "ascii", INLINE_ASCII, STATE(1, 1, 1), 1, 0, 0 },
	{ "latin-1", INLINE_COMPACT, STATE(1, 1, 0), 1, 0, 0 },
	{ "two bytes", INLINE_COMPACT, STATE(2, 1, 0), 2, 0, 0 },
	{ "four bytes", INLINE_COMPACT, STATE(4, 1, 0), 4, 0, 0 },
	{ "interned", INLINE_ASCII, STATE(1, 1, 1) | 3, 1, 0, 0 },
	{ "bits above that are other things", INLINE_ASCII,
	  STATE(1, 1, 1) | 0xffffff80, 1, 0, 0 },
	{ "subclass, ascii", POINTED, STATE(1, 0, 1), 1, 0, 0 },
	{ "subclass, latin-1", POINTED, STATE(1, 0, 0), 1, 0, 0 },
	{ "subclass, two bytes", POINTED, STATE(2, 0, 0), 2, 0, 0 },
	{ "subclass, four bytes", POINTED, STATE(4, 0, 0), 4, 0, 0 },
	{ "not ready", WIDE, STATE(0, 0, 0), 4, 0, -EBADMSG },
	{ "kind 3", POINTED, STATE(3, 0, 0), 1, -EBADMSG, -EBADMSG },
	{ "kind 0 but compact", INLINE_ASCII, STATE(0, 1, 1), 1, -EBADMSG,
	  -EBADMSG },
	{ "pointer to nowhere", NOWHERE, STATE(1, 0, 0), 1, -EFAULT, -EFAULT },
};

/* The last of them has its bits elsewhere. */
static const struct fdp_version versions[] = {
	{ 3, 6, false },  { 3, 7, false },  { 3, 8, false },  { 3, 9, false },
	{ 3, 10, false }, { 3, 11, false }, { 3, 12, false }, { 3, 13, false },
	{ 3, 14, false }, { 3, 15, false }, { 3, 13, true },  { 3, 14, true },
};

/* "äbc", or "abc" where a test says that it is ascii. */
static const uint32_t abc[] = { 0xe4, 'b', 'c' };

static uint64_t place_of(const struct fdp_python_offsets *offsets,
			 const struct object_row *row, uint64_t object)
{
	if (row->place == INLINE_ASCII)
		return object + offsets->string.ascii_data;
	if (row->place == INLINE_COMPACT)
		return object + offsets->string.compact_data;
	return object + 256;
}

static uint64_t make_string(struct fake_python *python,
			    const struct object_row *row)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t object = fake_python_alloc(python, 512);
	uint64_t place = place_of(offsets, row, object);
	size_t length = ARRAY_SIZE(abc);

	fake_python_set(python, object, offsets->object.type,
			python->string_type);
	/* The rows have them as they were first. */
	fake_target_write_u32(python->target, object + offsets->string.state,
			      row->state >> 2 << offsets->string.kind_shift |
				      (row->state & 3));
	if (row->place == WIDE) {
		fake_python_set(python, object, offsets->string.wide, place);
		fake_python_set(python, object, offsets->string.wide_length,
				length);
	} else {
		fake_python_set(python, object, offsets->string.length, length);
	}
	if (row->place == POINTED)
		fake_python_set(python, object, offsets->string.data, place);
	if (row->place == NOWHERE)
		fake_python_set(python, object, offsets->string.data,
				0xdead000);
	for (size_t i = 0; i < length; i++)
		fake_target_write(python->target, place + i * row->width,
				  &abc[i], row->width);
	return object;
}

static void check_object(const struct object_row *row,
			 const struct fdp_version *version)
{
	struct fdp_target *target = fake_target_new();
	struct fdp_arena arena = { 0 };
	struct fake_python python;
	struct fdp_string string = { 0 };
	uint64_t object;
	int r;

	fake_python_start_as(&python, target, version);
	fake_python_types(&python);
	object = make_string(&python, row);
	r = fdp_string_read(target, python.offsets, object, &string);
	ck_assert_msg(
		r == (version->minor < 12 ? row->result : row->result_312),
		"3.%d, %s: result %d", version->minor, row->what, r);
	if (r == 0)
		ck_assert_str_eq(fdp_string_text(&string, &arena), "äbc");
	fdp_string_done(&string);
	fdp_arena_done(&arena);
	fdp_target_free(target);
}

START_TEST(test_object)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		check_object(&object_rows[_i], &versions[i]);
}
END_TEST

/* Names in 2.7 are bytes: UTF-8, or what os.fsdecode() makes of them. */
struct bytes_row {
	const char *bytes, *text;
};

static const struct bytes_row bytes_rows[] = {
	{ "", "" },
	{ "main.py", "main.py" },
	{ "gr\xc3\xb6\xc3\x9f"
	  "e \xd0\xb2 \xe2\x82\xac \xf0\x9f\x98\x80",
	  "größe в € \xf0\x9f\x98\x80" },
	{ "\xe9t\xe9", "\\udce9t\\udce9" },
	{ "cut \xe2\x82", "cut \\udce2\\udc82" },
	{ "long \xc0\xaf", "long \\udcc0\\udcaf" },
	{ "longer \xe0\x80\xaf", "longer \\udce0\\udc80\\udcaf" },
	{ "surrogate \xed\xa0\x80", "surrogate \\udced\\udca0\\udc80" },
	{ "too far \xf4\x90\x80\x80", "too far \\udcf4\\udc90\\udc80\\udc80" },
};

START_TEST(test_bytes)
{
	static const struct fdp_version version = { 2, 7, false };
	const struct bytes_row *row = &bytes_rows[_i];
	struct fdp_target *target = fake_target_new();
	struct fdp_arena arena = { 0 };
	struct fake_python python;
	struct fdp_string string;
	uint64_t object;
	char *path;

	fake_python_start_as(&python, target, &version);
	fake_python_types(&python);
	object = fake_python_bytes(&python, row->bytes, strlen(row->bytes));
	ck_assert_int_eq(
		fdp_string_read(target, python.offsets, object, &string), 0);
	ck_assert_str_eq(fdp_string_text(&string, &arena), row->text);
	ck_assert_int_eq(fdp_string_path(&string, &arena, &path), 0);
	ck_assert_str_eq(path, row->bytes);
	fdp_string_done(&string);
	fdp_arena_done(&arena);
	fdp_target_free(target);
}
END_TEST

/* unicode of 2.7, in builds of both kinds: only UCS2 has pairs of surrogates
 * that are one character. */
static const struct {
	uint32_t width, characters[4];
	const char *text;
} unicode_rows[] = {
	{ 4, { 'a', 0xe4, 0x732b, 0x1f600 }, "aä猫\xf0\x9f\x98\x80" },
	{ 4, { 0xd83d, 0xde00, 0, 0 }, "\\ud83d\\ude00\\x00\\x00" },
	{ 2, { 'a', 0xe4, 0x732b, 0xffff }, "aä猫\xef\xbf\xbf" },
	{ 2, { 0xd83d, 0xde00, 0xd83d, 'x' }, "\xf0\x9f\x98\x80\\ud83dx" },
	{ 2,
	  { 0xde00, 0xd83d, 0xd83d, 0xde00 },
	  "\\ude00\\ud83d\xf0\x9f\x98\x80" },
	{ 2, { 'x', 'y', 'z', 0xd83d }, "xyz\\ud83d" },
};

static void write_characters(struct fake_python *python, uint64_t place,
			     const uint32_t *characters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fake_target_write(python->target,
				  place + i * python->own.unicode.width,
				  &characters[i], python->own.unicode.width);
}

START_TEST(test_unicode)
{
	static const struct fdp_version version = { 2, 7, false };
	struct fdp_target *target = fake_target_new();
	struct fdp_arena arena = { 0 };
	struct fake_python python;
	struct fdp_string string;
	uint64_t object, place;

	fake_python_start_as(&python, target, &version);
	python.own.unicode.width = unicode_rows[_i].width;
	fake_python_types(&python);
	object = fake_python_alloc(&python, 64);
	place = fake_python_alloc(&python, 64);
	write_characters(&python, place, unicode_rows[_i].characters, 4);
	fake_python_set(&python, object, python.own.object.type,
			python.string_type);
	fake_python_set(&python, object, python.own.unicode.length, 4);
	fake_python_set(&python, object, python.own.unicode.data, place);
	ck_assert_int_eq(
		fdp_string_read(target, python.offsets, object, &string), 0);
	ck_assert_str_eq(fdp_string_text(&string, &arena),
			 unicode_rows[_i].text);
	fdp_string_done(&string);
	fdp_arena_done(&arena);
	fdp_target_free(target);
}
END_TEST

/* What is not a str, or says that it is longer than can be. */
START_TEST(test_hostile)
{
	struct fdp_target *target = fake_target_new();
	struct fake_python python;
	struct fdp_string string = { 0 };
	uint64_t objects[4] = { 0, 0, 0xdead000, UINT64_MAX - 4 };

	fake_python_start(&python, target, _i);
	objects[0] = fake_python_string(&python, "of negative length");
	fake_target_write_u64(
		target, objects[0] + python.offsets->string.length, UINT64_MAX);
	objects[1] = fake_python_bytes(&python, "not a str", 9);
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++)
		ck_assert_int_eq(fdp_string_read(target, python.offsets,
						 objects[i], &string),
				 -EBADMSG);
	ck_assert_ptr_null(string.characters);
	fdp_target_free(target);
}
END_TEST

/* A string longer than the limit keeps its beginning, and shows the cut. */
START_TEST(test_cut)
{
	struct fdp_target *target = fake_target_new();
	struct fdp_arena arena = { 0 };
	struct fake_python python;
	struct fdp_string string;
	char *long_text = malloc(FDP_STRING_MAX + 2);
	uint64_t fits;
	uint64_t too_long;
	char *text;
	char *path;

	ck_assert_ptr_nonnull(long_text);
	memset(long_text, 'x', FDP_STRING_MAX + 1);
	long_text[FDP_STRING_MAX + 1] = '\0';
	fake_python_start(&python, target, 12);
	fits = fake_python_string(&python, long_text + 1);
	too_long = fake_python_string(&python, long_text);
	ck_assert_int_eq(fdp_string_read(target, python.offsets, fits, &string),
			 0);
	ck_assert(!string.cut);
	fdp_string_done(&string);
	ck_assert_int_eq(
		fdp_string_read(target, python.offsets, too_long, &string), 0);
	ck_assert(string.cut);
	text = fdp_string_text(&string, &arena);
	ck_assert_uint_eq(strlen(text), FDP_STRING_MAX + strlen("…"));
	ck_assert_str_eq(text + FDP_STRING_MAX, "…");
	ck_assert_int_eq(fdp_string_path(&string, &arena, &path), -EINVAL);
	fdp_string_done(&string);
	fdp_arena_done(&arena);
	fdp_target_free(target);
	free(long_text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("strings");
	TCase *tests = tcase_create("strings");

	tcase_add_loop_test(tests, test_text, 0, (int)ARRAY_SIZE(text_rows));
	tcase_add_loop_test(tests, test_object, 0,
			    (int)ARRAY_SIZE(object_rows));
	tcase_add_loop_test(tests, test_bytes, 0, (int)ARRAY_SIZE(bytes_rows));
	tcase_add_loop_test(tests, test_unicode, 0,
			    (int)ARRAY_SIZE(unicode_rows));
	tcase_add_loop_test(tests, test_hostile, FDP_PYTHON_MINOR_FIRST,
			    FDP_PYTHON_MINOR_LAST + 1);
	tcase_add_test(tests, test_cut);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
