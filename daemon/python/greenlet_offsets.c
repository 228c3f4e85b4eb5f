#include "greenlet_offsets.h"

#include "../base/util.h"

/* Of the collector, from Include/internal/ of each version. */
#define OBJECTS_37 .generation_size = 48, .frozen = 160, .head = 32
#define OBJECTS_38 .generation_size = 24, .frozen = 80, .head = 16
#define OBJECTS_314 .generation_size = 24, .frozen = 72, .head = 16

static const struct fdp_greenlet_offsets versions[] = {
	{ 7, .before_collecting = 280, OBJECTS_37, .exceptions = 40,
	  .rest = 8 },
	{ 8, .before_collecting = 176, OBJECTS_38, .exceptions = 40,
	  .rest = 8 },
	{ 9, .before_collecting = 176, OBJECTS_38, .exceptions = 40,
	  .rest = 8 },
	{ 10, .before_collecting = 176, OBJECTS_38, .exceptions = 40,
	  .rest = 24 },
	{ 11, .before_collecting = 176, OBJECTS_38, .exceptions = 24,
	  .rest = 56 },
	{ 12, .before_collecting = 176, OBJECTS_38, .exceptions = 24,
	  .rest = 56 },
	{ 13, .before_collecting = 176, OBJECTS_38, .exceptions = 24,
	  .rest = 48 },
	{ 14, .before_collecting = 168, OBJECTS_314, .exceptions = 24,
	  .rest = 64 },
	{ 15, .before_collecting = 104, OBJECTS_314, .exceptions = 24,
	  .rest = 64 },
};

const struct fdp_greenlet_offsets *
fdp_greenlet_offsets_of(const struct fdp_python_offsets *offsets)
{
	if (offsets->major != 3 || offsets->free_threaded)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i].minor == offsets->minor)
			return &versions[i];
	return NULL;
}

int64_t fdp_greenlet_generation(const struct fdp_greenlet_offsets *offsets,
				int index)
{
	uint32_t at = index == FDP_FROZEN
			      ? offsets->frozen
			      : (uint32_t)index * offsets->generation_size;

	return (int64_t)at - (int64_t)offsets->before_collecting;
}

struct fdp_greenlet_layout fdp_greenlet_layout_c(uint32_t head)
{
	return (struct fdp_greenlet_layout){
		.self = FDP_ABSENT,
		.start = head,
		.stop = head + 8,
		.copy = head + 16,
		.saved = head + 24,
		/* What lies below it on the stack. */
		.parent = head + 40,
		.run = head + 48,
		.frame = head + 56,
		.thread = FDP_ABSENT,
		.size = head + 64,
	};
}

struct fdp_greenlet_layout
fdp_greenlet_layout_cpp(const struct fdp_greenlet_offsets *offsets, bool late)
{
	/* Virtual functions, itself, exceptions, two arguments of a switch. */
	uint32_t start = 8 + (late ? 8 : 0) + offsets->exceptions + 16;
	/* Five words of the stack, the context. */
	uint32_t frame = start + 48;
	/* What its subclasses add: itself, once more or for the first time. */
	uint32_t own = frame + 8 + offsets->rest;
	/* Of those that are no main ones, its main one first. */
	uint32_t main = own + (late ? 0 : 8);

	return (struct fdp_greenlet_layout){
		.self = late ? 8 : own,
		.start = start,
		.stop = start + 8,
		.copy = start + 16,
		.saved = start + 24,
		.frame = frame,
		.run = main + 8,
		.parent = main + 16,
		.thread = own + 8,
		.size = main + 24,
	};
}
