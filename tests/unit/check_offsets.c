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
#include "suite.h"

START_TEST(test_known_versions)
{
	for (int minor = -1; minor < 20; minor++) {
		const struct fdp_python_offsets *offsets =
			fdp_python_offsets(minor);

		if (minor < FDP_PYTHON_MINOR_FIRST ||
		    minor > FDP_PYTHON_MINOR_LAST) {
			ck_assert_ptr_null(offsets);
			continue;
		}
		ck_assert_ptr_nonnull(offsets);
		ck_assert_int_eq(offsets->minor, minor);
	}
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
	FIELD(runtime.interpreters_head, 8, 13, 4096),
	FIELD(runtime.finalizing, 8, 13, 4096),
	FIELD(runtime.current_thread, 8, 11, 4096),
	FIELD(runtime.gc_collecting, 8, 8, 4096),
	FIELD(interpreter.next, 8, 13, 8192),
	FIELD(interpreter.threads_head, 8, 13, 8192),
	FIELD(interpreter.gc_collecting, 9, 13, 8192),
	FIELD(interpreter.gil, 12, 13, 8192),
	FIELD(runtime.gil, 8, 11, 4096),
	FIELD(gil.holder, 8, 13, 208),
	FIELD(gil.locked, 8, 13, 208),
	FIELD(gil.switch_number, 8, 13, 208),
	FIELD(thread.next, 8, 13, 264),
	FIELD(thread.interpreter, 8, 13, 264),
	FIELD(thread.frame, 8, 10, 264), /* and 13 */
	FIELD(thread.cframe, 10, 12, 264),
	FIELD(thread.thread_id, 8, 13, 264),
	FIELD(thread.native_thread_id, 11, 13, 264),
	FIELD(cframe.frame, 11, 12, 24),
	FIELD(cframe.previous, 10, 12, 24),
	FIELD(frame.previous, 8, 13, 360),
	FIELD(frame.code, 8, 13, 360),
	FIELD(frame.instruction, 8, 13, 360),
	FIELD(frame.owner, 11, 13, 80),
	FIELD(frame.is_entry, 11, 11, 80),
	FIELD(code.filename, 8, 13, 176),
	FIELD(code.name, 8, 13, 176),
	FIELD(code.qualname, 11, 13, 176),
	FIELD(code.first_line, 8, 13, 176),
	FIELD(code.line_table, 8, 13, 176),
	FIELD(code.bytecode, 11, 13, 208),
	FIELD(object.type, 8, 13, 16),
	FIELD(type.name, 8, 13, 400),
	FIELD(type.flags, 8, 13, 400),
	FIELD(bytes.size, 8, 13, 33),
	FIELD(bytes.data, 8, 13, 33),
	FIELD(string.length, 8, 13, 80),
	FIELD(string.state, 8, 13, 80),
	FIELD(string.ascii_data, 8, 13, 80),
	FIELD(string.compact_data, 8, 13, 80),
	FIELD(string.data, 8, 13, 80),
	FIELD(string.wide, 8, 11, 80),
	FIELD(string.wide_length, 8, 11, 80),
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
			has = has || minor == 13;
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
	tcase_add_loop_test(tests, test_field, 0, (int)ARRAY_SIZE(field_rows));
	tcase_add_test(tests, test_debug_as_it_is);
	tcase_add_loop_test(tests, test_debug, 0, (int)ARRAY_SIZE(debug_rows));
	tcase_add_test(tests, test_debug_cut_off);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
