#include "newest.h"

/* Of a thread state, from the newest of the chunks that frames are made in. */
struct room {
	uint64_t chunk, top;
};

/* In the head of a chunk: its bytes, the head included. */
#define CHUNK_SIZE 8

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
	uint64_t size;

	if (!offsets->thread.chunk ||
	    read_bytes(memory, thread, offsets->thread.chunk, &room,
		       sizeof(room)) < 0 ||
	    read_bytes(memory, room.chunk, CHUNK_SIZE, &size, sizeof(size)) < 0)
		return false;
	/* While a chunk is taken or given back they are of two. */
	return room.top - room.chunk <= size && frame >= room.top &&
	       frame - room.chunk < size;
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
	return offsets->style == FDP_FRAMES_SHIM ? link->owner == FDP_OWNER_SHIM
						 : link->is_entry == 1;
}

bool fdp_newest_begun_from(const struct fdp_python_offsets *offsets,
			   const struct fdp_memory *memory, uint64_t frame,
			   uint64_t before, size_t *left)
{
	while (frame && *left > 0) {
		struct link link;

		(*left)--;
		if (read_link(offsets, memory, frame, &link) < 0)
			return false;
		if (is_first(offsets, &link) &&
		    fdp_newest_decides(link.owner, link.previous, before))
			return link.previous == before;
		frame = link.previous;
	}
	return false;
}
