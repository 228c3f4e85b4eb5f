#include "cframes.h"

#include <errno.h>
#include <stdlib.h>

#include "frames.h"
#include "table.h"

/* Links of a chain that tell it from other words on the stack. */
#define CHECKED 4

/* From one CFrame to the next: C code between two evaluations. */
#define FAR (UINT64_C(1) << 20)
#define SCANNED (UINT64_C(64) << 10)

/* CFrames without frames that may lie between two runs (greenlet makes such).
 */
#define SKIPPED_MAX 8

struct list {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	uint64_t root; /* the outermost one, in the thread's state */
	struct fdp_table seen;
	struct fdp_cframes *cframes;
};

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

/*
 * What the CFrame at ADDRESS would point to.  An evaluation that just begins
 * names it in the thread state before it is filled in: then the first one that
 * is found further out on the stack is the one that was there before.
 */
static uint64_t find_previous(struct list *list, uint64_t address)
{
	uint64_t previous = previous_of(list, address);
	const struct fdp_map *map = fdp_target_map(list->target, address);

	if (!map || previous == list->root ||
	    (previous > address &&
	     fdp_target_map(list->target, previous) == map))
		return previous;
	for (uint64_t at = address + 8; at < address + SCANNED; at += 8)
		if (is_cframe(list, at))
			return at;
	return 0;
}

/* The newest frame of the CFrame at ADDRESS. */
static int read_frame(struct list *list, uint64_t address, uint64_t *ret_frame)
{
	uint32_t field = list->offsets->cframe.frame;

	*ret_frame = 0;
	return field == FDP_ABSENT
		       ? 0
		       : fdp_target_read_u64(list->target, address + field,
					     ret_frame);
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
		struct fdp_cframe cframe = { .address = address };

		if (read_frame(list, address, &cframe.frame) < 0)
			return 0;
		r = append(list->cframes, &cframe);
		if (r < 0)
			return r;
		address = previous;
		previous = previous_of(list, address);
		r = fdp_table_add(&list->seen, address, 0, list);
	}
	return r < 0 ? r : 0;
}

int fdp_cframes_read(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t thread,
		     struct fdp_cframes *cframes)
{
	struct list list = {
		.target = target,
		.offsets = offsets,
		.cframes = cframes,
	};
	uint64_t newest;
	int r;

	if (offsets->thread.cframe == FDP_ABSENT ||
	    fdp_target_read_u64(target, thread + offsets->thread.cframe,
				&newest) < 0)
		return 0;
	list.root = thread + offsets->thread.root_cframe;
	r = read_all(&list, newest);
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
