#include "chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "newest.h"
#include "thread_ids.h"

/* gi_frame_state: below 0 it is suspended or not begun; 4: cleared. */
#define GENERATOR_COMPLETED 1

/* As much of a frame as is looked at; 3.8 and 3.9 need 117 bytes. */
#define HEADER_MAX 256

struct header {
	uint64_t previous, code, instruction;
	uint8_t owner, is_entry;
	uint8_t bytes[HEADER_MAX];
};

struct chase {
	const struct fdp_python_offsets *offsets;
	const struct fdp_memory *memory;
	struct fdp_chain *chain;
	uint64_t mark; /* a frame that was passed: not to be met again */
	size_t marked; /* links then */
	uint64_t base; /* 3.15: where each stack ends; 0: there is none */
	/* CFrames: the first evaluation has to have been begun from there. */
	bool newest;
	uint64_t before;
	struct fdp_free_room room;
};

static int read_word(const struct chase *chase, uint64_t address,
		     uint64_t *ret_value)
{
	return chase->memory->read(chase->memory->argument, address, ret_value,
				   sizeof(*ret_value));
}

static size_t end_of(uint32_t field, size_t width)
{
	return field == FDP_ABSENT ? 0 : field + width;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* All fields of a frame that are looked at lie below. */
static size_t header_size(const struct fdp_python_offsets *offsets)
{
	size_t size = end_of(offsets->frame.previous, 8);

	size = larger(size, end_of(offsets->frame.code, 8));
	size = larger(size, end_of(offsets->frame.instruction, 8));
	size = larger(size, end_of(offsets->frame.owner, 1));
	size = larger(size, end_of(offsets->frame.is_entry, 1));
	size = larger(size, end_of(offsets->frame.suspended_top, 8));
	return larger(size, end_of(offsets->frame.executing, 1));
}

static uint64_t word_at(const struct header *header, uint32_t field,
			size_t width)
{
	uint64_t value = 0;

	if (field != FDP_ABSENT)
		memcpy(&value, header->bytes + field, width);
	return value;
}

static int read_header(const struct chase *chase, uint64_t frame,
		       struct header *header)
{
	const struct fdp_python_offsets *offsets = chase->offsets;
	size_t size = header_size(offsets);
	int r;

	if (size > HEADER_MAX)
		return -EBADMSG;
	r = chase->memory->read(chase->memory->argument, frame, header->bytes,
				size);
	if (r < 0)
		return r;
	header->previous = word_at(header, offsets->frame.previous, 8);
	header->code = word_at(header, offsets->frame.code, 8) &
		       ~(uint64_t)offsets->code_tags;
	header->instruction = word_at(header, offsets->frame.instruction,
				      offsets->instruction_unit ? 4 : 8);
	header->owner = (uint8_t)word_at(header, offsets->frame.owner, 1);
	header->is_entry = (uint8_t)word_at(header, offsets->frame.is_entry, 1);
	return 0;
}

/*
 * Up to 3.10 a frame is an object: one that nobody refers to is dead, and one
 * that is suspended, or has not begun, is on no stack.
 */
static bool is_object_executed(const struct chase *chase,
			       const struct header *header)
{
	const struct fdp_python_offsets *offsets = chase->offsets;
	uint64_t references =
		word_at(header, offsets->object.type - 8, sizeof(references));
	int8_t state;

	if ((int64_t)references <= 0 ||
	    (offsets->frame.suspended_top &&
	     word_at(header, offsets->frame.suspended_top, 8)))
		return false;
	if (!offsets->frame.executing)
		return true;
	state = (int8_t)header->bytes[offsets->frame.executing];
	return state >= offsets->frame.executing_first &&
	       state <= offsets->frame.executing_last;
}

/* From 3.11 on the frame of a generator lies in it, behind its state. */
static int check_generator(const struct chase *chase, uint64_t frame,
			   const struct header *header)
{
	uint32_t before = chase->offsets->frame.generator_state_before;
	int8_t state;
	int r;

	if (!before)
		return 0;
	r = chase->memory->read(chase->memory->argument, frame - before, &state,
				sizeof(state));
	if (r < 0)
		return r;
	if (state < 0 || (!header->previous && state > GENERATOR_COMPLETED))
		return -EBADMSG;
	return 0;
}

static bool is_shim(const struct chase *chase, const struct header *header)
{
	return chase->offsets->style == FDP_FRAMES_SHIM &&
	       header->owner == FDP_OWNER_SHIM;
}

static int check_frame(const struct chase *chase, uint64_t frame,
		       const struct header *header)
{
	if (chase->offsets->style == FDP_FRAMES_OBJECTS)
		return is_object_executed(chase, header) ? 0 : -EBADMSG;
	if (header->owner == FDP_OWNER_GENERATOR)
		return check_generator(chase, frame, header);
	return 0;
}

/* True if a stack can end with a frame such as this. */
static bool is_bottom(const struct chase *chase, const struct header *header)
{
	switch (chase->offsets->style) {
	case FDP_FRAMES_ENTRY:
		return header->is_entry == 1;
	case FDP_FRAMES_SHIM:
		return is_shim(chase, header);
	default:
		return true;
	}
}

static int append(struct fdp_chain *chain, const struct fdp_link *link)
{
	if (chain->count >= FDP_PYTHON_FRAMES_MAX)
		return -E2BIG;
	if (chain->count == chain->capacity) {
		size_t wanted = chain->capacity ? chain->capacity * 2 : 64;
		struct fdp_link *links =
			reallocarray(chain->links, wanted, sizeof(*links));

		if (!links)
			return -ENOMEM;
		chain->links = links;
		chain->capacity = wanted;
	}
	chain->links[chain->count++] = *link;
	return 0;
}

/* A circle passes each mark; the marks are set farther and farther apart. */
static bool is_circle(struct chase *chase, uint64_t frame)
{
	if (frame == chase->mark)
		return true;
	if (chase->chain->count >= 2 * chase->marked) {
		chase->mark = frame;
		chase->marked = chase->chain->count + 1;
	}
	return false;
}

/* HEADER is the first frame of an evaluation: whether that can be so. */
static bool may_be_newest(struct chase *chase, const struct header *header)
{
	if (!chase->newest ||
	    !fdp_newest_decides(header->owner, header->previous, chase->before))
		return true;
	chase->newest = false;
	return header->previous == chase->before;
}

/* The frame at *FRAME, which becomes the next one. */
static int add_frame(struct chase *chase, uint64_t *frame)
{
	struct header header;
	struct fdp_link link = { .frame = *frame };
	int r;

	if (is_circle(chase, *frame) ||
	    fdp_newest_has_ended(&chase->room, *frame))
		return -EBADMSG;
	r = read_header(chase, *frame, &header);
	if (r == 0)
		r = check_frame(chase, *frame, &header);
	if (r < 0)
		return r;
	if (is_bottom(chase, &header) ? !may_be_newest(chase, &header)
				      : !header.previous)
		return -EBADMSG;
	if (!is_shim(chase, &header)) {
		if (!header.code)
			return -EBADMSG;
		link.code = header.code;
		link.instruction = header.instruction;
	}
	*frame = header.previous;
	return append(chase->chain, &link);
}

/* Whether FRAME can be the newest frame of CFRAME is seen when it was walked.
 */
static int expect_newest(struct chase *chase, uint64_t state, uint64_t cframe,
			 uint64_t frame)
{
	const struct fdp_python_offsets *offsets = chase->offsets;
	uint64_t previous;
	int r;

	/* That of an evaluation has one, as soon as it is filled in. */
	if (!frame)
		return -EBADMSG;
	fdp_newest_free_room(offsets, chase->memory, state, &chase->room);
	r = read_word(chase, cframe + offsets->cframe.previous, &previous);
	if (r == 0)
		r = read_word(chase, previous + offsets->cframe.frame,
			      &chase->before);
	chase->newest = true;
	return r;
}

/* The newest frame of STATE, 0 if it has none. */
static int find_first(struct chase *chase, uint64_t state, uint64_t *ret_frame)
{
	const struct fdp_python_offsets *offsets = chase->offsets;
	uint64_t cframe;
	int r;

	if (offsets->thread.frame != FDP_ABSENT)
		return read_word(chase, state + offsets->thread.frame,
				 ret_frame);
	r = read_word(chase, state + offsets->thread.cframe, &cframe);
	if (r == 0)
		r = read_word(chase, cframe + offsets->cframe.frame, ret_frame);
	if (r == 0 && cframe != state + offsets->thread.root_cframe)
		r = expect_newest(chase, state, cframe, *ret_frame);
	return r;
}

/* Where only its pthread_t tells which thread it is. */
static int touch_thread(const struct chase *chase, uint64_t state)
{
	const struct fdp_python_offsets *offsets = chase->offsets;
	uint64_t pointer;
	int r;

	if (offsets->thread.native_thread_id != FDP_ABSENT ||
	    offsets->thread.thread_id == FDP_ABSENT)
		return 0;
	r = read_word(chase, state + offsets->thread.thread_id, &pointer);
	/* A state may have been made for a thread that has not begun. */
	return r < 0 || !pointer ? r
				 : fdp_pthread_touch(chase->memory, pointer);
}

int fdp_chain_walk(const struct fdp_python_offsets *offsets,
		   const struct fdp_memory *memory, uint64_t state,
		   struct fdp_chain *chain)
{
	struct chase chase = {
		.offsets = offsets,
		.memory = memory,
		.chain = chain,
	};
	uint64_t frame;
	int r = find_first(&chase, state, &frame);

	if (r == 0)
		r = touch_thread(&chase, state);
	if (r == 0 && offsets->base_frame != FDP_ABSENT)
		r = read_word(&chase, state + offsets->base_frame, &chase.base);
	chain->count = 0;
	while (r == 0 && frame && frame != chase.base)
		r = add_frame(&chase, &frame);
	return r;
}
