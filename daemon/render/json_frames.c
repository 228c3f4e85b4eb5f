#include "json_frames.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"
#include "json_values.h"

/* A power of two; the cycle of a recursion is far shorter. */
#define MEMORY_COUNT 512

struct memory {
	struct fdp_frame frame;
	char *text; /* NULL: nothing is remembered here */
};

struct fdp_json_frames {
	struct memory memory[MEMORY_COUNT];
};

struct fdp_json_frames *fdp_json_frames_new(void)
{
	return calloc(1, sizeof(struct fdp_json_frames));
}

void fdp_json_frames_free(struct fdp_json_frames *frames)
{
	if (!frames)
		return;
	for (size_t i = 0; i < MEMORY_COUNT; i++)
		free(frames->memory[i].text);
	free(frames);
}

/* Strings of a report are shared, so equal pointers are the common case. */
static bool is_same(const struct fdp_frame *a, const struct fdp_frame *b)
{
	return a->kind == b->kind && a->function == b->function &&
	       a->file == b->file && a->line == b->line &&
	       a->qualname == b->qualname &&
	       a->qualname_guessed == b->qualname_guessed &&
	       a->end_line == b->end_line && a->column == b->column &&
	       a->end_column == b->end_column && a->source == b->source &&
	       a->lines == b->lines && a->source_changed == b->source_changed &&
	       a->pc == b->pc && a->offset == b->offset &&
	       a->module == b->module && a->inlined == b->inlined &&
	       a->locals == b->locals && a->gap_bytes == b->gap_bytes &&
	       a->found == b->found;
}

static struct memory *place_of(struct fdp_json_frames *frames,
			       const struct fdp_frame *frame)
{
	uint64_t hash = frame->pc ^ (uint64_t)frame->function ^
			(uint64_t)frame->line << 4 ^
			(uint64_t)frame->column << 20;

	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return &frames->memory[(hash >> 40) % MEMORY_COUNT];
}

static char *make_text(const struct fdp_frame *frame)
{
	json_t *value = fdp_json_frame(frame);
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII)
			   : NULL;

	json_decref(value);
	return text;
}

int fdp_json_frames_write(struct fdp_json_frames *frames, FILE *out,
			  const struct fdp_frame *frame)
{
	struct memory *memory = place_of(frames, frame);

	if (!memory->text || !is_same(&memory->frame, frame)) {
		free(memory->text);
		memory->text = make_text(frame);
		memory->frame = *frame;
	}
	if (!memory->text)
		return -ENOMEM;
	return fputs(memory->text, out) < 0 ? -EIO : 0;
}

int fdp_json_frames_write_all(struct fdp_json_frames *frames, FILE *out,
			      const struct fdp_frame *list, size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (i > 0)
			putc(',', out);
		r = fdp_json_frames_write(frames, out, &list[i]);
	}
	return r;
}
