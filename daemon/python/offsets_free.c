/*
 * Offsets of free-threaded builds.  The head of each object has 16 bytes more:
 * its owner, a lock and two counts.
 */
#include "offsets_errors.h"
#include "offsets_parts.h"
#include "offsets_values.h"

/* The head of PyObject, and what stands behind it. */
#define OBJECTS                                                                \
	.object = { .type = 24 },                                              \
	.type = { .name = 40, .flags = 184, .base = 272 },                     \
	.bytes = { .size = 32, .data = 48 },                                   \
	.dict = { .keys = 48, .values = 56 },                                  \
	.set = { .mask = 48, .table = 56 }

#define MODULE                                                                 \
	.module = {                                                            \
		.dict = 32,                                                    \
		.definition = 40,                                              \
		.methods = 80,                                                 \
		.has_definition = FDP_ABSENT,                                  \
	}
#define MODULE_315                                                             \
	.module = {                                                            \
		.dict = 32,                                                    \
		.definition = 104,                                             \
		.methods = 80,                                                 \
		.has_definition = 64,                                          \
	}

/* From 3.14 on a byte says whether a str is interned, before its kind. */
#define STRING_FREE(shift)                                                     \
	.string = {                                                            \
		.length = 32,                                                  \
		.state = 48,                                                   \
		.kind_shift = (shift),                                         \
		.ascii_data = 56,                                              \
		.compact_data = 72,                                            \
		.data = 72,                                                    \
		.wide = FDP_ABSENT,                                            \
		.wide_length = FDP_ABSENT,                                     \
	}

/* Nobody takes it unless the program asks for it. */
#define GIL_FREE                                                               \
	.gil = {                                                               \
		.holder = 16,                                                  \
		.locked = 24,                                                  \
		.switch_number = 32,                                           \
		.size = 216,                                                   \
		.enabled = 0,                                                  \
	}

#define COPIES .copies = { .array = 224, .index = 72 }

const struct fdp_python_offsets fdp_offsets_free[] = {
	{
		.major = 3,
		.minor = 13,
		.free_threaded = true,
		.style = FDP_FRAMES_SHIM,
		.lines = FDP_LINES_LOCATIONS,
		.runtime = {
			.interpreters_head = 632,
			.finalizing = 608,
			.current_thread = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 7264,
			.threads_head = 7344,
			.id = 7272,
			.gc_collecting = 7600,
			.gil = 16,
			.modules = 7664,
			.sysdict = 7648,
		},
		GIL_FREE,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = 72,
			.cframe = FDP_ABSENT,
			.thread_id = 152,
			.native_thread_id = 160,
			.state = 40,
			.chunk = 232,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 8,
			.code = 0,
			.instruction = 56,
			.owner = 70,
			.is_entry = FDP_ABSENT,
			.locals = 72,
			.generator_state_before = 5,
		},
		.code = {
			.filename = 128,
			.name = 136,
			.qualname = 144,
			.first_line = 84,
			.line_table = 152,
			.bytecode = 216,
		},
		OBJECTS,
		MODULE,
		VALUES_3_13_FREE,
		NOTHING_LATE,
		DICT_KEYS,
		STRING_FREE(2),
		ERRORS_FREE,
		RAISED(112, 120),
	},
	{
		.major = 3,
		.minor = 14,
		.free_threaded = true,
		.style = FDP_FRAMES_SHIM,
		.lines = FDP_LINES_LOCATIONS,
		.code_tags = 1,
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
			.modules = 7712,
			.sysdict = 7696,
		},
		GIL_FREE,
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
			.owner = 78,
			.is_entry = FDP_ABSENT,
			.locals = 80,
			.generator_state_before = 5,
		},
		.code = {
			.filename = 128,
			.name = 136,
			.qualname = 144,
			.first_line = 84,
			.line_table = 152,
			.bytecode = 232,
		},
		OBJECTS,
		MODULE,
		VALUES_3_14_FREE,
		.base_frame = FDP_ABSENT,
		COPIES,
		DICT_KEYS,
		STRING_FREE(8),
		ERRORS_FREE,
		RAISED(112, 120),
	},
	{
		.major = 3,
		.minor = 15,
		.free_threaded = true,
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
		GIL_FREE,
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
			.owner = 78,
			.is_entry = FDP_ABSENT,
			.locals = 80,
		},
		.code = {
			.filename = 128,
			.name = 136,
			.qualname = 144,
			.first_line = 84,
			.line_table = 152,
			.bytecode = 232,
		},
		OBJECTS,
		MODULE_315,
		VALUES_3_15_FREE,
		.base_frame = 80,
		COPIES,
		DICT_KEYS,
		STRING_FREE(8),
		ERRORS_FREE,
		RAISED(136, 144),
	},
	{ .major = 0 },
};
