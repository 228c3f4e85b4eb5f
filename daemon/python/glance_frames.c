#include "glance_frames.h"

#include <string.h>

#include "../base/util.h"
#include "containers.h"
#include "glance.h"
#include "strings.h"

/*
 * FRAME_OWNED_BY_CSTACK of 3.12 and 3.13, FRAME_OWNED_BY_INTERPRETER of later
 * ones, and what comes behind: no frames of Python's.
 */
#define OWNER_SHIM 3

/*
 * Frames whose variables are compared, innermost first, and variables of each:
 * what goes on in a loop shows in the function that loops, or in one of its
 * callers.
 */
#define CLOSE_FRAMES_MAX 16
#define VALUES_MAX 64

/* Names of a module that are compared where its dict does not count. */
#define NAMES_MAX 1024

/*
 * Code objects that are remembered; beyond that all are forgotten, and learnt
 * again.
 */
#define CODES_MAX 65536

/*
 * What is compared of an object, from its type on: a number, the ends of a
 * container, the state of something written in C.
 */
#define OBJECT_WORDS 8

/* What has no fixed size has its first item behind that. */
#define ITEM_SIZE 8

enum role {
	ROLE_OTHER,
	ROLE_ROUND,    /* BaseEventLoop._run_once() */
	ROLE_CALLBACK, /* Handle._run() */
};

static const enum role roles[] = { ROLE_OTHER, ROLE_ROUND, ROLE_CALLBACK };

static const struct {
	const char *name, *file; /* co_name, end of co_filename */
} functions[] = {
	[ROLE_ROUND] = { "_run_once", "/asyncio/base_events.py" },
	[ROLE_CALLBACK] = { "_run", "/asyncio/events.py" },
};

struct frame {
	uint64_t address, previous, code, instruction;
	uint8_t owner;
};

void fdp_glance_codes_done(struct fdp_glance_codes *codes)
{
	fdp_table_done(&codes->roles);
}

/* FNV-1a over words, and shifted so that their high bits count as well. */
static uint64_t mix(uint64_t digest, uint64_t word)
{
	digest = (digest ^ word) * UINT64_C(0x100000001b3);
	return digest ^ digest >> 29;
}

#define DIGEST_FIRST UINT64_C(0xcbf29ce484222325)

/* 0 is kept for "nothing". */
static uint64_t digest_of(uint64_t digest)
{
	return digest ? digest : 1;
}

static void read_field(struct fdp_glance_frames *reader, uint64_t address,
		       uint32_t field, void *value, size_t size)
{
	memset(value, 0, size);
	if (field != FDP_ABSENT)
		fdp_target_read(reader->target, address + field, value, size);
}

static bool read_frame(struct fdp_glance_frames *reader, uint64_t address,
		       struct frame *ret_frame)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	size_t instruction = offsets->instruction_unit ? 4 : 8;

	*ret_frame = (struct frame){ .address = address };
	if (fdp_target_read_u64(reader->target, address + offsets->frame.code,
				&ret_frame->code) < 0)
		return false;
	ret_frame->code &= ~(uint64_t)offsets->code_tags;
	read_field(reader, address, offsets->frame.previous,
		   &ret_frame->previous, 8);
	read_field(reader, address, offsets->frame.instruction,
		   &ret_frame->instruction, instruction);
	read_field(reader, address, offsets->frame.owner, &ret_frame->owner, 1);
	return true;
}

/* True if the str at ADDRESS is TEXT, or with END ends so. */
static bool is_text(struct fdp_glance_frames *reader, uint64_t address,
		    const char *text, bool end)
{
	struct fdp_string string = { 0 };
	size_t length = strlen(text);
	bool is = false;

	if (fdp_string_read(reader->target, reader->offsets, address, &string) <
	    0)
		return false;
	if (string.width == 1 && string.length >= length &&
	    (end || string.length == length))
		is = memcmp(string.characters + string.length - length, text,
			    length) == 0;
	fdp_string_done(&string);
	return is;
}

static enum role find_role(struct fdp_glance_frames *reader, uint64_t name,
			   uint64_t file)
{
	for (size_t i = ROLE_ROUND; i < ARRAY_SIZE(functions); i++)
		if (is_text(reader, name, functions[i].name, false) &&
		    is_text(reader, file, functions[i].file, true))
			return roles[i];
	return ROLE_OTHER;
}

/*
 * A code object's memory may be that of another one by now: what it points to
 * is part of the key.
 */
static enum role role_of(struct fdp_glance_frames *reader, uint64_t code)
{
	struct fdp_table *table = &reader->codes->roles;
	const enum role *known;
	uint64_t name, file, key;
	enum role role;

	read_field(reader, code, reader->offsets->code.name, &name, 8);
	read_field(reader, code, reader->offsets->code.filename, &file, 8);
	key = mix(mix(DIGEST_FIRST, name), file);
	known = fdp_table_find(table, code, key);
	if (known)
		return *known;
	role = find_role(reader, name, file);
	if (table->used >= CODES_MAX)
		fdp_table_done(table);
	/* Without memory it is found again the next time. */
	fdp_table_add(table, code, key, (void *)&roles[role]);
	return role;
}

/* Words of an object of TYPE behind its reference count: what follows it is
 * others'. */
static size_t object_words(struct fdp_glance_frames *reader, uint64_t type)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	uint64_t size, item;

	read_field(reader, type, FDP_TYPE_SIZE, &size, 8);
	read_field(reader, type, FDP_TYPE_ITEM_SIZE, &item, 8);
	size = size < UINT32_MAX ? size + (item ? ITEM_SIZE : 0) : 0;
	size = size > offsets->object.type ? size - offsets->object.type : 0;
	return size / 8 < OBJECT_WORDS ? size / 8 : OBJECT_WORDS;
}

/* The object at ADDRESS: which it is, of what type, what is in it. */
static uint64_t mix_object(struct fdp_glance_frames *reader, uint64_t digest,
			   uint64_t address)
{
	uint64_t words[OBJECT_WORDS] = { 0 };
	uint64_t type;
	size_t count;

	digest = mix(digest, address);
	/* NULL, and what nobody has put there. */
	if (address < FDP_SIGHT_LOWEST || address % 8)
		return digest;
	read_field(reader, address, reader->offsets->object.type, &type, 8);
	count = object_words(reader, type);
	if (fdp_target_read(reader->target,
			    address + reader->offsets->object.type, words,
			    count * sizeof(words[0])) < 0)
		return digest;
	for (size_t i = 0; i < count; i++)
		digest = mix(digest, words[i]);
	return digest;
}

/* What the names of a dict stand for: it does not say when it has changed. */
static uint64_t mix_names(struct fdp_glance_frames *reader, uint64_t digest,
			  uint64_t dict)
{
	struct fdp_container names;
	uint64_t key, value;

	if (fdp_dict_begin(reader->target, reader->offsets, dict, &names) < 0)
		return digest;
	for (size_t i = 0;
	     i < NAMES_MAX && fdp_container_next(&names, &key, &value); i++)
		digest = mix_object(reader, mix(digest, key), value);
	return digest;
}

static uint64_t mix_dict(struct fdp_glance_frames *reader, uint64_t digest,
			 uint64_t dict)
{
	uint64_t changes;

	if (reader->more->minor > FDP_DICT_CHANGES_MINOR_LAST)
		return mix_names(reader, digest, dict);
	read_field(reader, dict, FDP_DICT_CHANGES, &changes, 8);
	return mix(digest, changes);
}

/* The variables of FRAME: those of functions, and the dict of a module. */
static uint64_t mix_values(struct fdp_glance_frames *reader, uint64_t digest,
			   const struct frame *frame)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	uint64_t values[VALUES_MAX], names;
	uint32_t count;

	read_field(reader, frame->code, reader->more->value_count, &count, 4);
	count = count < VALUES_MAX ? count : VALUES_MAX;
	if (fdp_target_read(reader->target,
			    frame->address + offsets->frame.locals, values,
			    count * sizeof(values[0])) < 0)
		count = 0;
	for (uint32_t i = 0; i < count; i++)
		digest = mix_object(reader, digest,
				    values[i] & ~(uint64_t)offsets->code_tags);
	read_field(reader, frame->address, reader->more->names, &names, 8);
	return names ? mix_dict(reader, digest, names) : digest;
}

uint64_t fdp_glance_innermost(struct fdp_target *target,
			      const struct fdp_python_offsets *offsets,
			      uint64_t state)
{
	uint64_t frame = 0, cframe = 0;

	if (offsets->thread.frame != FDP_ABSENT)
		return fdp_target_read_u64(target,
					   state + offsets->thread.frame,
					   &frame) < 0
			       ? 0
			       : frame;
	if (fdp_target_read_u64(target, state + offsets->thread.cframe,
				&cframe) < 0 ||
	    fdp_target_read_u64(target, cframe + offsets->cframe.frame,
				&frame) < 0)
		return 0;
	return frame;
}

/* Of one thread. */
struct walk {
	struct fdp_glance_frames *reader;
	uint64_t frames, values, place;
	size_t count;
	bool closely, in_callback, has_round;
	uint64_t round;
};

/* The innermost loop counts: one that runs in a callback of another is fine. */
static void note_role(struct walk *walk, const struct frame *frame)
{
	enum role role = role_of(walk->reader, frame->code);

	if (role == ROLE_CALLBACK)
		walk->in_callback = true;
	if (role != ROLE_ROUND || walk->has_round)
		return;
	walk->has_round = true;
	if (walk->in_callback)
		walk->round = digest_of(
			mix_values(walk->reader,
				   mix(DIGEST_FIRST, frame->address), frame));
}

static uint64_t place_of(const struct fdp_glance_frames *reader,
			 const struct frame *frame)
{
	uint32_t unit = reader->offsets->instruction_unit;

	return unit ? (uint32_t)frame->instruction * (uint64_t)unit
		    : frame->instruction;
}

static void add_frame(struct walk *walk, const struct frame *frame)
{
	walk->frames = mix(walk->frames, frame->address);
	walk->frames = mix(walk->frames, frame->code);
	if (walk->count > 0)
		walk->frames = mix(walk->frames, frame->instruction);
	else
		walk->place = place_of(walk->reader, frame);
	if (walk->closely && walk->count < CLOSE_FRAMES_MAX)
		walk->values = mix_values(walk->reader, walk->values, frame);
	note_role(walk, frame);
	walk->count++;
}

void fdp_glance_frames_read(struct fdp_glance_frames *reader, uint64_t state,
			    bool closely, struct fdp_sight_thread *thread)
{
	struct walk walk = {
		.reader = reader,
		.frames = DIGEST_FIRST,
		.values = DIGEST_FIRST,
		.closely = closely,
	};
	uint64_t address =
		fdp_glance_innermost(reader->target, reader->offsets, state);
	struct frame frame;

	/* Shims count too, or a chain of them would have no end. */
	for (size_t i = 0;
	     address && i < FDP_GLANCE_FRAMES_MAX && reader->left > 0 &&
	     read_frame(reader, address, &frame);
	     i++) {
		reader->left--;
		if (frame.owner < OWNER_SHIM)
			add_frame(&walk, &frame);
		address = frame.previous;
	}
	thread->frames = walk.count ? digest_of(walk.frames) : 0;
	thread->values = walk.count && closely ? digest_of(walk.values) : 0;
	thread->round = walk.round;
	thread->place = walk.place;
}
