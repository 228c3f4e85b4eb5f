#include "fake_python.h"

#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/object_head.h"
#include "../../daemon/python/strings.h"

/* Room for any object but an interpreter, and for any field of one. */
#define OBJECT_SIZE 512

/* kind 1, compact, ascii: shifted by what the version says. */
#define STATE_ASCII (1 | 1 << 3 | 1 << 4)

#define CODE_BYTES 16

uint64_t fake_python_alloc(struct fake_python *python, size_t size)
{
	uint64_t address = python->next;
	_cleanup_free_ void *zeros = calloc(1, size ? size : 1);

	if (!zeros)
		abort();
	fake_target_write(python->target, address, zeros, size);
	python->next += (size + 15) / 16 * 16;
	return address;
}

void fake_python_set(struct fake_python *python, uint64_t object,
		     uint32_t field, uint64_t value)
{
	if (field != FDP_ABSENT)
		fake_target_write_u64(python->target, object + field, value);
}

static void set_byte(struct fake_python *python, uint64_t object,
		     uint32_t field, int value)
{
	uint8_t byte = (uint8_t)value;

	if (field != FDP_ABSENT)
		fake_target_write(python->target, object + field, &byte, 1);
}

static uint64_t make_type(struct fake_python *python, const char *name,
			  uint64_t flags)
{
	uint64_t type = fake_python_alloc(python, OBJECT_SIZE);
	uint64_t text = fake_python_alloc(python, strlen(name) + 1);

	fake_target_write(python->target, text, name, strlen(name) + 1);
	fake_python_set(python, type, python->offsets->type.name, text);
	fake_python_set(python, type, python->offsets->type.flags, flags);
	return type;
}

void fake_python_types(struct fake_python *python)
{
	bool old = python->offsets->major < 3;

	python->string_type =
		make_type(python, old ? "unicode" : "str", FDP_TYPE_STRING);
	python->bytes_type =
		make_type(python, old ? "str" : "bytes", FDP_TYPE_BYTES);
	python->code_type = make_type(python, "code", 0);
}

void fake_python_start_as(struct fake_python *python, struct fdp_target *target,
			  const struct fdp_version *version)
{
	const struct fdp_python_offsets *table = fdp_python_offsets_of(version);

	if (!table)
		abort();
	*python = (struct fake_python){
		.target = target,
		.own = *table,
		.next = 0x10000000,
	};
	python->offsets = &python->own;
}

struct fdp_version fake_python_version(int number)
{
	if (number >= FAKE_27)
		return (struct fdp_version){ 2, 7, false };
	if (number >= FAKE_MOVED)
		return (struct fdp_version){ 3,
					     number - FAKE_MOVED + FAKE_FIRST,
					     false };
	if (number < FAKE_FREE)
		return (struct fdp_version){ 3, number, false };
	return (struct fdp_version){ 3, number - FAKE_FREE + FAKE_FREE_FIRST,
				     true };
}

void fake_python_start(struct fake_python *python, struct fdp_target *target,
		       int number)
{
	const struct fdp_version version = fake_python_version(number);

	fake_python_start_as(python, target, &version);
	if (number == FAKE_27_MOVED ||
	    (number >= FAKE_MOVED && number < FAKE_27))
		fdp_object_head_move(&python->own);
	else
		python->offsets = fdp_python_offsets_of(&version);
	fake_python_types(python);
}

uint64_t fake_python_string(struct fake_python *python, const char *ascii)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	size_t length = strlen(ascii);
	uint64_t string;

	if (offsets->string.state == FDP_ABSENT)
		return fake_python_bytes(python, ascii, length);
	string = fake_python_alloc(python,
				   offsets->string.ascii_data + length + 1);

	fake_python_set(python, string, offsets->object.type,
			python->string_type);
	fake_python_set(python, string, offsets->string.length, length);
	fake_target_write_u32(python->target, string + offsets->string.state,
			      STATE_ASCII << offsets->string.kind_shift);
	fake_target_write(python->target, string + offsets->string.ascii_data,
			  ascii, length);
	return string;
}

uint64_t fake_python_bytes(struct fake_python *python, const void *bytes,
			   size_t size)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t object =
		fake_python_alloc(python, offsets->bytes.data + size + 1);

	fake_python_set(python, object, offsets->object.type,
			python->bytes_type);
	fake_python_set(python, object, offsets->bytes.size, size);
	fake_target_write(python->target, object + offsets->bytes.data, bytes,
			  size);
	return object;
}

/* CODE_BYTES of bytecode on the first line, columns 4 to 9 where there are. */
static uint64_t line_table(struct fake_python *python)
{
	static const uint8_t lnotab[] = { 0, 0 };
	static const uint8_t ranges[] = { CODE_BYTES, 0 };
	static const uint8_t locations[] = { 0x80 | 10 << 3 | 7, 4, 9 };

	if (python->offsets->lines == FDP_LINES_LNOTAB ||
	    python->offsets->lines == FDP_LINES_LNOTAB_FORWARD)
		return fake_python_bytes(python, lnotab, sizeof(lnotab));
	if (python->offsets->lines == FDP_LINES_RANGES)
		return fake_python_bytes(python, ranges, sizeof(ranges));
	return fake_python_bytes(python, locations, sizeof(locations));
}

uint64_t fake_python_code(struct fake_python *python,
			  const struct fake_code *code)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t object = fake_python_alloc(python, OBJECT_SIZE);
	uint64_t name = fake_python_string(python, code->name);

	fake_python_set(python, object, offsets->object.type,
			python->code_type);
	fake_python_set(python, object, offsets->code.name, name);
	fake_python_set(python, object, offsets->code.qualname, name);
	fake_python_set(python, object, offsets->code.filename,
			fake_python_string(python, code->filename));
	fake_python_set(python, object, offsets->code.line_table,
			line_table(python));
	fake_target_write_u32(python->target, object + offsets->code.first_line,
			      (uint32_t)code->first_line);
	if (offsets->code.bytecode != FDP_ABSENT)
		fake_python_set(python, object, offsets->object.size,
				CODE_BYTES / 2);
	else
		fake_python_set(python, object, offsets->code.instructions,
				fake_python_bytes(python, "0123456789abcdef",
						  CODE_BYTES));
	return object;
}

void fake_python_frame_at(struct fake_python *python, uint64_t address,
			  const struct fake_frame *frame)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t instruction = frame->code + offsets->code.bytecode +
			       (uint64_t)(int64_t)frame->instruction;

	fake_python_set(python, address, offsets->frame.previous,
			frame->previous);
	fake_python_set(python, address, offsets->frame.code, frame->code);
	/* Of code without variables. */
	if (offsets->frame.stack_start)
		fake_python_set(python, address, offsets->frame.stack_start,
				address + offsets->frame.locals);
	if (offsets->instruction_unit)
		fake_target_write_u32(
			python->target, address + offsets->frame.instruction,
			(uint32_t)(frame->instruction /
				   (int)offsets->instruction_unit));
	else
		fake_python_set(python, address, offsets->frame.instruction,
				instruction);
	set_byte(python, address, offsets->frame.owner, frame->owner);
	set_byte(python, address, offsets->frame.is_entry, frame->is_entry);
}

uint64_t fake_python_frame(struct fake_python *python,
			   const struct fake_frame *frame)
{
	uint64_t address = fake_python_alloc(python, OBJECT_SIZE);

	fake_python_frame_at(python, address, frame);
	return address;
}

/* A CFrame whose evaluation runs FRAME, called from the one at PREVIOUS. */
static uint64_t make_cframe(struct fake_python *python, uint64_t frame,
			    uint64_t previous)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t cframe = fake_python_alloc(python, 64);

	fake_python_set(python, cframe, offsets->cframe.frame, frame);
	fake_python_set(python, cframe, offsets->cframe.previous, previous);
	return cframe;
}

uint64_t fake_python_thread(struct fake_python *python, uint64_t interpreter,
			    uint64_t next, uint64_t frame)
{
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t thread = fake_python_alloc(python, OBJECT_SIZE);

	fake_python_set(python, thread, offsets->thread.interpreter,
			interpreter);
	fake_python_set(python, thread, offsets->thread.next, next);
	fake_python_set(python, thread, offsets->thread.frame, frame);
	if (offsets->cframe.frame != FDP_ABSENT) {
		uint64_t root = thread + offsets->thread.root_cframe;

		fake_python_set(python, thread, offsets->thread.cframe,
				frame ? make_cframe(python, frame, root)
				      : root);
	}
	return thread;
}
