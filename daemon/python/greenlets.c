#include "greenlets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "greenlets_internal.h"
#include "strings.h"

/* Between a greenlet and its main one. */
#define PARENTS_MAX 1000

uint64_t fdp_greenlet_word(const struct fdp_greenlet_reader *reader,
			   uint64_t address, uint32_t field)
{
	uint64_t word;

	return address && field != FDP_ABSENT &&
			       fdp_target_read_u64(reader->target,
						   address + field, &word) == 0
		       ? word
		       : 0;
}

/* One more of the list.  1; 0: there are enough of them; -ENOMEM. */
static int add_greenlet(struct fdp_greenlet_reader *reader, uint64_t address)
{
	struct fdp_greenlet *list;
	int r;

	if (fdp_table_find(&reader->places, address, 0))
		return 1;
	if (reader->count == reader->limit)
		return 0;
	list = fdp_arena_grow(&reader->report->arena, reader->list,
			      reader->count, &reader->capacity, sizeof(*list));
	if (!list)
		return -ENOMEM;
	reader->list = list;
	list[reader->count] = (struct fdp_greenlet){ .address = address,
						     .parent = FDP_UNKNOWN };
	/* Its place and one more, since the table has no NULL. */
	r = fdp_table_add(&reader->places, address, 0,
			  (void *)(uintptr_t)++reader->count);
	return r < 0 ? r : 1;
}

/* The same for what may be none, or one that has ended: nothing is added. */
static int add_if_lives(struct fdp_greenlet_reader *reader, uint64_t address)
{
	int r = address ? fdp_greenlet_lives(reader, address) : 0;

	if (r < 0)
		reader->odd += r != -ENOENT;
	return r > 0 ? add_greenlet(reader, address) : 1;
}

/* The greenlet at PLACE of the list, and its parent behind it if it is not
 * there.  0 or -ENOMEM. */
static int read_one(struct fdp_greenlet_reader *reader, size_t place)
{
	uint64_t parent = 0;
	uintptr_t found;
	int r = fdp_greenlet_read_fields(reader, &reader->list[place], &parent);

	if (r < 0 || !parent)
		return r;
	r = add_if_lives(reader, parent);
	found = (uintptr_t)fdp_table_find(&reader->places, parent, 0);
	if (found)
		reader->list[place].parent = (long)found - 1;
	return r < 0 ? r : 0;
}

/* The main greenlet above the one at PLACE, which may be that; NULL: none. */
static struct fdp_greenlet *main_of(const struct fdp_greenlet_reader *reader,
				    size_t place)
{
	for (int i = 0; i < PARENTS_MAX; i++) {
		struct fdp_greenlet *greenlet = &reader->list[place];

		if (greenlet->main)
			return greenlet;
		if (greenlet->parent == FDP_UNKNOWN)
			return NULL;
		place = (size_t)greenlet->parent;
	}
	return NULL;
}

/*
 * A main greenlet that never left off has no stack, but is of the same thread
 * as its children; and these are of none any more if it is not.
 */
static void settle_threads(struct fdp_greenlet_reader *reader)
{
	for (size_t i = 0; i < reader->count; i++) {
		struct fdp_greenlet *greenlet = &reader->list[i];
		struct fdp_greenlet *main = main_of(reader, i);

		if (main && !main->tid && main->state == FDP_GREENLET_RUNNING)
			main->tid = greenlet->tid;
		else if (!main || main->tid != greenlet->tid)
			greenlet->tid = 0;
	}
}

static void say_doubts(struct fdp_greenlet_reader *reader,
		       const struct fdp_greenlet_finds *finds)
{
	struct fdp_report *report = reader->report;
	size_t late = 0;

	if (finds->doubts & FDP_GREENLETS_BROKEN)
		fdp_report_missing(report,
				   "greenlets: a list of the garbage collector "
				   "could not be read to its end");
	if (finds->doubts & FDP_GREENLETS_FULL)
		fdp_report_missing(report,
				   "greenlets: they were looked for among the "
				   "%zu newest objects only",
				   finds->objects);
	if (finds->doubts & FDP_GREENLETS_COLLECTING)
		fdp_report_missing(report,
				   "greenlets: garbage was being collected, "
				   "which takes objects off their lists");
	if (finds->doubts & FDP_GREENLETS_MANY)
		fdp_report_missing(report,
				   "greenlets: only the newest %d are shown",
				   FDP_GREENLETS_MAX);
	if (reader->odd)
		fdp_report_missing(report, "greenlets: %zu could not be read",
				   reader->odd);
	for (size_t i = 0; i < reader->count; i++)
		late += reader->list[i].late;
	if (late)
		fdp_report_missing(report,
				   "greenlets: %zu of %zu were read after the "
				   "process ran on",
				   late, reader->count);
}

/* The newest, as many as are wanted, oldest first. */
static int add_finds(struct fdp_greenlet_reader *reader,
		     const struct fdp_greenlet_finds *finds)
{
	size_t count =
		finds->count < reader->limit ? finds->count : reader->limit;
	int r = 1;

	for (size_t i = count; r >= 0 && i > 0; i--)
		r = add_if_lives(reader, finds->addresses[i - 1]);
	return r < 0 ? r : 0;
}

static int read_all(struct fdp_greenlet_reader *reader)
{
	struct fdp_greenlet_finds finds = { 0 };
	int r = fdp_greenlets_find(reader, &finds);

	if (r == 0)
		r = add_finds(reader, &finds);
	free(finds.addresses);
	/* Parents that were not found are added behind them. */
	for (size_t i = 0; r == 0 && i < reader->count; i++)
		r = read_one(reader, i);
	if (r < 0)
		return r;
	settle_threads(reader);
	say_doubts(reader, &finds);
	reader->python->greenlets.list = reader->list;
	reader->python->greenlets.count = reader->count;
	return 0;
}

int fdp_greenlets_read(struct fdp_python_reader *reader, bool all)
{
	struct fdp_greenlet_reader greenlets = {
		.target = reader->target,
		.report = reader->report,
		.offsets = &reader->runtime.offsets,
		.frames = &reader->frames,
		.python = reader->python,
		.head = reader->runtime.offsets.object.type +
			(uint32_t)sizeof(uint64_t),
		.limit = all ? FDP_GREENLETS_MAX : FDP_GREENLETS_HELD_MAX,
		.frames_left = FDP_GREENLET_FRAMES_MAX,
	};
	int r = fdp_greenlets_know(&greenlets);

	if (r == 0)
		return 0;
	r = fdp_types_new(greenlets.target, greenlets.offsets,
			  &greenlets.types);
	if (r == 0)
		r = read_all(&greenlets);
	fdp_types_free(greenlets.types);
	fdp_table_done(&greenlets.places);
	return r;
}
