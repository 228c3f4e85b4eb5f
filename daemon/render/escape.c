#include "escape.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

struct point_range {
	int32_t first, last;
};

/*
 * What must not reach a terminal as it is: it moves the cursor, starts a
 * command, turns the text around or hides in it.
 */
static const struct point_range escaped[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f }, { 0x00ad, 0x00ad },
	{ 0x061c, 0x061c },   { 0x180e, 0x180e }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e },   { 0x2060, 0x206f }, { 0xd800, 0xdfff },
	{ 0xfeff, 0xfeff },   { 0xfff9, 0xfffb }, { 0xfffe, 0xffff },
	{ 0xe0000, 0xe007f },
};

/* Drawn over the character before them; the blocks, not every last one. */
static const struct point_range combining[] = {
	{ 0x0300, 0x036f },   { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x064b, 0x065f },   { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff },   { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
	{ 0xe0100, 0xe01ef },
};

/* Two columns: East Asian Width W and F, by blocks. */
static const struct point_range wide[] = {
	{ 0x1100, 0x115f },   { 0x231a, 0x231b },   { 0x2e80, 0x303e },
	{ 0x3041, 0x33ff },   { 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },
	{ 0xa000, 0xa4cf },   { 0xa960, 0xa97f },   { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff }, { 0x1fa70, 0x1faff }, { 0x20000, 0x3fffd },
};

static bool in_ranges(int32_t point, const struct point_range *ranges,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	}
	return false;
}

/* How many bytes a character has by its first one, and that one's bits. */
static size_t sequence_length(unsigned char first, int32_t *ret_bits)
{
	static const struct {
		unsigned char mask, value;
	} table[] = {
		{ 0x80, 0x00 }, { 0xe0, 0xc0 }, { 0xf0, 0xe0 }, { 0xf8, 0xf0 }
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if ((first & table[i].mask) == table[i].value) {
			*ret_bits = first & ~table[i].mask & 0xff;
			return i + 1;
		}
	}
	return 0;
}

size_t fdp_utf8_next(const char *bytes, size_t size, int32_t *ret_point)
{
	/* The smallest code points that need so many bytes. */
	static const int32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int32_t point = 0;
	size_t length = sequence_length((unsigned char)bytes[0], &point);

	*ret_point = FDP_NOT_UTF8;
	if (length == 0 || length > size)
		return 1;
	for (size_t i = 1; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if ((byte & 0xc0) != 0x80)
			return 1;
		point = point << 6 | (byte & 0x3f);
	}
	if (point < smallest[length] || point > 0x10ffff)
		return 1;
	*ret_point = point;
	return length;
}

static size_t width(int32_t point)
{
	if (point < 0x300)
		return 1;
	if (in_ranges(point, combining, ARRAY_SIZE(combining)))
		return 0;
	return in_ranges(point, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

static size_t write_escaped(FILE *out, int32_t point)
{
	char text[16];
	int length;

	if (point < 0x100)
		length = snprintf(text, sizeof(text), "\\x%02x",
				  (unsigned int)point);
	else if (point < 0x10000)
		length = snprintf(text, sizeof(text), "\\u%04x",
				  (unsigned int)point);
	else
		length = snprintf(text, sizeof(text), "\\U%08x",
				  (unsigned int)point);
	if (out)
		fputs(text, out);
	return (size_t)length;
}

static size_t write_character(FILE *out, const char *bytes, size_t length,
			      int32_t point)
{
	if (point == '\t') {
		if (out)
			putc(' ', out);
		return 1;
	}
	if (point == FDP_NOT_UTF8)
		return write_escaped(out, (unsigned char)bytes[0]);
	if (in_ranges(point, escaped, ARRAY_SIZE(escaped)))
		return write_escaped(out, point);
	if (out)
		fwrite(bytes, 1, length, out);
	return width(point);
}

size_t fdp_escape(FILE *out, const char *bytes, size_t size)
{
	size_t columns = 0;

	while (size > 0) {
		int32_t point;
		size_t length = fdp_utf8_next(bytes, size, &point);

		columns += write_character(out, bytes, length, point);
		bytes += length;
		size -= length;
	}
	return columns;
}

size_t fdp_escape_string(FILE *out, const char *string)
{
	return fdp_escape(out, string, strlen(string));
}

char *fdp_utf8_replace(const char *string, size_t *ret_size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t size = strlen(string);
	/* Each byte becomes at most three. */
	char *copy = size < SIZE_MAX / 4 ? malloc(3 * size + 1) : NULL;
	size_t used = 0;

	if (!copy)
		return NULL;
	while (size > 0) {
		int32_t point;
		size_t length = fdp_utf8_next(string, size, &point);
		bool valid = point != FDP_NOT_UTF8 &&
			     (point < 0xd800 || point > 0xdfff);
		size_t copied = valid ? length : sizeof(replacement) - 1;

		memcpy(copy + used, valid ? string : replacement, copied);
		used += copied;
		string += length;
		size -= length;
	}
	copy[used] = '\0';
	*ret_size = used;
	return copy;
}
