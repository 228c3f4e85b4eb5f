#include "tracebacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "table.h"

/* What the types of these objects are called, with the NUL. */
static const char traceback_name[] = "traceback";
static const char frame_name[] = "frame";

#define DAMAGED "exceptions: a traceback is damaged"

/* What one traceback object says. */
struct entry {
	uint64_t next, frame, code;
	int32_t instruction, line; /* bytes; -1 if it was never asked for */
};

struct walk {
	struct fdp_traceback_reader *reader;
	struct fdp_table seen;
	struct fdp_frame *frames; /* malloc'ed, oldest call first */
	size_t count, capacity;
};

static int read_word(struct walk *walk, uint64_t address, uint32_t field,
		     uint64_t *ret_value)
{
	return fdp_target_read_u64(walk->reader->target, address + field,
				   ret_value);
}

/* True if the type of the object at ADDRESS is *TYPE, or is called NAME. */
static bool is_a(struct walk *walk, uint64_t address, const char *name,
		 size_t size, uint64_t *type)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	uint64_t found, place;
	char text[sizeof(traceback_name)];

	if (read_word(walk, address, offsets->object.type, &found) < 0)
		return false;
	if (*type)
		return found == *type;
	if (read_word(walk, found, offsets->type.name, &place) < 0 ||
	    fdp_target_read_some(walk->reader->target, place, text, size) !=
		    (ssize_t)size ||
	    memcmp(text, name, size) != 0)
		return false;
	*type = found;
	return true;
}

static int read_code(struct walk *walk, uint64_t frame, uint64_t *ret_code)
{
	struct fdp_traceback_reader *reader = walk->reader;
	uint32_t inner = reader->offsets->frame_object.frame;

	if (!is_a(walk, frame, frame_name, sizeof(frame_name),
		  &reader->frame_type))
		return -EBADMSG;
	if (inner != FDP_ABSENT && read_word(walk, frame, inner, &frame) < 0)
		return -EFAULT;
	return read_word(walk, frame, reader->offsets->frame.code, ret_code);
}

static int read_entry(struct walk *walk, uint64_t address, struct entry *entry)
{
	struct fdp_traceback_reader *reader = walk->reader;
	const struct fdp_python_offsets *offsets = reader->offsets;

	if (!is_a(walk, address, traceback_name, sizeof(traceback_name),
		  &reader->type))
		return -EBADMSG;
	if (read_word(walk, address, offsets->traceback.next, &entry->next) <
		    0 ||
	    read_word(walk, address, offsets->traceback.frame, &entry->frame) <
		    0 ||
	    fdp_target_read(
		    reader->target, address + offsets->traceback.instruction,
		    &entry->instruction, sizeof(entry->instruction)) < 0 ||
	    fdp_target_read(reader->target, address + offsets->traceback.line,
			    &entry->line, sizeof(entry->line)) < 0)
		return -EFAULT;
	return read_code(walk, entry->frame, &entry->code);
}

/* As a frame has it, see fdp_codes_frame(). */
static uint64_t instruction_of(const struct fdp_python_offsets *offsets,
			       const struct fdp_code *code, int32_t bytes)
{
	if (offsets->instruction_unit)
		return (uint32_t)(bytes / (int32_t)offsets->instruction_unit);
	return code->address + offsets->code.bytecode +
	       (uint64_t)(int64_t)bytes;
}

/*
 * Up to 3.10 the line that was noted counts, which whoever made the traceback
 * may have chosen; later it is asked for only where the instruction tells none.
 */
static void set_line(const struct fdp_python_offsets *offsets,
		     const struct entry *entry, struct fdp_frame *frame)
{
	bool noted = offsets->frame_object.frame == FDP_ABSENT ||
		     entry->instruction < 0 || frame->line == FDP_UNKNOWN;

	if (!noted || entry->line < 1 || entry->line == frame->line)
		return;
	frame->line = entry->line;
	frame->end_line = FDP_UNKNOWN;
	frame->column = FDP_UNKNOWN;
	frame->end_column = FDP_UNKNOWN;
	frame->source = NULL;
}

static int append(struct walk *walk, const struct fdp_frame *frame)
{
	if (walk->count == walk->capacity) {
		size_t wanted = walk->capacity ? walk->capacity * 2 : 16;
		struct fdp_frame *grown =
			reallocarray(walk->frames, wanted, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		walk->frames = grown;
		walk->capacity = wanted;
	}
	walk->frames[walk->count++] = *frame;
	return 0;
}

/* 0; 1: it ends here; -ENOMEM. */
static int add_entry(struct walk *walk, const struct entry *entry)
{
	struct fdp_traceback_reader *reader = walk->reader;
	const struct fdp_code *code;
	struct fdp_frame frame;
	int r = fdp_codes_find(reader->codes, entry->code, &code);

	if (r < 0)
		return r;
	if (!code->valid) {
		fdp_report_missing(reader->report, DAMAGED);
		return 1;
	}
	r = fdp_codes_frame(
		reader->codes, code,
		instruction_of(reader->offsets, code, entry->instruction),
		&frame);
	if (r == 0 && reader->names)
		r = fdp_class_names_guess(reader->names, entry->frame, code,
					  &frame);
	if (r < 0)
		return r;
	set_line(reader->offsets, entry, &frame);
	return append(walk, &frame);
}

/* 1: the entry at ADDRESS may be read; 0; -ENOMEM. */
static int may_read(struct walk *walk, uint64_t address)
{
	struct fdp_traceback_reader *reader = walk->reader;
	int r;

	if (!reader->entries_left) {
		fdp_report_missing(reader->report,
				   "exceptions: only the first %d entries of "
				   "their tracebacks are shown",
				   FDP_TRACEBACK_ENTRIES_MAX);
		return 0;
	}
	reader->entries_left--;
	r = fdp_table_add(&walk->seen, address, 0, walk);
	if (r == 0)
		fdp_report_missing(reader->report, DAMAGED);
	return r;
}

static int walk_all(struct walk *walk, uint64_t address)
{
	int r = 0;

	while (address && r == 0) {
		struct entry entry;

		r = may_read(walk, address);
		if (r <= 0)
			return r;
		if (read_entry(walk, address, &entry) < 0) {
			fdp_report_missing(walk->reader->report, DAMAGED);
			return 0;
		}
		r = add_entry(walk, &entry);
		address = entry.next;
	}
	return r < 0 ? r : 0;
}

static int publish(const struct walk *walk, struct fdp_frame **ret_frames,
		   size_t *ret_count)
{
	struct fdp_frame *frames = fdp_arena_array(
		&walk->reader->report->arena, walk->count + 1, sizeof(*frames));

	if (!frames)
		return -ENOMEM;
	for (size_t i = 0; i < walk->count; i++)
		frames[i] = walk->frames[walk->count - 1 - i];
	*ret_frames = frames;
	*ret_count = walk->count;
	return 0;
}

int fdp_traceback_read(struct fdp_traceback_reader *reader, uint64_t address,
		       struct fdp_frame **ret_frames, size_t *ret_count)
{
	struct walk walk = { .reader = reader };
	int r = walk_all(&walk, address);

	if (r == 0)
		r = publish(&walk, ret_frames, ret_count);
	fdp_table_done(&walk.seen);
	free(walk.frames);
	return r;
}
