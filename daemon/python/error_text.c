#include "error_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "strings.h"
#include "writer.h"

/* What str() writes for a field that is not set. */
#define NONE "None"

/* More of them than anybody gives to an exception. */
#define ARGUMENTS_SANE (1 << 20)

/* Digits of an int that are read as a number: 60 bits. */
#define DIGITS_MAX 2
#define DIGIT_BITS 30

/* The sign of an int from 3.12 on, in the lowest bits. */
#define SIGN_BITS 3
#define SIGN_NEGATIVE 2

/* Writes str() of one kind of exception; 0 or -errno, NULL is -ENOMEM. */
typedef int text_fn(struct fdp_error_texts *texts, uint64_t address,
		    const char **ret_text, const char **ret_why);

uint64_t fdp_error_field(struct fdp_error_texts *texts, uint64_t address,
			 uint32_t field)
{
	uint64_t value;

	if (field == FDP_ABSENT ||
	    fdp_target_read_u64(texts->target, address + field, &value) < 0)
		return 0;
	return value;
}

static int finish(const char *text, const char **ret_text)
{
	*ret_text = text;
	return text ? 0 : -ENOMEM;
}

const char *fdp_error_repr(struct fdp_error_texts *texts, uint64_t address)
{
	if (!address)
		return NONE;
	if (!fdp_values_begin(texts->values))
		return FDP_LEFT_OUT;
	return fdp_values_represent_plain(texts->values, address);
}

int fdp_error_string(struct fdp_error_texts *texts, uint64_t address,
		     const char **ret_text)
{
	struct fdp_string string = { .characters = NULL };
	const char *text;
	int r = fdp_string_read(texts->target, texts->offsets, address,
				&string);

	if (r < 0)
		return r;
	if (string.length > texts->characters_left) {
		fdp_report_missing(
			texts->report,
			"exceptions: messages of more than %llu characters",
			(unsigned long long)FDP_ERROR_CHARACTERS_MAX);
		fdp_string_done(&string);
		return finish(FDP_LEFT_OUT, ret_text);
	}
	texts->characters_left -= string.length;
	if (string.cut)
		fdp_report_missing(texts->report,
				   "exceptions: longer messages are cut after "
				   "%d characters",
				   FDP_STRING_MAX);
	text = fdp_string_text(&string, &texts->report->arena);
	fdp_string_done(&string);
	return finish(text, ret_text);
}

int64_t fdp_error_number(struct fdp_error_texts *texts, uint64_t address)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	uint32_t digits[DIGITS_MAX] = { 0 };
	bool negative;
	int64_t count, value;

	/* An int of 2.7, whose long is what int was later. */
	if (offsets->word.value && address &&
	    fdp_object_is(texts->target, offsets, address, FDP_TYPE_WORD))
		return (int64_t)fdp_error_field(texts, address,
						offsets->word.value);
	if (!address ||
	    !fdp_object_is(texts->target, offsets, address, FDP_TYPE_INTEGER))
		return FDP_NO_NUMBER;
	count = (int64_t)fdp_error_field(texts, address,
					 offsets->integer.count);
	if (offsets->integer.count_shift) {
		negative = (count & SIGN_BITS) == SIGN_NEGATIVE;
		count = (int64_t)((uint64_t)count >>
				  offsets->integer.count_shift);
	} else {
		negative = count < 0;
		count = negative ? -(count + 1) + 1 : count;
	}
	if (count > DIGITS_MAX ||
	    fdp_target_read(texts->target, address + offsets->integer.digits,
			    digits, (size_t)count * sizeof(*digits)) < 0)
		return FDP_NO_NUMBER;
	value = (int64_t)(digits[0] | (uint64_t)digits[1] << DIGIT_BITS);
	return negative ? -value : value;
}

/* str() of a field, "None" if it is not set. */
static const char *field_text(struct fdp_error_texts *texts, uint64_t address,
			      uint32_t field)
{
	uint64_t value = fdp_error_field(texts, address, field);
	const char *text, *why;
	int r;

	if (!value)
		return NONE;
	r = fdp_error_text(texts, value, &text, &why);
	if (r == -ENOMEM)
		return NULL;
	return r < 0 ? fdp_error_repr(texts, value) : text;
}

static const char *field_repr(struct fdp_error_texts *texts, uint64_t address,
			      uint32_t field)
{
	return fdp_error_repr(texts, fdp_error_field(texts, address, field));
}

int64_t fdp_error_tuple_size(struct fdp_error_texts *texts, uint64_t tuple)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	uint64_t count;

	if (!tuple ||
	    !fdp_object_is(texts->target, offsets, tuple, FDP_TYPE_TUPLE))
		return -EBADMSG;
	if (fdp_target_read_u64(texts->target, tuple + offsets->object.size,
				&count) < 0 ||
	    count > ARGUMENTS_SANE)
		return -EBADMSG;
	return (int64_t)count;
}

/* The arguments, a tuple.  How many; -EBADMSG. */
static int64_t arguments(struct fdp_error_texts *texts, uint64_t address,
			 uint64_t *ret_tuple)
{
	*ret_tuple = fdp_error_field(texts, address,
				     texts->offsets->error.arguments);
	return fdp_error_tuple_size(texts, *ret_tuple);
}

const char *fdp_error_object(struct fdp_error_texts *texts, uint64_t address)
{
	const struct fdp_error_type *type =
		fdp_error_types_of(texts->types, address);

	if (!type)
		return NULL;
	if (type->type->kind == FDP_VALUE_INVALID)
		return fdp_arena_printf(&texts->report->arena,
					"<invalid object at 0x%llx>",
					(unsigned long long)address);
	return fdp_arena_printf(&texts->report->arena, "<%s object at 0x%llx>",
				type->name, (unsigned long long)address);
}

/* BaseException: nothing, the argument, or the tuple of them. */
static int plain_text(struct fdp_error_texts *texts, uint64_t address,
		      const char **ret_text, const char **ret_why)
{
	uint64_t tuple;
	int64_t count = arguments(texts, address, &tuple);
	uint64_t only;
	int r;

	if (count < 0) {
		*ret_why = FDP_ERROR_NOT_READ;
		return -EBADMSG;
	}
	if (count == 0)
		return finish("", ret_text);
	if (count > 1)
		return finish(fdp_error_repr(texts, tuple), ret_text);
	only = fdp_error_field(texts, tuple, texts->offsets->tuple.items);
	r = fdp_error_text(texts, only, ret_text, ret_why);
	if (r == 0 || r == -ENOMEM)
		return r;
	return finish(fdp_error_object(texts, only), ret_text);
}

static int key_text(struct fdp_error_texts *texts, uint64_t address,
		    const char **ret_text, const char **ret_why)
{
	uint64_t tuple;

	if (arguments(texts, address, &tuple) != 1)
		return plain_text(texts, address, ret_text, ret_why);
	return finish(field_repr(texts, tuple, texts->offsets->tuple.items),
		      ret_text);
}

static int os_text(struct fdp_error_texts *texts, uint64_t address,
		   const char **ret_text, const char **ret_why)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	bool file = fdp_error_field(texts, address, offsets->os_error.file);
	bool second =
		fdp_error_field(texts, address, offsets->os_error.second_file);
	const char *number, *text, *first = "", *other = "";

	if (!file &&
	    (!fdp_error_field(texts, address, offsets->os_error.number) ||
	     !fdp_error_field(texts, address, offsets->os_error.text)))
		return plain_text(texts, address, ret_text, ret_why);
	number = field_text(texts, address, offsets->os_error.number);
	text = field_text(texts, address, offsets->os_error.text);
	if (file)
		first = field_repr(texts, address, offsets->os_error.file);
	if (file && second)
		other = field_repr(texts, address,
				   offsets->os_error.second_file);
	if (!number || !text || !first || !other)
		return -ENOMEM;
	return finish(fdp_arena_printf(&texts->report->arena,
				       "[Errno %s] %s%s%s%s%s", number, text,
				       file ? ": " : "", first,
				       file && second ? " -> " : "", other),
		      ret_text);
}

static int import_text(struct fdp_error_texts *texts, uint64_t address,
		       const char **ret_text, const char **ret_why)
{
	uint64_t message = fdp_error_field(
		texts, address, texts->offsets->import_error.message);
	int r = message ? fdp_error_string(texts, message, ret_text) : -ENOENT;

	return r == 0 || r == -ENOMEM
		       ? r
		       : plain_text(texts, address, ret_text, ret_why);
}

/* " (app.py, line 3)", and less where less is known. */
static const char *place_text(struct fdp_error_texts *texts, uint64_t address)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	struct fdp_arena *arena = &texts->report->arena;
	int64_t line = fdp_error_number(
		texts,
		fdp_error_field(texts, address, offsets->syntax_error.line));
	uint64_t file =
		fdp_error_field(texts, address, offsets->syntax_error.file);
	const char *name = NULL;

	if (file && fdp_error_string(texts, file, &name) == -ENOMEM)
		return NULL;
	if (name && line != FDP_NO_NUMBER)
		return fdp_arena_printf(arena, " (%s, line %lld)",
					fdp_path_basename(name),
					(long long)line);
	if (name)
		return fdp_arena_printf(arena, " (%s)",
					fdp_path_basename(name));
	if (line != FDP_NO_NUMBER)
		return fdp_arena_printf(arena, " (line %lld)", (long long)line);
	return "";
}

static int syntax_text(struct fdp_error_texts *texts, uint64_t address,
		       const char **ret_text, const char **ret_why)
{
	const char *message = field_text(texts, address,
					 texts->offsets->syntax_error.message);
	const char *place = place_text(texts, address);

	(void)ret_why;
	if (!message || !place)
		return -ENOMEM;
	return finish(
		fdp_arena_printf(&texts->report->arena, "%s%s", message, place),
		ret_text);
}

static int group_text(struct fdp_error_texts *texts, uint64_t address,
		      const char **ret_text, const char **ret_why)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	const char *message =
		field_text(texts, address, offsets->error_group.message);
	uint64_t members =
		fdp_error_field(texts, address, offsets->error_group.members);
	int64_t count = fdp_error_tuple_size(texts, members);

	if (!message)
		return -ENOMEM;
	if (count < 0) {
		*ret_why = FDP_ERROR_NOT_READ;
		return -EBADMSG;
	}
	return finish(fdp_arena_printf(&texts->report->arena,
				       "%s (%lld sub-exception%s)", message,
				       (long long)count, count > 1 ? "s" : ""),
		      ret_text);
}

static int object_text(struct fdp_error_texts *texts, uint64_t address,
		       const char **ret_text, const char **ret_why)
{
	(void)ret_why;
	return finish(fdp_error_repr(texts, address), ret_text);
}

static int string_text(struct fdp_error_texts *texts, uint64_t address,
		       const char **ret_text, const char **ret_why)
{
	*ret_why = FDP_ERROR_NOT_READ;
	return fdp_error_string(texts, address, ret_text);
}

static text_fn *const functions[] = {
	[FDP_STR_OBJECT] = object_text,
	[FDP_STR_STRING] = string_text,
	[FDP_STR_ERROR] = plain_text,
	[FDP_STR_KEY_ERROR] = key_text,
	[FDP_STR_OS_ERROR] = os_text,
	[FDP_STR_IMPORT_ERROR] = import_text,
	[FDP_STR_SYNTAX_ERROR] = syntax_text,
	[FDP_STR_ENCODE_ERROR] = fdp_unicode_error_text,
	[FDP_STR_DECODE_ERROR] = fdp_unicode_error_text,
	[FDP_STR_TRANSLATE_ERROR] = fdp_unicode_error_text,
	[FDP_STR_GROUP] = group_text,
};

int fdp_error_text(struct fdp_error_texts *texts, uint64_t address,
		   const char **ret_text, const char **ret_why)
{
	const struct fdp_error_type *type =
		fdp_error_types_of(texts->types, address);
	int r;

	if (!type)
		return -ENOMEM;
	if (type->type->kind == FDP_VALUE_INVALID) {
		*ret_why = FDP_ERROR_NOT_READ;
		return -EBADMSG;
	}
	*ret_why = FDP_ERROR_NOT_RUN;
	if (type->str == FDP_STR_UNKNOWN ||
	    texts->nesting == FDP_ERROR_NESTING_MAX)
		return -ENODATA;
	texts->nesting++;
	r = functions[type->str](texts, address, ret_text, ret_why);
	texts->nesting--;
	return r;
}

/* As if the class had been called. */
int fdp_error_unmade_text(struct fdp_error_texts *texts,
			  const struct fdp_error_type *type, uint64_t address,
			  const char **ret_text, const char **ret_why)
{
	const struct fdp_error_type *given =
		fdp_error_types_of(texts->types, address);
	int64_t count = fdp_error_tuple_size(texts, address);

	if (!given)
		return -ENOMEM;
	if (!address || given->type->kind == FDP_VALUE_NONE || count == 0)
		return finish("", ret_text);
	if (count == 1)
		address = fdp_error_field(texts, address,
					  texts->offsets->tuple.items);
	if (type->str == FDP_STR_KEY_ERROR && count < 2)
		return finish(fdp_error_repr(texts, address), ret_text);
	return fdp_error_text(texts, address, ret_text, ret_why);
}
