#include "json_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "escape.h"
#include "timestamp.h"

json_t *fdp_json_string(const char *string)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (!string)
		return json_null();
	text = fdp_utf8_replace(string, &size);
	return text ? json_stringn_nocheck(text, size) : NULL;
}

json_t *fdp_json_count(int64_t value)
{
	return value < 0 ? json_null() : json_integer(value);
}

json_t *fdp_json_real(double value)
{
	return value < 0 ? json_null() : json_real(value);
}

json_t *fdp_json_flag(int value)
{
	return value == FDP_UNKNOWN ? json_null() : json_boolean(value);
}

json_t *fdp_json_address(uint64_t address)
{
	return json_sprintf("0x%llx", (unsigned long long)address);
}

json_t *fdp_json_time(int64_t time_us)
{
	char text[FDP_TIME_SIZE];

	return fdp_time_format(time_us, text) ? json_string(text) : json_null();
}

static json_t *local_object(const struct fdp_local *local)
{
	static const char *const kinds[] = {
		[FDP_LOCAL_ARGUMENT] = "argument",
		[FDP_LOCAL_LOCAL] = "local",
		[FDP_LOCAL_CELL] = "cell",
		[FDP_LOCAL_FREE] = "free",
	};

	return json_pack("{s:o, s:o, s:s}", "name",
			 fdp_json_string(local->name), "value",
			 fdp_json_string(local->value), "kind",
			 kinds[local->kind]);
}

static json_t *frame_locals(const struct fdp_frame *frame)
{
	json_t *array;

	if (!frame->locals)
		return json_null();
	array = json_array();
	for (size_t i = 0; array && i < frame->local_count; i++) {
		json_t *local = local_object(&frame->locals[i]);

		if (!local || json_array_append_new(array, local) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

/* The source split at its newlines. */
static json_t *frame_lines(const struct fdp_frame *frame)
{
	const char *at = frame->lines, *end;
	json_t *array = at ? json_array() : json_null();

	for (; at && array; at = *end ? end + 1 : NULL) {
		_cleanup_free_ char *line = NULL;

		end = strchrnul(at, '\n');
		line = strndup(at, (size_t)(end - at));
		if (!line ||
		    json_array_append_new(array, fdp_json_string(line)) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

static json_t *python_frame(const struct fdp_frame *frame)
{
	return json_pack(
		"{s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, "
		"s:o}",
		"kind", "python", "function", fdp_json_string(frame->function),
		"qualname", fdp_json_string(frame->qualname),
		"qualname_guessed", frame->qualname_guessed, "file",
		fdp_json_string(frame->file), "line",
		fdp_json_count(frame->line), "end_line",
		fdp_json_count(frame->end_line), "column",
		fdp_json_count(frame->column), "end_column",
		fdp_json_count(frame->end_column), "source",
		fdp_json_string(frame->source), "lines", frame_lines(frame),
		"source_changed", frame->source_changed, "locals",
		frame_locals(frame));
}

static json_t *native_frame(const struct fdp_frame *frame)
{
	const struct fdp_module *module = frame->module;
	/* Inlined code has no beginning of its own. */
	bool known = frame->function && !frame->inlined;
	int64_t offset = known ? (int64_t)frame->offset : FDP_UNKNOWN;

	return json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "kind",
		"native", "function", fdp_json_string(frame->function),
		"offset", fdp_json_count(offset), "pc",
		fdp_json_address(frame->pc), "module",
		fdp_json_string(module ? module->path : NULL), "build_id",
		fdp_json_string(module ? module->build_id : NULL), "file",
		fdp_json_string(frame->file), "line",
		fdp_json_count(frame->line), "inlined", frame->inlined);
}

static json_t *gap_frame(const struct fdp_frame *frame)
{
	int64_t bytes =
		frame->gap_bytes > INT64_MAX ? 0 : (int64_t)frame->gap_bytes;

	return json_pack("{s:s, s:o, s:s}", "kind", "gap", "bytes",
			 bytes ? json_integer(bytes) : json_null(), "resumed",
			 frame->found == FDP_FOUND_ANCHOR ? "anchor" : "scan");
}

json_t *fdp_json_frame(const struct fdp_frame *frame)
{
	if (frame->kind == FDP_FRAME_GAP)
		return gap_frame(frame);
	return frame->kind == FDP_FRAME_PYTHON ? python_frame(frame)
					       : native_frame(frame);
}

json_t *fdp_json_module(const struct fdp_module *module)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "path",
			 fdp_json_string(module->path), "build_id",
			 fdp_json_string(module->build_id), "start",
			 fdp_json_address(module->start), "end",
			 fdp_json_address(module->end), "bias",
			 fdp_json_address(module->bias), "interpreter",
			 module->is_interpreter);
}

json_t *fdp_json_handler(const struct fdp_handler *handler)
{
	const struct fdp_module *module = handler->module;

	if (!handler->address)
		return json_pack("{s:n, s:n, s:n, s:n}", "address", "module",
				 "offset", "symbol");
	return json_pack(
		"{s:o, s:o, s:o, s:o}", "address",
		fdp_json_address(handler->address), "module",
		fdp_json_string(module ? module->path : NULL), "offset",
		module ? fdp_json_address(handler->address - module->bias)
		       : json_null(),
		"symbol", fdp_json_string(handler->function));
}

json_t *fdp_json_foreign(const struct fdp_foreign_handler *foreign)
{
	json_t *handler = fdp_json_handler(&foreign->handler);
	json_t *object = json_pack("{s:i, s:o, s:s}", "number", foreign->signal,
				   "name", fdp_json_string(foreign->name),
				   "action", foreign->action);

	if (!handler || !object || json_object_update(object, handler) < 0) {
		json_decref(object);
		object = NULL;
	}
	json_decref(handler);
	return object;
}

json_t *fdp_json_wait(const struct fdp_wait *wait)
{
	if (!wait->kind)
		return json_null();
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o}", "kind",
		fdp_json_string(wait->kind), "text",
		fdp_json_string(wait->text), "address",
		wait->address ? fdp_json_address(wait->address) : json_null(),
		"owner_tid",
		fdp_json_count(wait->owner ? wait->owner : FDP_UNKNOWN),
		"owner_name", fdp_json_string(wait->owner_name));
}

json_t *fdp_json_merging(const struct fdp_merging *merging)
{
	return json_pack(
		"{s:o, s:I, s:I, s:I, s:b}", "by", fdp_json_string(merging->by),
		"evaluations", (json_int_t)merging->evaluations, "unmatched",
		(json_int_t)merging->unmatched, "gaps",
		(json_int_t)merging->gaps, "guessed", merging->guessed);
}

json_t *fdp_json_watch(const struct fdp_watch *watch)
{
	if (!watch->watched)
		return json_null();
	return json_pack("{s:i, s:o, s:o, s:o}", "unmoved_dumps",
			 (int)watch->unmoved_dumps, "unmoved_s",
			 fdp_json_real(watch->unmoved_s), "cpu_s",
			 fdp_json_real(watch->cpu_s), "unmoved_frames",
			 fdp_json_count(watch->unmoved_frames));
}

json_t *fdp_json_deadlock(const struct fdp_deadlock *deadlock)
{
	json_t *tids = json_array();

	for (size_t i = 0; tids && i < deadlock->count; i++) {
		if (json_array_append_new(
			    tids, json_integer(deadlock->tids[i])) < 0) {
			json_decref(tids);
			return NULL;
		}
	}
	return json_pack("{s:o}", "threads", tids);
}

json_t *fdp_json_strings(const char **strings, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < count; i++) {
		if (json_array_append_new(array, fdp_json_string(strings[i])) <
		    0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

json_t *fdp_json_extensions(const struct fdp_extension *extensions,
			    size_t count)
{
	json_t *array = extensions ? json_array() : json_null();

	for (size_t i = 0; array && i < count; i++) {
		json_t *object =
			json_pack("{s:o, s:o}", "name",
				  fdp_json_string(extensions[i].name), "file",
				  fdp_json_string(extensions[i].file));

		if (json_array_append_new(array, object) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

int fdp_json_write_open(FILE *out, json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII)
			   : NULL;
	int r;

	json_decref(value);
	if (!text)
		return -ENOMEM;
	r = fprintf(out, "%.*s", (int)strlen(text) - 1, text);
	free(text);
	return r < 0 ? -EIO : 0;
}
