/* Text as characters, for whoever counts columns as Python does. */
#ifndef FDP_RENDER_POINTS_H
#define FDP_RENDER_POINTS_H

#include <stddef.h>
#include <stdint.h>

struct fdp_points {
	uint32_t *at; /* one that is no UTF-8 is beyond all of them */
	size_t count;
};

/* Of SIZE bytes.  0 or -ENOMEM; to be freed with fdp_points_done(). */
int fdp_points_new(const char *bytes, size_t size,
		   struct fdp_points *ret_points);
void fdp_points_done(struct fdp_points *points);

/* How many characters the first OFFSET bytes of SIZE are, cut ones too. */
size_t fdp_points_at(const char *bytes, size_t size, size_t offset);

/*
 * Columns of COUNT characters as fdp_escape() and 3.MINOR count them; MINOR 0:
 * none is wide.
 */
size_t fdp_points_width(const uint32_t *points, size_t count, int minor);

#endif
