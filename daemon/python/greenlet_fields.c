/* What a greenlet says of itself: its state, its thread, its frames. */
#include <errno.h>
#include <string.h>

#include "greenlets_internal.h"
#include "strings.h"

/* The end of the stack of a main greenlet. */
#define STOP_MAIN UINT64_MAX

/* Behind the head of the object, from 2.0 on: weak references, a dict, ... */
#define IMPLEMENTATION 16

/* A greenlet as it lies in memory. */
struct raw {
	struct fdp_greenlet_layout layout;
	uint64_t address; /* of what is laid out so */
	uint8_t bytes[FDP_GREENLET_SIZE_MAX];
};

static uint64_t word_of(const struct raw *raw, uint32_t field)
{
	uint64_t word;

	memcpy(&word, raw->bytes + field, sizeof(word));
	return word;
}

/* The type of the object at ADDRESS, which may be invalid; NULL: no memory. */
static const struct fdp_type *type_of(struct fdp_greenlet_reader *reader,
				      uint64_t address)
{
	return fdp_types_find(reader->types,
			      fdp_greenlet_word(reader, address,
						reader->offsets->object.type));
}

static bool is_greenlet(struct fdp_greenlet_reader *reader, uint64_t address)
{
	uint64_t type = fdp_greenlet_word(reader, address,
					  reader->offsets->object.type);

	for (int i = 0; type && type != reader->library.class; i++)
		type = i < FDP_GREENLET_BASES_MAX
			       ? fdp_greenlet_word(reader, type,
						   reader->offsets->type.base)
			       : 0;
	return type != 0;
}

static int read_raw(struct fdp_greenlet_reader *reader, struct raw *raw)
{
	return fdp_target_read(reader->target, raw->address, raw->bytes,
			       raw->layout.size);
}

/*
 * From 2.0 on: the object that is behind it says which greenlet it is of, at
 * the one place or the other.
 */
static int read_behind(struct fdp_greenlet_reader *reader, uint64_t address,
		       struct raw *raw)
{
	raw->address = fdp_greenlet_word(reader, address,
					 reader->head + IMPLEMENTATION);
	for (int late = 0; late < 2; late++) {
		raw->layout = fdp_greenlet_layout_cpp(reader->objects, late);
		if (read_raw(reader, raw) == 0 &&
		    word_of(raw, raw->layout.self) == address)
			return 0;
	}
	return -EBADMSG;
}

/* 0, or -EBADMSG and the like if it is none. */
static int read_greenlet(struct fdp_greenlet_reader *reader, uint64_t address,
			 struct raw *raw)
{
	if (!is_greenlet(reader, address))
		return -ENOENT;
	if (reader->library.major >= 2)
		return read_behind(reader, address, raw);
	raw->address = address;
	raw->layout = fdp_greenlet_layout_c(reader->head);
	return read_raw(reader, raw);
}

static bool is_main(const struct raw *raw)
{
	return word_of(raw, raw->layout.stop) == STOP_MAIN;
}

static bool has_begun(const struct raw *raw)
{
	return word_of(raw, raw->layout.stop) != 0;
}

/* It has returned, or its thread has gone and left its stack to the next one.
 */
static bool has_ended(const struct raw *raw)
{
	if (is_main(raw) && raw->layout.thread != FDP_ABSENT)
		return word_of(raw, raw->layout.thread) == 0;
	return has_begun(raw) && word_of(raw, raw->layout.start) == 0;
}

int fdp_greenlet_lives(struct fdp_greenlet_reader *reader, uint64_t address)
{
	struct raw raw;
	int r = read_greenlet(reader, address, &raw);

	return r < 0 ? r : !has_ended(&raw);
}

/* The part of its C stack that others use by now, and where that lies. */
static struct fdp_moved_stack moved_of(const struct raw *raw)
{
	uint64_t start = word_of(raw, raw->layout.start);
	uint64_t size = word_of(raw, raw->layout.saved);
	uint64_t stop = word_of(raw, raw->layout.stop);
	bool valid = start < stop && size <= stop - start;

	return (struct fdp_moved_stack){
		.start = start,
		.size = valid ? size : 0,
		.copy = word_of(raw, raw->layout.copy),
	};
}

static bool is_late(struct fdp_greenlet_reader *reader, const struct raw *raw,
		    const struct fdp_greenlet *greenlet)
{
	if (fdp_target_is_late(reader->target, greenlet->address) ||
	    fdp_target_is_late(reader->target, raw->address))
		return true;
	for (size_t i = 0; i < greenlet->frame_count; i++)
		if (fdp_target_is_late(reader->target,
				       greenlet->frames[i].address))
			return true;
	return false;
}

/* From the frame object of the newest one on.  0 or -ENOMEM. */
static int read_frames(struct fdp_greenlet_reader *reader,
		       const struct raw *raw, struct fdp_greenlet *greenlet)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	uint64_t frame = word_of(raw, raw->layout.frame);
	struct fdp_moved_stack moved = moved_of(raw);
	size_t limit = reader->frames_left < FDP_GREENLET_DEPTH_MAX
			       ? reader->frames_left
			       : FDP_GREENLET_DEPTH_MAX;
	struct fdp_python_stack stack = { 0 };
	int r;

	if (offsets->frame_object.frame != FDP_ABSENT)
		frame = fdp_greenlet_word(reader, frame,
					  offsets->frame_object.frame);
	r = fdp_frames_read_suspended(reader->frames, frame, &moved, limit,
				      &stack);
	if (r == -ENOMEM)
		return r;
	if (r == -E2BIG && limit == FDP_GREENLET_DEPTH_MAX)
		fdp_report_missing(reader->report,
				   "greenlets: only the innermost %d frames of "
				   "one are shown",
				   FDP_GREENLET_DEPTH_MAX);
	else if (r == -E2BIG)
		fdp_report_missing(reader->report,
				   "greenlets: they have more than %d frames",
				   FDP_GREENLET_FRAMES_MAX);
	greenlet->frames = stack.frames;
	greenlet->frame_count = stack.frame_count;
	greenlet->truncated = stack.truncated || !frame || r == -E2BIG;
	reader->frames_left -= stack.frame_count;
	return 0;
}

/* What the function at ADDRESS, or that of a method, is called. */
static int read_function(struct fdp_greenlet_reader *reader, uint64_t address,
			 struct fdp_greenlet *greenlet)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	const struct fdp_type *type = type_of(reader, address);
	struct fdp_string string = { 0 };
	int r;

	if (type && type->kind == FDP_VALUE_METHOD) {
		address = fdp_greenlet_word(reader, address,
					    offsets->method.function);
		type = type_of(reader, address);
	}
	if (!type)
		return -ENOMEM;
	if (type->kind != FDP_VALUE_FUNCTION)
		return 0;
	r = fdp_string_read_some(
		reader->target, offsets,
		fdp_greenlet_word(reader, address, offsets->function.qualname),
		FDP_TYPE_NAME_MAX, &string);
	if (r == 0) {
		greenlet->function =
			fdp_string_text(&string, &reader->report->arena);
		r = greenlet->function ? 0 : -ENOMEM;
	}
	fdp_string_done(&string);
	return r == -ENOMEM ? r : 0;
}

/* The thread in whose C stack ADDRESS lies; 0: none, or not one alone. */
static pid_t thread_of(const struct fdp_target *target, uint64_t address)
{
	const struct fdp_map *map = fdp_target_map(target, address);
	pid_t tid = 0;

	for (size_t i = 0; map && i < target->thread_count; i++) {
		const struct fdp_thread *thread = &target->threads[i];
		uint64_t sp = thread->registers.general[FDP_REGISTER_SP];

		if (!thread->has_registers || sp < map->start || sp >= map->end)
			continue;
		if (tid)
			return 0;
		tid = thread->tid;
	}
	return tid;
}

/* Where the bottom of its stack is, or (of a main one) where its top was. */
static void read_thread(struct fdp_greenlet_reader *reader,
			const struct raw *raw, struct fdp_greenlet *greenlet)
{
	uint64_t address = word_of(raw, is_main(raw) ? raw->layout.start
						     : raw->layout.stop);

	if (has_begun(raw))
		greenlet->tid = thread_of(reader->target, address);
}

static int read_type(struct fdp_greenlet_reader *reader,
		     struct fdp_greenlet *greenlet)
{
	const struct fdp_type *type = type_of(reader, greenlet->address);

	if (!type)
		return -ENOMEM;
	greenlet->type =
		fdp_arena_printf(&reader->report->arena, "%s.%s",
				 type->module ? type->module : "?",
				 type->qualname ? type->qualname : "?");
	return greenlet->type ? 0 : -ENOMEM;
}

int fdp_greenlet_read_fields(struct fdp_greenlet_reader *reader,
			     struct fdp_greenlet *greenlet,
			     uint64_t *ret_parent)
{
	struct raw raw;
	int r;

	/* It was one when it was added. */
	if (read_greenlet(reader, greenlet->address, &raw) < 0)
		return 0;
	greenlet->main = is_main(&raw);
	greenlet->state = !has_begun(&raw) ? FDP_GREENLET_UNSTARTED
			  : word_of(&raw, raw.layout.frame)
				  ? FDP_GREENLET_SUSPENDED
				  : FDP_GREENLET_RUNNING;
	*ret_parent = is_main(&raw) ? 0 : word_of(&raw, raw.layout.parent);
	read_thread(reader, &raw, greenlet);
	r = read_type(reader, greenlet);
	if (r == 0 && greenlet->state == FDP_GREENLET_SUSPENDED)
		r = read_frames(reader, &raw, greenlet);
	if (r == 0 && greenlet->state == FDP_GREENLET_UNSTARTED)
		r = read_function(reader, word_of(&raw, raw.layout.run),
				  greenlet);
	greenlet->late = is_late(reader, &raw, greenlet);
	return r;
}
