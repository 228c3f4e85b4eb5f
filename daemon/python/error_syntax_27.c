/*
 * The lines that the traceback module of 2.7 shows of a SyntaxError: of what it
 * was made, not of what it has become.
 */
#include "../base/util.h"
#include "error_27.h"
#include "strings.h"

/* File, line, column and text. */
#define PARTS 4

/* The four that are the second argument, a tuple or list.  False: it is not. */
static bool find_place(struct fdp_error_texts *texts, uint64_t address,
		       uint64_t *parts)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	uint64_t items = address + offsets->tuple.items;
	uint64_t count;

	if (!address ||
	    fdp_target_read_u64(texts->target, address + offsets->object.size,
				&count) < 0)
		return false;
	if (fdp_object_is(texts->target, offsets, address, FDP_TYPE_LIST))
		items = fdp_error_field(texts, address, offsets->list.items);
	else if (!fdp_object_is(texts->target, offsets, address,
				FDP_TYPE_TUPLE))
		return false;
	return count == PARTS && fdp_target_read(texts->target, items, parts,
						 PARTS * sizeof(*parts)) == 0;
}

/* str() of a part of the lines; NULL for None.  0 or -ENOMEM. */
static int read_part(struct fdp_error_texts *texts, uint64_t address,
		     const char **ret_text)
{
	*ret_text = NULL;
	if (!address || fdp_is_none_27(texts, address))
		return 0;
	if (fdp_error_string(texts, address, ret_text) == 0)
		return 0;
	*ret_text = fdp_error_repr(texts, address);
	return *ret_text ? 0 : -ENOMEM;
}

int fdp_error_syntax_27(struct fdp_error_texts *texts,
			const struct fdp_error_27 *error,
			struct fdp_syntax_error **ret_syntax)
{
	struct fdp_arguments_27 arguments = fdp_arguments_27(texts, error);
	struct fdp_syntax_error *syntax;
	uint64_t parts[PARTS];

	*ret_syntax = NULL;
	if (arguments.count != 2 ||
	    !find_place(texts, fdp_argument_27(texts, &arguments, 1), parts))
		return 0;
	syntax = fdp_arena_alloc(&texts->report->arena, sizeof(*syntax));
	if (!syntax ||
	    fdp_say_last_27(texts, fdp_argument_27(texts, &arguments, 0),
			    &syntax->message) < 0 ||
	    read_part(texts, parts[0], &syntax->file) < 0 ||
	    read_part(texts, parts[3], &syntax->text) < 0)
		return -ENOMEM;
	syntax->line = fdp_error_number(texts, parts[1]);
	syntax->column = fdp_error_number(texts, parts[2]);
	syntax->end_line = FDP_NO_NUMBER;
	syntax->end_column = FDP_NO_NUMBER;
	*ret_syntax = syntax;
	return 0;
}
