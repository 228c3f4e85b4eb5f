/*
 * struct _Py_DebugOffsets: what a process of 3.13 or later says about its own
 * layout.  Hostile like everything in it, so a value counts only if the field
 * it describes lies inside an object of a size that can be.
 */
#include "offsets.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "debug_layouts.h"

static const char cookie[8] = { 'x', 'd', 'e', 'b', 'u', 'g', 'p', 'y' };

/* Places in the struct of every version, in bytes. */
#define AT_VERSION 8
#define AT_FREE_THREADED 16

/* PyInterpreterState, the largest, has 195 KB in 3.13 and 380 KB in 3.12. */
#define OBJECT_SIZE_MAX (16 * 1024 * 1024)

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

/* A field that the table says is absent is told as 0. */
static int apply_field(const uint8_t *bytes,
		       const struct fdp_debug_field *field,
		       struct fdp_python_offsets *offsets)
{
	uint32_t *entry = (uint32_t *)((char *)offsets + field->to);
	uint64_t value = value_at(bytes, field->at);
	uint64_t room = value_at(bytes, field->in);

	if (*entry == FDP_ABSENT)
		return 0;
	if (room > OBJECT_SIZE_MAX || room < field->width ||
	    value > room - field->width)
		return -EBADMSG;
	return change(entry, value);
}

/* The GIL, the collector and strings. */
static int apply_derived(const uint8_t *bytes,
			 const struct fdp_debug_layout *layout,
			 struct fdp_python_offsets *offsets)
{
	uint64_t room = value_at(bytes, layout->interpreter_size);
	uint64_t gc = value_at(bytes, layout->gc);
	uint64_t collecting = value_at(bytes, layout->gc_collecting);
	uint64_t gil = value_at(bytes, layout->gil_state);
	uint64_t locked = value_at(bytes, layout->gil_locked);
	uint64_t holder = value_at(bytes, layout->gil_holder);
	uint64_t ascii = value_at(bytes, layout->ascii_size);

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
	const struct fdp_debug_layout *layout =
		fdp_debug_layout(offsets->minor);
	struct fdp_python_offsets copy = *offsets;
	int differences = 0;
	int r;

	if (!layout || offsets->major != 3)
		return -ENOENT;
	if (size < layout->size)
		return -EBADMSG;
	for (size_t i = 0; i < layout->field_count; i++) {
		r = apply_field(bytes, &layout->fields[i], &copy);
		if (r < 0)
			return r;
		differences += r;
	}
	r = apply_derived(bytes, layout, &copy);
	if (r < 0)
		return r;
	*offsets = copy;
	return differences + r;
}
