#include "text.h"

#include <string.h>

#include "escape.h"
#include "fold.h"

/* Names are cut here: a C++ template can fill a screen. */
#define NAME_BYTES_MAX 200

/* As much of a build-id as tells builds apart. */
#define BUILD_ID_SHOWN 8

static void write_name(const struct fdp_text *text, const char *name)
{
	size_t length = strlen(name);

	if (length <= NAME_BYTES_MAX) {
		fdp_escape(text->out, name, length);
		return;
	}
	length = NAME_BYTES_MAX;
	while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80)
		length--;
	fdp_escape(text->out, name, length);
	fputs("...", text->out);
}

static void write_python(const struct fdp_text *text,
			 const struct fdp_frame *frame)
{
	const char *name = frame->qualname ? frame->qualname : frame->function;

	fputs("File \"", text->out);
	fdp_text_style(text, FDP_STYLE_CODE);
	fdp_escape_string(text->out, frame->file ? frame->file : "?");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	fputs("\", line ", text->out);
	fdp_text_style(text, FDP_STYLE_CODE);
	if (frame->line > 0)
		fprintf(text->out, "%d", frame->line);
	else
		putc('?', text->out);
	fdp_text_style(text, FDP_STYLE_PLAIN);
	fputs(", in ", text->out);
	fdp_text_style(text, FDP_STYLE_CODE);
	write_name(text, name ? name : "?");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	if (frame->qualname && frame->qualname_guessed)
		fputs(" [guessed]", text->out);
}

/* The build-id only where it is needed to find the name later. */
static void write_module(const struct fdp_text *text,
			 const struct fdp_frame *frame)
{
	const struct fdp_module *module = frame->module;

	if (!module || !module->path) {
		fputs(" (in no module)", text->out);
		return;
	}
	fputs(" (", text->out);
	fdp_escape_string(text->out, fdp_path_basename(module->path));
	if (module->build_id && !frame->function)
		fprintf(text->out, " %.*s", BUILD_ID_SHOWN, module->build_id);
	putc(')', text->out);
}

/*
 * The whole path of what the user may have written; of the interpreter and the
 * C library the name is enough.
 */
static const char *shown_file(const struct fdp_frame *frame)
{
	if (frame->module && (frame->module->is_interpreter ||
			      fdp_module_is_system(frame->module)))
		return fdp_path_basename(frame->file);
	return frame->file;
}

static void write_native(const struct fdp_text *text,
			 const struct fdp_frame *frame)
{
	const struct fdp_module *module = frame->module;

	if (frame->function) {
		write_name(text, frame->function);
		if (!frame->inlined && !frame->is_signal_return)
			fprintf(text->out, " +0x%llx",
				(unsigned long long)frame->offset);
	} else if (module) {
		fprintf(text->out, "? +0x%llx",
			(unsigned long long)(frame->pc - module->bias));
	} else {
		fprintf(text->out, "0x%llx", (unsigned long long)frame->pc);
	}
	if (frame->inlined)
		fputs(" inlined", text->out);
	if (frame->file) {
		fputs(" at ", text->out);
		fdp_escape_string(text->out, shown_file(frame));
		if (frame->line > 0)
			fprintf(text->out, ":%d", frame->line);
	}
	write_module(text, frame);
}

static void write_gap(const struct fdp_text *text,
		      const struct fdp_frame *frame)
{
	fputs("... frames are missing here", text->out);
	if (frame->gap_bytes)
		fprintf(text->out, ": %llu bytes of the stack lead nowhere",
			(unsigned long long)frame->gap_bytes);
	fputs(frame->found == FDP_FOUND_ANCHOR
		      ? " (goes on where Python keeps its evaluation)"
		      : " (goes on at what looks like a return address)",
	      text->out);
}

void fdp_text_frame(const struct fdp_text *text, const struct fdp_frame *frame)
{
	if (frame->kind == FDP_FRAME_PYTHON)
		write_python(text, frame);
	else if (frame->kind == FDP_FRAME_GAP)
		write_gap(text, frame);
	else
		write_native(text, frame);
}

static void write_single(const struct fdp_text *text,
			 const struct fdp_frame *frame)
{
	bool is_native = frame->kind != FDP_FRAME_PYTHON;
	bool is_faint = is_native && fdp_module_is_system(frame->module);

	fputs(is_native ? "  | " : "  ", text->out);
	if (is_faint)
		fdp_text_style(text, FDP_STYLE_FAINT);
	fdp_text_frame(text, frame);
	if (is_faint)
		fdp_text_style(text, FDP_STYLE_PLAIN);
	fdp_text_end_frame(text, frame);
	if (is_native)
		return;
	fdp_text_source(text, frame);
	fdp_text_locals(text, frame);
}

static void write_group_name(const struct fdp_text *text,
			     const struct fdp_frame *frame)
{
	if (frame->function)
		write_name(text, frame->function);
	else
		fprintf(text->out, "+0x%llx",
			(unsigned long long)(frame->pc - frame->module->bias));
}

/* "  | ... 4 frames of libpython3.12.so.1.0 (first ... last)" */
static void write_group(const struct fdp_text *text,
			const struct fdp_frame *frames, size_t count)
{
	const char *path = frames[0].module->path;

	fdp_text_style(text, FDP_STYLE_FAINT);
	fprintf(text->out, "  | ... %zu frame%s of ", count,
		count == 1 ? "" : "s");
	fdp_escape_string(text->out, path ? fdp_path_basename(path) : "?");
	fputs(" (", text->out);
	write_group_name(text, &frames[0]);
	if (count > 1) {
		fputs(count > 2 ? " ... " : ", ", text->out);
		write_group_name(text, &frames[count - 1]);
	}
	putc(')', text->out);
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
}

/* The entries that the frames from AT to END make. */
static void write_entries(const struct fdp_text *text,
			  const struct fdp_report_thread *thread, size_t top,
			  size_t at, size_t end)
{
	while (at < end) {
		size_t count = fdp_fold_entry(thread, top, at);

		if (count > end - at)
			count = end - at;
		if (fdp_fold_is_group(thread, top, at))
			write_group(text, &thread->frames[at], count);
		else
			write_single(text, &thread->frames[at]);
		at += count;
	}
}

static void write_repeated(const struct fdp_text *text, struct fdp_cycle cycle)
{
	size_t more = cycle.rounds - FDP_FOLD_SHOWN;

	fputs("  [Previous ", text->out);
	if (cycle.entries > 1)
		fprintf(text->out, "%zu lines", cycle.entries);
	else
		fputs("line", text->out);
	fprintf(text->out, " repeated %zu more time%s]\n", more,
		more == 1 ? "" : "s");
}

void fdp_text_stack(const struct fdp_text *text,
		    const struct fdp_report_thread *thread)
{
	size_t top = fdp_fold_top(thread);
	size_t at = fdp_thread_first_shown(thread);

	if (at == thread->frame_count && !thread->hidden)
		fputs("  (no frames are known)\n", text->out);
	while (at < thread->frame_count) {
		struct fdp_cycle cycle = fdp_fold_cycle(thread, top, at);
		size_t shown =
			cycle.rounds > FDP_FOLD_SHOWN ? FDP_FOLD_SHOWN : 1;

		write_entries(text, thread, top, at, at + shown * cycle.frames);
		if (cycle.rounds > FDP_FOLD_SHOWN) {
			write_repeated(text, cycle);
			shown = cycle.rounds;
		}
		at += shown * cycle.frames;
	}
}
