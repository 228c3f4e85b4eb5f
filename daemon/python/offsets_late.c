/*
 * Offsets of 3.14 and 3.15 with the GIL.
 */
#include "offsets_errors.h"
#include "offsets_parts.h"
#include "offsets_values.h"

/* PyModuleObject of 3.15, whose definition may be a mere token. */
#define OBJECTS_315                                                            \
	.object = { .type = 8 },                                               \
	.type = { .name = 24, .flags = 168, .base = 256 },                     \
	.bytes = { .size = 16, .data = 32 },                                   \
	.dict = { .keys = 32, .values = 40 },                                  \
	.set = { .mask = 32, .table = 40 },                                    \
	.module = {                                                            \
		.dict = 16,                                                    \
		.definition = 88,                                              \
		.methods = 64,                                                 \
		.has_definition = 48,                                          \
	}

#define BASE_FRAME_315                                                         \
	.base_frame = 80, .copies = { .array = FDP_ABSENT, .index = FDP_ABSENT }

const struct fdp_python_offsets fdp_offsets_late[] = {
	{
		.major = 3,
		.minor = 14,
		.style = FDP_FRAMES_SHIM,
		.lines = FDP_LINES_LOCATIONS,
		.code_tags = CODE_TAGS,
		.runtime = {
			.interpreters_head = 808,
			.finalizing = 784,
			.current_thread = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 7272,
			.threads_head = 7344,
			.id = 7280,
			.gc_collecting = 7600,
			.gil = 16,
			.modules = 7688,
			.sysdict = 7672,
		},
		GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = 72,
			.cframe = FDP_ABSENT,
			.thread_id = 152,
			.native_thread_id = 160,
			.state = 44,
			.chunk = 232,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 8,
			.code = 0,
			.instruction = 56,
			.owner = 74,
			.is_entry = FDP_ABSENT,
			.locals = 80,
			.generator_state_before = 5,
		},
		.code = {
			.filename = 112,
			.name = 120,
			.qualname = 128,
			.first_line = 68,
			.line_table = 136,
			.bytecode = 208,
		},
		COMMON,
		VALUES_3_14,
		NOTHING_LATE,
		DICT_KEYS,
		STRING,
		ERRORS_NEW,
		RAISED(112, 120),
	},
	{
		.major = 3,
		.minor = 15,
		.style = FDP_FRAMES_SHIM,
		.lines = FDP_LINES_LOCATIONS,
		.code_tags = CODE_TAGS,
		.runtime = {
			.interpreters_head = 936,
			.finalizing = 912,
			.current_thread = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 7264,
			.threads_head = 7336,
			.id = 7272,
			.gc_collecting = 7512,
			.gil = 16,
			.modules = 7592,
			.sysdict = 7576,
		},
		GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = 72,
			.cframe = FDP_ABSENT,
			.thread_id = 176,
			.native_thread_id = 184,
			.state = 48,
			.chunk = 256,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 8,
			.code = 0,
			.instruction = 56,
			.owner = 74,
			.is_entry = FDP_ABSENT,
			.locals = 80,
		},
		.code = {
			.filename = 112,
			.name = 120,
			.qualname = 128,
			.first_line = 68,
			.line_table = 136,
			.bytecode = 208,
		},
		OBJECTS_315,
		VALUES_3_15,
		BASE_FRAME_315,
		DICT_KEYS,
		STRING,
		ERRORS_NEW,
		RAISED(136, 144),
	},
	{ .major = 0 },
};
