/*
 * Text that came from a crashed process, made safe for a terminal and for JSON.
 */
#ifndef FDP_RENDER_ESCAPE_H
#define FDP_RENDER_ESCAPE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Returned for bytes that are not UTF-8. */
#define FDP_NOT_UTF8 (-1)

/*
 * The character that BYTES begin with (SIZE > 0 of them): its length, and its
 * code point in *ret_point.  A byte that begins none has length 1 and
 * FDP_NOT_UTF8; a lone surrogate, which Python strings may hold, is a
 * character.
 */
size_t fdp_utf8_next(const char *bytes, size_t size, int32_t *ret_point);

/*
 * Writes SIZE bytes to OUT (NULL: only measures) and returns how many columns
 * they take.  Control characters, characters that change the direction or
 * cannot be seen, and surrogates become \xNN, \uNNNN or \UNNNNNNNN as in
 * Python; bytes that are not UTF-8 \xNN; a tab becomes a space.
 */
size_t fdp_escape(FILE *out, const char *bytes, size_t size);

/* The same for a string. */
size_t fdp_escape_string(FILE *out, const char *string);

/*
 * A copy in which each byte that is not UTF-8, and each surrogate, is U+FFFD;
 * malloc'ed, its length in *ret_size.  NULL: memory is out.
 */
char *fdp_utf8_replace(const char *string, size_t *ret_size);

#endif
