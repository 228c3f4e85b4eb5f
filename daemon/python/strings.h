/*
 * Python's str: read from the target, and written as UTF-8.  In 2.7 that is
 * bytes, which are read as UTF-8, or an object of class unicode.
 *
 * Every form that CPython has: compact and not (str subclasses, PEP 393's
 * "legacy" strings), one, two and four bytes for a character, and wchar_t of
 * strings that were never made ready (up to 3.11).
 */
#ifndef FDP_PYTHON_STRINGS_H
#define FDP_PYTHON_STRINGS_H

#include "../base/arena.h"
#include "../target.h"
#include "offsets.h"

/* Bits of tp_flags.  The first: an int of 2.7; long is what int was later. */
#define FDP_TYPE_WORD (UINT64_C(1) << 23)
#define FDP_TYPE_INTEGER (UINT64_C(1) << 24)
#define FDP_TYPE_LIST (UINT64_C(1) << 25)
#define FDP_TYPE_TUPLE (UINT64_C(1) << 26)
#define FDP_TYPE_BYTES (UINT64_C(1) << 27)
#define FDP_TYPE_STRING (UINT64_C(1) << 28)
#define FDP_TYPE_DICT (UINT64_C(1) << 29)
#define FDP_TYPE_EXCEPTION (UINT64_C(1) << 30)
#define FDP_TYPE_TYPE (UINT64_C(1) << 31)

/*
 * Characters that are read of one string: eight times PATH_MAX, and more than
 * any name in a program that was written by hand.
 */
#define FDP_STRING_MAX 32768

struct fdp_string {
	uint32_t width; /* bytes of a character: 1 (latin-1), 2, 4 */
	size_t length;	/* in characters */
	bool cut;	/* the string is longer */
	bool paired;	/* two surrogates are one character (2.7, UCS2) */
	uint8_t *characters;
};

/* True if the type of the object at ADDRESS has FLAG. */
bool fdp_object_is(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets, uint64_t address,
		   uint64_t flag);

/*
 * The str at ADDRESS, in 2.7 the bytes or unicode.  0; -EBADMSG if there is
 * none; -EFAULT and the like if it cannot be read; -ENOMEM.  Release with
 * fdp_string_done().
 */
int fdp_string_read(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t address,
		    struct fdp_string *ret_string);

/* The same, but at most LIMIT characters of it. */
int fdp_string_read_some(struct fdp_target *target,
			 const struct fdp_python_offsets *offsets,
			 uint64_t address, size_t limit,
			 struct fdp_string *ret_string);

/* True if the str at ADDRESS, in 2.7 the bytes, is NAME, which is ASCII. */
bool fdp_string_is(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets, uint64_t address,
		   const char *name);

/* A str of which CPython has only one: where it lies, as soon as one was met.
 */
struct fdp_interned {
	const char *name;
	uint64_t address; /* 0: none was met */
};

/* The same for a KEY that is interned, as attributes and globals are. */
bool fdp_interned_is(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     struct fdp_interned *key);

/* One character of it; INDEX is below its length. */
uint32_t fdp_string_character(const struct fdp_string *string, size_t index);

/* The same of two that are one; *INDEX is then behind it. */
uint32_t fdp_string_next(const struct fdp_string *string, size_t *index);

/* Writes a Unicode scalar value: at most four bytes, how many is returned. */
size_t fdp_utf8_put(char *out, uint32_t character);

/*
 * As valid UTF-8 without NULs.  What cannot be said is escaped as Python does
 * it: "\x00", and "\udc80" for a lone surrogate.  A cut string ends with an
 * ellipsis.  NULL: no memory.
 */
char *fdp_string_text(const struct fdp_string *string, struct fdp_arena *arena);

/*
 * As the name of a file in a UTF-8 locale: the surrogates with which
 * os.fsdecode() stands for bytes become these bytes again.  0; -EINVAL if it
 * cannot name a file; -ENOMEM.
 */
int fdp_string_path(const struct fdp_string *string, struct fdp_arena *arena,
		    char **ret_path);

/* All zero is fine. */
void fdp_string_done(struct fdp_string *string);

#endif
