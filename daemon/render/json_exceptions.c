#include "json_exceptions.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "json_values.h"

static json_t *index_or_null(int index)
{
	return index == FDP_UNKNOWN ? json_null() : json_integer(index);
}

static json_t *number_or_null(int64_t number)
{
	return number == FDP_NO_NUMBER ? json_null() : json_integer(number);
}

static json_t *append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0) {
		json_decref(array);
		return NULL;
	}
	return array;
}

static json_t *indexes(const int *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < count; i++)
		array = append(array, json_integer(list[i]));
	return array;
}

static json_t *notes(const struct fdp_exception *exception)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < exception->note_count; i++)
		array = append(array, fdp_json_string(exception->notes[i]));
	return array;
}

static json_t *group(const struct fdp_exception *exception)
{
	if (!exception->is_group)
		return json_null();
	return json_pack("{s:o, s:I}", "exceptions",
			 indexes(exception->members, exception->member_count),
			 "more", (json_int_t)exception->members_left);
}

static json_t *syntax(const struct fdp_syntax_error *error)
{
	if (!error)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "message",
			 fdp_json_string(error->message), "file",
			 fdp_json_string(error->file), "line",
			 number_or_null(error->line), "line_text",
			 fdp_json_string(error->line_text), "column",
			 number_or_null(error->column), "end_line",
			 number_or_null(error->end_line), "end_column",
			 number_or_null(error->end_column), "text",
			 fdp_json_string(error->text));
}

/* All but the frames. */
static json_t *make_exception(const struct fdp_exception *exception)
{
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
		"type", fdp_json_string(exception->type), "message",
		fdp_json_string(exception->message), "unsaid",
		fdp_json_string(exception->message ? NULL : exception->unsaid),
		"address",
		exception->address ? fdp_json_address(exception->address)
				   : json_null(),
		"notes", notes(exception), "cause",
		index_or_null(exception->cause), "context",
		index_or_null(exception->context), "suppress_context",
		exception->suppress_context, "ended",
		exception->ended == FDP_UNKNOWN
			? json_null()
			: json_boolean(exception->ended),
		"group", group(exception), "syntax", syntax(exception->syntax));
}

static int write_exception(FILE *out, struct fdp_json_frames *frames,
			   const struct fdp_exception *exception)
{
	int r = fdp_json_write_open(out, make_exception(exception));

	fputs(",\"frames\":[", out);
	if (r == 0)
		r = fdp_json_frames_write_all(frames, out, exception->frames,
					      exception->frame_count);
	fputs("]}", out);
	return r;
}

static int write_handled(FILE *out, const struct fdp_exceptions *exceptions)
{
	json_t *array = indexes(exceptions->handled, exceptions->handled_count);
	int r = array ? json_dumpf(array, out, JSON_COMPACT) : -ENOMEM;

	json_decref(array);
	return r == -1 ? -EIO : r;
}

int fdp_json_exceptions_write(FILE *out, struct fdp_json_frames *frames,
			      const struct fdp_exceptions *exceptions)
{
	int r;

	fprintf(out, "\"raised\":%s,\"handled\":",
		exceptions->is_raised ? "0" : "null");
	r = write_handled(out, exceptions);
	fputs(",\"exceptions\":[", out);
	for (size_t i = 0; i < exceptions->count && r == 0; i++) {
		if (i > 0)
			putc(',', out);
		r = write_exception(out, frames, &exceptions->list[i]);
	}
	fputs("]", out);
	return r;
}
