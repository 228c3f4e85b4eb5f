#include "offsets.h"

#include <stddef.h>

#include "../base/util.h"
#include "offsets_errors.h"
#include "offsets_parts.h"
#include "offsets_values.h"

static const struct fdp_python_offsets versions[] = {
	{
		.major = 3,
		.minor = 8,
		.style = FDP_FRAMES_OBJECTS,
		.lines = FDP_LINES_LNOTAB,
		.instruction_unit = 1,
		.runtime = {
			.interpreters_head = 32,
			.finalizing = 16,
			.current_thread = 1368,
			.gil = 1152,
			.gc_collecting = 544,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 8,
			.id = 16,
			.gc_collecting = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.modules = 56,
			.sysdict = FDP_ABSENT,
		},
		GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = 24,
			.cframe = FDP_ABSENT,
			.thread_id = 176,
			.native_thread_id = FDP_ABSENT,
			.state = FDP_ABSENT,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 104,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
			.locals = 360,
			.executing = 116,
			.executing_first = 1,
			.executing_last = 1,
		},
		CODE_OBJECT,
		COMMON,
		VALUES_3_8,
		NOTHING_LATE,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
		ERRORS_OLD,
		SYNTAX_PLACE(64),
		RAISED_PARTS(88, 144),
	},
	{
		.major = 3,
		.minor = 9,
		.style = FDP_FRAMES_OBJECTS,
		.lines = FDP_LINES_LNOTAB,
		.instruction_unit = 1,
		.runtime = {
			.interpreters_head = 32,
			.finalizing = 16,
			.current_thread = 568,
			.gil = 352,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 8,
			.id = 24,
			.gc_collecting = 816,
			.gil = FDP_ABSENT,
			.modules = 856,
			.sysdict = FDP_ABSENT,
		},
		GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = 24,
			.cframe = FDP_ABSENT,
			.thread_id = 176,
			.native_thread_id = FDP_ABSENT,
			.state = FDP_ABSENT,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 104,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
			.locals = 360,
			.executing = 116,
			.executing_first = 1,
			.executing_last = 1,
		},
		CODE_OBJECT,
		COMMON,
		VALUES_3_9,
		NOTHING_LATE,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
		ERRORS_OLD,
		SYNTAX_PLACE(64),
		RAISED_PARTS(88, 144),
	},
	{
		.major = 3,
		.minor = 10,
		.style = FDP_FRAMES_OBJECTS,
		.lines = FDP_LINES_RANGES,
		.instruction_unit = 2,
		.runtime = {
			.interpreters_head = 32,
			.finalizing = 16,
			.current_thread = 568,
			.gil = 352,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 8,
			.id = 24,
			.gc_collecting = 816,
			.gil = FDP_ABSENT,
			.modules = 856,
			.sysdict = 872,
		},
		GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = 24,
			.cframe = 48,
			.root_cframe = 264,
			.thread_id = 176,
			.native_thread_id = FDP_ABSENT,
			.state = FDP_ABSENT,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = 8 },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 96,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
			.locals = 352,
			.executing = 108,
			.executing_first = 0,
			.executing_last = 3,
		},
		CODE_OBJECT,
		COMMON,
		VALUES_3_10,
		NOTHING_LATE,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
		ERRORS_OLD,
		SYNTAX_RANGE(64),
		RAISED_PARTS(88, 144),
	},
	{
		.major = 3,
		.minor = 11,
		.style = FDP_FRAMES_ENTRY,
		.lines = FDP_LINES_LOCATIONS,
		.runtime = {
			.interpreters_head = 40,
			.finalizing = 24,
			.current_thread = 576,
			.gil = 360,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 16,
			.id = 48,
			.gc_collecting = 848,
			.gil = FDP_ABSENT,
			.modules = 888,
			.sysdict = 904,
		},
		GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = FDP_ABSENT,
			.cframe = 56,
			.root_cframe = 336,
			.thread_id = 152,
			.native_thread_id = 160,
			.state = FDP_ABSENT,
			.chunk = 296,
		},
		.cframe = { .frame = 8, .previous = 16 },
		.frame = {
			.previous = 48,
			.code = 32,
			.instruction = 56,
			.owner = 69,
			.is_entry = 68,
			.locals = 72,
			.generator_state_before = 5,
		},
		.code = {
			.filename = 112,
			.name = 120,
			.qualname = 128,
			.first_line = 72,
			.line_table = 136,
			.bytecode = 184,
		},
		COMMON,
		VALUES_3_11,
		NOTHING_LATE,
		DICT_KEYS,
		STRING_WITH_WIDE,
		ERRORS_NEW,
		RAISED_PARTS(96, 120),
	},
	{
		.major = 3,
		.minor = 12,
		.style = FDP_FRAMES_SHIM,
		.lines = FDP_LINES_LOCATIONS,
		.runtime = {
			.interpreters_head = 40,
			.finalizing = 24,
			.current_thread = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 72,
			.id = 8,
			.gc_collecting = 312,
			.gil = 384,
			.modules = 944,
			.sysdict = 352,
		},
		GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = FDP_ABSENT,
			.cframe = 56,
			.root_cframe = 272,
			.thread_id = 136,
			.native_thread_id = 144,
			.state = FDP_ABSENT,
			.chunk = 232,
		},
		.cframe = { .frame = 0, .previous = 8 },
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
			.filename = 112,
			.name = 120,
			.qualname = 128,
			.first_line = 68,
			.line_table = 136,
			.bytecode = 192,
		},
		COMMON,
		VALUES_3_12,
		NOTHING_LATE,
		DICT_KEYS,
		STRING,
		ERRORS_NEW,
		RAISED(96, 104),
	},
	{
		.major = 3,
		.minor = 13,
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
			.modules = 7656,
			.sysdict = 7640,
		},
		GIL,
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
			.filename = 112,
			.name = 120,
			.qualname = 128,
			.first_line = 68,
			.line_table = 136,
			.bytecode = 200,
		},
		COMMON,
		VALUES_3_13,
		NOTHING_LATE,
		DICT_KEYS,
		STRING,
		ERRORS_NEW,
		RAISED(112, 120),
	},
	{ .major = 0 },
};

/* All tables in the order of their versions, in four files. */
static const struct fdp_python_offsets *const lists[] = {
	fdp_offsets_early,
	versions,
	fdp_offsets_late,
	fdp_offsets_free,
};

const struct fdp_python_offsets *fdp_python_offsets_at(size_t index)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct fdp_python_offsets *at = lists[i];

		for (; at->major; at++)
			if (index-- == 0)
				return at;
	}
	return NULL;
}

const struct fdp_python_offsets *
fdp_python_offsets_of(const struct fdp_version *version)
{
	const struct fdp_python_offsets *offsets;

	for (size_t i = 0; (offsets = fdp_python_offsets_at(i)); i++)
		if (offsets->major == version->major &&
		    offsets->minor == version->minor &&
		    offsets->free_threaded == version->free_threaded)
			return offsets;
	return NULL;
}

const struct fdp_python_offsets *fdp_python_offsets(int minor)
{
	const struct fdp_version version = { .major = 3, .minor = minor };

	return fdp_python_offsets_of(&version);
}
