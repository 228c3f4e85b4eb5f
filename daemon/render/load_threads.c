#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "load_values.h"

/* What native/unwind.c calls the frame that a handler returns to. */
#define SIGNAL_FRAME "<signal handler called>"

static const struct fdp_module *module_of(const struct fdp_report *report,
					  uint64_t pc, const char *path)
{
	for (size_t i = 0; path && i < report->module_count; i++) {
		const struct fdp_module *module = &report->modules[i];

		if (pc >= module->start && pc <= module->end && module->path &&
		    strcmp(module->path, path) == 0)
			return module;
	}
	return NULL;
}

static void load_local(struct fdp_load *load, const json_t *object,
		       struct fdp_local *local)
{
	static const char *const kinds[] = {
		[FDP_LOCAL_ARGUMENT] = "argument",
		[FDP_LOCAL_LOCAL] = "local",
		[FDP_LOCAL_CELL] = "cell",
		[FDP_LOCAL_FREE] = "free",
	};
	const char *kind = fdp_load_string(load, object, "kind");

	local->name = fdp_load_string(load, object, "name");
	local->value = fdp_load_string(load, object, "value");
	if (!local->name || !local->value)
		fdp_load_fail(load, "locals", "a list of names and values");
	for (size_t i = 0; kind && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			local->kind = (enum fdp_local_kind)i;
}

static void load_locals(struct fdp_load *load, const json_t *object,
			struct fdp_frame *frame)
{
	const json_t *list = fdp_load_list(load, object, "locals");
	size_t count = json_array_size(list);

	if (!list)
		return;
	frame->locals = fdp_load_array(load, count, sizeof(*frame->locals));
	for (size_t i = 0; frame->locals && i < count && !load->error; i++) {
		load_local(load, json_array_get(list, i), &frame->locals[i]);
		frame->local_count = i + 1;
	}
}

/* With newlines between them again. */
static const char *load_lines(struct fdp_load *load, const json_t *object)
{
	size_t count;
	const char **lines = fdp_load_strings(load, object, "lines", &count);
	_cleanup_free_ char *text = NULL;
	const char *joined;
	size_t size = 0;
	FILE *out;

	if (!lines || count == 0)
		return NULL;
	out = open_memstream(&text, &size);
	for (size_t i = 0; out && i < count; i++)
		fprintf(out, "%s%s", i ? "\n" : "", lines[i]);
	if (!out || fclose(out) != 0)
		return NULL;
	joined = fdp_arena_strdup(&load->report->arena, text);
	return joined;
}

static void load_python(struct fdp_load *load, const json_t *object,
			struct fdp_frame *frame)
{
	frame->qualname = fdp_load_string(load, object, "qualname");
	frame->qualname_guessed =
		fdp_load_flag(load, object, "qualname_guessed") == 1;
	frame->source = fdp_load_string(load, object, "source");
	frame->lines = load_lines(load, object);
	frame->source_changed =
		fdp_load_flag(load, object, "source_changed") == 1;
	frame->end_line =
		(int)fdp_load_count(load, object, "end_line", INT_MAX);
	frame->column = (int)fdp_load_count(load, object, "column", INT_MAX);
	frame->end_column =
		(int)fdp_load_count(load, object, "end_column", INT_MAX);
	load_locals(load, object, frame);
}

static void load_native(struct fdp_load *load, const json_t *object,
			struct fdp_frame *frame)
{
	int64_t offset = fdp_load_count(load, object, "offset", INT64_MAX);
	const char *path = fdp_load_string(load, object, "module");
	struct fdp_module *module;

	fdp_load_address(load, object, "pc", &frame->pc);
	frame->offset = offset < 0 ? 0 : (uint64_t)offset;
	frame->inlined = fdp_load_flag(load, object, "inlined") == 1;
	frame->is_signal_return =
		frame->function && strcmp(frame->function, SIGNAL_FRAME) == 0;
	frame->module = module_of(load->report, frame->pc, path);
	if (frame->module || !path)
		return;
	/* A report without its list of modules. */
	module = fdp_load_array(load, 1, sizeof(*module));
	if (!module)
		return;
	module->path = path;
	module->build_id = fdp_load_string(load, object, "build_id");
	frame->module = module;
}

static void load_gap(struct fdp_load *load, const json_t *object,
		     struct fdp_frame *frame)
{
	const char *resumed = fdp_load_string(load, object, "resumed");
	int64_t bytes = fdp_load_count(load, object, "bytes", INT64_MAX);

	frame->gap_bytes = bytes < 0 ? 0 : (uint64_t)bytes;
	frame->found = resumed && strcmp(resumed, "anchor") == 0
			       ? FDP_FOUND_ANCHOR
			       : FDP_FOUND_SCAN;
}

static void load_frame(struct fdp_load *load, const json_t *object,
		       struct fdp_frame *frame)
{
	const char *kind = fdp_load_string(load, object, "kind");

	frame->function = fdp_load_string(load, object, "function");
	frame->file = fdp_load_string(load, object, "file");
	frame->line = (int)fdp_load_count(load, object, "line", INT_MAX);
	frame->end_line = frame->column = frame->end_column = FDP_UNKNOWN;
	if (kind && strcmp(kind, "python") == 0) {
		frame->kind = FDP_FRAME_PYTHON;
		load_python(load, object, frame);
	} else if (kind && strcmp(kind, "native") == 0) {
		frame->kind = FDP_FRAME_NATIVE;
		load_native(load, object, frame);
	} else if (kind && strcmp(kind, "gap") == 0) {
		frame->kind = FDP_FRAME_GAP;
		load_gap(load, object, frame);
	} else {
		fdp_load_fail(load, "kind", "python, native or gap");
	}
}

struct fdp_frame *fdp_load_frames(struct fdp_load *load, const json_t *object,
				  size_t *ret_count)
{
	const json_t *list = fdp_load_list(load, object, "frames");
	size_t count = json_array_size(list);
	struct fdp_frame *frames = fdp_load_array(load, count, sizeof(*frames));

	for (size_t i = 0; frames && i < count && !load->error; i++)
		load_frame(load, json_array_get(list, i), &frames[i]);
	*ret_count = frames && !load->error ? count : 0;
	return frames;
}

/* Indexes below COUNT. */
static int *load_indexes(struct fdp_load *load, const json_t *object,
			 const char *key, size_t below, size_t *ret_count)
{
	const json_t *list = fdp_load_list(load, object, key);
	size_t count = json_array_size(list);
	int *indexes = fdp_load_array(load, count, sizeof(*indexes));

	for (size_t i = 0; indexes && i < count; i++) {
		const json_t *item = json_array_get(list, i);
		json_int_t value = json_integer_value(item);

		if (!json_is_integer(item) || value < 0 ||
		    (uint64_t)value >= below || value > INT_MAX) {
			fdp_load_fail(load, key, "a list of exceptions");
			break;
		}
		indexes[i] = (int)value;
	}
	*ret_count = indexes && !load->error ? count : 0;
	return indexes;
}

static int load_index(struct fdp_load *load, const json_t *object,
		      const char *key, size_t below)
{
	return (int)fdp_load_count(load, object, key,
				   below > INT_MAX ? INT_MAX
						   : (int64_t)below - 1);
}

static void load_syntax(struct fdp_load *load, const json_t *exception,
			struct fdp_exception *into)
{
	const json_t *object = fdp_load_object(load, exception, "syntax");
	struct fdp_syntax_error *syntax;

	if (!object)
		return;
	syntax = fdp_load_array(load, 1, sizeof(*syntax));
	if (!syntax)
		return;
	syntax->message = fdp_load_string(load, object, "message");
	syntax->file = fdp_load_string(load, object, "file");
	syntax->text = fdp_load_string(load, object, "text");
	syntax->line = fdp_load_number(load, object, "line", FDP_NO_NUMBER);
	syntax->line_text = fdp_load_string(load, object, "line_text");
	syntax->end_line =
		fdp_load_number(load, object, "end_line", FDP_NO_NUMBER);
	syntax->column = fdp_load_number(load, object, "column", FDP_NO_NUMBER);
	syntax->end_column =
		fdp_load_number(load, object, "end_column", FDP_NO_NUMBER);
	into->syntax = syntax;
}

static void load_group(struct fdp_load *load, const json_t *exception,
		       size_t below, struct fdp_exception *into)
{
	const json_t *group = fdp_load_object(load, exception, "group");
	int64_t more;

	if (!group)
		return;
	into->is_group = true;
	into->members = load_indexes(load, group, "exceptions", below,
				     &into->member_count);
	more = fdp_load_count(load, group, "more", INT64_MAX);
	into->members_left = more < 0 ? 0 : (size_t)more;
}

static void load_exception(struct fdp_load *load, const json_t *object,
			   size_t below, struct fdp_exception *exception)
{
	exception->type = fdp_load_string(load, object, "type");
	exception->message = fdp_load_string(load, object, "message");
	exception->unsaid = fdp_load_string(load, object, "unsaid");
	fdp_load_address(load, object, "address", &exception->address);
	exception->notes =
		fdp_load_strings(load, object, "notes", &exception->note_count);
	exception->cause = load_index(load, object, "cause", below);
	exception->context = load_index(load, object, "context", below);
	exception->suppress_context =
		fdp_load_flag(load, object, "suppress_context") == 1;
	exception->ended = fdp_load_flag(load, object, "ended");
	load_group(load, object, below, exception);
	load_syntax(load, object, exception);
	exception->frames =
		fdp_load_frames(load, object, &exception->frame_count);
}

static void load_exceptions(struct fdp_load *load, const json_t *thread,
			    struct fdp_exceptions *exceptions)
{
	const json_t *list = fdp_load_list(load, thread, "exceptions");
	size_t count = json_array_size(list);

	exceptions->list =
		fdp_load_array(load, count, sizeof(*exceptions->list));
	for (size_t i = 0; exceptions->list && i < count && !load->error; i++)
		load_exception(load, json_array_get(list, i), count,
			       &exceptions->list[i]);
	exceptions->count = load->error ? 0 : count;
	exceptions->is_raised = load_index(load, thread, "raised", count) == 0;
	exceptions->handled = load_indexes(load, thread, "handled", count,
					   &exceptions->handled_count);
}

static void load_wait(struct fdp_load *load, const json_t *thread,
		      struct fdp_wait *wait)
{
	const json_t *object = fdp_load_object(load, thread, "waits");
	int64_t owner = fdp_load_count(load, object, "owner_tid", INT_MAX);

	wait->kind = fdp_load_string(load, object, "kind");
	wait->text = fdp_load_string(load, object, "text");
	fdp_load_address(load, object, "address", &wait->address);
	wait->owner = owner < 0 ? 0 : (pid_t)owner;
	wait->owner_name = fdp_load_string(load, object, "owner_name");
}

static void load_watch(struct fdp_load *load, const json_t *thread,
		       struct fdp_watch *watch)
{
	const json_t *object = fdp_load_object(load, thread, "watch");

	watch->watched = object != NULL;
	watch->unmoved_dumps = (unsigned)fdp_load_count(
		load, object, "unmoved_dumps", INT_MAX);
	watch->unmoved_s = fdp_load_real(load, object, "unmoved_s");
	watch->cpu_s = fdp_load_real(load, object, "cpu_s");
	watch->unmoved_frames =
		(long)fdp_load_count(load, object, "unmoved_frames", INT_MAX);
}

static void load_merging(struct fdp_load *load, const json_t *thread,
			 struct fdp_merging *merging)
{
	const json_t *object = fdp_load_object(load, thread, "merging");
	const struct {
		const char *key;
		size_t *into;
	} counts[] = {
		{ "evaluations", &merging->evaluations },
		{ "unmatched", &merging->unmatched },
		{ "gaps", &merging->gaps },
	};

	merging->by = fdp_load_string(load, object, "by");
	merging->guessed = fdp_load_flag(load, object, "guessed") == 1;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		int64_t value =
			fdp_load_count(load, object, counts[i].key, INT64_MAX);

		*counts[i].into = value < 0 ? 0 : (size_t)value;
	}
}

static void load_interpreters(struct fdp_load *load, const json_t *object,
			      struct fdp_report_thread *thread)
{
	const json_t *list = fdp_load_list(load, object, "interpreters");
	size_t count = json_array_size(list);
	long *ids = fdp_load_array(load, count, sizeof(*ids));

	for (size_t i = 0; ids && i < count; i++)
		ids[i] = (long)json_integer_value(json_array_get(list, i));
	thread->interpreters = ids;
	thread->interpreter_count = ids ? count : 0;
}

static void load_state(struct fdp_load *load, const json_t *object,
		       struct fdp_report_thread *thread)
{
	int known = fdp_load_flag(load, object, "python_thread");

	thread->is_foreign = known == FDP_UNKNOWN ? FDP_UNKNOWN : !known;
	thread->python_name = fdp_load_string(load, object, "python_name");
	thread->is_daemon = fdp_load_flag(load, object, "daemon");
	thread->attachment = fdp_load_string(load, object, "python_state");
	thread->is_collecting =
		fdp_load_flag(load, object, "collecting_garbage");
	thread->imports = fdp_load_strings(load, object, "importing",
					   &thread->import_count);
}

static void load_thread(struct fdp_load *load, const json_t *object,
			struct fdp_report_thread *thread)
{
	int64_t tid = fdp_load_count(load, object, "tid", INT_MAX);

	if (!json_is_object(object))
		fdp_load_fail(load, "threads", "a list of objects");
	thread->tid = tid < 0 ? 0 : (pid_t)tid;
	thread->name = fdp_load_string(load, object, "name");
	thread->crashed = fdp_load_flag(load, object, "crashed") == 1;
	thread->holds_gil = fdp_load_flag(load, object, "holds_gil");
	load_state(load, object, thread);
	load_wait(load, object, &thread->waits);
	load_watch(load, object, &thread->watch);
	load_interpreters(load, object, thread);
	load_merging(load, object, &thread->merging);
	thread->frames = fdp_load_frames(load, object, &thread->frame_count);
	load_exceptions(load, object, &thread->exceptions);
}

void fdp_load_threads(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *list = fdp_load_list(load, root, "threads");
	size_t count = json_array_size(list);

	load->place = "threads";
	report->threads = fdp_load_array(load, count, sizeof(*report->threads));
	for (size_t i = 0; report->threads && i < count && !load->error; i++)
		load_thread(load, json_array_get(list, i), &report->threads[i]);
	report->thread_count = load->error ? 0 : count;
}
