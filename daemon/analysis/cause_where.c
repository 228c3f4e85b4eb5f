#include "cause_internal.h"

#include <stdio.h>
#include <string.h>

#include "operand.h"

/* A name longer than this (C++ templates) is cut: a sentence must be read. */
#define NAME_MAX_BYTES 200

/* How many bytes of STRING to show, not ending within a UTF-8 character. */
static int clipped(const char *string)
{
	size_t length = strnlen(string, NAME_MAX_BYTES + 1);

	if (length <= NAME_MAX_BYTES)
		return (int)length;
	length = NAME_MAX_BYTES;
	while (length > NAME_MAX_BYTES - 4 &&
	       ((unsigned char)string[length] & 0xc0) == 0x80)
		length--;
	return (int)length;
}

static const char *module_name(const struct fdp_frame *frame)
{
	if (!frame->module || !frame->module->path)
		return NULL;
	return fdp_path_basename(frame->module->path);
}

static void python_name(const struct fdp_frame *frame,
			char buffer[static FDP_CAUSE_NAME_SIZE])
{
	const char *name = fdp_frame_name(frame);
	const char *file = frame->file ? fdp_path_basename(frame->file) : "?";
	char line[16] = "?";

	/* Both can be long; the line must stay. */
	if (frame->line > 0)
		snprintf(line, sizeof(line), "%d", frame->line);
	name = name ? name : "?";
	snprintf(buffer, FDP_CAUSE_NAME_SIZE, "%.*s:%s in %.*s",
		 clipped(file) < 80 ? clipped(file) : 80, file, line,
		 clipped(name), name);
}

void fdp_cause_name(const struct fdp_frame *frame,
		    char buffer[static FDP_CAUSE_NAME_SIZE])
{
	const char *module = module_name(frame);
	size_t used = 0;

	if (frame->kind == FDP_FRAME_PYTHON) {
		python_name(frame, buffer);
		return;
	}
	if (!frame->function && module) {
		snprintf(buffer, FDP_CAUSE_NAME_SIZE, "%.*s+0x%llx",
			 clipped(module), module,
			 (unsigned long long)(frame->pc - frame->module->bias));
		return;
	}
	if (!frame->function) {
		snprintf(buffer, FDP_CAUSE_NAME_SIZE, "0x%llx",
			 (unsigned long long)frame->pc);
		return;
	}
	used = (size_t)snprintf(buffer, FDP_CAUSE_NAME_SIZE, "`%.*s`",
				clipped(frame->function), frame->function);
	if (module)
		snprintf(buffer + used, FDP_CAUSE_NAME_SIZE - used,
			 " of %.100s", module);
}

void fdp_cause_mapping(const struct fdp_map *map,
		       char buffer[static FDP_CAUSE_NAME_SIZE])
{
	const char *path =
		map->path && *map->path ? map->path : "anonymous memory";

	snprintf(buffer, FDP_CAUSE_NAME_SIZE, "%c%c%c%c %.*s%s",
		 map->readable ? 'r' : '-', map->writable ? 'w' : '-',
		 map->executable ? 'x' : '-', map->shared ? 's' : 'p',
		 clipped(path), path, map->deleted ? " (deleted)" : "");
}

/* The most recent Python frame and the native frame that it led to. */
struct place {
	const struct fdp_frame *top;	 /* innermost native frame */
	const struct fdp_frame *culprit; /* the extension module's own */
	const struct fdp_frame *python;
};

static struct place find_place(const struct fdp_report_thread *thread)
{
	struct place place = { NULL };

	for (size_t i = 0; i < thread->frame_count && !place.python; i++) {
		const struct fdp_frame *frame = &thread->frames[i];

		if (frame->kind == FDP_FRAME_PYTHON) {
			place.python = frame;
			break;
		}
		if (!frame->module || fdp_module_is_ours(frame->module))
			continue;
		if (!place.top)
			place.top = frame;
		if (!place.culprit && !frame->module->is_interpreter &&
		    !fdp_module_is_system(frame->module))
			place.culprit = frame;
	}
	/* Without Python there is no border: below main() lies libc. */
	if (!place.python)
		place.culprit = fdp_thread_culprit(thread);
	return place;
}

/* Where TOP is called from, up to Python. */
static void write_place(const struct place *place, const struct fdp_frame *top,
			char buffer[static 4 * FDP_CAUSE_NAME_SIZE])
{
	char name[FDP_CAUSE_NAME_SIZE] = "";
	char culprit[FDP_CAUSE_NAME_SIZE + 16] = "";
	char python[FDP_CAUSE_NAME_SIZE] = "";

	if (place->python)
		fdp_cause_name(place->python, python);
	if (top)
		fdp_cause_name(top, name);
	if (place->culprit && place->culprit != top &&
	    place->culprit->kind == FDP_FRAME_NATIVE) {
		memcpy(culprit, ", called by ", 12);
		fdp_cause_name(place->culprit, culprit + 12);
	}
	if (top)
		snprintf(buffer, 4 * FDP_CAUSE_NAME_SIZE, " In %s%s%s%s.", name,
			 culprit, *python ? ", called from " : "", python);
	else if (place->python)
		snprintf(buffer, 4 * FDP_CAUSE_NAME_SIZE, " While running %s.",
			 python);
}

void fdp_cause_where(const struct fdp_cause *cause,
		     char buffer[static 4 * FDP_CAUSE_NAME_SIZE])
{
	struct place place;

	buffer[0] = '\0';
	if (!cause->thread || cause->thread->frame_count == 0)
		return;
	place = find_place(cause->thread);
	write_place(&place, place.top, buffer);
}

void fdp_cause_caller_where(const struct fdp_cause *cause,
			    const struct fdp_frame *caller,
			    char buffer[static 4 * FDP_CAUSE_NAME_SIZE])
{
	struct place place;

	buffer[0] = '\0';
	if (!caller)
		return;
	place = find_place(cause->thread);
	if (caller->kind == FDP_FRAME_PYTHON)
		caller = NULL;
	write_place(&place, caller, buffer);
}

const struct fdp_frame *fdp_cause_caller(const struct fdp_cause *cause)
{
	const struct fdp_report_thread *thread = cause->thread;
	uint64_t pc = cause->registers
			      ? cause->registers->general[FDP_REGISTER_PC]
			      : cause->fault->address;

	for (size_t i = 0; thread && i < thread->frame_count; i++) {
		const struct fdp_frame *frame = &thread->frames[i];

		/* Who called across a gap is not known. */
		if (frame->kind == FDP_FRAME_GAP)
			return NULL;
		if (i > 0 || frame->kind == FDP_FRAME_PYTHON || frame->pc != pc)
			return frame;
	}
	return NULL;
}

void fdp_cause_register(const struct fdp_cause *cause, int number, char *buffer,
			size_t size)
{
	uint64_t value = cause->registers->general[number];

	snprintf(buffer, size, value ? "%s was 0x%llx" : "%s was %llx",
		 fdp_register_names[number], (unsigned long long)value);
}

void fdp_cause_operand(const struct fdp_cause *cause,
		       const struct fdp_operand *operand,
		       char buffer[static FDP_CAUSE_WORDS_SIZE])
{
	char base[48] = "";
	char index[48] = "";
	char formula[64];

	if (operand->base != FDP_OPERAND_NONE)
		fdp_cause_register(cause, operand->base, base, sizeof(base));
	if (operand->index != FDP_OPERAND_NONE)
		fdp_cause_register(cause, operand->index, index, sizeof(index));
	if (!*base && !*index)
		return;
	fdp_operand_format(operand, formula, sizeof(formula));
	if (!*index && operand->displacement == 0)
		snprintf(buffer, FDP_CAUSE_WORDS_SIZE, "%s", base);
	else
		snprintf(buffer, FDP_CAUSE_WORDS_SIZE, "%s%s%s (address = %s)",
			 base, *base && *index ? ", " : "", index, formula);
}

void fdp_cause_count(size_t count, char buffer[static 32])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%zu", count);
	size_t out = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buffer[out++] = ',';
		buffer[out++] = digits[i];
	}
	buffer[out] = '\0';
}

bool fdp_cause_is_non_canonical(uint64_t address)
{
	uint64_t top = address >> 47;

	return top != 0 && top != 0x1ffff;
}
