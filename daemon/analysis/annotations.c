#include "annotations.h"

#include <errno.h>
#include <string.h>

/* As many as the daemon keeps; a capture may claim more. */
#define NOTES_MAX 64

int fdp_annotations_fill(struct fdp_target *target, struct fdp_report *report)
{
	const char *text, *end;
	size_t size;

	if (fdp_target_fact(target, "report/annotations", &text, &size) < 0)
		return 0;
	report->notes = fdp_arena_array(&report->arena, NOTES_MAX,
					sizeof(*report->notes));
	if (!report->notes)
		return -ENOMEM;
	/* A NUL stands behind the last byte, whatever the fact holds. */
	for (end = text + size; text < end && report->note_count < NOTES_MAX;) {
		const char *value = text + strlen(text) + 1;
		struct fdp_note *note = &report->notes[report->note_count];

		if (value > end)
			break;
		note->key = fdp_arena_strdup(&report->arena, text);
		note->value = fdp_arena_strdup(&report->arena, value);
		if (!note->key || !note->value)
			return -ENOMEM;
		report->note_count++;
		text = value + strlen(value) + 1;
	}
	return 0;
}
