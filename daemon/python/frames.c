#include "frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cframes.h"
#include "executed.h"
#include "greenlet_library.h"
#include "newest.h"
#include "table.h"

/*
 * Frames with a broken code object that are followed one after the other: one
 * object that was overwritten must not end the stack, garbage must.
 */
#define BROKEN_MAX 4

/* What one frame in the target says. */
struct raw_frame {
	uint64_t address;
	uint64_t previous, code, instruction;
	uint8_t owner, is_entry;
	uint32_t copy; /* of the bytecode, which it runs */
};

struct walk {
	struct fdp_frame_reader *reader;
	struct fdp_table seen;

	/* malloc'ed while they grow */
	struct fdp_frame *frames;
	size_t frame_count, frame_capacity;
	struct fdp_python_run *runs;
	size_t run_count, run_capacity;
	struct fdp_cframes cframes;

	size_t run_first; /* the run that is being read begins here */
	size_t broken;	  /* frames with a bad code object, in a row */
	bool truncated;
	uint64_t base; /* the outermost shim, or 0 */
};

/* A malloc'ed ARRAY with room for one more, or NULL: it is still as it was. */
static void *reserve(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 64;
	void *grown;

	if (count < *capacity)
		return array;
	grown = reallocarray(array, wanted, size);
	if (grown)
		*capacity = wanted;
	return grown;
}

static int read_field(struct walk *walk, uint64_t address, uint32_t field,
		      void *value, size_t size)
{
	memset(value, 0, size);
	if (field == FDP_ABSENT)
		return 0;
	return fdp_target_read(walk->reader->target, address + field, value,
			       size);
}

static int read_frame(struct walk *walk, uint64_t address,
		      struct raw_frame *frame)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	size_t instruction = offsets->instruction_unit ? 4 : 8;

	*frame = (struct raw_frame){ .address = address };
	if (read_field(walk, address, offsets->frame.previous, &frame->previous,
		       8) < 0 ||
	    read_field(walk, address, offsets->frame.code, &frame->code, 8) <
		    0 ||
	    read_field(walk, address, offsets->frame.instruction,
		       &frame->instruction, instruction) < 0 ||
	    read_field(walk, address, offsets->frame.owner, &frame->owner, 1) <
		    0 ||
	    read_field(walk, address, offsets->frame.is_entry, &frame->is_entry,
		       1) < 0 ||
	    read_field(walk, address, offsets->copies.index, &frame->copy, 4) <
		    0)
		return -EFAULT;
	frame->code &= ~(uint64_t)offsets->code_tags;
	return 0;
}

/* Ends the run that is being read.  0 or -ENOMEM. */
static int end_run(struct walk *walk, uint64_t anchor)
{
	struct fdp_python_run *runs =
		reserve(walk->runs, walk->run_count, &walk->run_capacity,
			sizeof(*runs));

	if (!runs)
		return -ENOMEM;
	walk->runs = runs;
	walk->runs[walk->run_count++] = (struct fdp_python_run){
		.anchor = anchor,
		.first = walk->run_first,
		.count = walk->frame_count - walk->run_first,
	};
	walk->run_first = walk->frame_count;
	return 0;
}

static int append(struct walk *walk, const struct fdp_frame *frame)
{
	struct fdp_frame *frames =
		reserve(walk->frames, walk->frame_count, &walk->frame_capacity,
			sizeof(*frames));

	if (!frames)
		return -ENOMEM;
	walk->frames = frames;
	walk->frames[walk->frame_count++] = *frame;
	return 0;
}

/* There is a frame, and what it runs is not known. */
static int append_unknown(struct walk *walk, const struct raw_frame *raw)
{
	const struct fdp_frame unknown = {
		.kind = FDP_FRAME_PYTHON,
		.line = FDP_UNKNOWN,
		.end_line = FDP_UNKNOWN,
		.column = FDP_UNKNOWN,
		.end_column = FDP_UNKNOWN,
		.address = raw->address,
	};

	return append(walk, &unknown);
}

/*
 * A frame whose code object is none.  The newest may be half built,
 * and is left out; others are kept as unknown.  1: this is garbage; 0; -ENOMEM.
 */
static int add_broken(struct walk *walk, const struct raw_frame *raw)
{
	if (++walk->broken > BROKEN_MAX)
		return 1;
	if (walk->frame_count == 0)
		return 0;
	if (!raw->code)
		return 1;
	fdp_report_missing(walk->reader->report,
			   "Python frames: a code object could not be read");
	return append_unknown(walk, raw);
}

/* A frame whose code object is one that it cannot run.  As add_broken(). */
static int add_contradiction(struct walk *walk, const struct raw_frame *raw)
{
	if (++walk->broken > BROKEN_MAX)
		return 1;
	fdp_report_missing(walk->reader->report,
			   "Python frames: one does not run the code object "
			   "that it points to");
	return append_unknown(walk, raw);
}

/* Of an array of copies: their number, and the first of their addresses. */
#define COPIES_FIRST 8

/*
 * A frame of a free-threaded build may run a copy of the bytecode: makes its
 * instruction that of the code object's own.  False: there is no such copy.
 */
static bool own_instruction(struct walk *walk, struct raw_frame *raw)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	uint64_t array;
	uint64_t count;
	uint64_t copy;

	if (offsets->copies.array == FDP_ABSENT)
		return true;
	if (read_field(walk, raw->code, offsets->copies.array, &array, 8) < 0 ||
	    read_field(walk, array, 0, &count, 8) < 0 || raw->copy >= count ||
	    read_field(walk, array,
		       COPIES_FIRST + raw->copy * (uint32_t)sizeof(copy), &copy,
		       8) < 0)
		return false;
	raw->instruction += raw->code + offsets->code.bytecode - copy;
	return true;
}

/* 0; 1: the chain has turned into garbage; -ENOMEM. */
static int add_frame(struct walk *walk, struct raw_frame *raw)
{
	const struct fdp_code *code;
	struct fdp_frame frame;
	int r;

	r = fdp_codes_find(walk->reader->codes, raw->code, &code);
	if (r < 0)
		return r;
	if (!code->valid)
		return add_broken(walk, raw);
	if (own_instruction(walk, raw) &&
	    !fdp_executed_is(walk->reader->target, walk->reader->offsets,
			     raw->address, code, raw->instruction))
		return add_contradiction(walk, raw);
	walk->broken = 0;
	if (code->artificial)
		return 0;
	r = fdp_codes_frame(walk->reader->codes, code, raw->instruction,
			    &frame);
	frame.address = raw->address;
	if (r == 0 && walk->reader->names)
		r = fdp_class_names_guess(walk->reader->names, raw->address,
					  code, &frame);
	if (r == 0 && walk->reader->locals)
		r = fdp_locals_read(walk->reader->locals, raw->address,
				    raw->code, &frame);
	return r < 0 ? r : append(walk, &frame);
}

/* Takes back the unknown frames at the end, which were garbage. */
static void drop_broken(struct walk *walk)
{
	while (walk->frame_count > walk->run_first &&
	       !walk->frames[walk->frame_count - 1].function &&
	       !walk->frames[walk->frame_count - 1].file) {
		walk->frame_count--;
	}
	walk->broken = 0;
}

/*
 * True if the frame at ADDRESS may be read: not yet seen, and not too many.
 * Shims count too, or a chain of them would have no end.
 */
static int may_read(struct walk *walk, uint64_t address)
{
	int r;

	if (walk->reader->frames_left == 0) {
		fdp_report_missing(walk->reader->report,
				   "Python frames: only the first %d are shown",
				   FDP_PYTHON_FRAMES_MAX);
		return 0;
	}
	walk->reader->frames_left--;
	r = fdp_table_add(&walk->seen, address, 0, walk);
	return r;
}

/* Ends the run that is being read unless there is nothing to say of it. */
static int end_open_run(struct walk *walk, uint64_t anchor)
{
	if (walk->frame_count == walk->run_first && !anchor)
		return 0;
	return end_run(walk, anchor);
}

/*
 * Reads frames from *ADDRESS on to the end of their run and leaves there the
 * first frame of the next one, or 0.  ANCHOR is the run's if no shim tells it.
 * 0; 1: the chain is broken; -ENOMEM.
 */
static int read_run(struct walk *walk, uint64_t *address, uint64_t anchor)
{
	enum fdp_frame_style style = walk->reader->offsets->style;
	int r = 0;

	while (*address && *address != walk->base && r == 0) {
		uint64_t at = *address;
		struct raw_frame raw;

		r = may_read(walk, at);
		if (r < 0)
			return r;
		if (r == 0 || read_frame(walk, at, &raw) < 0) {
			r = 1;
			break;
		}
		*address = raw.previous;
		if (style == FDP_FRAMES_SHIM && raw.owner == FDP_OWNER_SHIM)
			return end_run(walk, at);
		r = add_frame(walk, &raw);
		if (r == 0 && (style == FDP_FRAMES_OBJECTS || raw.is_entry))
			return end_run(walk, anchor);
	}
	if (r < 0)
		return r;
	if (r > 0)
		drop_broken(walk);
	return end_open_run(walk, anchor) < 0 ? -ENOMEM : r;
}

static int read_chain(struct walk *walk, uint64_t address)
{
	size_t cursor = 0;

	/* The newest CFrame may be half built, and have none yet. */
	if (!address)
		address = fdp_cframes_next(&walk->cframes, &cursor);
	while (address && address != walk->base) {
		uint64_t anchor =
			fdp_cframes_find(&walk->cframes, address, &cursor);
		int r = read_run(walk, &address, anchor);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		address = walk->reader->frames_left
				  ? fdp_cframes_next(&walk->cframes, &cursor)
				  : 0;
		/* A newest frame that was not there yet is no loss. */
		if (!address || walk->frame_count)
			walk->truncated = true;
	}
	return 0;
}

/*
 * 3.10: CFrames and frames are two chains, and each evaluation has one of both.
 * A CFrame too many is that of an evaluation which has no frame yet, or it is
 * greenlet's, below the outermost frame; one too few has been left already by
 * the newest.
 */
static void pair_cframes(struct walk *walk)
{
	size_t runs = walk->run_count;
	size_t cframes = walk->cframes.count;
	size_t skip = runs > cframes && !walk->truncated ? runs - cframes : 0;
	size_t begun = cframes > runs && !walk->truncated &&
		       !fdp_greenlet_library(walk->reader->report);

	for (size_t i = 0; i + skip < runs && i + begun < cframes; i++)
		walk->runs[i + skip].anchor =
			walk->cframes.all[i + begun].address;
}

/* The newest frame that is wanted, or 0. */
static uint64_t newest_frame(struct walk *walk, uint64_t thread)
{
	uint32_t field = walk->reader->offsets->thread.frame;
	uint64_t frame = 0;
	uint64_t cframe = 0;

	if (walk->reader->first_frame)
		return walk->reader->first_frame;
	if (field != FDP_ABSENT) {
		if (read_field(walk, thread, field, &frame, 8) < 0)
			walk->truncated = true;
		return frame;
	}
	if (walk->cframes.count)
		return walk->cframes.all->frame;
	if (read_field(walk, thread, walk->reader->offsets->thread.cframe,
		       &cframe, 8) < 0 ||
	    read_field(walk, cframe, walk->reader->offsets->cframe.frame,
		       &frame, 8) < 0)
		walk->truncated = true;
	return frame;
}

static int read_all(struct walk *walk, uint64_t thread)
{
	enum fdp_frame_style style = walk->reader->offsets->style;
	int r;

	if (read_field(walk, thread, walk->reader->offsets->base_frame,
		       &walk->base, 8) < 0)
		walk->base = 0;
	r = fdp_cframes_read(walk->reader, thread, &walk->cframes);
	if (r < 0)
		return r;
	r = read_chain(walk, newest_frame(walk, thread));
	if (r < 0)
		return r;
	if (style == FDP_FRAMES_OBJECTS)
		pair_cframes(walk);
	return 0;
}

/* Copies what was found to the report's arena. */
static int publish(const struct walk *walk, struct fdp_python_stack *stack)
{
	struct fdp_arena *arena = &walk->reader->report->arena;
	struct fdp_frame *frames =
		fdp_arena_array(arena, walk->frame_count, sizeof(*frames));
	struct fdp_python_run *runs =
		fdp_arena_array(arena, walk->run_count, sizeof(*runs));

	if (!frames || !runs)
		return -ENOMEM;
	if (walk->frame_count)
		memcpy(frames, walk->frames,
		       walk->frame_count * sizeof(*frames));
	if (walk->run_count)
		memcpy(runs, walk->runs, walk->run_count * sizeof(*runs));
	stack->frames = frames;
	stack->frame_count = walk->frame_count;
	stack->runs = runs;
	stack->run_count = walk->run_count;
	stack->truncated = walk->truncated;
	return 0;
}

int fdp_frame_reader_open(struct fdp_target *target,
			  const struct fdp_python_offsets *offsets,
			  struct fdp_report *report,
			  struct fdp_frame_reader *reader)
{
	*reader = (struct fdp_frame_reader){
		.target = target,
		.offsets = offsets,
		.report = report,
		.frames_left = FDP_PYTHON_FRAMES_MAX,
		.links_left = FDP_PYTHON_FRAMES_MAX,
	};
	return fdp_codes_new(target, offsets, report, &reader->codes);
}

int fdp_frames_read(struct fdp_frame_reader *reader, uint64_t thread,
		    struct fdp_python_stack *stack)
{
	struct walk walk = { .reader = reader };
	int r = read_all(&walk, thread);

	if (r == 0)
		r = publish(&walk, stack);
	fdp_table_done(&walk.seen);
	free(walk.frames);
	free(walk.runs);
	fdp_cframes_done(&walk.cframes);
	return r;
}

int fdp_frames_read_one(struct fdp_frame_reader *reader, uint64_t address,
			struct fdp_frame *ret_frame)
{
	struct walk walk = { .reader = reader };
	struct raw_frame raw;
	int r = 0;

	if (read_frame(&walk, address, &raw) == 0 && raw.code)
		r = add_frame(&walk, &raw);
	if (r >= 0 && walk.frame_count == 1)
		*ret_frame = walk.frames[0];
	r = r < 0 ? r : (int)walk.frame_count;
	free(walk.frames);
	return r;
}

/* Where to read what belongs at ADDRESS. */
static uint64_t place_of(const struct fdp_moved_stack *moved, uint64_t address)
{
	return address - moved->start < moved->size
		       ? address - moved->start + moved->copy
		       : address;
}

/* One more frame, or none if it is a shim.  As add_frame(). */
static int add_suspended(struct walk *walk, uint64_t *address,
			 const struct fdp_moved_stack *moved)
{
	struct raw_frame raw;
	int r = fdp_table_add(&walk->seen, *address, 0, walk);

	if (r < 0)
		return r;
	if (r == 0 || read_frame(walk, place_of(moved, *address), &raw) < 0)
		return 1;
	raw.address = *address;
	*address = raw.previous;
	return walk->reader->offsets->style == FDP_FRAMES_SHIM &&
			       raw.owner == FDP_OWNER_SHIM
		       ? 0
		       : add_frame(walk, &raw);
}

/* Shims are no frames, but lie one behind each frame at most. */
static int read_suspended(struct walk *walk, uint64_t address,
			  const struct fdp_moved_stack *moved, size_t limit)
{
	int r = 0;

	for (size_t i = 0;
	     r == 0 && address && walk->frame_count < limit && i < 2 * limit;
	     i++)
		r = add_suspended(walk, &address, moved);
	if (r < 0)
		return r;
	if (r > 0)
		drop_broken(walk);
	walk->truncated = r > 0;
	return r == 0 && address ? -E2BIG : 0;
}

int fdp_frames_read_suspended(struct fdp_frame_reader *reader, uint64_t address,
			      const struct fdp_moved_stack *moved, size_t limit,
			      struct fdp_python_stack *stack)
{
	struct walk walk = { .reader = reader };
	int r = read_suspended(&walk, address, moved, limit);
	int published = r == -ENOMEM ? r : publish(&walk, stack);

	fdp_table_done(&walk.seen);
	free(walk.frames);
	return published < 0 ? published : r;
}
