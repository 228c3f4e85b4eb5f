/*
 * What the tables of 3.8 to 3.13 have in common of the objects that locals
 * hold, for the file that holds these tables.
 */
#ifndef FDP_PYTHON_OFFSETS_VALUES_H
#define FDP_PYTHON_OFFSETS_VALUES_H

#include "offsets.h"

/* The same in all of them: most of the objects that a program makes. */
#define VALUES_COMMON                                                          \
	.values_known = true, .object.size = 16, .dict.used = 16,              \
	.set.used = 24, .module.name = 48, .real = { .value = 16 },            \
	.complex = { .value = 16 }, .list = { .items = 24, .allocated = 32 },  \
	.tuple = { .items = 24 }, .bytearray = { .start = 40 },                \
	.range = { .start = 16, .stop = 24, .step = 32 },                      \
	.slice = { .start = 16, .stop = 24, .step = 32 },                      \
	.cell = { .contents = 16 }, .method = { .function = 16, .self = 24 },  \
	.builtin = { .definition = 16, .self = 24 },                           \
	.exception = { .arguments = 24 }, .type.basic_size = 32,               \
	.type.members = 240, .type.dict = 264, .type.dict_offset = 288

/* PyHeapTypeObject, PyFunctionObject and PyGenObject. */
#define VALUES_NAMED(qualname_, cached_keys_, function_, generator_)           \
	.type.qualname = qualname_, .type.cached_keys = cached_keys_,          \
	.function = { .qualname = function_ },                                 \
	.generator = { .qualname = generator_ }

/* PyCodeObject, up to 3.10 and from 3.11 on. */
#define VALUES_CODE_OLD                                                        \
	.code.arguments = 16, .code.keyword_only = 24, .code.flags = 36,       \
	.code.local_names = FDP_ABSENT, .code.local_kinds = FDP_ABSENT,        \
	.code.variables = 72, .code.cells = 88, .code.free = 80
#define VALUES_CODE(arguments_, keyword_only_)                                 \
	.code.arguments = arguments_, .code.keyword_only = keyword_only_,      \
	.code.flags = 48, .code.local_names = 96, .code.local_kinds = 104,     \
	.code.variables = FDP_ABSENT, .code.cells = FDP_ABSENT,                \
	.code.free = FDP_ABSENT

/* PyLongObject, up to 3.11 and from 3.12 on. */
#define VALUES_INTEGER(count_shift_)                                           \
	.integer = { .count = 16, .count_shift = count_shift_, .digits = 24 }

/* Attributes: up to 3.10 in a dict; 3.11 and 3.12; 3.13. */
#define VALUES_DICT                                                            \
	.dict_values = {                                                       \
		.order = FDP_VALUES_AS_KEYS,                                   \
		.capacity = FDP_ABSENT,                                        \
		.size = FDP_ABSENT,                                            \
		.valid = FDP_ABSENT,                                           \
	},                                                                     \
	.instance = {                                                          \
		.style = FDP_INSTANCE_DICT,                                    \
		.dict_before = FDP_ABSENT,                                     \
		.values_before = FDP_ABSENT,                                   \
	}
#define VALUES_BEFORE(style_, values_)                                         \
	.dict_values = {                                                       \
		.order = FDP_VALUES_BEFORE,                                    \
		.capacity = FDP_ABSENT,                                        \
		.size = FDP_ABSENT,                                            \
		.valid = FDP_ABSENT,                                           \
	},                                                                     \
	.instance = {                                                          \
		.style = style_,                                               \
		.dict_before = 24,                                             \
		.values_before = values_,                                      \
	}
#define VALUES_BEHIND                                                          \
	.dict_values = {                                                       \
		.order = FDP_VALUES_BEHIND,                                    \
		.first = 8,                                                    \
		.capacity = 0,                                                 \
		.size = 1,                                                     \
		.valid = 3,                                                    \
	},                                                                     \
	.instance = {                                                          \
		.style = FDP_INSTANCE_INLINE,                                  \
		.dict_before = 24,                                             \
		.values_before = FDP_ABSENT,                                   \
	}

#define VALUES_3_8                                                             \
	VALUES_COMMON, VALUES_CODE_OLD, VALUES_NAMED(864, 872, 104, 56),       \
		VALUES_INTEGER(0), VALUES_DICT
#define VALUES_3_9                                                             \
	VALUES_COMMON, VALUES_CODE_OLD, VALUES_NAMED(856, 864, 104, 56),       \
		VALUES_INTEGER(0), VALUES_DICT
#define VALUES_3_10                                                            \
	VALUES_COMMON, VALUES_CODE_OLD, VALUES_NAMED(864, 872, 40, 48),        \
		VALUES_INTEGER(0), VALUES_DICT
#define VALUES_3_11                                                            \
	VALUES_COMMON, VALUES_CODE(56, 64), VALUES_NAMED(864, 872, 40, 40),    \
		VALUES_INTEGER(0), VALUES_BEFORE(FDP_INSTANCE_TWO, 32)
#define VALUES_3_12                                                            \
	VALUES_COMMON, VALUES_CODE(52, 60), VALUES_NAMED(872, 880, 40, 32),    \
		VALUES_INTEGER(3), VALUES_BEFORE(FDP_INSTANCE_ONE, FDP_ABSENT)
#define VALUES_3_13                                                            \
	VALUES_COMMON, VALUES_CODE(52, 60), VALUES_NAMED(872, 880, 40, 32),    \
		VALUES_INTEGER(3), VALUES_BEHIND

#endif
