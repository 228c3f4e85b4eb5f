#include "exceptions.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"
#include "error_text.h"
#include "exceptions_internal.h"
#include "strings.h"

/* In the table of what was seen: exceptions, and items that lead to them; in
 * 2.7, where many items can lead to one, what is being handled. */
enum { AN_EXCEPTION, AN_ITEM, IS_HANDLED };

int fdp_exception_reader_new(struct fdp_target *target,
			     const struct fdp_python_offsets *offsets,
			     struct fdp_report *report, struct fdp_codes *codes,
			     struct fdp_class_names *names,
			     struct fdp_exception_reader **ret_reader)
{
	struct fdp_exception_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	reader->target = target;
	reader->offsets = offsets;
	reader->report = report;
	reader->left = FDP_EXCEPTIONS_TOTAL_MAX;
	reader->bytes_left = FDP_CLAUSES_BYTES_MAX;
	reader->tracebacks = (struct fdp_traceback_reader){
		.target = target,
		.offsets = offsets,
		.report = report,
		.codes = codes,
		.names = names,
		.entries_left = FDP_TRACEBACK_ENTRIES_MAX,
	};
	reader->texts = (struct fdp_error_texts){
		.target = target,
		.offsets = offsets,
		.report = report,
		.characters_left = FDP_ERROR_CHARACTERS_MAX,
	};
	r = fdp_error_types_new(target, offsets, report, &reader->texts.types);
	if (r == 0)
		r = fdp_values_new(target, offsets, report,
				   &reader->texts.values);
	if (r < 0) {
		fdp_exception_reader_free(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

void fdp_exception_reader_free(struct fdp_exception_reader *reader)
{
	if (!reader)
		return;
	fdp_values_free(reader->texts.values);
	fdp_error_types_free(reader->texts.types);
	free(reader);
}

/* 0: there is no more room; 1; -ENOMEM. */
static int make_room(struct fdp_exceptions_walk *walk)
{
	struct fdp_exception_reader *reader = walk->reader;
	struct fdp_exceptions *found = walk->found;
	struct fdp_arena *arena = &reader->report->arena;
	struct fdp_exception *list;
	struct fdp_exception_origin *origins;

	if (!reader->left || found->count == FDP_EXCEPTIONS_MAX) {
		fdp_report_missing(reader->report,
				   "exceptions: only the first %d of a thread, "
				   "and %d of all, are shown",
				   FDP_EXCEPTIONS_MAX,
				   FDP_EXCEPTIONS_TOTAL_MAX);
		return 0;
	}
	list = fdp_arena_grow(arena, found->list, found->count, &walk->capacity,
			      sizeof(*list));
	origins = fdp_arena_grow(arena, walk->origins, found->count,
				 &walk->origin_capacity, sizeof(*origins));
	if (!list || !origins)
		return -ENOMEM;
	reader->left--;
	found->list = list;
	walk->origins = origins;
	list[found->count] = (struct fdp_exception){
		.cause = FDP_UNKNOWN,
		.context = FDP_UNKNOWN,
	};
	return 1;
}

/* Where in the list an exception is that was seen before, or FDP_UNKNOWN. */
static int find_seen(const struct fdp_exceptions_walk *walk, uint64_t address)
{
	/* Indexes are kept as pointers, from 1 on. */
	const void *seen = fdp_table_find(&walk->seen, address, AN_EXCEPTION);

	return seen ? (int)(uintptr_t)seen - 1 : FDP_UNKNOWN;
}

int fdp_exceptions_add(struct fdp_exceptions_walk *walk, uint64_t address,
		       unsigned depth, int *ret_index)
{
	struct fdp_exceptions *found = walk->found;
	const struct fdp_error_type *type;
	int r;

	*ret_index = find_seen(walk, address);
	if (!address || *ret_index != FDP_UNKNOWN)
		return 0;
	type = fdp_error_types_of(walk->reader->texts.types, address);
	if (!type)
		return -ENOMEM;
	if (!type->is_exception) {
		fdp_report_missing(walk->reader->report,
				   FDP_EXCEPTIONS_DAMAGED);
		return 0;
	}
	r = make_room(walk);
	if (r <= 0)
		return r;
	found->list[found->count].address = address;
	walk->origins[found->count] =
		(struct fdp_exception_origin){ .type = type, .depth = depth };
	*ret_index = (int)found->count++;
	r = fdp_table_add(&walk->seen, address, AN_EXCEPTION,
			  (void *)(uintptr_t)(*ret_index + 1));
	return r < 0 ? r : 0;
}

int fdp_exceptions_add_unmade(struct fdp_exceptions_walk *walk, uint64_t class,
			      uint64_t value)
{
	struct fdp_exceptions *found = walk->found;
	const struct fdp_error_type *type =
		fdp_error_types_find(walk->reader->texts.types, class);
	int r = type ? make_room(walk) : -ENOMEM;

	if (r <= 0)
		return r;
	walk->origins[found->count] = (struct fdp_exception_origin){
		.type = type,
		.argument = value,
	};
	found->count++;
	return 0;
}

bool fdp_exceptions_is_made(struct fdp_exceptions_walk *walk, uint64_t value)
{
	struct fdp_exception_reader *reader = walk->reader;
	const struct fdp_error_type *type;

	if (!value || fdp_object_is(reader->target, reader->offsets, value,
				    FDP_TYPE_EXCEPTION))
		return value;
	if (fdp_python_minor(reader->offsets) >= 0)
		return false;
	type = fdp_error_types_of(reader->texts.types, value);
	return type && type->type->kind == FDP_VALUE_CLASSIC_INSTANCE;
}

/* The first of the list.  0 or -ENOMEM. */
static int add_raised(struct fdp_exceptions_walk *walk, uint64_t thread)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t type = fdp_error_field(texts, thread, offsets->raised.type);
	uint64_t value = fdp_error_field(texts, thread, offsets->raised.value);
	int index;
	int r;

	if (offsets->raised.type != FDP_ABSENT && !type)
		return 0;
	if (type && !fdp_exceptions_is_made(walk, value))
		r = fdp_exceptions_add_unmade(walk, type, value);
	else
		r = fdp_exceptions_add(walk, value, 0, &index);
	walk->found->is_raised = walk->found->count > 0;
	if (walk->found->is_raised)
		walk->origins[0].traceback = fdp_error_field(
			texts, thread, offsets->raised.traceback);
	return r;
}

/* 1; 0: it is being handled by others, too; -ENOMEM. */
static int is_first(struct fdp_exceptions_walk *walk, int index)
{
	uint64_t address = walk->found->list[index].address;

	if (fdp_python_minor(walk->reader->offsets) >= 0 || !address)
		return 1;
	return fdp_table_add(&walk->seen, address, IS_HANDLED, walk);
}

int fdp_exceptions_handle(struct fdp_exceptions_walk *walk, int index,
			  uint64_t traceback)
{
	struct fdp_exceptions *found = walk->found;
	int *handled;
	int r = is_first(walk, index);

	if (r <= 0)
		return r;
	handled = fdp_arena_grow(&walk->reader->report->arena, found->handled,
				 found->handled_count, &walk->handled_capacity,
				 sizeof(*handled));
	if (!handled)
		return -ENOMEM;
	if (!walk->origins[index].traceback)
		walk->origins[index].traceback = traceback;
	found->handled = handled;
	found->handled[found->handled_count++] = index;
	return 0;
}

static int add_handled(struct fdp_exceptions_walk *walk, uint64_t value,
		       uint64_t traceback)
{
	int index;
	int r = fdp_exceptions_add(walk, value, 0, &index);

	return r < 0 || index == FDP_UNKNOWN
		       ? r
		       : fdp_exceptions_handle(walk, index, traceback);
}

int fdp_exceptions_may_read(struct fdp_exceptions_walk *walk, uint64_t address,
			    int count)
{
	int r = count < FDP_HANDLED_MAX
			? fdp_table_add(&walk->seen, address, AN_ITEM, walk)
			: 0;

	if (r == 0)
		fdp_report_missing(walk->reader->report,
				   FDP_EXCEPTIONS_DAMAGED);
	return r;
}

/* NULL or None: nothing is being handled there. */
static int add_item(struct fdp_exceptions_walk *walk, uint64_t item)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t value = fdp_error_field(texts, item, offsets->handled.value);
	const struct fdp_error_type *type;

	if (!value)
		return 0;
	type = fdp_error_types_of(texts->types, value);
	if (!type)
		return -ENOMEM;
	if (type->type->kind == FDP_VALUE_NONE)
		return 0;
	return add_handled(
		walk, value,
		fdp_error_field(texts, item, offsets->handled.traceback));
}

/* Of each generator that runs, and of the thread. */
static int add_all_handled(struct fdp_exceptions_walk *walk, uint64_t thread)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t item = fdp_error_field(texts, thread, offsets->raised.handled);
	int count = 0;

	if (offsets->handled.previous == FDP_ABSENT)
		return add_item(walk, thread + offsets->raised.handled);
	while (item) {
		uint64_t previous =
			fdp_error_field(texts, item, offsets->handled.previous);
		/* One that is alone, as nearly always, needs no table. */
		int r = count || previous
				? fdp_exceptions_may_read(walk, item, count)
				: 1;

		if (r <= 0)
			return r;
		r = add_item(walk, item);
		if (r < 0)
			return r;
		item = previous;
		count++;
	}
	return 0;
}

static int read_all(struct fdp_exceptions_walk *walk, uint64_t thread)
{
	bool is_27 = fdp_python_minor(walk->reader->offsets) < 0;
	int r = add_raised(walk, thread);

	if (r == 0)
		r = (is_27 ? fdp_exceptions_add_caught
			   : add_all_handled)(walk, thread);
	/* The list grows meanwhile. */
	for (size_t i = 0; i < walk->found->count && r == 0; i++)
		r = fdp_exception_read_one(walk, i);
	return r;
}

int fdp_exceptions_read(struct fdp_exception_reader *reader, uint64_t thread,
			struct fdp_exceptions *ret_exceptions)
{
	struct fdp_exceptions found = { .list = NULL };
	struct fdp_exceptions_walk walk = { .reader = reader, .found = &found };
	int r = 0;

	if (reader->offsets->values_known)
		r = read_all(&walk, thread);
	else
		fdp_report_missing(reader->report,
				   "Python exceptions: how this build of "
				   "CPython keeps them is not known");
	fdp_table_done(&walk.seen);
	if (r == 0)
		*ret_exceptions = found;
	return r;
}
