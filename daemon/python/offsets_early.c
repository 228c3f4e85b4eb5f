/*
 * Offsets of 2.7, 3.6 and 3.7.
 */
#include "offsets_errors.h"
#include "offsets_parts.h"
#include "offsets_values.h"

/* PyStringObject: what names are in 2.7.  There is no str to read. */
#define NAMES_ARE_BYTES                                                        \
	.bytes = { .size = 16, .data = 36, .hash = 24 }, .string = {           \
		.length = FDP_ABSENT,                                          \
		.state = FDP_ABSENT,                                           \
		.ascii_data = FDP_ABSENT,                                      \
		.compact_data = FDP_ABSENT,                                    \
		.data = FDP_ABSENT,                                            \
		.wide = FDP_ABSENT,                                            \
		.wide_length = FDP_ABSENT,                                     \
	}

/* Dicts had no keys object, and modules no definition. */
#define OBJECTS_27                                                             \
	.object = { .type = 8 },                                               \
	.type = { .name = 24,                                                  \
		  .flags = 168,                                                \
		  .base = 256,                                                 \
		  .basic_size = 32,                                            \
		  .dict_offset = 288 },                                        \
	.dict = { .keys = FDP_ABSENT, .values = FDP_ABSENT },                  \
	.dict_keys = {                                                         \
		.index_entries = FDP_ABSENT,                                   \
		.index_log2 = FDP_ABSENT,                                      \
		.kind = FDP_ABSENT,                                            \
		.entries = FDP_ABSENT,                                         \
		.index = FDP_ABSENT,                                           \
	},                                                                     \
	.set = { .mask = 32, .table = 40 },                                    \
	.module = {                                                            \
		.dict = 16,                                                    \
		.definition = FDP_ABSENT,                                      \
		.methods = FDP_ABSENT,                                         \
		.has_definition = FDP_ABSENT,                                  \
	}

/* Variables of their own; who holds it is roots.current_thread. */
#define NO_GIL                                                                 \
	.gil = {                                                               \
		.holder = FDP_ABSENT,                                          \
		.locked = FDP_ABSENT,                                          \
		.switch_number = FDP_ABSENT,                                   \
		.size = FDP_ABSENT,                                            \
		.enabled = FDP_ABSENT,                                         \
	}

const struct fdp_python_offsets fdp_offsets_early[] = {
	{
		.major = 2,
		.minor = 7,
		.style = FDP_FRAMES_OBJECTS,
		.lines = FDP_LINES_LNOTAB_FORWARD,
		.instruction_unit = 1,
		.evaluation = "PyEval_EvalFrameEx",
		.roots = {
			.interpreters = "interp_head",
			.current_thread = "_PyThreadState_Current",
			.collecting = "collecting",
			.importing = "import_lock_thread",
		},
		.runtime = {
			.interpreters_head = 0,
			.finalizing = FDP_ABSENT,
			.current_thread = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 8,
			.id = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.modules = 16,
			.sysdict = FDP_ABSENT,
		},
		NO_GIL,
		.thread = {
			.next = 0,
			.interpreter = 8,
			.frame = 16,
			.cframe = FDP_ABSENT,
			.thread_id = 144,
			.native_thread_id = FDP_ABSENT,
			.state = FDP_ABSENT,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 120,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
			.locals = 376,
			.globals = 48,
			.suspended_top = 72,
		},
		.code = {
			.filename = 80,
			.name = 88,
			.qualname = FDP_ABSENT,
			.first_line = 96,
			.line_table = 104,
			.bytecode = FDP_ABSENT,
			.instructions = 32,
		},
		OBJECTS_27,
		VALUES_2_7,
		NOTHING_LATE,
		NAMES_ARE_BYTES,
		ERRORS_2_7,
		RAISED_PARTS(72, 96),
		.raised.saved = 88,
	},
	{
		.major = 3,
		.minor = 6,
		.style = FDP_FRAMES_OBJECTS,
		.lines = FDP_LINES_LNOTAB,
		.instruction_unit = 1,
		.roots = {
			.interpreters = "interp_head",
			.current_thread = "_PyThreadState_Current",
			.finalizing = "_Py_Finalizing",
			.collecting = "collecting",
		},
		.runtime = {
			.interpreters_head = 0,
			.finalizing = FDP_ABSENT,
			.current_thread = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 8,
			.id = FDP_ABSENT,
			.gc_collecting = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.modules = 16,
			.sysdict = FDP_ABSENT,
		},
		NO_GIL,
		.thread = {
			.next = 8,
			.interpreter = 16,
			.frame = 24,
			.cframe = FDP_ABSENT,
			.thread_id = 152,
			.native_thread_id = FDP_ABSENT,
			.state = FDP_ABSENT,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 120,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
			.locals = 376,
			.executing = 132,
			.executing_first = 1,
			.executing_last = 1,
		},
		.code = {
			.filename = 96,
			.name = 104,
			.qualname = FDP_ABSENT,
			.first_line = 36,
			.line_table = 112,
			.bytecode = FDP_ABSENT,
		},
		COMMON,
		VALUES_EARLY,
		NOTHING_LATE,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
		ERRORS_3_6,
		SYNTAX_PLACE(64),
		RAISED_PARTS(80, 104),
	},
	{
		.major = 3,
		.minor = 7,
		.style = FDP_FRAMES_OBJECTS,
		.lines = FDP_LINES_LNOTAB,
		.instruction_unit = 1,
		.runtime = {
			.interpreters_head = 24,
			.finalizing = 8,
			.current_thread = 1480,
			.gil = 1264,
			.gc_collecting = 632,
		},
		.interpreter = {
			.next = 0,
			.threads_head = 8,
			.id = 16,
			.gc_collecting = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.modules = 40,
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
		.code = {
			.filename = 96,
			.name = 104,
			.qualname = FDP_ABSENT,
			.first_line = 36,
			.line_table = 112,
			.bytecode = FDP_ABSENT,
		},
		COMMON,
		VALUES_EARLY,
		NOTHING_LATE,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
		ERRORS_OLD,
		SYNTAX_PLACE(64),
		RAISED_PARTS(88, 144),
	},
	{ .major = 0 },
};
