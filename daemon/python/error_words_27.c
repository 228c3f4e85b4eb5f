/*
 * str() of what messages of 2.7 are made of: strings, numbers, instances of old
 * classes, and repr() of all else.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "classic.h"
#include "containers.h"
#include "error_27.h"

/* Digits of a float as str() writes it, where repr() writes all. */
#define DIGITS_MAX 12

/* Bytes of a float that is written so. */
#define REAL_MAX 32

/* Bytes of '\U0010ffff', the longest escape, or of two of '\udc00'. */
#define ESCAPE_MAX 12

int fdp_say_string(struct fdp_error_texts *texts,
		   const struct fdp_error_27 *error, struct fdp_said *said)
{
	const char *text;
	int r = fdp_error_string(texts, error->address, &text);

	return r < 0 ? r : fdp_say(said, text);
}

/* Behind one character of valid UTF-8. */
static const char *next_character(const char *at, uint32_t *ret_character)
{
	uint8_t first = (uint8_t)*at++;
	uint32_t character = first;

	if (first >= 0xf0)
		character &= 0x07;
	else if (first >= 0xe0)
		character &= 0x0f;
	else if (first >= 0xc0)
		character &= 0x1f;
	while (((uint8_t)*at & 0xc0) == 0x80)
		character = character << 6 | ((uint8_t)*at++ & 0x3f);
	*ret_character = character;
	return at;
}

/* As encode("ascii", "backslashreplace") does, with halves where unicode has
 * 16 bits. */
static int escape_one(char *out, uint32_t character, bool halves)
{
	const size_t size = ESCAPE_MAX + 1;

	if (character < 0x80)
		return snprintf(out, size, "%c", (int)character);
	if (character <= 0xff)
		return snprintf(out, size, "\\x%02x", character);
	if (character <= 0xffff)
		return snprintf(out, size, "\\u%04x", character);
	if (!halves)
		return snprintf(out, size, "\\U%08x", character);
	return snprintf(out, size, "\\u%04x\\u%04x",
			0xd800 + ((character - 0x10000) >> 10),
			0xdc00 + (character & 0x3ff));
}

int fdp_say_unicode(struct fdp_error_texts *texts,
		    const struct fdp_error_27 *error, struct fdp_said *said)
{
	bool halves = texts->offsets->unicode.width == 2;
	_cleanup_free_ char *escaped = NULL;
	size_t size = 0;
	int r = fdp_say_string(texts, error, said);

	if (r < 0)
		return r;
	escaped = malloc(strlen(said->text) * ESCAPE_MAX + 1);
	if (!escaped)
		return -ENOMEM;
	for (const char *at = said->text; *at;) {
		uint32_t character;

		at = next_character(at, &character);
		said->escaped |= character >= 0x80;
		size += (size_t)escape_one(escaped + size, character, halves);
	}
	if (said->escaped)
		said->text =
			fdp_arena_copy(&texts->report->arena, escaped, size);
	return said->text ? 0 : -ENOMEM;
}

/* Numbers, of which str() writes less than repr(). */
static int say_long(struct fdp_error_texts *texts, uint64_t address,
		    struct fdp_said *said)
{
	const char *text = fdp_error_repr(texts, address);
	size_t size = text ? strlen(text) : 0;

	if (size && text[size - 1] == 'L')
		text = fdp_arena_copy(&texts->report->arena, text, size - 1);
	return fdp_say(said, text);
}

/* C knows a negative nan, and Python does not. */
static void write_real(char *text, const char *sign, double value)
{
	if (value != value)
		snprintf(text, REAL_MAX, "%snan", sign);
	else
		snprintf(text, REAL_MAX, *sign ? "%+.*g" : "%.*g", DIGITS_MAX,
			 value);
}

/* What looks like an integer is none. */
static int say_real(struct fdp_error_texts *texts, uint64_t address,
		    struct fdp_said *said)
{
	char text[REAL_MAX];
	double value;

	if (fdp_target_read(texts->target, address + texts->offsets->real.value,
			    &value, sizeof(value)) < 0)
		return -EFAULT;
	write_real(text, "", value);
	return fdp_say(said,
		       fdp_arena_printf(
			       &texts->report->arena, "%s%s", text,
			       text[strspn(text, "-0123456789")] ? "" : ".0"));
}

static int say_complex(struct fdp_error_texts *texts, uint64_t address,
		       struct fdp_said *said)
{
	struct fdp_arena *arena = &texts->report->arena;
	char real[REAL_MAX], imaginary[REAL_MAX];
	double both[2];

	if (fdp_target_read(texts->target,
			    address + texts->offsets->complex.value, both,
			    sizeof(both)) < 0)
		return -EFAULT;
	if (both[0] == 0 && !signbit(both[0])) {
		write_real(imaginary, "", both[1]);
		return fdp_say(said, fdp_arena_printf(arena, "%sj", imaginary));
	}
	write_real(real, "", both[0]);
	write_real(imaginary, "+", both[1]);
	return fdp_say(said,
		       fdp_arena_printf(arena, "(%s%sj)", real, imaginary));
}

/* An old class has no angle brackets around it. */
static int say_class(struct fdp_error_texts *texts, uint64_t address,
		     struct fdp_said *said)
{
	struct fdp_arena *arena = &texts->report->arena;
	struct fdp_classic_names names;
	int r = fdp_classic_class_names(texts->target, texts->offsets, address,
					arena, &names);

	if (r < 0)
		return r;
	return fdp_say(said,
		       fdp_arena_printf(arena, "%s%s%s",
					names.module ? names.module : "",
					names.module ? "." : "", names.name));
}

/* object's, which is repr(), and what the builtin types have instead. */
int fdp_say_repr(struct fdp_error_texts *texts,
		 const struct fdp_error_27 *error, struct fdp_said *said)
{
	switch (error->type->type->kind) {
	case FDP_VALUE_CLASSIC_CLASS:
		return say_class(texts, error->address, said);
	case FDP_VALUE_LONG:
		return say_long(texts, error->address, said);
	case FDP_VALUE_REAL:
		return say_real(texts, error->address, said);
	case FDP_VALUE_COMPLEX:
		return say_complex(texts, error->address, said);
	case FDP_VALUE_BYTEARRAY:
		return -ENODATA;
	default:
		return fdp_say(said, fdp_error_repr(texts, error->address));
	}
}

/* What the class has was looked at; an instance can have its own. */
int fdp_say_classic(struct fdp_error_texts *texts,
		    const struct fdp_error_27 *error, struct fdp_said *said)
{
	static const char *const names[] = { "__str__", "__repr__" };
	const struct fdp_python_offsets *offsets = texts->offsets;
	struct fdp_container dict;
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t attributes =
			fdp_error_field(texts, error->address,
					offsets->classic_instance.attributes);

		if (!error->address ||
		    fdp_dict_begin(texts->target, offsets, attributes, &dict) <
			    0 ||
		    fdp_dict_find(&dict, offsets, names[i], &value) == 0)
			return -ENODATA;
	}
	return fdp_say(said, fdp_error_repr(texts, error->address));
}
