#include "error_text_27.h"

#include <string.h>

#include "../base/util.h"
#include "error_27.h"
#include "strings.h"

static int str_of(struct fdp_error_texts *texts, uint64_t address,
		  struct fdp_said *said);

static uint64_t item_of(struct fdp_error_texts *texts, uint64_t tuple,
			uint64_t index)
{
	return fdp_error_field(texts, tuple + index * sizeof(uint64_t),
			       texts->offsets->tuple.items);
}

bool fdp_is_none_27(struct fdp_error_texts *texts, uint64_t address)
{
	const struct fdp_error_type *type =
		fdp_error_types_of(texts->types, address);

	return type && type->type->kind == FDP_VALUE_NONE;
}

struct fdp_arguments_27 fdp_arguments_27(struct fdp_error_texts *texts,
					 const struct fdp_error_27 *error)
{
	struct fdp_arguments_27 arguments = {
		.tuple = error->address
				 ? fdp_error_field(
					   texts, error->address,
					   texts->offsets->error.arguments)
				 : error->value,
	};

	arguments.count = fdp_error_tuple_size(texts, arguments.tuple);
	if (arguments.count == 1)
		arguments.only = item_of(texts, arguments.tuple, 0);
	if (arguments.count >= 0 || error->address)
		return arguments;
	arguments.tuple = 0;
	arguments.only = error->value;
	arguments.count = error->value && !fdp_is_none_27(texts, error->value);
	return arguments;
}

uint64_t fdp_argument_27(struct fdp_error_texts *texts,
			 const struct fdp_arguments_27 *arguments,
			 int64_t index)
{
	if (index >= arguments->count)
		return 0;
	return arguments->count == 1
		       ? arguments->only
		       : item_of(texts, arguments->tuple, (uint64_t)index);
}

/* str() of a part of a message, whatever it is. */
static int say_part(struct fdp_error_texts *texts, uint64_t address,
		    struct fdp_said *said)
{
	int r = address ? str_of(texts, address, said) : fdp_say(said, "None");

	if (r == 0 || r == -ENOMEM || r == -EILSEQ)
		return r;
	return fdp_say(said, fdp_error_object(texts, address));
}

/* BaseException: nothing, the argument, or the tuple of them. */
static int say_plain(struct fdp_error_texts *texts,
		     const struct fdp_error_27 *error, struct fdp_said *said)
{
	struct fdp_arguments_27 arguments = fdp_arguments_27(texts, error);

	if (arguments.count < 0)
		return -EBADMSG;
	if (arguments.count == 0)
		return fdp_say(said, "");
	if (arguments.count == 1)
		return say_part(texts, arguments.only, said);
	return fdp_say(said, fdp_error_repr(texts, arguments.tuple));
}

static int say_key(struct fdp_error_texts *texts,
		   const struct fdp_error_27 *error, struct fdp_said *said)
{
	struct fdp_arguments_27 arguments = fdp_arguments_27(texts, error);

	if (arguments.count != 1)
		return say_plain(texts, error, said);
	return fdp_say(said, fdp_error_repr(texts, arguments.only));
}

/* Number, text and name of the file of an EnvironmentError; 0: not set. */
static void read_os(struct fdp_error_texts *texts,
		    const struct fdp_error_27 *error, uint64_t *parts)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	struct fdp_arguments_27 arguments;

	if (error->address) {
		parts[0] = fdp_error_field(texts, error->address,
					   offsets->os_error.number);
		parts[1] = fdp_error_field(texts, error->address,
					   offsets->os_error.text);
		parts[2] = fdp_error_field(texts, error->address,
					   offsets->os_error.file);
		return;
	}
	arguments = fdp_arguments_27(texts, error);
	for (int64_t i = 0; i < 3; i++)
		parts[i] = arguments.count == 2 || arguments.count == 3
				   ? fdp_argument_27(texts, &arguments, i)
				   : 0;
}

static int say_os(struct fdp_error_texts *texts,
		  const struct fdp_error_27 *error, struct fdp_said *said)
{
	uint64_t parts[3];
	struct fdp_said number, text;
	const char *file = "";
	int r;

	read_os(texts, error, parts);
	if (!parts[2] && (!parts[0] || !parts[1])) {
		r = say_plain(texts, error, said);
		return r == 0 && said->escaped ? -EILSEQ : r;
	}
	r = say_part(texts, parts[0], &number);
	if (r == 0)
		r = say_part(texts, parts[1], &text);
	if (r < 0)
		return r;
	if (parts[2])
		file = fdp_error_repr(texts, parts[2]);
	if (!file)
		return -ENOMEM;
	r = fdp_say(said,
		    fdp_arena_printf(&texts->report->arena, "[Errno %s] %s%s%s",
				     number.text, text.text,
				     parts[2] ? ": " : "", file));
	said->escaped = number.escaped || text.escaped;
	return r;
}

/* " (app.py, line 3)", and less where less is known.  NULL: no memory. */
static const char *place_text(struct fdp_error_texts *texts, uint64_t address)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	struct fdp_arena *arena = &texts->report->arena;
	uint64_t file =
		fdp_error_field(texts, address, offsets->syntax_error.file);
	uint64_t line =
		fdp_error_field(texts, address, offsets->syntax_error.line);
	const char *name = NULL;
	long long number = 0;
	bool has_line = line && fdp_object_is(texts->target, offsets, line,
					      FDP_TYPE_WORD);

	if (has_line)
		number = (long long)fdp_error_number(texts, line);
	if (file &&
	    fdp_object_is(texts->target, offsets, file, FDP_TYPE_BYTES) &&
	    fdp_error_string(texts, file, &name) == -ENOMEM)
		return NULL;
	if (name && has_line)
		return fdp_arena_printf(arena, " (%s, line %lld)",
					fdp_path_basename(name), number);
	if (name)
		return fdp_arena_printf(arena, " (%s)",
					fdp_path_basename(name));
	return has_line ? fdp_arena_printf(arena, " (line %lld)", number) : "";
}

static int say_syntax(struct fdp_error_texts *texts,
		      const struct fdp_error_27 *error, struct fdp_said *said)
{
	struct fdp_arguments_27 arguments = fdp_arguments_27(texts, error);
	uint64_t message =
		error->address
			? fdp_error_field(texts, error->address,
					  texts->offsets->syntax_error.message)
			: fdp_argument_27(texts, &arguments, 0);
	const char *place =
		error->address ? place_text(texts, error->address) : "";
	int r = say_part(texts, message, said);

	if (!place)
		return -ENOMEM;
	if (r < 0 || said->escaped)
		return r < 0 ? r : -EILSEQ;
	return fdp_say(said, fdp_arena_printf(&texts->report->arena, "%s%s",
					      said->text, place));
}

static int say_coding(struct fdp_error_texts *texts,
		      const struct fdp_error_27 *error, struct fdp_said *said)
{
	const char *text, *why;
	int r;

	if (!error->address)
		return -ENODATA;
	r = fdp_unicode_error_text(texts, error->address, &text, &why);
	return r < 0 ? r : fdp_say(said, text);
}

static fdp_said_fn *const functions[] = {
	[FDP_STR_OBJECT] = fdp_say_repr,
	[FDP_STR_STRING] = fdp_say_string,
	[FDP_STR_UNICODE] = fdp_say_unicode,
	[FDP_STR_CLASSIC] = fdp_say_classic,
	[FDP_STR_ERROR] = say_plain,
	[FDP_STR_KEY_ERROR] = say_key,
	[FDP_STR_OS_ERROR] = say_os,
	[FDP_STR_SYNTAX_ERROR] = say_syntax,
	[FDP_STR_ENCODE_ERROR] = say_coding,
	[FDP_STR_DECODE_ERROR] = say_coding,
	[FDP_STR_TRANSLATE_ERROR] = say_coding,
};

static int str_of_error(struct fdp_error_texts *texts,
			const struct fdp_error_27 *error, struct fdp_said *said)
{
	const struct fdp_error_type *type = error->type;
	int r;

	if (type->type->kind == FDP_VALUE_INVALID)
		return -EBADMSG;
	if (type->str >= ARRAY_SIZE(functions) || !functions[type->str] ||
	    texts->nesting == FDP_ERROR_NESTING_MAX)
		return -ENODATA;
	texts->nesting++;
	r = functions[type->str](texts, error, said);
	texts->nesting--;
	/* What unicode() says then, its own code would. */
	return r == 0 && said->escaped && type->has_unicode ? -ENODATA : r;
}

static int str_of(struct fdp_error_texts *texts, uint64_t address,
		  struct fdp_said *said)
{
	struct fdp_error_27 error = {
		.type = fdp_error_types_of(texts->types, address),
		.address = address,
	};

	return error.type ? str_of_error(texts, &error, said) : -ENOMEM;
}

/* For what neither str() nor unicode() can say. */
static int say_unprintable(struct fdp_error_texts *texts,
			   const struct fdp_error_type *type,
			   const char **ret_text)
{
	*ret_text = fdp_arena_printf(&texts->report->arena,
				     "<unprintable %s object>",
				     type->type->qualname);
	return *ret_text ? 0 : -ENOMEM;
}

int fdp_error_text_27(struct fdp_error_texts *texts,
		      const struct fdp_error_27 *error, const char **ret_text,
		      const char **ret_why)
{
	struct fdp_said said = { .text = NULL };
	int r = str_of_error(texts, error, &said);

	if (r == -EILSEQ)
		return say_unprintable(texts, error->type, ret_text);
	if (r == 0)
		*ret_text = said.text;
	else
		*ret_why =
			r == -ENODATA ? FDP_ERROR_NOT_RUN : FDP_ERROR_NOT_READ;
	return r;
}

int fdp_say_last_27(struct fdp_error_texts *texts, uint64_t address,
		    const char **ret_text)
{
	const struct fdp_error_type *type =
		fdp_error_types_of(texts->types, address);
	struct fdp_said said;
	int r;

	*ret_text = NULL;
	if (!type)
		return -ENOMEM;
	if (!address || type->type->kind == FDP_VALUE_NONE)
		return 0;
	r = say_part(texts, address, &said);
	if (r == -EILSEQ)
		return say_unprintable(texts, type, ret_text);
	if (r == 0)
		*ret_text = said.text;
	return r;
}
