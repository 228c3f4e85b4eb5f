#include "glance_offsets.h"

#include "../base/util.h"

static const struct fdp_glance_offsets versions[] = {
	{ .minor = 7, .names = 56, .value_count = 24, .stack_size = 28 },
	{ .minor = 8, .names = 56, .value_count = 28, .stack_size = 32 },
	{ .minor = 9, .names = 56, .value_count = 28, .stack_size = 32 },
	{ .minor = 10, .names = 56, .value_count = 28, .stack_size = 32 },
	{ .minor = 11, .names = 24, .value_count = 76, .stack_size = 68 },
	{ .minor = 12, .names = 40, .value_count = 72, .stack_size = 64 },
	{ .minor = 13, .names = 40, .value_count = 72, .stack_size = 64 },
	{ .minor = 14, .names = 40, .value_count = 72, .stack_size = 64 },
	{ .minor = 15, .names = 40, .value_count = 72, .stack_size = 64 },
};

const struct fdp_glance_offsets *
fdp_glance_offsets(const struct fdp_python_offsets *offsets)
{
	if (offsets->major != 3 || offsets->free_threaded)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (versions[i].minor == offsets->minor)
			return &versions[i];
	return NULL;
}
