/*
 * All about one exception.
 */
#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "containers.h"
#include "error_text_27.h"
#include "exceptions_internal.h"
#include "strings.h"

#define NOTES "__notes__"

/* Attributes among which the notes are looked for. */
#define ATTRIBUTES_MAX 256

/* Items of a list or tuple. */
struct items {
	uint64_t address, count;
};

static struct fdp_exception *exception_at(struct fdp_exceptions_walk *walk,
					  size_t index)
{
	return &walk->found->list[index];
}

static bool is_27(const struct fdp_exceptions_walk *walk)
{
	return fdp_python_minor(walk->reader->offsets) < 0;
}

static struct fdp_error_27 as_27(struct fdp_exceptions_walk *walk, size_t index)
{
	return (struct fdp_error_27){
		.type = walk->origins[index].type,
		.address = exception_at(walk, index)->address,
		.value = walk->origins[index].argument,
	};
}

static int read_message(struct fdp_exceptions_walk *walk, size_t index)
{
	struct fdp_exception *exception = exception_at(walk, index);
	struct fdp_exception_origin *origin = &walk->origins[index];
	struct fdp_error_texts *texts = &walk->reader->texts;
	const struct fdp_error_27 old = as_27(walk, index);
	const char *text, *why;
	int r;

	if (is_27(walk))
		r = fdp_error_text_27(texts, &old, &text, &why);
	else if (exception->address)
		r = fdp_error_text(texts, exception->address, &text, &why);
	else
		r = fdp_error_unmade_text(texts, origin->type, origin->argument,
					  &text, &why);
	if (r == -ENOMEM)
		return r;
	if (r == 0)
		exception->message = text;
	else
		exception->unsaid = why;
	return 0;
}

/* 0; -EBADMSG if there is no list or tuple at ADDRESS. */
static int begin_items(struct fdp_error_texts *texts, uint64_t address,
		       struct items *items)
{
	const struct fdp_python_offsets *offsets = texts->offsets;

	if (fdp_object_is(texts->target, offsets, address, FDP_TYPE_TUPLE))
		items->address = address + offsets->tuple.items;
	else if (fdp_object_is(texts->target, offsets, address, FDP_TYPE_LIST))
		items->address =
			fdp_error_field(texts, address, offsets->list.items);
	else
		return -EBADMSG;
	return fdp_target_read_u64(texts->target,
				   address + offsets->object.size,
				   &items->count) < 0
		       ? -EBADMSG
		       : 0;
}

static uint64_t item_at(struct fdp_error_texts *texts,
			const struct items *items, uint64_t index)
{
	return fdp_error_field(texts, items->address + index * sizeof(uint64_t),
			       0);
}

/* What the exception's attribute __notes__ is; 0: it has none. */
static uint64_t find_notes(struct fdp_error_texts *texts, uint64_t address)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	uint64_t attributes =
		fdp_error_field(texts, address, offsets->error.attributes);
	struct fdp_container dict;
	uint64_t key, value;

	if (offsets->error_group.members == FDP_ABSENT || !attributes ||
	    fdp_dict_begin(texts->target, offsets, attributes, &dict) < 0)
		return 0;
	for (int i = 0;
	     i < ATTRIBUTES_MAX && fdp_container_next(&dict, &key, &value);
	     i++) {
		struct fdp_string name = { .characters = NULL };
		bool found = fdp_string_read_some(texts->target, offsets, key,
						  sizeof(NOTES), &name) == 0 &&
			     name.width == 1 &&
			     name.length == sizeof(NOTES) - 1 &&
			     memcmp(name.characters, NOTES, name.length) == 0;

		fdp_string_done(&name);
		if (found)
			return value;
	}
	return 0;
}

/* str() of a note, or what can be said instead.  NULL: no memory. */
static const char *note_text(struct fdp_error_texts *texts, uint64_t address)
{
	const char *text, *why;
	int r = fdp_error_text(texts, address, &text, &why);

	if (r == -ENOMEM)
		return NULL;
	return r < 0 ? fdp_error_repr(texts, address) : text;
}

static int read_notes(struct fdp_exceptions_walk *walk, size_t index)
{
	struct fdp_exception *exception = exception_at(walk, index);
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t notes = find_notes(texts, exception->address);
	struct items items = { .count = 1 };
	bool several = notes && begin_items(texts, notes, &items) == 0;

	if (!notes)
		return 0;
	if (items.count > FDP_EXCEPTION_NOTES_MAX) {
		fdp_report_missing(texts->report,
				   "exceptions: only the first %d notes of one "
				   "are shown",
				   FDP_EXCEPTION_NOTES_MAX);
		items.count = FDP_EXCEPTION_NOTES_MAX;
	}
	exception->notes = fdp_arena_array(&texts->report->arena,
					   items.count + 1, sizeof(char *));
	if (!exception->notes)
		return -ENOMEM;
	for (uint64_t i = 0; i < items.count; i++) {
		const char *text =
			several ? note_text(texts, item_at(texts, &items, i))
				: fdp_error_repr(texts, notes);

		if (!text)
			return -ENOMEM;
		exception->notes[exception->note_count++] = text;
	}
	return 0;
}

/* A str, or whatever it is; NULL for None.  0 or -ENOMEM. */
static int read_text(struct fdp_error_texts *texts, uint64_t address,
		     uint32_t field, const char **ret_text)
{
	uint64_t value = fdp_error_field(texts, address, field);
	const struct fdp_error_type *type =
		fdp_error_types_of(texts->types, value);

	if (!type)
		return -ENOMEM;
	*ret_text = NULL;
	if (!value || type->type->kind == FDP_VALUE_NONE)
		return 0;
	*ret_text = note_text(texts, value);
	return *ret_text ? 0 : -ENOMEM;
}

static int read_syntax_27(struct fdp_exceptions_walk *walk, size_t index)
{
	const struct fdp_error_27 error = as_27(walk, index);

	return fdp_error_syntax_27(&walk->reader->texts, &error,
				   &exception_at(walk, index)->syntax);
}

static int64_t read_number(struct fdp_error_texts *texts, uint64_t address,
			   uint32_t field)
{
	return fdp_error_number(texts, fdp_error_field(texts, address, field));
}

/*
 * The line of source.  A program can put anything there: other things are not
 * shown, nor is a line with a place in it that is none.
 */
static int read_source(struct fdp_error_texts *texts, uint64_t address,
		       struct fdp_syntax_error *syntax)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	uint64_t text =
		fdp_error_field(texts, address, offsets->syntax_error.text);
	const char *place;
	int r;

	syntax->column =
		read_number(texts, address, offsets->syntax_error.column);
	if (!text ||
	    !fdp_object_is(texts->target, offsets, text, FDP_TYPE_STRING))
		return 0;
	r = read_text(texts, address, offsets->syntax_error.column, &place);
	if (r < 0 || (place && syntax->column == FDP_NO_NUMBER))
		return r;
	return read_text(texts, address, offsets->syntax_error.text,
			 &syntax->text);
}

/* Which is a number but where a program has made the exception itself. */
static int read_line(struct fdp_error_texts *texts, uint64_t address,
		     struct fdp_syntax_error *syntax)
{
	uint32_t field = texts->offsets->syntax_error.line;

	syntax->line = read_number(texts, address, field);
	if (syntax->line != FDP_NO_NUMBER)
		return 0;
	return read_text(texts, address, field, &syntax->line_text);
}

static int read_syntax(struct fdp_exceptions_walk *walk, size_t index)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_exception *exception = exception_at(walk, index);
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t address = exception->address;
	struct fdp_syntax_error *syntax =
		fdp_arena_alloc(&texts->report->arena, sizeof(*syntax));

	if (!syntax ||
	    read_text(texts, address, offsets->syntax_error.message,
		      &syntax->message) < 0 ||
	    read_text(texts, address, offsets->syntax_error.file,
		      &syntax->file) < 0 ||
	    read_source(texts, address, syntax) < 0 ||
	    read_line(texts, address, syntax) < 0)
		return -ENOMEM;
	syntax->end_line =
		read_number(texts, address, offsets->syntax_error.end_line);
	syntax->end_column =
		read_number(texts, address, offsets->syntax_error.end_column);
	exception->syntax = syntax;
	return 0;
}

static int read_members(struct fdp_exceptions_walk *walk, size_t index)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	struct fdp_exception *group = exception_at(walk, index);
	unsigned depth = walk->origins[index].depth + 1;
	struct items items = { 0 };
	uint64_t shown;

	group->is_group = true;
	if (begin_items(texts,
			fdp_error_field(texts, group->address,
					offsets->error_group.members),
			&items) < 0) {
		fdp_report_missing(texts->report,
				   "exceptions: a group is damaged");
		return 0;
	}
	shown = items.count < FDP_GROUP_WIDTH_MAX ? items.count
						  : FDP_GROUP_WIDTH_MAX;
	if (depth > FDP_GROUP_DEPTH_MAX)
		shown = 0;
	group->members = fdp_arena_array(&texts->report->arena, shown + 1,
					 sizeof(*group->members));
	if (!group->members)
		return -ENOMEM;
	for (uint64_t i = 0; i < shown; i++) {
		int member;
		int r = fdp_exceptions_add(walk, item_at(texts, &items, i),
					   depth, &member);

		if (r < 0)
			return r;
		group = exception_at(walk, index); /* the list may have moved */
		if (member != FDP_UNKNOWN)
			group->members[group->member_count++] = member;
	}
	group->members_left = items.count - group->member_count;
	return 0;
}

static int read_chain(struct fdp_exceptions_walk *walk, size_t index)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t address = exception_at(walk, index)->address;
	unsigned depth = walk->origins[index].depth;
	uint8_t suppress = 0;
	int cause, context;
	int r = fdp_exceptions_add(
		walk, fdp_error_field(texts, address, offsets->error.cause),
		depth, &cause);

	if (r == 0)
		r = fdp_exceptions_add(
			walk,
			fdp_error_field(texts, address, offsets->error.context),
			depth, &context);
	if (r < 0)
		return r;
	if (fdp_target_read(texts->target, address + offsets->error.suppress,
			    &suppress, 1) < 0)
		suppress = 0;
	exception_at(walk, index)->cause = cause;
	exception_at(walk, index)->context = context;
	exception_at(walk, index)->suppress_context = suppress != 0;
	return 0;
}

static int read_traceback(struct fdp_exceptions_walk *walk, size_t index)
{
	struct fdp_exception *exception = exception_at(walk, index);
	uint64_t traceback = walk->origins[index].traceback;

	if (!traceback && exception->address)
		traceback = fdp_error_field(
			&walk->reader->texts, exception->address,
			walk->reader->offsets->error.traceback);
	return fdp_traceback_read(&walk->reader->tracebacks, traceback,
				  &exception->frames, &exception->frame_count);
}

int fdp_exception_read_one(struct fdp_exceptions_walk *walk, size_t index)
{
	const struct fdp_error_type *type = walk->origins[index].type;
	int r;

	exception_at(walk, index)->type = type->name;
	r = read_message(walk, index);
	if (r == 0)
		r = read_traceback(walk, index);
	if (r == 0 && is_27(walk))
		return type->is_syntax_error ? read_syntax_27(walk, index) : 0;
	if (r < 0 || !exception_at(walk, index)->address)
		return r;
	r = read_notes(walk, index);
	if (r == 0 && type->is_syntax_error)
		r = read_syntax(walk, index);
	if (r == 0 && type->is_group)
		r = read_members(walk, index);
	return r < 0 ? r : read_chain(walk, index);
}
