/*
 * What several tables of offsets have in common, for the files that hold them.
 */
#ifndef FDP_PYTHON_OFFSETS_PARTS_H
#define FDP_PYTHON_OFFSETS_PARTS_H

#include "offsets.h"

/* Each ends with one whose major version is 0. */
extern const struct fdp_python_offsets fdp_offsets_early[]; /* 2.7 to 3.7 */
extern const struct fdp_python_offsets fdp_offsets_late[];  /* 3.14, 3.15 */
extern const struct fdp_python_offsets fdp_offsets_free[];  /* free-threaded */

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
	.module = {                                                            \
		.dict = 16,                                                    \
		.definition = 24,                                              \
		.methods = 64,                                                 \
		.has_definition = FDP_ABSENT,                                  \
	}

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
		.kind_shift = 2,                                               \
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
		.kind_shift = 2,                                               \
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

/* The lowest two bits of a _PyStackRef. */
#define CODE_TAGS 3

/* What only the latest versions have. */
#define NOTHING_LATE                                                           \
	.base_frame = FDP_ABSENT,                                              \
	.copies = { .array = FDP_ABSENT, .index = FDP_ABSENT }

/* struct _gil_runtime_state, the same in all versions that have it. */
#define GIL                                                                    \
	.gil = {                                                               \
		.holder = 8,                                                   \
		.locked = 16,                                                  \
		.switch_number = 24,                                           \
		.size = 208,                                                   \
		.enabled = FDP_ABSENT,                                         \
	}

#endif
