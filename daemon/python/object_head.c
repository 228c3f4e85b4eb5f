#include "object_head.h"

#include <string.h>

/* Frames that are asked: the newest may be half built, the next ones not. */
#define FRAMES_ASKED 4

static bool is_code(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t object)
{
	static const char name[] = "code";
	char found[sizeof(name)];
	uint64_t type;
	uint64_t text;

	return fdp_target_read_u64(target, object + offsets->object.type,
				   &type) == 0 &&
	       fdp_target_read_u64(target, type + offsets->type.name, &text) ==
		       0 &&
	       fdp_target_read(target, text, found, sizeof(found)) == 0 &&
	       memcmp(found, name, sizeof(name)) == 0;
}

/* The newest frame of THREAD, or 0. */
static uint64_t newest_frame(struct fdp_target *target,
			     const struct fdp_python_offsets *offsets,
			     uint64_t thread)
{
	bool direct = offsets->thread.frame != FDP_ABSENT;
	uint64_t at;

	if (fdp_target_read_u64(target,
				thread + (direct ? offsets->thread.frame
						 : offsets->thread.cframe),
				&at) < 0)
		return 0;
	if (!direct &&
	    fdp_target_read_u64(target, at + offsets->cframe.frame, &at) < 0)
		return 0;
	return at;
}

bool fdp_object_head_fits(struct fdp_target *target,
			  const struct fdp_python_offsets *offsets,
			  uint64_t thread)
{
	uint64_t frame = newest_frame(target, offsets, thread);

	for (int i = 0; i < FRAMES_ASKED && frame; i++) {
		uint64_t code;

		if (fdp_target_read_u64(target, frame + offsets->frame.code,
					&code) < 0)
			return false;
		if (is_code(target, offsets,
			    code & ~(uint64_t)offsets->code_tags))
			return true;
		if (fdp_target_read_u64(target, frame + offsets->frame.previous,
					&frame) < 0)
			return false;
	}
	return false;
}
