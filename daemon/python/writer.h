/*
 * The text of one value while it is made: as much as there is room for.
 */
#ifndef FDP_PYTHON_WRITER_H
#define FDP_PYTHON_WRITER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes of one representation: more than a screen, and than the longest number
 * has (FDP_INTEGER_DIGITS_MAX).
 */
#define FDP_WRITER_MAX 8192

/* What stands where something is left out, as in Python. */
#define FDP_LEFT_OUT "..."

/* All zero is empty. */
struct fdp_writer {
	char bytes[FDP_WRITER_MAX + sizeof(FDP_LEFT_OUT)];
	size_t size;
	bool full; /* something was left out for want of room */
};

void fdp_writer_clear(struct fdp_writer *writer);

/* Each puts all of it or nothing; then the text ends with FDP_LEFT_OUT. */
void fdp_writer_put(struct fdp_writer *writer, const char *text);
void fdp_writer_put_bytes(struct fdp_writer *writer, const char *bytes,
			  size_t size);
void fdp_writer_printf(struct fdp_writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
