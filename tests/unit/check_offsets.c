/*
 * The offset tables, and what a process says of its own.  That the tables are
 * right is for tests/offsets/check.sh, which asks CPython's headers.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/offsets.h"
#include "debug_313.h"
#include "debug_late.h"
#include "suite.h"

START_TEST(test_known_versions)
{
	for (int minor = -1; minor < 20; minor++) {
		const struct fdp_python_offsets *offsets =
			fdp_python_offsets(minor);

		if (minor < 6 || minor > FDP_PYTHON_MINOR_LAST) {
			ck_assert_ptr_null(offsets);
			continue;
		}
		ck_assert_ptr_nonnull(offsets);
		ck_assert_int_eq(offsets->minor, minor);
	}
}
END_TEST

/* Those that are not a 3.x with the GIL and a _PyRuntime. */
static const struct fdp_version other_versions[] = {
	{ 2, 7, false }, { 3, 6, false }, { 3, 13, true },
	{ 3, 14, true }, { 3, 15, true },
};

static const struct fdp_version unknown_versions[] = {
	{ 0, 0, false },  { 2, 6, false }, { 3, 5, false }, { 3, 12, true },
	{ 3, 16, false }, { 3, 16, true }, { 4, 7, false },
};

START_TEST(test_other_versions)
{
	for (size_t i = 0; i < ARRAY_SIZE(other_versions); i++) {
		const struct fdp_version *version = &other_versions[i];
		const struct fdp_python_offsets *offsets =
			fdp_python_offsets_of(version);

		ck_assert_ptr_nonnull(offsets);
		ck_assert_int_eq(offsets->major, version->major);
		ck_assert_int_eq(offsets->minor, version->minor);
		ck_assert(offsets->free_threaded == version->free_threaded);
		ck_assert((offsets->roots.interpreters != NULL) ==
			  (version->major == 2 || version->minor == 6));
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown_versions); i++)
		ck_assert_ptr_null(fdp_python_offsets_of(&unknown_versions[i]));
}
END_TEST

/* Oldest first, each once, and then NULL. */
START_TEST(test_order)
{
	const int count = FDP_PYTHON_MINOR_LAST - FDP_PYTHON_MINOR_FIRST + 1 +
			  (int)ARRAY_SIZE(other_versions);
	const struct fdp_python_offsets *last = NULL;

	for (int i = 0; i < count; i++) {
		const struct fdp_python_offsets *one =
			fdp_python_offsets_at((size_t)i);

		ck_assert_ptr_nonnull(one);
		if (last)
			ck_assert_int_gt(one->major * 256 + one->minor +
						 one->free_threaded * 4096,
					 last->major * 256 + last->minor +
						 last->free_threaded * 4096);
		last = one;
	}
	ck_assert_ptr_null(fdp_python_offsets_at((size_t)count));
}
END_TEST

/* A field, and the versions that have it. */
struct field_row {
	const char *name;
	size_t at;
	int first, last;
	uint32_t limit; /* the size of the object it is in, or more */
};

#define FIELD(member, first, last, limit)                                      \
	{                                                                      \
#member, offsetof(struct fdp_python_offsets, member), first,   \
			last, limit                                            \
	}

static const struct field_row field_rows[] = {
	FIELD(runtime.interpreters_head, 7, 15, 4096),
	FIELD(runtime.finalizing, 7, 15, 4096),
	FIELD(runtime.current_thread, 7, 11, 4096),
	FIELD(runtime.gc_collecting, 7, 8, 4096),
	FIELD(interpreter.next, 7, 15, 8192),
	FIELD(interpreter.id, 7, 15, 8192),
	FIELD(interpreter.threads_head, 7, 15, 8192),
	FIELD(interpreter.gc_collecting, 9, 15, 8192),
	FIELD(interpreter.gil, 12, 15, 8192),
	FIELD(interpreter.modules, 7, 15, 8192),
	FIELD(interpreter.sysdict, 10, 15, 8192),
	FIELD(runtime.gil, 7, 11, 4096),
	FIELD(gil.holder, 7, 15, 208),
	FIELD(gil.locked, 7, 15, 208),
	FIELD(gil.switch_number, 7, 15, 208),
	FIELD(thread.next, 7, 15, 264),
	FIELD(thread.interpreter, 7, 15, 264),
	FIELD(thread.frame, 7, 10, 264), /* and 13 on */
	FIELD(thread.cframe, 10, 12, 264),
	FIELD(thread.thread_id, 7, 15, 264),
	FIELD(thread.native_thread_id, 11, 15, 264),
	FIELD(thread.state, 13, 15, 264),
	FIELD(base_frame, 15, 15, 264),
	FIELD(copies.array, 99, 99, 0),
	FIELD(copies.index, 99, 99, 0),
	FIELD(gil.enabled, 99, 99, 0),
	FIELD(module.dict, 7, 15, 24),
	FIELD(module.has_definition, 15, 15, 200),
	FIELD(cframe.frame, 11, 12, 24),
	FIELD(cframe.previous, 10, 12, 24),
	FIELD(frame.previous, 7, 15, 360),
	FIELD(frame.code, 7, 15, 360),
	FIELD(frame.instruction, 7, 15, 360),
	FIELD(frame.owner, 11, 15, 80),
	FIELD(frame.locals, 7, 15, 376),
	FIELD(frame.is_entry, 11, 11, 80),
	FIELD(code.filename, 7, 15, 176),
	FIELD(code.name, 7, 15, 176),
	FIELD(code.qualname, 11, 15, 176),
	FIELD(code.first_line, 7, 15, 176),
	FIELD(code.line_table, 7, 15, 176),
	FIELD(code.bytecode, 11, 15, 216),
	FIELD(object.type, 7, 15, 16),
	FIELD(type.name, 7, 15, 400),
	FIELD(type.flags, 7, 15, 400),
	FIELD(bytes.size, 7, 15, 33),
	FIELD(bytes.data, 7, 15, 33),
	FIELD(string.length, 7, 15, 80),
	FIELD(string.state, 7, 15, 80),
	FIELD(string.ascii_data, 7, 15, 80),
	FIELD(string.compact_data, 7, 15, 80),
	FIELD(string.data, 7, 15, 80),
	FIELD(string.wide, 7, 11, 80),
	FIELD(string.wide_length, 7, 11, 80),
};

static uint32_t value_of(const struct fdp_python_offsets *offsets, size_t at)
{
	uint32_t value;

	memcpy(&value, (const char *)offsets + at, sizeof(value));
	return value;
}

START_TEST(test_field)
{
	const struct field_row *row = &field_rows[_i];

	for (int minor = FDP_PYTHON_MINOR_FIRST; minor <= FDP_PYTHON_MINOR_LAST;
	     minor++) {
		uint32_t value = value_of(fdp_python_offsets(minor), row->at);
		bool has = minor >= row->first && minor <= row->last;

		if (row->at ==
		    offsetof(struct fdp_python_offsets, thread.frame))
			has = has || minor >= 13;
		if (has)
			ck_assert_msg(value < row->limit, "3.%d %s: %u", minor,
				      row->name, value);
		else
			ck_assert_msg(value == FDP_ABSENT, "3.%d %s: %u", minor,
				      row->name, value);
	}
}
END_TEST

START_TEST(test_debug_as_it_is)
{
	struct fdp_python_offsets offsets = *fdp_python_offsets(13);
	struct fdp_debug_header header;

	ck_assert_int_eq(fdp_debug_offsets_header((const uint8_t *)debug_313,
						  sizeof(debug_313), &header),
			 0);
	ck_assert_uint_eq(header.version, 0x030d00f0);
	ck_assert(!header.free_threaded);
	ck_assert_int_eq(fdp_debug_offsets_apply((const uint8_t *)debug_313,
						 sizeof(debug_313), &offsets),
			 0);
	ck_assert_mem_eq(&offsets, fdp_python_offsets(13), sizeof(offsets));
}
END_TEST

/* Real ones of other versions say what the tables say. */
struct real_row {
	struct fdp_version version;
	const uint64_t *words;
	size_t size;
	uint32_t hex;
};

static const struct real_row real_rows[] = {
	{ { 3, 13, true }, debug_313t, sizeof(debug_313t), 0x030d05f0 },
	{ { 3, 14, false }, debug_314, sizeof(debug_314), 0x030e0af0 },
	{ { 3, 15, false }, debug_315, sizeof(debug_315), 0x030f02f0 },
};

START_TEST(test_real)
{
	const struct real_row *row = &real_rows[_i];
	const uint8_t *bytes = (const uint8_t *)row->words;
	const struct fdp_python_offsets *table =
		fdp_python_offsets_of(&row->version);
	struct fdp_python_offsets offsets = *table;
	struct fdp_debug_header header;

	ck_assert_int_eq(fdp_debug_offsets_header(bytes, row->size, &header),
			 0);
	ck_assert_uint_eq(header.version, row->hex);
	ck_assert(header.free_threaded == row->version.free_threaded);
	ck_assert_int_eq(fdp_debug_offsets_apply(bytes, row->size, &offsets),
			 0);
	ck_assert_mem_eq(&offsets, table, sizeof(offsets));
	/* Each of them is really read: wrong before, right behind it. */
	offsets.thread.next += 8;
	offsets.dict.keys += 8;
	offsets.string.length += 8;
	ck_assert_int_eq(fdp_debug_offsets_apply(bytes, row->size, &offsets),
			 3);
	ck_assert_mem_eq(&offsets, table, sizeof(offsets));
	ck_assert_int_eq(
		fdp_debug_offsets_apply(bytes, row->size - 1, &offsets),
		-EBADMSG);
}
END_TEST

/* Those before 3.13 say nothing. */
START_TEST(test_nothing_said)
{
	struct fdp_python_offsets offsets = *fdp_python_offsets(12);
	struct fdp_python_offsets old = *fdp_python_offsets_at(0);

	ck_assert_int_eq(fdp_debug_offsets_apply((const uint8_t *)debug_313,
						 sizeof(debug_313), &offsets),
			 -ENOENT);
	old.minor = 13;
	ck_assert_int_eq(fdp_debug_offsets_apply((const uint8_t *)debug_313,
						 sizeof(debug_313), &old),
			 -ENOENT);
}
END_TEST

struct debug_row {
	const char *what;
	size_t at; /* this word is VALUE instead */
	uint64_t value;
	int header, apply;
};

static const struct debug_row debug_rows[] = {
	{ "no cookie", AT_COOKIE, 0, -ENOENT, 0 },
	{ "version of more than 32 bits", AT_VERSION, UINT64_C(1) << 32,
	  -EBADMSG, 0 },
	{ "flag that is none", AT_FREE_THREADED, 2, -EBADMSG, 0 },
	{ "free-threaded", AT_FREE_THREADED, 1, 0, 0 },
	{ "another place", AT_INTERPRETERS_HEAD, 640, 0, 1 },
	{ "outside of its object", AT_INTERPRETERS_HEAD, UINT64_MAX - 3, 0,
	  -EBADMSG },
	{ "across the end of its object", AT_THREAD_NEXT, 304 - 7, 0,
	  -EBADMSG },
	{ "last in its object", AT_THREAD_NEXT, 304 - 8, 0, 1 },
	{ "object too small", AT_THREAD_SIZE, 7, 0, -EBADMSG },
	{ "object too large", AT_THREAD_SIZE, UINT64_MAX, 0, -EBADMSG },
	{ "owner last in the frame", AT_OWNER, 79, 0, 1 },
	{ "owner behind the frame", AT_OWNER, 80, 0, -EBADMSG },
	{ "collector outside", AT_GC, UINT64_MAX - 100, 0, -EBADMSG },
	{ "lock before its GIL", AT_GIL_STATE, 7769, 0, -EBADMSG },
	{ "lock outside", AT_GIL_LOCKED, UINT64_MAX, 0, -EBADMSG },
	{ "larger strings", AT_ASCII_SIZE, 48, 0, 3 },
	{ "giant strings", AT_ASCII_SIZE, UINT64_C(1) << 40, 0, -EBADMSG },
};

START_TEST(test_debug)
{
	const struct debug_row *row = &debug_rows[_i];
	struct fdp_python_offsets offsets = *fdp_python_offsets(13);
	struct fdp_debug_header header;
	uint64_t words[ARRAY_SIZE(debug_313)];
	int r;

	memcpy(words, debug_313, sizeof(words));
	words[row->at] = row->value;
	r = fdp_debug_offsets_header((const uint8_t *)words, sizeof(words),
				     &header);
	ck_assert_msg(r == row->header, "%s: header %d", row->what, r);
	r = fdp_debug_offsets_apply((const uint8_t *)words, sizeof(words),
				    &offsets);
	ck_assert_msg(r == row->apply, "%s: apply %d", row->what, r);
	if (r <= 0)
		ck_assert_mem_eq(&offsets, fdp_python_offsets(13),
				 sizeof(offsets));
}
END_TEST

START_TEST(test_debug_cut_off)
{
	struct fdp_python_offsets offsets = *fdp_python_offsets(13);
	struct fdp_debug_header header;

	ck_assert_int_eq(fdp_debug_offsets_header((const uint8_t *)debug_313,
						  23, &header),
			 -ENOENT);
	ck_assert_int_eq(fdp_debug_offsets_apply((const uint8_t *)debug_313,
						 sizeof(debug_313) - 1,
						 &offsets),
			 -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("offsets");
	TCase *tests = tcase_create("offsets");

	tcase_add_test(tests, test_known_versions);
	tcase_add_test(tests, test_other_versions);
	tcase_add_test(tests, test_order);
	tcase_add_loop_test(tests, test_field, 0, (int)ARRAY_SIZE(field_rows));
	tcase_add_test(tests, test_debug_as_it_is);
	tcase_add_loop_test(tests, test_debug, 0, (int)ARRAY_SIZE(debug_rows));
	tcase_add_test(tests, test_debug_cut_off);
	tcase_add_loop_test(tests, test_real, 0, (int)ARRAY_SIZE(real_rows));
	tcase_add_test(tests, test_nothing_said);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
