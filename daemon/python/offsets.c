#include "offsets.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"

/*
 * The same in all versions: PyObject, PyTypeObject, PyBytesObject,
 * PyDictObject, PySetObject, PyModuleObject and PyModuleDef.
 */
#define COMMON                                                                 \
	.object = { .type = 8 },                                               \
	.type = { .name = 24, .flags = 168, .base = 256 },                     \
	.bytes = { .size = 16, .data = 32 },                                   \
	.dict = { .keys = 32, .values = 40 },                                  \
	.set = { .mask = 32, .table = 40 },                                    \
	.module = { .definition = 24, .methods = 64 }

/* PyDictKeysObject, up to 3.10 and from 3.11 on. */
#define DICT_KEYS_OLD                                                          \
	.dict_keys = {                                                         \
		.index_entries = 8,                                            \
		.index_log2 = FDP_ABSENT,                                      \
		.kind = FDP_ABSENT,                                            \
		.entries = 32,                                                 \
		.index = 40,                                                   \
	}
#define DICT_KEYS                                                              \
	.dict_keys = {                                                         \
		.index_entries = FDP_ABSENT,                                   \
		.index_log2 = 9,                                               \
		.kind = 10,                                                    \
		.entries = 24,                                                 \
		.index = 32,                                                   \
	}

/* PyUnicodeObject while strings could be wchar_t (PEP 623 ended that in 3.12).
 */
#define STRING_WITH_WIDE                                                       \
	.string = {                                                            \
		.length = 16,                                                  \
		.state = 32,                                                   \
		.ascii_data = 48,                                              \
		.compact_data = 72,                                            \
		.data = 72,                                                    \
		.wide = 40,                                                    \
		.wide_length = 64,                                             \
	}

#define STRING                                                                 \
	.string = {                                                            \
		.length = 16,                                                  \
		.state = 32,                                                   \
		.ascii_data = 40,                                              \
		.compact_data = 56,                                            \
		.data = 56,                                                    \
		.wide = FDP_ABSENT,                                            \
		.wide_length = FDP_ABSENT,                                     \
	}

/* PyCodeObject, 3.8 to 3.10. */
#define CODE_OBJECT                                                            \
	.code = {                                                              \
		.filename = 104,                                               \
		.name = 112,                                                   \
		.qualname = FDP_ABSENT,                                        \
		.first_line = 40,                                              \
		.line_table = 120,                                             \
		.bytecode = FDP_ABSENT,                                        \
	}

/* struct _gil_runtime_state, the same in all versions. */
#define GIL                                                                    \
	.gil = {                                                               \
		.holder = 8,                                                   \
		.locked = 16,                                                  \
		.switch_number = 24,                                           \
		.size = 208,                                                   \
	}

static const struct fdp_python_offsets versions[] = {
	{
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
			.gc_collecting = FDP_ABSENT,
			.gil = FDP_ABSENT,
			.modules = FDP_ABSENT,
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
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 104,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
		},
		CODE_OBJECT,
		COMMON,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
	},
	{
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
			.gc_collecting = 816,
			.gil = FDP_ABSENT,
			.modules = FDP_ABSENT,
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
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 104,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
		},
		CODE_OBJECT,
		COMMON,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
	},
	{
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
			.thread_id = 176,
			.native_thread_id = FDP_ABSENT,
		},
		.cframe = { .frame = FDP_ABSENT, .previous = 8 },
		.frame = {
			.previous = 24,
			.code = 32,
			.instruction = 96,
			.owner = FDP_ABSENT,
			.is_entry = FDP_ABSENT,
		},
		CODE_OBJECT,
		COMMON,
		DICT_KEYS_OLD,
		STRING_WITH_WIDE,
	},
	{
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
			.thread_id = 152,
			.native_thread_id = 160,
		},
		.cframe = { .frame = 8, .previous = 16 },
		.frame = {
			.previous = 48,
			.code = 32,
			.instruction = 56,
			.owner = 69,
			.is_entry = 68,
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
		DICT_KEYS,
		STRING_WITH_WIDE,
	},
	{
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
			.thread_id = 136,
			.native_thread_id = 144,
		},
		.cframe = { .frame = 0, .previous = 8 },
		.frame = {
			.previous = 8,
			.code = 0,
			.instruction = 56,
			.owner = 70,
			.is_entry = FDP_ABSENT,
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
		DICT_KEYS,
		STRING,
	},
	{
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
		},
		.cframe = { .frame = FDP_ABSENT, .previous = FDP_ABSENT },
		.frame = {
			.previous = 8,
			.code = 0,
			.instruction = 56,
			.owner = 70,
			.is_entry = FDP_ABSENT,
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
		DICT_KEYS,
		STRING,
	},
};

const struct fdp_python_offsets *fdp_python_offsets(int minor)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		if (versions[i].minor == minor)
			return &versions[i];
	}
	return NULL;
}
