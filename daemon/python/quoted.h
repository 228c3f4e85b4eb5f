/*
 * Python's str and bytes as repr() writes them.
 */
#ifndef FDP_PYTHON_QUOTED_H
#define FDP_PYTHON_QUOTED_H

#include "strings.h"
#include "writer.h"

/*
 * Characters and bytes that are shown of one; behind them, outside of the
 * quotes, stands FDP_LEFT_OUT.  A page of text, or a packet.
 */
#define FDP_QUOTED_MAX 1024

/* A str, as 3.MINOR writes it; below 0: a unicode, as 2.7 does. */
void fdp_string_write(const struct fdp_string *string, int minor,
		      struct fdp_writer *writer);

/* Some of a bytes or bytearray object. */
struct fdp_byte_string {
	const uint8_t *bytes;
	size_t size;
	bool cut;      /* there are more of them */
	bool is_array; /* which escapes each single quote */
	bool is_str;   /* of 2.7, which says nothing in front */
};

void fdp_bytes_write(const struct fdp_byte_string *string,
		     struct fdp_writer *writer);

#endif
