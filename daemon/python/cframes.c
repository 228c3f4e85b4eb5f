#include "cframes.h"

#include <errno.h>
#include <stdlib.h>

#include "newest.h"
#include "table.h"

/* Links of a chain that tell it from other words on the stack. */
#define CHECKED 4

/* From one CFrame to the next: C code between two evaluations. */
#define FAR (UINT64_C(1) << 20)
#define SCANNED (UINT64_C(64) << 10)

/*
 * Of the function that evaluates, the code in which its CFrame is named and
 * filled in: it is among the first that is done.
 */
#define BEGINNING 1024

/* From a CFrame to the shim of its evaluation, at most, in any direction. */
#define SHIM_NEAR UINT64_C(4096)

/* CFrames without frames that may lie between two runs (greenlet makes such).
 */
#define SKIPPED_MAX 8

/* What a thread was stopped in. */
enum moment {
	ELSEWHERE, /* not stopped, or crashed, or it has called something */
	EVALUATES, /* the function that evaluates */
	BEGINS,	   /* the beginning of that: the newest may not be filled in */
};

struct list {
	struct fdp_frame_reader *reader;
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_memory memory; /* that of the target */
	uint64_t thread;
	uint64_t root; /* the outermost one, in the thread's state */
	enum moment moment;
	struct fdp_free_room room;
	struct fdp_table seen;
	struct fdp_cframes *cframes;
};

static int read_target(void *argument, uint64_t address, void *buffer,
		       size_t size)
{
	return fdp_target_read(argument, address, buffer, size);
}

static int append(struct fdp_cframes *cframes, const struct fdp_cframe *cframe)
{
	if (cframes->count == cframes->capacity) {
		size_t wanted = cframes->capacity ? cframes->capacity * 2 : 64;
		struct fdp_cframe *all =
			reallocarray(cframes->all, wanted, sizeof(*all));

		if (!all)
			return -ENOMEM;
		cframes->all = all;
		cframes->capacity = wanted;
	}
	cframes->all[cframes->count++] = *cframe;
	return 0;
}

/* The CFrame before the one at ADDRESS; 0: it is the outermost, or none. */
static uint64_t previous_of(struct list *list, uint64_t address)
{
	uint64_t previous;

	return fdp_target_read_u64(list->target,
				   address + list->offsets->cframe.previous,
				   &previous) < 0
		       ? 0
		       : previous;
}

/*
 * True if a chain of CFrames can begin at ADDRESS: each is in a C frame further
 * out, which is at a higher address, or is the outermost.
 */
static bool is_cframe(struct list *list, uint64_t address)
{
	for (int i = 0; i < CHECKED; i++) {
		uint64_t previous = previous_of(list, address);

		if (previous == list->root)
			return true;
		if (previous <= address || previous % 8 ||
		    previous - address > FAR)
			return false;
		address = previous;
	}
	return true;
}

/* The newest frame of the CFrame at ADDRESS, 0 if it says none. */
static uint64_t frame_of(struct list *list, uint64_t address)
{
	uint32_t field = list->offsets->cframe.frame;
	uint64_t frame = 0;

	if (field == FDP_ABSENT ||
	    fdp_target_read_u64(list->target, address + field, &frame) < 0)
		return 0;
	return frame;
}

/*
 * How many frames there are up to where FRAME's evaluation was begun, if BEFORE
 * was the newest one until then; else 0.
 */
static size_t depth_of(struct list *list, uint64_t frame, uint64_t before)
{
	return fdp_newest_depth(list->offsets, &list->memory, &list->room,
				frame, before, &list->reader->links_left);
}

/* One without a frame is none but where greenlet has put it, as the first. */
static bool is_filled_in(struct list *list, uint64_t address)
{
	uint64_t previous = previous_of(list, address);
	uint64_t frame = frame_of(list, address);

	if (list->offsets->cframe.frame == FDP_ABSENT)
		return is_cframe(list, address);
	if (!frame)
		return previous == list->root;
	return is_cframe(list, address) &&
	       depth_of(list, frame, frame_of(list, previous)) > 0;
}

/* The first one behind ADDRESS, or 0. */
static uint64_t scan(struct list *list, uint64_t address,
		     bool (*is_wanted)(struct list *list, uint64_t address))
{
	for (uint64_t at = address + 8; at < address + SCANNED; at += 8)
		if (is_wanted(list, at))
			return at;
	return 0;
}

/* As find_previous(), where it can be checked; 0: it is not found so. */
static uint64_t find_checked(struct list *list, uint64_t address)
{
	uint64_t previous = previous_of(list, address);

	return previous == list->root || is_filled_in(list, address) ||
			       is_filled_in(list, previous)
		       ? previous
		       : scan(list, address, is_filled_in);
}

/*
 * What the CFrame at ADDRESS would point to.  An evaluation that just begins
 * names it in the thread state before it is filled in: then the first one that
 * is found further out on the stack is the one that was there before.
 */
static uint64_t find_previous(struct list *list, uint64_t address)
{
	uint64_t previous = previous_of(list, address);
	const struct fdp_map *map = fdp_target_map(list->target, address);
	uint64_t found =
		list->moment == BEGINS ? find_checked(list, address) : 0;

	if (found)
		return found;
	if (!map || previous == list->root ||
	    (previous > address &&
	     fdp_target_map(list->target, previous) == map))
		return previous;
	return scan(list, address, is_cframe);
}

/* On the thread's own stack of frames, where those of generators are not. */
static bool is_at_hand(const struct list *list, uint64_t address)
{
	return address % 8 == 0 && address >= list->room.chunk &&
	       address < list->room.start;
}

/*
 * True if there may be a frame at ADDRESS: it is at hand, and leads to another
 * one, or out of the evaluation.  What lies inside of frames would lead to
 * memory that nobody has asked for.
 */
static bool may_be_frame(struct list *list, uint64_t address, uint64_t before)
{
	uint64_t newest = list->cframes->all->address;
	uint64_t previous;

	if (!is_at_hand(list, address) ||
	    fdp_target_read_u64(list->target,
				address + list->offsets->frame.previous,
				&previous) < 0)
		return false;
	return previous == before ||
	       previous - newest + SHIM_NEAR < 2 * SHIM_NEAR ||
	       (previous < address && is_at_hand(list, previous));
}

/*
 * True if the frame at ADDRESS is called by the newest, STEPS further out: it
 * is being made there, where another has been, or it is leaving.
 */
static bool is_called_by_newest(struct list *list, uint64_t address,
				size_t steps)
{
	for (; steps > 0; steps--)
		if (fdp_target_read_u64(list->target,
					address + list->offsets->frame.previous,
					&address) < 0)
			return false;
	return address == list->cframes->all->frame;
}

/*
 * The frame that is evaluated is in a register: of several that it could be the
 * innermost, which has *DEPTH, or 0 if there is none.  If the newest one, which
 * has NEWEST_DEPTH, cannot be it, it may be a generator's, which costs to look
 * for; else only one that is as far in.
 */
static uint64_t find_evaluated(struct list *list, uint64_t before,
			       size_t newest_depth, size_t *depth)
{
	const uint64_t *registers = list->reader->standing->general;
	uint64_t found = 0;

	*depth = 0;
	for (int i = 0; i < FDP_REGISTER_PC; i++) {
		size_t here = 0;

		if (newest_depth == 0 ||
		    may_be_frame(list, registers[i], before))
			here = depth_of(list, registers[i], before);
		if (here <= *depth || here < newest_depth ||
		    is_called_by_newest(list, registers[i],
					here - newest_depth))
			continue;
		*depth = here;
		found = registers[i];
	}
	return found;
}

/*
 * What the newest CFrame has for its newest frame may have ended, and then the
 * one that called it is meant; or be called, and not know yet by whom: then its
 * caller is; or it was there before, and then there is none.
 */
static void settle_newest(struct list *list)
{
	struct fdp_cframe *newest = list->cframes->all;
	uint64_t frame = newest->frame;
	uint64_t before =
		frame_of(list, list->cframes->count > 1 ? newest[1].address
							: list->root);
	size_t depth, other_depth;
	uint64_t other;

	if (fdp_newest_has_ended(&list->room, frame) &&
	    fdp_target_read_u64(list->target,
				frame + list->offsets->frame.previous,
				&frame) < 0)
		frame = 0;
	else if (list->moment == ELSEWHERE && frame == newest->frame)
		return;
	depth = depth_of(list, frame, before);
	/* At the beginning what is consistent is whole. */
	if (depth == 0 ? list->moment != ELSEWHERE
		       : list->moment == EVALUATES) {
		other = find_evaluated(list, before, depth, &other_depth);
		if (other_depth) {
			frame = other;
			depth = other_depth;
		}
	}
	if (depth || list->moment == BEGINS)
		newest->frame = depth ? frame : 0;
}

static int read_all(struct list *list, uint64_t address)
{
	/* Only the newest one can be half built; is it the outermost? */
	uint64_t previous =
		address == list->root ? 0 : find_previous(list, address);
	int r = 1;

	/* What the outermost one points to was never set: malloc()'s. */
	while (r > 0 && previous && address != list->root &&
	       list->cframes->count < FDP_PYTHON_FRAMES_MAX) {
		const struct fdp_cframe cframe = { address,
						   frame_of(list, address) };

		r = append(list->cframes, &cframe);
		if (r < 0)
			return r;
		address = previous;
		previous = previous_of(list, address);
		r = fdp_table_add(&list->seen, address, 0, list);
	}
	return r < 0 ? r : 0;
}

static enum moment find_moment(const struct fdp_frame_reader *reader)
{
	uint64_t offset;

	if (!reader->standing || !reader->evaluation)
		return ELSEWHERE;
	offset =
		reader->standing->general[FDP_REGISTER_PC] - reader->evaluation;
	if (offset >= reader->evaluation_size)
		return ELSEWHERE;
	return offset < BEGINNING ? BEGINS : EVALUATES;
}

int fdp_cframes_read(struct fdp_frame_reader *reader, uint64_t thread,
		     struct fdp_cframes *cframes)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	struct list list = {
		.reader = reader,
		.target = reader->target,
		.offsets = offsets,
		.memory = { read_target, reader->target },
		.thread = thread,
		.root = thread + offsets->thread.root_cframe,
		.moment = find_moment(reader),
		.cframes = cframes,
	};
	uint64_t newest;
	int r;

	if (offsets->thread.cframe == FDP_ABSENT ||
	    fdp_target_read_u64(reader->target, thread + offsets->thread.cframe,
				&newest) < 0)
		return 0;
	fdp_newest_free_room(offsets, &list.memory, thread, &list.room);
	r = read_all(&list, newest);
	if (r == 0 && cframes->count && offsets->cframe.frame != FDP_ABSENT &&
	    reader->standing)
		settle_newest(&list);
	fdp_table_done(&list.seen);
	return r;
}

uint64_t fdp_cframes_find(const struct fdp_cframes *cframes, uint64_t frame,
			  size_t *cursor)
{
	size_t last = *cursor + SKIPPED_MAX;

	for (size_t i = *cursor; i <= last && i < cframes->count; i++) {
		if (cframes->all[i].frame == frame) {
			*cursor = i + 1;
			return cframes->all[i].address;
		}
	}
	return 0;
}

uint64_t fdp_cframes_next(const struct fdp_cframes *cframes, size_t *cursor)
{
	for (; *cursor < cframes->count; (*cursor)++)
		if (cframes->all[*cursor].frame)
			return cframes->all[*cursor].frame;
	return 0;
}

void fdp_cframes_done(struct fdp_cframes *cframes)
{
	free(cframes->all);
	*cframes = (struct fdp_cframes){ 0 };
}
