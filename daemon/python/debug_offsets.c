/*
 * struct _Py_DebugOffsets: what a process of 3.13 says about its own layout.
 * Hostile like everything in it, so a value counts only if the field it
 * describes lies inside an object of a size that can be.
 */
#include "offsets.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"

static const char cookie[8] = { 'x', 'd', 'e', 'b', 'u', 'g', 'p', 'y' };

/* Places in the struct, in bytes. */
#define AT_VERSION 8
#define AT_FREE_THREADED 16

/* PyInterpreterState, the largest, has 195 KB in 3.13 and 380 KB in 3.12. */
#define OBJECT_SIZE_MAX (16 * 1024 * 1024)

/* One field: where the struct tells it, and where our table has it. */
struct field {
	uint16_t at;	/* in the struct: the offset */
	uint16_t in;	/* in the struct: the size of the object it is in */
	uint16_t width; /* of the field itself */
	uint16_t to;	/* in struct fdp_python_offsets */
};

#define TO(member) offsetof(struct fdp_python_offsets, member)

static const struct field fields[] = {
	{ 32, 24, 8, TO(runtime.finalizing) },
	{ 40, 24, 8, TO(runtime.interpreters_head) },
	{ 64, 48, 8, TO(interpreter.next) },
	{ 72, 48, 8, TO(interpreter.threads_head) },
	{ 112, 48, 8, TO(interpreter.gil) },
	{ 168, 152, 8, TO(thread.next) },
	{ 176, 152, 8, TO(thread.interpreter) },
	{ 184, 152, 8, TO(thread.frame) },
	{ 192, 152, 8, TO(thread.thread_id) },
	{ 200, 152, 8, TO(thread.native_thread_id) },
	{ 232, 224, 8, TO(frame.previous) },
	{ 240, 224, 8, TO(frame.code) },
	{ 248, 224, 8, TO(frame.instruction) },
	{ 264, 224, 1, TO(frame.owner) },
	{ 280, 272, 8, TO(code.filename) },
	{ 288, 272, 8, TO(code.name) },
	{ 296, 272, 8, TO(code.qualname) },
	{ 304, 272, 8, TO(code.line_table) },
	{ 312, 272, 4, TO(code.first_line) },
	{ 344, 272, 1, TO(code.bytecode) },
	{ 360, 352, 8, TO(object.type) },
	{ 376, 368, 8, TO(type.name) },
	{ 392, 368, 8, TO(type.flags) },
	{ 520, 512, 8, TO(bytes.size) },
	{ 528, 512, 1, TO(bytes.data) },
	{ 544, 560, 4, TO(string.state) },
	{ 552, 560, 8, TO(string.length) },
};

/* Offsets that are sums or differences of what the struct tells. */
#define AT_INTERPRETER_SIZE 48
#define AT_GC 80
#define AT_GIL_STATE 120
#define AT_GIL_LOCKED 136
#define AT_GIL_HOLDER 144
#define AT_ASCII_SIZE 560
#define AT_GC_COLLECTING 576

/* A PyCompactUnicodeObject adds utf8_length and utf8 to a PyASCIIObject. */
#define COMPACT_EXTRA 16

static uint64_t value_at(const uint8_t *bytes, size_t at)
{
	uint64_t value;

	memcpy(&value, bytes + at, sizeof(value));
	return value;
}

int fdp_debug_offsets_header(const uint8_t *bytes, size_t size,
			     struct fdp_debug_header *ret_header)
{
	uint64_t version;
	uint64_t flag;

	if (size < AT_FREE_THREADED + sizeof(flag) ||
	    memcmp(bytes, cookie, sizeof(cookie)) != 0)
		return -ENOENT;
	version = value_at(bytes, AT_VERSION);
	flag = value_at(bytes, AT_FREE_THREADED);
	if (version > UINT32_MAX || flag > 1)
		return -EBADMSG;
	ret_header->version = (uint32_t)version;
	ret_header->free_threaded = flag == 1;
	return 0;
}

/* Sets *ENTRY; 1 if that changed it, else 0. */
static int change(uint32_t *entry, uint64_t value)
{
	bool differs = *entry != value;

	*entry = (uint32_t)value;
	return differs;
}

static int apply_field(const uint8_t *bytes, const struct field *field,
		       struct fdp_python_offsets *offsets)
{
	uint64_t value = value_at(bytes, field->at);
	uint64_t room = value_at(bytes, field->in);

	if (room > OBJECT_SIZE_MAX || room < field->width ||
	    value > room - field->width)
		return -EBADMSG;
	return change((uint32_t *)((char *)offsets + field->to), value);
}

/* The GIL, the collector and strings. */
static int apply_derived(const uint8_t *bytes,
			 struct fdp_python_offsets *offsets)
{
	uint64_t room = value_at(bytes, AT_INTERPRETER_SIZE);
	uint64_t gc = value_at(bytes, AT_GC);
	uint64_t collecting = value_at(bytes, AT_GC_COLLECTING);
	uint64_t gil = value_at(bytes, AT_GIL_STATE);
	uint64_t locked = value_at(bytes, AT_GIL_LOCKED);
	uint64_t holder = value_at(bytes, AT_GIL_HOLDER);
	uint64_t ascii = value_at(bytes, AT_ASCII_SIZE);

	if (gc > room || collecting > room || gc + collecting > room ||
	    locked > room || locked < gil || holder > room || holder < gil)
		return -EBADMSG;
	return change(&offsets->interpreter.gc_collecting, gc + collecting) +
	       change(&offsets->gil.locked, locked - gil) +
	       change(&offsets->gil.holder, holder - gil) +
	       change(&offsets->string.ascii_data, ascii) +
	       change(&offsets->string.compact_data, ascii + COMPACT_EXTRA) +
	       change(&offsets->string.data, ascii + COMPACT_EXTRA);
}

int fdp_debug_offsets_apply(const uint8_t *bytes, size_t size,
			    struct fdp_python_offsets *offsets)
{
	struct fdp_python_offsets copy = *offsets;
	int differences = 0;
	int r;

	if (size < FDP_DEBUG_OFFSETS_SIZE)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		r = apply_field(bytes, &fields[i], &copy);
		if (r < 0)
			return r;
		differences += r;
	}
	r = apply_derived(bytes, &copy);
	if (r < 0)
		return r;
	*offsets = copy;
	return differences + r;
}
