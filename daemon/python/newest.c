#include "newest.h"

/* Of a thread state, from the newest of the chunks that frames are made in. */
struct newest_chunk {
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

void fdp_newest_free_room(const struct fdp_python_offsets *offsets,
			  const struct fdp_memory *memory, uint64_t thread,
			  struct fdp_free_room *room)
{
	struct newest_chunk newest;
	uint64_t size;

	*room = (struct fdp_free_room){ 0 };
	/* While a chunk is taken or given back TOP is of another. */
	if (offsets->thread.chunk &&
	    read_bytes(memory, thread, offsets->thread.chunk, &newest,
		       sizeof(newest)) == 0 &&
	    read_bytes(memory, newest.chunk, CHUNK_SIZE, &size, sizeof(size)) ==
		    0 &&
	    newest.top - newest.chunk <= size)
		*room = (struct fdp_free_room){ newest.chunk, newest.top,
						newest.chunk + size };
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

/* A circle passes each mark; the marks are set farther and farther apart. */
size_t fdp_newest_depth(const struct fdp_python_offsets *offsets,
			const struct fdp_memory *memory,
			const struct fdp_free_room *room, uint64_t frame,
			uint64_t before, size_t *left)
{
	uint64_t mark = 0;
	size_t marked = 0;
	size_t depth = 0;

	while (frame && frame != mark && *left > 0 &&
	       !fdp_newest_has_ended(room, frame)) {
		struct link link;

		if (depth >= 2 * marked) {
			mark = frame;
			marked = depth + 1;
		}
		(*left)--;
		depth++;
		if (read_link(offsets, memory, frame, &link) < 0)
			return 0;
		if (is_first(offsets, &link) &&
		    fdp_newest_decides(link.owner, link.previous, before))
			return link.previous == before ? depth : 0;
		frame = link.previous;
	}
	return 0;
}
