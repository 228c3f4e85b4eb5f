/*
 * Frames as JSON, with a memory of the last ones: in a deep stack a few frames
 * come again a hundred thousand times, and making a value of each would take
 * seconds that a held process does not have.
 */
#ifndef FDP_RENDER_JSON_FRAMES_H
#define FDP_RENDER_JSON_FRAMES_H

#include <stdio.h>

#include "../report.h"

struct fdp_json_frames;

/* NULL when memory is out. */
struct fdp_json_frames *fdp_json_frames_new(void);
void fdp_json_frames_free(struct fdp_json_frames *frames);

/* Writes FRAME as one JSON object.  0, -EIO or -ENOMEM. */
int fdp_json_frames_write(struct fdp_json_frames *frames, FILE *out,
			  const struct fdp_frame *frame);

/* The COUNT frames of LIST, with commas between them.  0, -EIO or -ENOMEM. */
int fdp_json_frames_write_all(struct fdp_json_frames *frames, FILE *out,
			      const struct fdp_frame *list, size_t count);

#endif
