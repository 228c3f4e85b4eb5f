#include "json_greenlets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "json_frames.h"
#include "json_values.h"

/* All but its frames. */
static json_t *make_greenlet(const struct fdp_greenlet *greenlet)
{
	return json_pack(
		"{s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:b, s:b}", "address",
		fdp_json_address(greenlet->address), "type",
		fdp_json_string(greenlet->type), "main", greenlet->main,
		"state", fdp_greenlet_state_word(greenlet->state), "function",
		fdp_json_string(greenlet->function), "parent",
		greenlet->parent >= 0 ? json_integer(greenlet->parent)
				      : json_null(),
		"tid",
		greenlet->tid > 0 ? json_integer(greenlet->tid) : json_null(),
		"late", greenlet->late, "truncated", greenlet->truncated);
}

static int write_greenlet(FILE *out, struct fdp_json_frames *frames,
			  const struct fdp_greenlet *greenlet)
{
	int r = fdp_json_write_open(out, make_greenlet(greenlet));

	fputs(",\"frames\":[", out);
	if (r == 0)
		r = fdp_json_frames_write_all(frames, out, greenlet->frames,
					      greenlet->frame_count);
	fputs("]}", out);
	return r;
}

int fdp_json_greenlets_write(FILE *out, const struct fdp_report *report)
{
	struct fdp_json_frames *frames = fdp_json_frames_new();
	int r = frames ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < report->greenlets.count; i++) {
		if (i > 0)
			putc(',', out);
		r = write_greenlet(out, frames, &report->greenlets.list[i]);
	}
	fdp_json_frames_free(frames);
	return r;
}
