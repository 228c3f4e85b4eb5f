#include "strings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

/*
 * The state word of a str, shifted: kind:3 compact:1 ascii:1.  Before that it
 * says whether it is interned.
 */
#define STATE_KIND(state) ((state)&7)
#define STATE_COMPACT(state) ((state) >> 3 & 1)
#define STATE_ASCII(state) ((state) >> 4 & 1)

/* The kind of a string that is only wchar_t yet. */
#define KIND_WIDE 0

/* A length above this is damage and not a long string: 1 GiB of characters. */
#define LENGTH_SANE (UINT64_C(1) << 30)

/* The last number that is a character, of Unicode and of sys.maxunicode. */
#define CHARACTER_LAST 0x10ffff

/* What a byte that is no character is, added to it. */
#define SURROGATE_OF_BYTE 0xdc00

/* What one character can become: "\Uffffffff" for a number that is none. */
#define TEXT_BYTES_MAX 10

/* The longest name that is asked for, "stdlib_module_names", and more. */
#define NAME_MAX_LENGTH 64

#define ELLIPSIS "\xe2\x80\xa6"

/* Where the characters of a str are. */
struct place {
	uint64_t address, length;
	uint32_t width;
	bool bytes; /* which say UTF-8 */
};

void fdp_string_done(struct fdp_string *string)
{
	free(string->characters);
	*string = (struct fdp_string){ 0 };
}

static bool is_surrogate(uint32_t character)
{
	return character >= 0xd800 && character <= 0xdfff;
}

bool fdp_object_is(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets, uint64_t address,
		   uint64_t flag)
{
	uint64_t type;
	uint64_t flags;

	return fdp_target_read_u64(target, address + offsets->object.type,
				   &type) == 0 &&
	       fdp_target_read_u64(target, type + offsets->type.flags,
				   &flags) == 0 &&
	       (flags & flag);
}

/* Strings of PyUnicode_FromUnicode() that nobody has looked at yet. */
static int place_of_wide(struct fdp_target *target,
			 const struct fdp_python_offsets *offsets,
			 uint64_t address, struct place *place)
{
	int r;

	if (offsets->string.wide == FDP_ABSENT)
		return -EBADMSG;
	r = fdp_target_read_u64(target, address + offsets->string.wide_length,
				&place->length);
	if (r < 0)
		return r;
	place->width = sizeof(wchar_t);
	return fdp_target_read_u64(target, address + offsets->string.wide,
				   &place->address);
}

static int place_of(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t address,
		    struct place *place)
{
	uint32_t state;
	int r;

	r = fdp_target_read_u32(target, address + offsets->string.state,
				&state);
	if (r < 0)
		return r;
	state >>= offsets->string.kind_shift;
	place->width = STATE_KIND(state);
	if (place->width == KIND_WIDE && !STATE_COMPACT(state))
		return place_of_wide(target, offsets, address, place);
	if (place->width != 1 && place->width != 2 && place->width != 4)
		return -EBADMSG;
	r = fdp_target_read_u64(target, address + offsets->string.length,
				&place->length);
	if (r < 0)
		return r;
	if (!STATE_COMPACT(state))
		return fdp_target_read_u64(target,
					   address + offsets->string.data,
					   &place->address);
	place->address =
		address + (STATE_ASCII(state) ? offsets->string.ascii_data
					      : offsets->string.compact_data);
	return 0;
}

/*
 * One character of UTF-8 at *AT, which is then behind it; a byte that is not
 * of any becomes the surrogate with which os.fsdecode() stands for it.
 */
static uint32_t decode_one(const uint8_t *bytes, size_t size, size_t *at)
{
	uint8_t first = bytes[(*at)++];
	size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint32_t character = first & (0x3fu >> more);

	if (first < 0x80)
		return first;
	if (first < 0xc2 || first > 0xf4 || more > size - *at)
		return SURROGATE_OF_BYTE + first;
	for (size_t i = 0; i < more; i++) {
		if ((bytes[*at + i] & 0xc0) != 0x80)
			return SURROGATE_OF_BYTE + first;
		character = character << 6 | (bytes[*at + i] & 0x3f);
	}
	if (character < least[more] || character > CHARACTER_LAST ||
	    is_surrogate(character))
		return SURROGATE_OF_BYTE + first;
	*at += more;
	return character;
}

/* Bytes become characters, of four bytes each. */
static int decode_bytes(struct fdp_string *string)
{
	size_t count = 0;
	uint32_t *characters = calloc(string->length + 1, sizeof(*characters));

	if (!characters) {
		fdp_string_done(string);
		return -ENOMEM;
	}
	for (size_t at = 0; at < string->length; count++)
		characters[count] =
			decode_one(string->characters, string->length, &at);
	free(string->characters);
	string->characters = (uint8_t *)characters;
	string->length = count;
	string->width = 4;
	return 0;
}

/* Names in 2.7. */
static int place_of_bytes(struct fdp_target *target,
			  const struct fdp_python_offsets *offsets,
			  uint64_t address, struct place *place)
{
	place->width = 1;
	place->address = address + offsets->bytes.data;
	return fdp_target_read_u64(target, address + offsets->bytes.size,
				   &place->length);
}

/* unicode in 2.7. */
static int place_of_unicode(struct fdp_target *target,
			    const struct fdp_python_offsets *offsets,
			    uint64_t address, struct place *place)
{
	int r = fdp_target_read_u64(target, address + offsets->unicode.length,
				    &place->length);

	place->width = offsets->unicode.width;
	return r < 0 ? r
		     : fdp_target_read_u64(target,
					   address + offsets->unicode.data,
					   &place->address);
}

/* The object at ADDRESS, if it is what strings are in this version. */
static int place_of_name(struct fdp_target *target,
			 const struct fdp_python_offsets *offsets,
			 uint64_t address, struct place *place)
{
	bool old = offsets->string.state == FDP_ABSENT;

	place->bytes =
		old && fdp_object_is(target, offsets, address, FDP_TYPE_BYTES);
	if (place->bytes)
		return place_of_bytes(target, offsets, address, place);
	if (!fdp_object_is(target, offsets, address, FDP_TYPE_STRING))
		return -EBADMSG;
	return (old ? place_of_unicode : place_of)(target, offsets, address,
						   place);
}

int fdp_string_read(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t address,
		    struct fdp_string *ret_string)
{
	return fdp_string_read_some(target, offsets, address, FDP_STRING_MAX,
				    ret_string);
}

int fdp_string_read_some(struct fdp_target *target,
			 const struct fdp_python_offsets *offsets,
			 uint64_t address, size_t limit,
			 struct fdp_string *ret_string)
{
	_cleanup_free_ uint8_t *characters = NULL;
	struct place place;
	size_t length;
	int r;

	r = place_of_name(target, offsets, address, &place);
	if (r < 0)
		return r;
	if (place.length > LENGTH_SANE)
		return -EBADMSG;
	length = place.length < limit ? place.length : limit;
	characters = malloc(length * place.width + 1);
	if (!characters)
		return -ENOMEM;
	r = fdp_target_read(target, place.address, characters,
			    length * place.width);
	if (r < 0)
		return r;
	*ret_string = (struct fdp_string){
		.width = place.width,
		.length = length,
		.cut = place.length > length,
		.paired = place.width == 2 && offsets->major == 2,
		.characters = TAKE_PTR(characters),
	};
	return place.bytes ? decode_bytes(ret_string) : 0;
}

bool fdp_string_is(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets, uint64_t address,
		   const char *name)
{
	const size_t length = strlen(name);
	char found[NAME_MAX_LENGTH];
	struct place place;

	return length <= sizeof(found) &&
	       place_of_name(target, offsets, address, &place) == 0 &&
	       place.width == 1 && place.length == length &&
	       fdp_target_read(target, place.address, found, length) == 0 &&
	       memcmp(found, name, length) == 0;
}

bool fdp_interned_is(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     struct fdp_interned *key)
{
	if (key->address)
		return key->address == address;
	if (!fdp_string_is(target, offsets, address, key->name))
		return false;
	key->address = address;
	return true;
}

uint32_t fdp_string_character(const struct fdp_string *string, size_t index)
{
	uint32_t wide;
	uint16_t half;

	if (string->width == 1)
		return string->characters[index];
	if (string->width == 2) {
		memcpy(&half, string->characters + index * 2, sizeof(half));
		return half;
	}
	memcpy(&wide, string->characters + index * 4, sizeof(wide));
	return wide;
}

uint32_t fdp_string_next(const struct fdp_string *string, size_t *index)
{
	uint32_t first = fdp_string_character(string, (*index)++);
	uint32_t second;

	if (!string->paired || *index == string->length || first < 0xd800 ||
	    first > 0xdbff)
		return first;
	second = fdp_string_character(string, *index);
	if (second < 0xdc00 || second > 0xdfff)
		return first;
	++*index;
	return 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
}

size_t fdp_utf8_put(char *out, uint32_t character)
{
	size_t more = character < 0x80	    ? 0
		      : character < 0x800   ? 1
		      : character < 0x10000 ? 2
					    : 3;
	static const uint8_t first[] = { 0x00, 0xc0, 0xe0, 0xf0 };

	for (size_t i = more; i > 0; i--) {
		out[i] = (char)(0x80 | (character & 0x3f));
		character >>= 6;
	}
	out[0] = (char)(first[more] | character);
	return more + 1;
}

/* At most TEXT_BYTES_MAX bytes and a NUL. */
static size_t put_text(char *out, uint32_t character)
{
	const size_t size = TEXT_BYTES_MAX + 1;

	if (character == 0)
		return (size_t)snprintf(out, size, "\\x00");
	if (is_surrogate(character))
		return (size_t)snprintf(out, size, "\\u%04x", character);
	if (character > CHARACTER_LAST)
		return (size_t)snprintf(out, size, "\\U%08x", character);
	return fdp_utf8_put(out, character);
}

char *fdp_string_text(const struct fdp_string *string, struct fdp_arena *arena)
{
	_cleanup_free_ char *text =
		malloc(string->length * TEXT_BYTES_MAX + sizeof(ELLIPSIS));
	size_t size = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < string->length;)
		size += put_text(text + size, fdp_string_next(string, &i));
	if (string->cut) {
		memcpy(text + size, ELLIPSIS, sizeof(ELLIPSIS) - 1);
		size += sizeof(ELLIPSIS) - 1;
	}
	return fdp_arena_copy(arena, text, size);
}

/* Appends one character of a file name; 0 if it cannot be in one. */
static size_t put_path(char *out, uint32_t character)
{
	if (character >= 0xdc80 && character <= 0xdcff) {
		*out = (char)(character - 0xdc00);
		return 1;
	}
	if (!character || is_surrogate(character) || character > CHARACTER_LAST)
		return 0;
	return fdp_utf8_put(out, character);
}

int fdp_string_path(const struct fdp_string *string, struct fdp_arena *arena,
		    char **ret_path)
{
	_cleanup_free_ char *path = NULL;
	size_t size = 0;
	char *copy;

	if (string->cut)
		return -EINVAL;
	path = malloc(string->length * 4 + 1);
	if (!path)
		return -ENOMEM;
	for (size_t i = 0; i < string->length; i++) {
		size_t put =
			put_path(path + size, fdp_string_character(string, i));

		if (!put)
			return -EINVAL;
		size += put;
	}
	copy = fdp_arena_copy(arena, path, size);
	if (!copy)
		return -ENOMEM;
	*ret_path = copy;
	return 0;
}
