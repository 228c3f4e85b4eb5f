/*
 * Line tables.  The good ones were made by CPython 3.9, 3.10 and 3.12 from
 *
 *	def f(a,
 *	      b):
 *	  x = (a +
 *	       b)
 *
 *
 *	  return x[
 *	    0]
 *
 * and from a function with 200 empty lines and columns above 127; what they
 * must say is what dis.findlinestarts(), co_lines() and co_positions() said.
 */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/lines.h"
#include "../../daemon/report.h"
#include "suite.h"

#define U FDP_UNKNOWN

struct row {
	const char *what;
	enum fdp_line_format format;
	const char *table; /* hex */
	int first_line;
	int64_t address;
	int result;
	struct fdp_position position;
};

#define F39 "00 02 02 01 02 ff 04 04 02 01 02 ff"
#define G39 "00 7f 00 4a 06 02 02 fe 06 03 0a 02"
#define F310 "02 02 02 01 04 ff 02 04 02 01 04 ff"
#define G310 "00 7f 06 4a 02 02 06 fe 0a 03 1a 02"
#define F312                                                                   \
	"80 00 e0 07 08 d8 07 08 f1 03 01 08 09 80 21 f0 08 00 0a 0b d8 04"    \
	"05 f1 03 01 0a 07 f0 00 01 03 07"
#define G312                                                                   \
	"80 00 f0 56 06 00 03 04 f6 05 02 05 05 d8 06 07 f2 03 00 06 07 f0"    \
	"00 02 05 05 80 21 f0 00 02 05 05 f1 06 00 08 09 84 73 f1 04 00 57"    \
	"02 58 02 f0 00 00 59 02 5a 02 f0 00 00 57 03 58 03 f5 00 00 57 02"    \
	"59 03 f9 f2 0b 02 05 05"

static const struct row rows[] = {
	{ "3.9: not started", FDP_LINES_LNOTAB, F39, 1, -1, 0, { 1, U, U, U } },
	{ "3.9: start", FDP_LINES_LNOTAB, F39, 1, 0, 0, { 3, U, U, U } },
	{ "3.9: forward", FDP_LINES_LNOTAB, F39, 1, 2, 0, { 4, U, U, U } },
	{ "3.9: back", FDP_LINES_LNOTAB, F39, 1, 4, 0, { 3, U, U, U } },
	{ "3.9: inside", FDP_LINES_LNOTAB, F39, 1, 6, 0, { 3, U, U, U } },
	{ "3.9: last entry", FDP_LINES_LNOTAB, F39, 1, 12, 0, { 7, U, U, U } },
	{ "3.9: behind the last",
	  FDP_LINES_LNOTAB,
	  F39,
	  1,
	  20,
	  0,
	  { 7, U, U, U } },
	{ "3.9: two entries for 201 lines",
	  FDP_LINES_LNOTAB,
	  G39,
	  1,
	  0,
	  0,
	  { 202, U, U, U } },
	{ "3.9: then back", FDP_LINES_LNOTAB, G39, 1, 8, 0, { 202, U, U, U } },
	{ "3.9: no table", FDP_LINES_LNOTAB, "", 7, 100, 0, { 7, U, U, U } },
	{ "3.9: half an entry counts for nothing",
	  FDP_LINES_LNOTAB,
	  "02",
	  7,
	  100,
	  0,
	  { 7, U, U, U } },
	{ "3.9: a line below 1",
	  FDP_LINES_LNOTAB,
	  "0080",
	  7,
	  0,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.9: a line above INT_MAX",
	  FDP_LINES_LNOTAB,
	  "0001",
	  INT_MAX,
	  0,
	  -ENOENT,
	  { U, U, U, U } },

	{ "2.7: forward",
	  FDP_LINES_LNOTAB_FORWARD,
	  "02010401",
	  1,
	  2,
	  0,
	  { 2, U, U, U } },
	{ "2.7: more than 127 lines at once",
	  FDP_LINES_LNOTAB_FORWARD,
	  "06ff0603",
	  1,
	  6,
	  0,
	  { 256, U, U, U } },
	{ "2.7: behind that",
	  FDP_LINES_LNOTAB_FORWARD,
	  "06ff0603",
	  1,
	  12,
	  0,
	  { 259, U, U, U } },

	{ "3.10: not started",
	  FDP_LINES_RANGES,
	  F310,
	  1,
	  -2,
	  0,
	  { 1, U, U, U } },
	{ "3.10: start", FDP_LINES_RANGES, F310, 1, 0, 0, { 3, U, U, U } },
	{ "3.10: forward", FDP_LINES_RANGES, F310, 1, 2, 0, { 4, U, U, U } },
	{ "3.10: back", FDP_LINES_RANGES, F310, 1, 6, 0, { 3, U, U, U } },
	{ "3.10: last entry",
	  FDP_LINES_RANGES,
	  F310,
	  1,
	  14,
	  0,
	  { 7, U, U, U } },
	{ "3.10: behind the end",
	  FDP_LINES_RANGES,
	  F310,
	  1,
	  16,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.10: empty range first",
	  FDP_LINES_RANGES,
	  G310,
	  1,
	  0,
	  0,
	  { 202, U, U, U } },
	{ "3.10: no line",
	  FDP_LINES_RANGES,
	  "02010280 0201",
	  1,
	  2,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.10: the line goes on behind it",
	  FDP_LINES_RANGES,
	  "020102800201",
	  1,
	  4,
	  0,
	  { 3, U, U, U } },
	{ "3.10: half an entry",
	  FDP_LINES_RANGES,
	  "020104",
	  1,
	  2,
	  -EBADMSG,
	  { U, U, U, U } },

	{ "3.12: not started",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  -2,
	  0,
	  { 1, U, U, U } },
	{ "3.12: short form",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  0,
	  0,
	  { 1, 1, 0, 0 } },
	{ "3.12: two lines on",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  2,
	  0,
	  { 3, 3, 7, 8 } },
	{ "3.12: one line on",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  4,
	  0,
	  { 4, 4, 7, 8 } },
	{ "3.12: long form, two lines",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  6,
	  0,
	  { 3, 4, 7, 8 } },
	{ "3.12: the cache of an instruction",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  8,
	  0,
	  { 3, 4, 7, 8 } },
	{ "3.12: ends left of its start",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  18,
	  0,
	  { 7, 8, 9, 6 } },
	{ "3.12: last entry",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  20,
	  0,
	  { 7, 8, 2, 6 } },
	{ "3.12: behind the end",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  22,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.12: 203 lines on",
	  FDP_LINES_LOCATIONS,
	  G312,
	  1,
	  2,
	  0,
	  { 204, 204, 2, 3 } },
	{ "3.12: columns above 63",
	  FDP_LINES_LOCATIONS,
	  G312,
	  1,
	  46,
	  0,
	  { 207, 207, 150, 151 } },
	{ "3.12: eight units",
	  FDP_LINES_LOCATIONS,
	  G312,
	  1,
	  64,
	  0,
	  { 207, 207, 150, 216 } },
	{ "3.12: no location",
	  FDP_LINES_LOCATIONS,
	  G312,
	  1,
	  66,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.12: lines go on behind it",
	  FDP_LINES_LOCATIONS,
	  G312,
	  1,
	  70,
	  0,
	  { 202, 204, 4, 4 } },
	{ "3.12: no columns",
	  FDP_LINES_LOCATIONS,
	  "e804",
	  5,
	  0,
	  0,
	  { 7, 7, U, U } },
	{ "3.12: no columns, back",
	  FDP_LINES_LOCATIONS,
	  "e805",
	  5,
	  0,
	  0,
	  { 3, 3, U, U } },
	{ "3.12: long form without columns",
	  FDP_LINES_LOCATIONS,
	  "f002010000",
	  5,
	  0,
	  0,
	  { 6, 7, U, U } },
	{ "3.12: line 0",
	  FDP_LINES_LOCATIONS,
	  "8000",
	  0,
	  0,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.12: no table",
	  FDP_LINES_LOCATIONS,
	  "",
	  1,
	  0,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.12: not the start of an entry",
	  FDP_LINES_LOCATIONS,
	  "00",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: short form cut off",
	  FDP_LINES_LOCATIONS,
	  "80",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: one column cut off",
	  FDP_LINES_LOCATIONS,
	  "d001",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: number cut off",
	  FDP_LINES_LOCATIONS,
	  "e87f",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: long form cut off",
	  FDP_LINES_LOCATIONS,
	  "f00000",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: number of 36 bits",
	  FDP_LINES_LOCATIONS,
	  "e87f7f7f7f7f3f",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: number without end",
	  FDP_LINES_LOCATIONS,
	  "e87f7f7f7f7f7f7f7f7f7f3f",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: number of seven bytes, all zero",
	  FDP_LINES_LOCATIONS,
	  "e840404040404000",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: entry that does not begin like one",
	  FDP_LINES_LOCATIONS,
	  "0000",
	  1,
	  0,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "3.12: largest number",
	  FDP_LINES_LOCATIONS,
	  "e87e7f7f7f7f03",
	  1,
	  0,
	  -ENOENT,
	  { U, U, U, U } },
	{ "3.12: damage behind the place",
	  FDP_LINES_LOCATIONS,
	  "800000",
	  9,
	  0,
	  0,
	  { 9, 9, 0, 0 } },
	{ "3.12: damage before the place",
	  FDP_LINES_LOCATIONS,
	  "800000",
	  9,
	  2,
	  -EBADMSG,
	  { U, U, U, U } },
	{ "far behind the end",
	  FDP_LINES_LOCATIONS,
	  F312,
	  1,
	  INT64_MAX,
	  -ENOENT,
	  { U, U, U, U } },
};

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Spaces are allowed between bytes.  Exactly as large as its contents. */
static uint8_t *from_hex(const char *hex, size_t *ret_size)
{
	size_t size = 0;
	uint8_t *bytes;

	for (const char *at = hex; *at; at++)
		size += *at != ' ';
	size /= 2;
	bytes = malloc(size ? size : 1);
	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < size * 2; hex++) {
		if (*hex == ' ')
			continue;
		if (i % 2 == 0)
			bytes[i / 2] = (uint8_t)(digit(*hex) << 4);
		else
			bytes[i / 2] |= (uint8_t)digit(*hex);
		i++;
	}
	*ret_size = size;
	return bytes;
}

START_TEST(test_row)
{
	const struct row *row = &rows[_i];
	struct fdp_position position;
	size_t size;
	uint8_t *table = from_hex(row->table, &size);
	int r = fdp_lines_find(row->format, table, size, row->first_line,
			       row->address, &position);

	ck_assert_msg(r == row->result, "%s: result %d", row->what, r);
	ck_assert_msg(memcmp(&position, &row->position, sizeof(position)) == 0,
		      "%s: got %d-%d, columns %d-%d", row->what, position.line,
		      position.end_line, position.column, position.end_column);
	free(table);
}
END_TEST

/*
 * Any bytes at all: nothing outside is read (the sanitizers watch that), and
 * what comes out can be printed.
 */
START_TEST(test_garbage)
{
	uint64_t state = 1;

	for (int round = 0; round < 20000; round++) {
		size_t size = (size_t)round % 40;
		uint8_t *table = malloc(size ? size : 1);
		struct fdp_position position;

		ck_assert_ptr_nonnull(table);
		for (size_t i = 0; i < size; i++) {
			state = state * UINT64_C(6364136223846793005) + 1;
			table[i] = (uint8_t)(state >> 56);
			if (i % 3 == 0)
				table[i] |= 0x80;
		}
		fdp_lines_find((enum fdp_line_format)_i, table, size, 1,
			       round % 64, &position);
		ck_assert(position.line == U || position.line >= 1);
		ck_assert(position.end_line == U || position.end_line >= 1);
		ck_assert_int_ge(position.column, U);
		ck_assert_int_ge(position.end_column, U);
		free(table);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lines");
	TCase *tests = tcase_create("lines");

	tcase_add_loop_test(tests, test_row, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, test_garbage, FDP_LINES_LNOTAB,
			    FDP_LINES_LOCATIONS + 1);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
