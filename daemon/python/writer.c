#include "writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fdp_writer_clear(struct fdp_writer *writer)
{
	writer->size = 0;
	writer->full = false;
	writer->bytes[0] = '\0';
}

/* Nothing goes behind what was left out. */
static void end(struct fdp_writer *writer)
{
	writer->full = true;
	memcpy(writer->bytes + writer->size, FDP_LEFT_OUT,
	       sizeof(FDP_LEFT_OUT));
	writer->size += sizeof(FDP_LEFT_OUT) - 1;
}

void fdp_writer_put_bytes(struct fdp_writer *writer, const char *bytes,
			  size_t size)
{
	if (writer->full)
		return;
	if (size > FDP_WRITER_MAX - writer->size) {
		end(writer);
		return;
	}
	memcpy(writer->bytes + writer->size, bytes, size);
	writer->size += size;
	writer->bytes[writer->size] = '\0';
}

void fdp_writer_put(struct fdp_writer *writer, const char *text)
{
	fdp_writer_put_bytes(writer, text, strlen(text));
}

void fdp_writer_printf(struct fdp_writer *writer, const char *format, ...)
{
	char text[FDP_WRITER_MAX];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (size < 0)
		return;
	if ((size_t)size >= sizeof(text))
		end(writer);
	else
		fdp_writer_put_bytes(writer, text, (size_t)size);
}
