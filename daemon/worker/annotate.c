#include "annotate.h"

#include <stdio.h>
#include <stdlib.h>

void fdp_worker_annotate(struct fdp_target *target,
			 const struct fdp_annotations *annotations)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = annotations ? open_memstream(&text, &size) : NULL;

	if (!out)
		return;
	/* Each with its NUL: there is no other byte that none may have. */
	for (size_t i = 0; i < annotations->count; i++) {
		fputs(annotations->entries[i].key, out);
		putc('\0', out);
		fputs(annotations->entries[i].value, out);
		putc('\0', out);
	}
	if (fclose(out) == 0)
		fdp_target_note(target, "report/annotations", text, size);
	free(text);
}
