/*
 * Whether the except clause that has caught an exception is over.  2.7 notes
 * nothing of it, but the code of the function tells: the newest entry of the
 * traceback says where in it the exception came by, which try statements are
 * around that place, and so what their handlers are, each of which ends with
 * an END_FINALLY of its own.  The function is in one of them now, or it is not.
 */
#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"
#include "exceptions_internal.h"
#include "strings.h"

/* Of Include/opcode.h; those from HAVE_ARGUMENT on are three bytes. */
enum {
	END_FINALLY = 88,
	HAVE_ARGUMENT = 90,
	SETUP_EXCEPT = 121,
	SETUP_FINALLY = 122,
	SETUP_WITH = 143,
};

/* Try statements in each other: CO_MAXBLOCKS. */
#define BLOCKS_MAX 20

/* Bytes of one function: no jump in it leads further than an argument says
 * without EXTENDED_ARG. */
#define CODE_MAX 65536

struct code {
	uint8_t *bytes;
	size_t size;
};

struct instruction {
	size_t next; /* where the one behind it begins */
	uint8_t operation;
	size_t argument;
};

/* The one at AT.  False: it is not whole. */
static bool decode(const struct code *code, size_t at,
		   struct instruction *instruction)
{
	const uint8_t *bytes = code->bytes + at;
	bool is_long = at < code->size && bytes[0] >= HAVE_ARGUMENT;
	size_t size = is_long ? 3 : 1;

	if (at >= code->size || code->size - at < size)
		return false;
	*instruction = (struct instruction){
		.next = at + size,
		.operation = bytes[0],
		.argument = is_long ? (size_t)(bytes[2] << 8 | bytes[1]) : 0,
	};
	return true;
}

/* Each of these has one END_FINALLY, behind those of what is in it. */
static bool has_end(uint8_t operation)
{
	return operation == SETUP_EXCEPT || operation == SETUP_FINALLY ||
	       operation == SETUP_WITH;
}

/* The END_FINALLY of the handler that begins at AT; 0: there is none. */
static size_t find_end(const struct code *code, size_t at)
{
	struct instruction instruction;
	size_t open = 0;

	for (; decode(code, at, &instruction); at = instruction.next) {
		if (has_end(instruction.operation))
			open++;
		if (instruction.operation != END_FINALLY)
			continue;
		if (!open)
			return at;
		open--;
	}
	return 0;
}

/* Of what came by at CAME, when the function is at NOW. */
static int look(const struct code *code, size_t came, size_t now)
{
	struct instruction instruction;
	int blocks = 0;

	for (size_t at = 0; decode(code, at, &instruction);
	     at = instruction.next) {
		size_t handler = instruction.next + instruction.argument;
		size_t end;

		if ((instruction.operation != SETUP_EXCEPT &&
		     instruction.operation != SETUP_WITH) ||
		    came < instruction.next || came >= handler)
			continue;
		end = find_end(code, handler);
		if (!end || ++blocks > BLOCKS_MAX)
			return FDP_UNKNOWN;
		if (now >= handler && now <= end)
			return 0;
	}
	return blocks ? 1 : FDP_UNKNOWN;
}

/* 0 or -errno. */
static int read_code(struct fdp_exception_reader *reader, uint64_t frame,
		     struct code *code)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	struct fdp_target *target = reader->target;
	uint64_t address, string, size;
	int r = fdp_target_read_u64(target, frame + offsets->frame.code,
				    &address);

	if (r == 0)
		r = fdp_target_read_u64(
			target, address + offsets->code.instructions, &string);
	if (r == 0 && !fdp_object_is(target, offsets, string, FDP_TYPE_BYTES))
		r = -EBADMSG;
	if (r == 0)
		r = fdp_target_read_u64(target, string + offsets->bytes.size,
					&size);
	if (r < 0)
		return r;
	if (size > CODE_MAX || size > reader->bytes_left)
		return -E2BIG;
	reader->bytes_left -= size;
	code->size = size;
	code->bytes = malloc(size + 1);
	return code->bytes
		       ? fdp_target_read(target, string + offsets->bytes.data,
					 code->bytes, size)
		       : -ENOMEM;
}

int fdp_clause_ended(struct fdp_exception_reader *reader, uint64_t frame,
		     uint64_t traceback)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	struct fdp_target *target = reader->target;
	_cleanup_free_ uint8_t *bytes = NULL;
	struct code code = { .bytes = NULL };
	uint64_t its_frame;
	uint32_t came, now;
	int r;

	/* The entry of whoever has caught it is the newest, made last. */
	if (!traceback ||
	    fdp_target_read_u64(target, traceback + offsets->traceback.frame,
				&its_frame) < 0 ||
	    its_frame != frame ||
	    fdp_target_read_u32(target,
				traceback + offsets->traceback.instruction,
				&came) < 0 ||
	    fdp_target_read_u32(target, frame + offsets->frame.instruction,
				&now) < 0)
		return FDP_UNKNOWN;
	r = read_code(reader, frame, &code);
	bytes = code.bytes;
	return r < 0 ? FDP_UNKNOWN : look(&code, came, now);
}
