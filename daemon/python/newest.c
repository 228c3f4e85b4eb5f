#include "newest.h"

/* The shim of one evaluation: see frames.c. */
#define OWNER_SHIM 3

/* Of a thread state, from the newest of the chunks that frames are made in. */
struct room {
	uint64_t chunk, top, limit;
};

/* As much of a frame as is looked at. */
struct link {
	uint64_t previous;
	uint8_t owner, is_entry;
};

static int read_bytes(const struct fdp_memory *memory, uint64_t address,
		      uint32_t field, void *value, size_t size)
{
	return field == FDP_ABSENT ? 0
				   : memory->read(memory->argument,
						  address + field, value, size);
}

bool fdp_newest_has_ended(const struct fdp_python_offsets *offsets,
			  const struct fdp_memory *memory, uint64_t thread,
			  uint64_t frame)
{
	struct room room;

	if (!offsets->thread.chunk ||
	    read_bytes(memory, thread, offsets->thread.chunk, &room,
		       sizeof(room)) < 0)
		return false;
	return frame >= room.top && frame < room.limit;
}

static int read_link(const struct fdp_python_offsets *offsets,
		     const struct fdp_memory *memory, uint64_t frame,
		     struct link *link)
{
	*link = (struct link){ 0 };
	if (read_bytes(memory, frame, offsets->frame.previous, &link->previous,
		       8) < 0 ||
	    read_bytes(memory, frame, offsets->frame.owner, &link->owner, 1) <
		    0 ||
	    read_bytes(memory, frame, offsets->frame.is_entry, &link->is_entry,
		       1) < 0)
		return -1;
	return 0;
}

static bool is_first(const struct fdp_python_offsets *offsets,
		     const struct link *link)
{
	return offsets->style == FDP_FRAMES_SHIM ? link->owner == OWNER_SHIM
						 : link->is_entry == 1;
}

/* A circle passes each mark; the marks are set farther and farther apart. */
bool fdp_newest_begun_from(const struct fdp_python_offsets *offsets,
			   const struct fdp_memory *memory, uint64_t frame,
			   uint64_t before)
{
	uint64_t mark = 0;
	size_t next_mark = 0;

	for (size_t i = 0; frame && frame != mark; i++) {
		struct link link;

		if (i == next_mark) {
			mark = frame;
			next_mark = 2 * i + 1;
		}
		if (read_link(offsets, memory, frame, &link) < 0)
			return false;
		if (is_first(offsets, &link))
			return link.previous == before;
		frame = link.previous;
	}
	return false;
}
