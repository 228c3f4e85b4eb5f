/*
 * What str() says of UnicodeEncodeError, UnicodeDecodeError and
 * UnicodeTranslateError.
 */
#include <errno.h>
#include <stdio.h>

#include "error_text.h"
#include "strings.h"

/* What was wrong is one character or byte of the object, or several. */
struct wrong {
	const char *codec, *reason; /* codec: "" where there is none */
	const char *verb;
	const char *prefix; /* of a character in quotes */
	uint64_t start, end;
	bool one;
	uint32_t character; /* if it is one */
};

/* The character at INDEX of a str, which may be long.  0 or -errno. */
static int read_character(struct fdp_error_texts *texts, uint64_t object,
			  uint64_t index, uint32_t *ret_character)
{
	struct fdp_string string = { .characters = NULL };
	int r = fdp_string_read(texts->target, texts->offsets, object, &string);

	if (r == 0 && index >= string.length)
		r = -ENOENT;
	if (r == 0)
		*ret_character = fdp_string_character(&string, index);
	fdp_string_done(&string);
	return r;
}

static int read_byte(struct fdp_error_texts *texts, uint64_t object,
		     uint64_t index, uint32_t *ret_character)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	uint64_t size;
	uint8_t byte;

	if (!fdp_object_is(texts->target, offsets, object, FDP_TYPE_BYTES) ||
	    fdp_target_read_u64(texts->target, object + offsets->bytes.size,
				&size) < 0 ||
	    index >= size ||
	    fdp_target_read(texts->target, object + offsets->bytes.data + index,
			    &byte, 1) < 0)
		return -ENOENT;
	*ret_character = byte;
	return 0;
}

/* As Python escapes it, u'' around it in 2.7; SIZE is enough for the longest,
 * u'\\U0010ffff'. */
static void write_character(char *text, size_t size, const struct wrong *wrong,
			    bool is_byte)
{
	uint32_t character = wrong->character;

	if (is_byte)
		snprintf(text, size, "0x%02x", character);
	else if (character <= 0xff)
		snprintf(text, size, "%s'\\x%02x'", wrong->prefix, character);
	else if (character <= 0xffff)
		snprintf(text, size, "%s'\\u%04x'", wrong->prefix, character);
	else
		snprintf(text, size, "%s'\\U%08x'", wrong->prefix, character);
}

static const char *write_one(struct fdp_arena *arena, const struct wrong *wrong,
			     bool is_byte)
{
	char text[16];

	write_character(text, sizeof(text), wrong, is_byte);
	return fdp_arena_printf(
		arena, "%s%s %s %s in position %llu: %s", wrong->codec,
		wrong->verb, is_byte ? "byte" : "character", text,
		(unsigned long long)wrong->start, wrong->reason);
}

static const char *write_several(struct fdp_arena *arena,
				 const struct wrong *wrong, bool is_byte)
{
	return fdp_arena_printf(arena, "%s%s %s in position %lld-%lld: %s",
				wrong->codec, wrong->verb,
				is_byte ? "bytes" : "characters",
				(long long)wrong->start,
				(long long)wrong->end - 1, wrong->reason);
}

/* "'utf-8' codec ", or nothing if it is a translation.  NULL: no memory. */
static const char *read_codec(struct fdp_error_texts *texts, uint64_t address,
			      enum fdp_str_origin origin)
{
	const char *name = "?";
	uint64_t encoding = fdp_error_field(
		texts, address, texts->offsets->unicode_error.encoding);

	if (origin == FDP_STR_TRANSLATE_ERROR)
		return "";
	if (fdp_error_string(texts, encoding, &name) == -ENOMEM)
		return NULL;
	return fdp_arena_printf(&texts->report->arena, "'%s' codec ", name);
}

int fdp_unicode_error_text(struct fdp_error_texts *texts, uint64_t address,
			   const char **ret_text, const char **ret_why)
{
	const struct fdp_python_offsets *offsets = texts->offsets;
	const struct fdp_error_type *type =
		fdp_error_types_of(texts->types, address);
	uint64_t object =
		fdp_error_field(texts, address, offsets->unicode_error.object);
	uint64_t reason =
		fdp_error_field(texts, address, offsets->unicode_error.reason);
	bool is_byte = type && type->str == FDP_STR_DECODE_ERROR;
	struct wrong wrong = {
		.reason = "?",
		.prefix = fdp_python_minor(offsets) < 0 ? "u" : "",
		.verb = is_byte ? "can't decode"
			: type && type->str == FDP_STR_TRANSLATE_ERROR
				? "can't translate"
				: "can't encode",
		.start = fdp_error_field(texts, address,
					 offsets->unicode_error.start),
		.end = fdp_error_field(texts, address,
				       offsets->unicode_error.end),
	};

	(void)ret_why;
	*ret_text = "";
	if (!type)
		return -ENOMEM;
	if (!object)
		return 0;
	wrong.codec = read_codec(texts, address, type->str);
	if (!wrong.codec ||
	    fdp_error_string(texts, reason, &wrong.reason) == -ENOMEM)
		return -ENOMEM;
	wrong.one = wrong.end == wrong.start + 1 &&
		    (is_byte ? read_byte : read_character)(
			    texts, object, wrong.start, &wrong.character) == 0;
	*ret_text = (wrong.one ? write_one : write_several)(
		&texts->report->arena, &wrong, is_byte);
	return *ret_text ? 0 : -ENOMEM;
}
