#include "compat_native.h"

#include <errno.h>
#include <inttypes.h>

#include "escape.h"

/* The offset from the symbol, or without one from where the file is loaded. */
static void write_place(const struct fdp_frame *frame, FILE *output)
{
	uint64_t offset = frame->function ? frame->offset
					  : frame->pc - frame->module->bias;

	/* What is loaded where the file says has no offset but the address. */
	if (!frame->function && frame->module->bias == 0)
		return;
	fputs(", at ", output);
	if (frame->function)
		fdp_escape_string(output, frame->function);
	fprintf(output, "+0x%" PRIx64, offset);
}

static void write_frame(const struct fdp_frame *frame, FILE *output)
{
	if (frame->module) {
		fputs("  Binary file \"", output);
		fdp_escape_string(output, frame->module->path);
		putc('"', output);
		write_place(frame, output);
	} else {
		fputs("  Binary file '<unknown>'", output);
	}
	fprintf(output, " [0x%" PRIx64 "]\n", frame->pc);
}

int fdp_render_c_stack(const struct fdp_c_stack *stack, FILE *output)
{
	fputs("Current thread's C stack trace (most recent call first):\n",
	      output);
	for (size_t i = 0; i < stack->count; i++)
		write_frame(&stack->frames[i], output);
	if (stack->count == 0)
		fputs("  <system returned no stack trace>\n", output);
	if (stack->truncated)
		fputs("  <truncated rest of calls>\n", output);
	return ferror(output) ? -EIO : 0;
}
