#include "quoted.h"

#include <stdio.h>
#include <string.h>

#include "printable.h"

/* What one character can become: \U0010ffff. */
#define ESCAPE_SIZE 16

/* Double quotes if that saves escapes. */
static char choose_quote(bool has_single, bool has_double)
{
	return has_single && !has_double ? '"' : '\'';
}

static const char *simple_escape(uint32_t character)
{
	switch (character) {
	case '\\':
		return "\\\\";
	case '\t':
		return "\\t";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	default:
		return NULL;
	}
}

/* False if CHARACTER is neither the quote nor one with an escape of its own. */
static bool write_special(uint32_t character, char quote,
			  struct fdp_writer *writer)
{
	const char *escape = simple_escape(character);

	if (character == (uint32_t)quote)
		fdp_writer_printf(writer, "\\%c", quote);
	else if (escape)
		fdp_writer_put(writer, escape);
	else
		return false;
	return true;
}

static void write_character(uint32_t character, char quote, int minor,
			    struct fdp_writer *writer)
{
	char text[ESCAPE_SIZE];
	size_t size;

	if (write_special(character, quote, writer))
		return;
	if (minor < 0 ? character >= ' ' && character < 0x7f
		      : fdp_is_printable(character, minor))
		size = fdp_utf8_put(text, character);
	else
		size = (size_t)snprintf(text, sizeof(text),
					character < 0x100     ? "\\x%02x"
					: character < 0x10000 ? "\\u%04x"
							      : "\\U%08x",
					character);
	fdp_writer_put_bytes(writer, text, size);
}

static void write_quote(char quote, struct fdp_writer *writer)
{
	fdp_writer_put_bytes(writer, &quote, 1);
}

void fdp_string_write(const struct fdp_string *string, int minor,
		      struct fdp_writer *writer)
{
	bool has_single = false;
	bool has_double = false;
	char quote;

	for (size_t i = 0; i < string->length; i++) {
		uint32_t character = fdp_string_character(string, i);

		has_single |= character == '\'';
		has_double |= character == '"';
	}
	quote = choose_quote(has_single, has_double);
	if (minor < 0)
		fdp_writer_put(writer, "u");
	write_quote(quote, writer);
	for (size_t i = 0; i < string->length;)
		write_character(fdp_string_next(string, &i), quote, minor,
				writer);
	write_quote(quote, writer);
	if (string->cut)
		fdp_writer_put(writer, FDP_LEFT_OUT);
}

static void write_byte(uint8_t byte, char quote, struct fdp_writer *writer)
{
	if (write_special(byte, quote, writer))
		return;
	if (byte >= ' ' && byte < 0x7f)
		fdp_writer_put_bytes(writer, (const char *)&byte, 1);
	else
		fdp_writer_printf(writer, "\\x%02x", byte);
}

void fdp_bytes_write(const struct fdp_byte_string *string,
		     struct fdp_writer *writer)
{
	size_t size = string->size;
	char quote = choose_quote(memchr(string->bytes, '\'', size) != NULL,
				  memchr(string->bytes, '"', size) != NULL);

	fdp_writer_put(writer, string->is_str ? "" : "b");
	write_quote(quote, writer);
	for (size_t i = 0; i < size; i++) {
		if (string->is_array && string->bytes[i] == '\'')
			fdp_writer_put(writer, "\\'");
		else
			write_byte(string->bytes[i], quote, writer);
	}
	write_quote(quote, writer);
	if (string->cut)
		fdp_writer_put(writer, FDP_LEFT_OUT);
}
