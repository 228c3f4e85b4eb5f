#include "strays.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"
#include "offsets.h"
#include "stacks.h"
#include "table.h"

/* Of one chunk: a frame of that size would have as many variables. */
#define CHUNK_BYTES_MAX (UINT64_C(1) << 30)

/* Memory for frames, of the PyThreadState at STATE. */
struct chunk {
	uint64_t start, end, state;
};

/* A frame: of which stack, and which one. */
struct place {
	size_t stack, frame;
};

struct strays {
	struct fdp_target *target;
	const struct fdp_python *python;
	const struct fdp_python_offsets *offsets;
	struct chunk *chunks; /* FDP_CHUNKS_MAX, by start */
	size_t chunk_count;
	struct fdp_table seen;
	size_t *kept; /* of each stack, how many frames are its own */
};

static int compare_chunks(const void *left, const void *right)
{
	const struct chunk *a = left, *b = right;

	return a->start < b->start ? -1 : a->start > b->start;
}

/* The chunk at ADDRESS: 1; 0 if there is none, or it is known; -ENOMEM. */
static int add_chunk(struct strays *strays, uint64_t address, uint64_t state)
{
	struct chunk *chunk = &strays->chunks[strays->chunk_count], *known;
	uint64_t size;
	int r;

	if (strays->chunk_count == FDP_CHUNKS_MAX ||
	    fdp_target_read_u64(strays->target, address + FDP_CHUNK_SIZE,
				&size) < 0 ||
	    size > CHUNK_BYTES_MAX)
		return 0;
	r = fdp_table_add(&strays->seen, address, 0, chunk);
	if (r > 0) {
		*chunk = (struct chunk){ address, address + size, state };
		strays->chunk_count++;
		return r;
	}
	/* Two threads have it: nobody knows whose it is. */
	known = r == 0 ? fdp_table_find(&strays->seen, address, 0) : NULL;
	if (known && known->state != state)
		known->state = 0;
	return r;
}

/* Those of one thread; where they cannot be read on, fewer are known.  0 or
 * -ENOMEM. */
static int list_chunks(struct strays *strays, uint64_t state)
{
	uint64_t place = state + strays->offsets->thread.chunk;
	uint64_t address;
	int r = 1;

	while (r > 0 &&
	       fdp_target_read_u64(strays->target, place, &address) == 0 &&
	       address) {
		r = add_chunk(strays, address, state);
		place = address + FDP_CHUNK_PREVIOUS;
	}
	return r < 0 ? r : 0;
}

static int list_all_chunks(struct strays *strays)
{
	int r = 0;

	if (!strays->offsets->thread.chunk)
		return 0;
	for (size_t i = 0; r == 0 && i < strays->python->stack_count; i++)
		r = list_chunks(strays, strays->python->stacks[i].state);
	qsort(strays->chunks, strays->chunk_count, sizeof(*strays->chunks),
	      compare_chunks);
	return r;
}

/* Whose memory the frame at ADDRESS lies in; 0: nobody's that is known. */
static uint64_t owner_of(const struct strays *strays, uint64_t address)
{
	size_t low = 0, high = strays->chunk_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strays->chunks[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < strays->chunks[low - 1].end
		       ? strays->chunks[low - 1].state
		       : 0;
}

/*
 * How many frames come before the first that lies in another thread's memory.
 * Those of generators lie in nobody's; before such a frame they may be the
 * other thread's, too.  The newest one is the thread's own, by its state.
 */
static size_t count_own(const struct strays *strays,
			const struct fdp_python_stack *stack)
{
	size_t count = 0;

	for (; count < stack->frame_count; count++) {
		uint64_t owner = owner_of(strays, stack->frames[count].address);

		if (owner && owner != stack->state)
			break;
	}
	if (count == stack->frame_count)
		return count;
	while (count > 1 &&
	       owner_of(strays, stack->frames[count - 1].address) !=
		       stack->state)
		count--;
	return count;
}

/* Both that have a frame end before it.  0 or -ENOMEM. */
static int part(struct strays *strays, struct fdp_table *places,
		struct place *place)
{
	const struct fdp_python_stack *stack =
		&strays->python->stacks[place->stack];
	uint64_t address = stack->frames[place->frame].address;
	struct place *other;
	int r = address ? fdp_table_add(places, address, 0, place) : 1;

	if (r != 0)
		return r < 0 ? r : 0;
	other = fdp_table_find(places, address, 0);
	if (other->stack == place->stack)
		return 0;
	if (place->frame < strays->kept[place->stack])
		strays->kept[place->stack] = place->frame;
	if (other->frame < strays->kept[other->stack])
		strays->kept[other->stack] = other->frame;
	return 0;
}

static int part_all(struct strays *strays)
{
	const struct fdp_python *python = strays->python;
	struct fdp_table table = { .used = 0 };
	_cleanup_free_ struct place *places = NULL;
	size_t total = 0, next = 0;
	int r = 0;

	for (size_t i = 0; i < python->stack_count; i++)
		total += strays->kept[i];
	places = calloc(total + 1, sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < python->stack_count; i++) {
		size_t count = strays->kept[i];

		for (size_t j = 0; r == 0 && j < count; j++) {
			places[next] = (struct place){ i, j };
			r = part(strays, &table, &places[next++]);
		}
	}
	fdp_table_done(&table);
	return r;
}

/* The runs that the first COUNT frames of STACK make. */
static void cut_runs(const struct fdp_python_offsets *offsets,
		     struct fdp_python_stack *stack, size_t count)
{
	struct fdp_python_run *last;

	while (stack->run_count &&
	       stack->runs[stack->run_count - 1].first >= count)
		stack->run_count--;
	if (!stack->run_count)
		return;
	last = &stack->runs[stack->run_count - 1];
	if (last->first + last->count <= count)
		return;
	last->count = count - last->first;
	/* A shim is behind its frames: it is the other thread's. */
	if (offsets->style == FDP_FRAMES_SHIM)
		last->anchor = 0;
}

static void cut(const struct strays *strays, struct fdp_report *report,
		struct fdp_python_stack *stack, size_t count)
{
	if (count == stack->frame_count)
		return;
	cut_runs(strays->offsets, stack, count);
	stack->frame_count = count;
	stack->truncated = true;
	fdp_report_missing(report,
			   "Python frames of thread %d: the chain leads into "
			   "another thread's after %zu of them",
			   (int)stack->tid, count);
}

/* An evaluation that two stacks have is nobody's.  0 or -ENOMEM. */
static int part_anchors(struct fdp_table *table, struct fdp_python_stack *stack)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < stack->run_count; i++) {
		struct fdp_python_run *run = &stack->runs[i], *other;

		if (!run->anchor)
			continue;
		r = fdp_table_add(table, run->anchor, 0, run);
		if (r != 0)
			continue;
		other = fdp_table_find(table, run->anchor, 0);
		other->anchor = run->anchor = 0;
	}
	return r < 0 ? r : 0;
}

static int part_all_anchors(struct fdp_python *python)
{
	struct fdp_table table = { .used = 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < python->stack_count; i++)
		r = part_anchors(&table, &python->stacks[i]);
	fdp_table_done(&table);
	return r;
}

static int find_all(struct strays *strays)
{
	int r = list_all_chunks(strays);

	for (size_t i = 0; r == 0 && i < strays->python->stack_count; i++)
		strays->kept[i] = count_own(strays, &strays->python->stacks[i]);
	return r == 0 ? part_all(strays) : r;
}

int fdp_strays_cut(struct fdp_target *target, struct fdp_report *report,
		   const struct fdp_python_offsets *offsets,
		   struct fdp_python *python)
{
	_cleanup_free_ struct chunk *chunks =
		calloc(FDP_CHUNKS_MAX, sizeof(*chunks));
	_cleanup_free_ size_t *kept =
		calloc(python->stack_count + 1, sizeof(*kept));
	struct strays strays = {
		.target = target,
		.python = python,
		.offsets = offsets,
		.chunks = chunks,
		.kept = kept,
	};
	int r;

	/* Stacks of different moments may have one and the same frame. */
	if (fdp_stacks_move(target))
		return 0;
	if (!chunks || !kept)
		return -ENOMEM;
	r = find_all(&strays);
	for (size_t i = 0; r == 0 && i < python->stack_count; i++)
		cut(&strays, report, &python->stacks[i], kept[i]);
	if (r == 0)
		r = part_all_anchors(python);
	fdp_table_done(&strays.seen);
	return r;
}
