#include "lines.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "../report.h"

/* Instructions are units of two bytes since 3.6. */
#define UNIT 2

/* Bytes of a table that are still to be read. */
struct cursor {
	const uint8_t *next, *end;
};

static bool take(struct cursor *cursor, uint8_t *ret_byte)
{
	if (cursor->next == cursor->end)
		return false;
	*ret_byte = *cursor->next++;
	return true;
}

/*
 * Six bits in each byte, the lowest first; bit 6 says that more follow.  Values
 * are 32 bits wide, so a longer number is damage.
 */
static bool take_varint(struct cursor *cursor, uint32_t *ret_value)
{
	uint64_t value = 0;
	uint8_t byte = 0x40;

	for (int shift = 0; byte & 0x40; shift += 6) {
		if (shift > 30 || !take(cursor, &byte))
			return false;
		value |= (uint64_t)(byte & 0x3f) << shift;
	}
	if (value > UINT32_MAX)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

/* The same with the sign in the lowest bit. */
static bool take_signed(struct cursor *cursor, int64_t *ret_value)
{
	uint32_t value;

	if (!take_varint(cursor, &value))
		return false;
	*ret_value = value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
	return true;
}

/* A number that a report can hold, else FDP_UNKNOWN. */
static int known(int64_t value, int lowest)
{
	return value >= lowest && value <= INT_MAX ? (int)value : FDP_UNKNOWN;
}

static int set_line(int64_t line, struct fdp_position *position)
{
	position->line = known(line, 1);
	return position->line == FDP_UNKNOWN ? -ENOENT : 0;
}

/*
 * Pairs (bytes forward, lines forward), PyCode_Addr2Line() of 3.9.  Lines are
 * signed since 3.6.
 */
static int find_lnotab(struct cursor table, int64_t line, int64_t address,
		       bool is_signed, struct fdp_position *position)
{
	int64_t at = 0;
	uint8_t bytes;
	uint8_t lines;

	while (take(&table, &bytes) && take(&table, &lines)) {
		at += bytes;
		if (at > address)
			break;
		line += is_signed ? (int8_t)lines : lines;
	}
	return set_line(line, position);
}

/* Pairs (bytes in range, lines forward; -128: no line), PEP 626. */
static int find_range(struct cursor table, int64_t line, int64_t address,
		      struct fdp_position *position)
{
	int64_t end = 0;
	uint8_t bytes;
	uint8_t lines;

	while (take(&table, &bytes)) {
		if (!take(&table, &lines))
			return -EBADMSG;
		end += bytes;
		if ((int8_t)lines != -128)
			line += (int8_t)lines;
		if (end > address)
			return (int8_t)lines == -128 ? -ENOENT
						     : set_line(line, position);
	}
	return -ENOENT;
}

/* The forms of an entry in a location table (Objects/locations.md). */
enum {
	FORM_SHORT_LAST = 9,  /* 0 to 9: same line, columns in one byte */
	FORM_LINE_FIRST = 10, /* 10 to 12: lines forward, two columns */
	FORM_LINE_LAST = 12,
	FORM_NO_COLUMNS = 13,
	FORM_LONG = 14,
	FORM_NONE = 15,
};

struct location {
	int64_t line, end_line, column, end_column;
	bool none;
};

static bool take_short(struct cursor *table, int form,
		       struct location *location)
{
	uint8_t byte;

	if (!take(table, &byte))
		return false;
	location->column = form * 8 + (byte >> 4 & 7);
	location->end_column = location->column + (byte & 15);
	return true;
}

static bool take_same_line(struct cursor *table, int form,
			   struct location *location)
{
	uint8_t start;
	uint8_t end;

	if (!take(table, &start) || !take(table, &end))
		return false;
	location->line += form - FORM_LINE_FIRST;
	location->end_line = location->line;
	location->column = start;
	location->end_column = end;
	return true;
}

static bool take_long(struct cursor *table, struct location *location)
{
	int64_t lines;
	uint32_t end_lines;
	uint32_t column;
	uint32_t end_column;

	if (!take_signed(table, &lines) || !take_varint(table, &end_lines) ||
	    !take_varint(table, &column) || !take_varint(table, &end_column))
		return false;
	location->line += lines;
	location->end_line = location->line + end_lines;
	location->column = (int64_t)column - 1;
	location->end_column = (int64_t)end_column - 1;
	return true;
}

static bool take_no_columns(struct cursor *table, struct location *location)
{
	int64_t lines;

	if (!take_signed(table, &lines))
		return false;
	location->line += lines;
	location->end_line = location->line;
	return true;
}

/* The entry whose first byte is HEAD; lines go on from the one before. */
static bool take_location(struct cursor *table, uint8_t head,
			  struct location *location)
{
	int form = head >> 3 & 15;

	location->end_line = location->line;
	location->column = FDP_UNKNOWN;
	location->end_column = FDP_UNKNOWN;
	location->none = form == FORM_NONE;
	if (form <= FORM_SHORT_LAST)
		return take_short(table, form, location);
	if (form <= FORM_LINE_LAST)
		return take_same_line(table, form, location);
	if (form == FORM_NO_COLUMNS)
		return take_no_columns(table, location);
	return form == FORM_NONE || take_long(table, location);
}

static int set_location(const struct location *location,
			struct fdp_position *position)
{
	if (location->none || set_line(location->line, position) < 0)
		return -ENOENT;
	position->end_line = known(location->end_line, 1);
	position->column = known(location->column, 0);
	position->end_column = known(location->end_column, 0);
	return 0;
}

static int find_location(struct cursor table, int64_t line, int64_t address,
			 struct fdp_position *position)
{
	struct location location = { .line = line };
	int64_t end = 0;
	uint8_t head;

	while (take(&table, &head)) {
		/* Only the first byte of an entry has the highest bit. */
		if (!(head & 0x80) || !take_location(&table, head, &location))
			return -EBADMSG;
		end += ((head & 7) + 1) * UNIT;
		if (end > address)
			return set_location(&location, position);
	}
	return -ENOENT;
}

int fdp_lines_find(enum fdp_line_format format, const uint8_t *table,
		   size_t size, int first_line, int64_t address,
		   struct fdp_position *ret_position)
{
	struct cursor cursor = { .next = table, .end = table + size };

	*ret_position = (struct fdp_position){ FDP_UNKNOWN, FDP_UNKNOWN,
					       FDP_UNKNOWN, FDP_UNKNOWN };
	if (address < 0)
		return set_line(first_line, ret_position);
	if (format == FDP_LINES_LNOTAB)
		return find_lnotab(cursor, first_line, address, true,
				   ret_position);
	if (format == FDP_LINES_LNOTAB_FORWARD)
		return find_lnotab(cursor, first_line, address, false,
				   ret_position);
	if (format == FDP_LINES_RANGES)
		return find_range(cursor, first_line, address, ret_position);
	return find_location(cursor, first_line, address, ret_position);
}
