#include "object_head.h"

#include <string.h>

#include "../base/util.h"

/* Frames that are asked: the newest may be half built, the next ones not. */
#define FRAMES_ASKED 4

#define IN(member) offsetof(struct fdp_python_offsets, member)

/* Fields of what begins with an object's head, in every version. */
static const uint16_t behind_head[] = {
	IN(code.filename),     IN(code.name),	      IN(code.qualname),
	IN(code.first_line),   IN(code.line_table),   IN(code.bytecode),
	IN(copies.array),      IN(object.type),	      IN(type.name),
	IN(type.flags),	       IN(type.base),	      IN(dict.keys),
	IN(dict.values),       IN(set.mask),	      IN(set.table),
	IN(module.definition), IN(module.methods),    IN(module.has_definition),
	IN(bytes.size),	       IN(bytes.data),	      IN(string.length),
	IN(string.state),      IN(string.ascii_data), IN(string.compact_data),
	IN(string.data),       IN(string.wide),	      IN(string.wide_length),
	IN(type.basic_size),   IN(type.dict_offset),  IN(module.dict),
};

/* Up to 3.10 frames are objects too. */
static const uint16_t in_frame[] = {
	IN(frame.previous),
	IN(frame.code),
	IN(frame.instruction),
	IN(frame.locals),
};

/* In frames, too; 0 where there is none. */
static const uint16_t of_some_frames[] = {
	IN(frame.executing),
	IN(frame.suspended_top),
	IN(frame.globals),
};

static void move(struct fdp_python_offsets *offsets, const uint16_t *fields,
		 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t *field = (uint32_t *)((char *)offsets + fields[i]);

		if (*field != FDP_ABSENT && *field != 0)
			*field += FDP_TRACE_REFS_SIZE;
	}
}

void fdp_object_head_move(struct fdp_python_offsets *offsets)
{
	/* Nobody has looked at the objects of locals there. */
	offsets->values_known = false;
	move(offsets, behind_head, ARRAY_SIZE(behind_head));
	if (offsets->style == FDP_FRAMES_OBJECTS)
		move(offsets, in_frame, ARRAY_SIZE(in_frame));
	if (offsets->style == FDP_FRAMES_OBJECTS)
		move(offsets, of_some_frames, ARRAY_SIZE(of_some_frames));
}

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
