#include "points.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "width.h"

/* A byte that is no UTF-8, and what it is shown as: \\xNN. */
#define INVALID UINT32_C(0x80000000)
#define INVALID_COLUMNS 4

/* What has more columns is an escape. */
#define WIDEST 2

int fdp_points_new(const char *bytes, size_t size,
		   struct fdp_points *ret_points)
{
	struct fdp_points points = {
		.at = calloc(size + 1, sizeof(*points.at)),
	};

	if (!points.at)
		return -ENOMEM;
	while (size > 0) {
		int32_t point;
		size_t length = fdp_utf8_next(bytes, size, &point);

		points.at[points.count++] =
			point < 0 ? INVALID : (uint32_t)point;
		bytes += length;
		size -= length;
	}
	*ret_points = points;
	return 0;
}

void fdp_points_done(struct fdp_points *points)
{
	free(points->at);
}

size_t fdp_points_at(const char *bytes, size_t size, size_t offset)
{
	size_t count = 0, at = 0;

	while (at < size && at < offset) {
		int32_t point;

		at += fdp_utf8_next(bytes + at, size - at, &point);
		count++;
	}
	return count;
}

/* What is written escaped is as wide as that. */
static size_t width_of(uint32_t point, int minor)
{
	char bytes[4];
	size_t size = 0, shown;

	if (point == INVALID)
		return INVALID_COLUMNS;
	if (point < 0x80) {
		bytes[size++] = (char)point;
	} else if (point < 0x800) {
		bytes[size++] = (char)(0xc0 | point >> 6);
		bytes[size++] = (char)(0x80 | (point & 0x3f));
	} else if (point < 0x10000) {
		bytes[size++] = (char)(0xe0 | point >> 12);
		bytes[size++] = (char)(0x80 | (point >> 6 & 0x3f));
		bytes[size++] = (char)(0x80 | (point & 0x3f));
	} else {
		bytes[size++] = (char)(0xf0 | point >> 18);
		bytes[size++] = (char)(0x80 | (point >> 12 & 0x3f));
		bytes[size++] = (char)(0x80 | (point >> 6 & 0x3f));
		bytes[size++] = (char)(0x80 | (point & 0x3f));
	}
	shown = fdp_escape(NULL, bytes, size);
	return shown > WIDEST ? shown : (size_t)fdp_width(point, minor);
}

size_t fdp_points_width(const uint32_t *points, size_t count, int minor)
{
	size_t columns = 0;

	for (size_t i = 0; i < count; i++)
		columns += width_of(points[i], minor);
	return columns;
}
