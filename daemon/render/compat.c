#include "compat.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "compat_native.h"

/* MAX_FRAME_DEPTH, MAX_NTHREADS and MAX_STRING_LENGTH of traceback.c. */
#define FRAMES_MAX 100
#define THREADS_MAX 100
#define STRING_MAX 500

#define US_PER_S 1000000u

struct compat {
	FILE *out;
	const struct fdp_python *python;
	const struct fdp_compat_options *options;
};

/* One character of valid UTF-8, of which *TEXT is then behind. */
static uint32_t next_character(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	int more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : *at >= 0xc0 ? 1 : 0;
	uint32_t character = more ? *at & (0x3fu >> more) : *at;

	for (at++; more > 0 && (*at & 0xc0) == 0x80; more--, at++)
		character = character << 6 | (*at & 0x3fu);
	*text = (const char *)at;
	return character;
}

/* The backport's, whose strings are bytes. */
static bool is_two(const struct compat *compat)
{
	return compat->python->major == 2;
}

/* Characters that cannot be said in UTF-8 come escaped already. */
static void write_string(const struct compat *compat, const char *text)
{
	FILE *out = compat->out;
	size_t count = 0;

	for (; *text && count < STRING_MAX; count++) {
		uint32_t character = is_two(compat) ? (unsigned char)*text++
						    : next_character(&text);

		if (character >= ' ' && character <= '~')
			putc((int)character, out);
		else if (character <= 0xff)
			fprintf(out, "\\x%02x", character);
		else if (character <= 0xffff)
			fprintf(out, "\\u%04x", character);
		else
			fprintf(out, "\\U%08x", character);
	}
	if (*text)
		fputs("...", out);
}

static void write_frame(const struct compat *compat,
			const struct fdp_frame *frame)
{
	FILE *out = compat->out;

	fputs("  File ", out);
	if (frame->file) {
		putc('"', out);
		write_string(compat, frame->file);
		putc('"', out);
	} else {
		fputs("???", out);
	}
	if (frame->line >= 0)
		fprintf(out, ", line %d in ", frame->line);
	else
		fputs(", line ??? in ", out);
	if (frame->function)
		write_string(compat, frame->function);
	else
		fputs("???", out);
	putc('\n', out);
}

static void write_frames(const struct compat *compat,
			 const struct fdp_python_stack *stack, size_t skip)
{
	int minor = compat->python->minor;

	if (skip >= stack->frame_count && minor >= 8)
		fputs(minor >= 10 ? "  <no Python frame>\n"
				  : "<no Python frame>\n",
		      compat->out);
	for (size_t i = skip; i < stack->frame_count; i++) {
		if (i - skip == FRAMES_MAX) {
			/* Later versions mean to say it, and do not. */
			if (minor < 13)
				fputs("  ...\n", compat->out);
			break;
		}
		write_frame(compat, &stack->frames[i]);
	}
}

static bool is_current(const struct compat *compat,
		       const struct fdp_python_stack *stack)
{
	return compat->options->current > 0 &&
	       stack->tid == compat->options->current;
}

static size_t skip_of(const struct compat *compat,
		      const struct fdp_python_stack *stack)
{
	return is_current(compat, stack) ? compat->options->skip : 0;
}

static const struct fdp_python_stack *find_current(const struct compat *compat)
{
	for (size_t i = 0; i < compat->python->stack_count; i++)
		if (is_current(compat, &compat->python->stacks[i]))
			return &compat->python->stacks[i];
	return NULL;
}

/* What the kernel calls the thread of STACK; "" if it is not known. */
static const char *name_of(const struct compat *compat,
			   const struct fdp_python_stack *stack)
{
	for (size_t i = 0; i < compat->options->thread_count; i++)
		if (stack->tid && compat->options->threads[i].tid == stack->tid)
			return compat->options->threads[i].name;
	return "";
}

/*
 * 3.14 and later, and the backport to 2.7, which gives the name of the calling
 * thread to each: that is no example.
 */
static void write_name(const struct compat *compat,
		       const struct fdp_python_stack *stack)
{
	const char *name = name_of(compat, stack);

	if (*name && is_two(compat))
		fprintf(compat->out, " <%s>", name);
	else if (*name && compat->python->minor >= 14)
		fprintf(compat->out, " [%s]", name);
}

static void write_thread(const struct compat *compat,
			 const struct fdp_python_stack *stack)
{
	bool current =
		compat->options->names_current && is_current(compat, stack);

	fprintf(compat->out, "%s 0x%016llx",
		current ? "Current thread" : "Thread",
		(unsigned long long)stack->thread_pointer);
	write_name(compat, stack);
	fputs(" (most recent call first):\n", compat->out);
	if (current && compat->python->gc_collecting == 1 &&
	    compat->python->minor >= 10)
		fputs("  Garbage-collecting\n", compat->out);
	write_frames(compat, stack, skip_of(compat, stack));
}

/* That of the current thread, or the main one, which is the last. */
uint64_t fdp_compat_interpreter(const struct fdp_python *python,
				const struct fdp_compat_options *options)
{
	const struct compat compat = { NULL, python, options };
	const struct fdp_python_stack *current = find_current(&compat);
	size_t count = python->stack_count;

	if (current)
		return current->interpreter;
	return count ? python->stacks[count - 1].interpreter : 0;
}

static void write_threads(const struct compat *compat)
{
	uint64_t interpreter =
		fdp_compat_interpreter(compat->python, compat->options);
	long limit = compat->options->max_threads;
	long count = 0;

	limit = limit ? limit : THREADS_MAX;
	for (size_t i = 0; i < compat->python->stack_count; i++) {
		const struct fdp_python_stack *stack =
			&compat->python->stacks[i];

		if (stack->interpreter != interpreter)
			continue;
		if (count > 0)
			putc('\n', compat->out);
		if (count >= limit) {
			fputs("...\n", compat->out);
			break;
		}
		write_thread(compat, stack);
		count++;
	}
}

static void write_one(const struct compat *compat)
{
	const struct fdp_python_stack *stack = find_current(compat);

	fputs("Stack (most recent call first):\n", compat->out);
	if (stack)
		write_frames(compat, stack, skip_of(compat, stack));
}

static void write_extensions(const struct compat *compat)
{
	size_t count = compat->options->extension_count;

	if (count == 0)
		return;
	fputs("\nExtension modules: ", compat->out);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			fputs(", ", compat->out);
		write_string(compat, compat->options->extensions[i]);
	}
	fprintf(compat->out, " (total: %zu)\n", count);
}

int fdp_render_compat(const struct fdp_python *python,
		      const struct fdp_compat_options *options, FILE *output)
{
	const struct compat compat = { output, python, options };

	char fatal[FDP_COMPAT_FATAL_SIZE];

	if (options->signal)
		fputs(fdp_compat_fatal(options->signal, python->minor, fatal),
		      output);
	if (options->header)
		fputs(options->header, output);
	if (options->all_threads)
		write_threads(&compat);
	else
		write_one(&compat);
	if (options->c_stack) {
		putc('\n', output);
		fdp_render_c_stack(options->c_stack, output);
	}
	write_extensions(&compat);
	return ferror(output) ? -EIO : 0;
}

void fdp_compat_timeout(uint64_t timeout_us,
			char ret_text[static FDP_COMPAT_TIMEOUT_SIZE])
{
	unsigned long long seconds = timeout_us / US_PER_S;
	unsigned long long us = timeout_us % US_PER_S;
	char fraction[8] = "";

	if (us)
		snprintf(fraction, sizeof(fraction), ".%06llu", us);
	snprintf(ret_text, FDP_COMPAT_TIMEOUT_SIZE,
		 "Timeout (%llu:%02llu:%02llu%s)!\n", seconds / 3600,
		 seconds / 60 % 60, seconds % 60, fraction);
}

const char *fdp_compat_fatal(int signal, int minor,
			     char buffer[static FDP_COMPAT_FATAL_SIZE])
{
	const char *name = NULL;

	switch (signal) {
	case SIGBUS:
		name = "Bus error";
		break;
	case SIGILL:
		name = "Illegal instruction";
		break;
	case SIGFPE:
		name = minor >= 13 ? "Floating-point exception"
				   : "Floating point exception";
		break;
	case SIGABRT:
		name = "Aborted";
		break;
	case SIGSEGV:
		name = "Segmentation fault";
		break;
	default:
		break;
	}
	if (name)
		snprintf(buffer, FDP_COMPAT_FATAL_SIZE,
			 "Fatal Python error: %s\n\n", name);
	else
		snprintf(buffer, FDP_COMPAT_FATAL_SIZE,
			 "Fatal Python error from unexpected signum: %d\n\n",
			 signal);
	return buffer;
}
