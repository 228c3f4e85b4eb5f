#include "locals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../analysis/secrets.h"
#include "../base/util.h"
#include "containers.h"
#include "represent.h"
#include "strings.h"
#include "table.h"

/* co_flags: *args and **kwargs. */
#define CODE_VARARGS 0x04
#define CODE_VARKEYWORDS 0x08

/* co_localspluskinds */
#define KIND_CELL 0x40
#define KIND_FREE 0x80

/* Characters of one name. */
#define NAME_CHARACTERS_MAX 256

#define NO_PLACE UINT32_MAX

/* One name of a code object, and where a frame has its value. */
struct slot {
	const char *name;
	enum fdp_local_kind kind;
	uint32_t place; /* among frame.locals */
	bool is_cell;	/* a cell stands there, once the function has begun */
	/* Up to 3.10: where an argument goes that becomes a cell. */
	uint32_t cell_place;
	bool secret;
};

/* Of one code object, arguments first. */
struct slots {
	bool valid, cut;
	struct slot *slots;
	size_t count;
};

struct fdp_locals {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_values *values;
	struct fdp_arena arena; /* of slots */
	struct fdp_table by_code;
};

int fdp_locals_new(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets,
		   struct fdp_report *report, struct fdp_locals **ret_locals)
{
	struct fdp_locals *locals = calloc(1, sizeof(*locals));

	if (!locals ||
	    fdp_values_new(target, offsets, report, &locals->values) < 0) {
		free(locals);
		return -ENOMEM;
	}
	locals->target = target;
	locals->offsets = offsets;
	locals->report = report;
	*ret_locals = locals;
	return 0;
}

void fdp_locals_free(struct fdp_locals *locals)
{
	if (!locals)
		return;
	fdp_values_free(locals->values);
	fdp_table_done(&locals->by_code);
	fdp_arena_done(&locals->arena);
	free(locals);
}

/* A tuple of names that is being read. */
struct names {
	uint64_t items;
	uint64_t count;
};

static int read_names(struct fdp_locals *locals, uint64_t code, uint32_t field,
		      struct names *names)
{
	uint64_t tuple;
	int r = fdp_target_read_u64(locals->target, code + field, &tuple);

	return r < 0 ? r
		     : fdp_tuple_begin(locals->target, locals->offsets, tuple,
				       &names->items, &names->count);
}

/* Adds the name at INDEX.  0 or -errno. */
static int add_slot(struct fdp_locals *locals, const struct names *names,
		    uint64_t index, struct slots *slots)
{
	struct slot *slot = &slots->slots[slots->count];
	struct fdp_string string = { .characters = NULL };
	uint64_t name;
	int r = fdp_target_read_u64(locals->target, names->items + index * 8,
				    &name);

	if (r == 0)
		r = fdp_string_read_some(locals->target, locals->offsets, name,
					 NAME_CHARACTERS_MAX, &string);
	if (r < 0)
		return r;
	*slot = (struct slot){
		.name = fdp_string_text(&string, &locals->report->arena),
		.place = (uint32_t)slots->count,
		.cell_place = NO_PLACE,
	};
	fdp_string_done(&string);
	if (!slot->name)
		return -ENOMEM;
	slot->secret = fdp_secret_word(slot->name) != NULL;
	slots->count++;
	return 0;
}

/* How many of NAMES there is room for. */
static uint64_t room_for(const struct names *names, struct slots *slots)
{
	uint64_t room = FDP_LOCALS_MAX - slots->count;

	slots->cut |= names->count > room;
	return names->count < room ? names->count : room;
}

/* Adds all names of one tuple, which are of KIND. */
static int add_names(struct fdp_locals *locals, uint64_t code, uint32_t field,
		     enum fdp_local_kind kind, struct slots *slots)
{
	struct names names;
	uint64_t count;
	int r = read_names(locals, code, field, &names);

	if (r < 0)
		return r;
	count = room_for(&names, slots);
	for (uint64_t i = 0; r == 0 && i < count; i++) {
		r = add_slot(locals, &names, i, slots);
		if (r == 0)
			slots->slots[slots->count - 1].kind = kind;
	}
	return r;
}

/* Up to 3.10 an argument that is a cell has a name in both. */
static void join_cells(struct slots *slots, size_t first, size_t count)
{
	for (size_t i = 0; i < first; i++) {
		for (size_t j = first; j < first + count; j++) {
			struct slot *cell = &slots->slots[j];

			if (strcmp(cell->name, slots->slots[i].name) != 0)
				continue;
			slots->slots[i].cell_place = cell->place;
			slots->slots[i].is_cell = true;
			cell->place = NO_PLACE;
		}
	}
}

/* Up to 3.10: three tuples. */
static int read_three(struct fdp_locals *locals, uint64_t code,
		      struct slots *slots)
{
	const struct fdp_python_offsets *offsets = locals->offsets;
	size_t first, end;
	int r = add_names(locals, code, offsets->code.variables,
			  FDP_LOCAL_LOCAL, slots);

	first = slots->count;
	if (r == 0)
		r = add_names(locals, code, offsets->code.cells, FDP_LOCAL_CELL,
			      slots);
	end = slots->count;
	if (r == 0)
		r = add_names(locals, code, offsets->code.free, FDP_LOCAL_FREE,
			      slots);
	for (size_t i = first; i < slots->count; i++)
		slots->slots[i].is_cell = true;
	join_cells(slots, first, end - first);
	return r;
}

/* 3.11 on: one tuple, and a byte for each name. */
static int read_kinds(struct fdp_locals *locals, uint64_t code,
		      struct slots *slots)
{
	const struct fdp_python_offsets *offsets = locals->offsets;
	uint8_t kinds[FDP_LOCALS_MAX];
	uint64_t bytes, size;
	int r = add_names(locals, code, offsets->code.local_names,
			  FDP_LOCAL_LOCAL, slots);

	if (r == 0)
		r = fdp_target_read_u64(locals->target,
					code + offsets->code.local_kinds,
					&bytes);
	if (r == 0)
		r = fdp_target_read_u64(locals->target,
					bytes + offsets->bytes.size, &size);
	if (r == 0 && size < slots->count)
		r = -EBADMSG;
	if (r == 0)
		r = fdp_target_read(locals->target, bytes + offsets->bytes.data,
				    kinds, slots->count);
	for (size_t i = 0; r == 0 && i < slots->count; i++) {
		struct slot *slot = &slots->slots[i];

		slot->is_cell = kinds[i] & (KIND_CELL | KIND_FREE);
		if (slot->is_cell)
			slot->kind = kinds[i] & KIND_FREE ? FDP_LOCAL_FREE
							  : FDP_LOCAL_CELL;
	}
	return r;
}

/* The first names are arguments.  0 or -errno. */
static int mark_arguments(struct fdp_locals *locals, uint64_t code,
			  struct slots *slots)
{
	const struct fdp_python_offsets *offsets = locals->offsets;
	uint32_t positional, flags;
	uint32_t keyword_only = 0;
	uint64_t count;
	int r = fdp_target_read_u32(
		locals->target, code + offsets->code.arguments, &positional);

	if (r == 0 && offsets->code.keyword_only != FDP_ABSENT)
		r = fdp_target_read_u32(locals->target,
					code + offsets->code.keyword_only,
					&keyword_only);
	if (r == 0)
		r = fdp_target_read_u32(locals->target,
					code + offsets->code.flags, &flags);
	if (r < 0)
		return r;
	count = (uint64_t)positional + keyword_only +
		((flags & CODE_VARARGS) != 0) +
		((flags & CODE_VARKEYWORDS) != 0);
	for (size_t i = 0; i < slots->count && i < count; i++)
		slots->slots[i].kind = FDP_LOCAL_ARGUMENT;
	return 0;
}

/* 0, -ENOMEM, or another -errno if they cannot be read. */
static int read_slots(struct fdp_locals *locals, uint64_t code,
		      struct slots *slots)
{
	_cleanup_free_ struct slot *room =
		calloc(FDP_LOCALS_MAX, sizeof(*room));
	int r;

	if (!room)
		return -ENOMEM;
	slots->slots = room;
	r = locals->offsets->code.local_names == FDP_ABSENT
		    ? read_three(locals, code, slots)
		    : read_kinds(locals, code, slots);
	if (r == 0)
		r = mark_arguments(locals, code, slots);
	slots->slots = fdp_arena_array(&locals->arena, slots->count + 1,
				       sizeof(*slots->slots));
	if (!slots->slots)
		return -ENOMEM;
	memcpy(slots->slots, room, slots->count * sizeof(*slots->slots));
	return r;
}

static int find_slots(struct fdp_locals *locals, uint64_t code,
		      const struct slots **ret_slots)
{
	struct slots *slots = fdp_table_find(&locals->by_code, code, 0);
	int r;

	if (!slots) {
		slots = fdp_arena_alloc(&locals->arena, sizeof(*slots));
		if (!slots)
			return -ENOMEM;
		r = read_slots(locals, code, slots);
		if (r == -ENOMEM)
			return r;
		slots->valid = r == 0;
		if (fdp_table_add(&locals->by_code, code, 0, slots) < 0)
			return -ENOMEM;
	}
	*ret_slots = slots;
	return 0;
}

/*
 * What stands there, FIRST being number 0.  From 3.14 on the lowest bits say
 * who counts the reference, and are set where there is none.
 */
static int read_place(struct fdp_locals *locals, uint64_t first, uint32_t place,
		      uint64_t *ret_object)
{
	int r = fdp_target_read_u64(locals->target, first + UINT64_C(8) * place,
				    ret_object);

	*ret_object &= ~(uint64_t)locals->offsets->code_tags;
	return r;
}

/* The object in a slot of the frame at ADDRESS; 0: it has none now. */
static int read_object(struct fdp_locals *locals, uint64_t address,
		       const struct slot *slot, uint64_t *ret_object)
{
	uint64_t first = address + locals->offsets->frame.locals;
	uint64_t object = 0;
	int r = 0;

	/* In 2.7 the argument stays where it was, and grows old. */
	if (slot->cell_place != NO_PLACE)
		r = read_place(locals, first, slot->cell_place, &object);
	if (r == 0 && !object && slot->place != NO_PLACE)
		r = read_place(locals, first, slot->place, &object);
	if (r < 0)
		return r;
	if (object && slot->is_cell &&
	    fdp_values_cell(locals->values, object, &object) == -ENOMEM)
		return -ENOMEM;
	*ret_object = object;
	return 0;
}

/* Adds the slot to FRAME unless it has no value. */
static int add_local(struct fdp_locals *locals, uint64_t address,
		     const struct slot *slot, struct fdp_frame *frame)
{
	struct fdp_local *local = &frame->locals[frame->local_count];
	uint64_t object;
	int r = read_object(locals, address, slot, &object);

	if (r < 0 || !object)
		return r;
	*local = (struct fdp_local){ .name = slot->name, .kind = slot->kind };
	local->value = slot->secret
			       ? FDP_VALUE_MASKED
			       : fdp_values_represent(locals->values, object);
	if (!local->value)
		return -ENOMEM;
	frame->local_count++;
	return 0;
}

static int add_all(struct fdp_locals *locals, uint64_t address,
		   const struct slots *slots, struct fdp_frame *frame)
{
	int r = 0;

	frame->locals =
		fdp_arena_array(&locals->report->arena, slots->count + 1,
				sizeof(*frame->locals));
	if (!frame->locals)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < slots->count; i++)
		r = add_local(locals, address, &slots->slots[i], frame);
	return r;
}

int fdp_locals_read(struct fdp_locals *locals, uint64_t address, uint64_t code,
		    struct fdp_frame *frame)
{
	const struct slots *slots;
	int r;

	/* Not before: a thread has to tell of a longer head of objects. */
	if (!locals->offsets->values_known) {
		fdp_report_missing(locals->report,
				   "Python locals: how this build of Python "
				   "keeps values is not known");
		return 0;
	}
	if (!fdp_values_begin(locals->values))
		return 0;
	r = find_slots(locals, code, &slots);
	if (r < 0)
		return r;
	if (slots->cut)
		fdp_report_missing(locals->report,
				   "Python locals: the first %d names of a "
				   "frame are shown",
				   FDP_LOCALS_MAX);
	r = slots->valid ? add_all(locals, address, slots, frame) : -EBADMSG;
	if (r < 0 && r != -ENOMEM) {
		fdp_report_missing(locals->report,
				   "Python locals: some could not be read");
		r = 0;
	}
	return r;
}
