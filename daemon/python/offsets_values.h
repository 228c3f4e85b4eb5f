/*
 * What tables have in common of the objects that locals hold, for the files
 * that hold these tables.
 */
#ifndef FDP_PYTHON_OFFSETS_VALUES_H
#define FDP_PYTHON_OFFSETS_VALUES_H

#include "offsets.h"

/*
 * The same in all of them: most of the objects that a program makes.  HEAD is
 * what free-threaded builds have more of PyObject.
 */
#define VALUES_COMMON_AT(head_)                                                \
	.values_known = true, .object.size = (head_) + 16,                     \
	.dict.used = (head_) + 16, .set.used = (head_) + 24,                   \
	.real = { .value = (head_) + 16 },                                     \
	.complex = { .value = (head_) + 16 },                                  \
	.list = { .items = (head_) + 24, .allocated = (head_) + 32 },          \
	.bytearray = { .start = (head_) + 40 },                                \
	.range = { .start = (head_) + 16,                                      \
		   .stop = (head_) + 24,                                       \
		   .step = (head_) + 32 },                                     \
	.slice = { .start = (head_) + 16,                                      \
		   .stop = (head_) + 24,                                       \
		   .step = (head_) + 32 },                                     \
	.cell = { .contents = (head_) + 16 },                                  \
	.method = { .function = (head_) + 16, .self = (head_) + 24 },          \
	.builtin = { .definition = (head_) + 16, .self = (head_) + 24 },       \
	.exception = { .arguments = (head_) + 24 },                            \
	.type.basic_size = (head_) + 32, .type.members = (head_) + 240,        \
	.type.dict = (head_) + 264, .type.dict_offset = (head_) + 288

/* Of a tuple there is a hash from 3.14 on. */
#define VALUES_COMMON                                                          \
	VALUES_COMMON_AT(0), .tuple = { .items = 24 }, .module.name = 48
#define VALUES_COMMON_LATE(head_, name_)                                       \
	VALUES_COMMON_AT(head_), .tuple = { .items = (head_) + 32 },           \
				 .module.name = (name_)

/* PyHeapTypeObject, PyFunctionObject and PyGenObject. */
#define VALUES_NAMED(qualname_, cached_keys_, function_, generator_)           \
	.type.qualname = qualname_, .type.cached_keys = cached_keys_,          \
	.function.qualname = function_,                                        \
	.generator = { .qualname = generator_ }

/* Functions and what wraps them; not read where code says its qualified name.
 */
#define VALUES_WRAPPED(code_, attributes_)                                     \
	.function.code = code_, .function.attributes = attributes_,            \
	.wrapper = { .callable = 16 },                                         \
	.property = { .get = 16, .set = 24, .delete = 32 }

/* PyCodeObject, up to 3.7, up to 3.10, and from 3.11 on. */
#define VALUES_CODE_OLD                                                        \
	.code.arguments = 16, .code.keyword_only = 24, .code.flags = 36,       \
	.code.local_names = FDP_ABSENT, .code.local_kinds = FDP_ABSENT,        \
	.code.variables = 72, .code.cells = 88, .code.free = 80,               \
	.code.local_count = 28, .code.instructions = 48,                       \
	.frame.stack_start = 64
#define VALUES_CODE_EARLY                                                      \
	.code.arguments = 16, .code.keyword_only = 20, .code.flags = 32,       \
	.code.local_names = FDP_ABSENT, .code.local_kinds = FDP_ABSENT,        \
	.code.variables = 64, .code.cells = 80, .code.free = 72,               \
	.code.local_count = 24, .code.instructions = 40,                       \
	.frame.stack_start = 64
#define VALUES_CODE_AT(head_, arguments_, keyword_only_)                       \
	.code.arguments = (head_) + (arguments_),                              \
	.code.keyword_only = (head_) + (keyword_only_),                        \
	.code.flags = (head_) + 48, .code.local_names = (head_) + 96,          \
	.code.local_kinds = (head_) + 104, .code.variables = FDP_ABSENT,       \
	.code.cells = FDP_ABSENT, .code.free = FDP_ABSENT
#define VALUES_CODE(arguments_, keyword_only_)                                 \
	VALUES_CODE_AT(0, arguments_, keyword_only_)

/* PyLongObject, up to 3.11 and from 3.12 on. */
#define VALUES_INTEGER_AT(head_, count_shift_)                                 \
	.integer = { .count = (head_) + 16,                                    \
		     .count_shift = (count_shift_),                            \
		     .digits = (head_) + 24 }
#define VALUES_INTEGER(count_shift_) VALUES_INTEGER_AT(0, count_shift_)

/* Attributes: up to 3.10 in a dict; 3.11 and 3.12; 3.13 and later. */
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
#define VALUES_BEHIND_AT(dict_before_)                                         \
	.dict_values = {                                                       \
		.order = FDP_VALUES_BEHIND,                                    \
		.first = 8,                                                    \
		.capacity = 0,                                                 \
		.size = 1,                                                     \
		.valid = 3,                                                    \
	},                                                                     \
	.instance = {                                                          \
		.style = FDP_INSTANCE_INLINE,                                  \
		.dict_before = (dict_before_),                                 \
		.values_before = FDP_ABSENT,                                   \
	}

/* 2.7, whose dict and set are a table in one place. */
#define VALUES_2_7                                                             \
	.values_known = true, .object.size = 16, .dict.used = 24,              \
	.set.used = 24, .real = { .value = 16 }, .complex = { .value = 16 },   \
	.integer = { .count = 16, .count_shift = 0, .digits = 24 },            \
	.word = { .value = 16 }, .list = { .items = 24, .allocated = 32 },     \
	.tuple = { .items = 24 }, .bytearray = { .start = 40 },                \
	.range = { .start = 16, .stop = 32, .step = 24 },                      \
	.slice = { .start = 16, .stop = 24, .step = 32 },                      \
	.cell = { .contents = 16 }, .function.qualname = 56,                   \
	.generator = { .qualname = FDP_ABSENT, .code = 32 },                   \
	.method = { .function = 16, .self = 24, .class = 32 },                 \
	.builtin = { .definition = 16, .self = 24 },                           \
	.exception = { .arguments = 24 }, .module.name = FDP_ABSENT,           \
	.unicode = { .length = 16, .data = 24, .width = 4 },                   \
	.classic_class = { .bases = 16, .attributes = 24, .name = 32 },        \
	.classic_instance = { .class = 16, .attributes = 24 },                 \
	.type.members = 240, .type.dict = 264, .type.qualname = FDP_ABSENT,    \
	.type.cached_keys = FDP_ABSENT, .code.arguments = 16,                  \
	.code.keyword_only = FDP_ABSENT, .code.flags = 28,                     \
	.code.local_names = FDP_ABSENT, .code.local_kinds = FDP_ABSENT,        \
	.code.variables = 56, .code.cells = 72, .code.free = 64,               \
	.code.local_count = 20, .frame.stack_start = 64, VALUES_DICT,          \
	VALUES_WRAPPED(16, 64)

/* 3.6 and 3.7. */
#define VALUES_EARLY                                                           \
	VALUES_COMMON, VALUES_CODE_EARLY, VALUES_NAMED(848, 856, 104, 56),     \
		VALUES_INTEGER(0), VALUES_DICT, VALUES_WRAPPED(16, 72)
#define VALUES_3_8                                                             \
	VALUES_COMMON, VALUES_CODE_OLD, VALUES_NAMED(864, 872, 104, 56),       \
		VALUES_INTEGER(0), VALUES_DICT, VALUES_WRAPPED(16, 72)
#define VALUES_3_9                                                             \
	VALUES_COMMON, VALUES_CODE_OLD, VALUES_NAMED(856, 864, 104, 56),       \
		VALUES_INTEGER(0), VALUES_DICT, VALUES_WRAPPED(16, 72)
#define VALUES_3_10                                                            \
	VALUES_COMMON, VALUES_CODE_OLD, VALUES_NAMED(864, 872, 40, 48),        \
		VALUES_INTEGER(0), VALUES_DICT, VALUES_WRAPPED(48, 88)
#define VALUES_3_11                                                            \
	VALUES_COMMON, VALUES_CODE(56, 64), VALUES_NAMED(864, 872, 40, 40),    \
		VALUES_INTEGER(0), VALUES_BEFORE(FDP_INSTANCE_TWO, 32)
#define VALUES_3_12                                                            \
	VALUES_COMMON, VALUES_CODE(52, 60), VALUES_NAMED(872, 880, 40, 32),    \
		VALUES_INTEGER(3), VALUES_BEFORE(FDP_INSTANCE_ONE, FDP_ABSENT)
#define VALUES_3_13                                                            \
	VALUES_COMMON, VALUES_CODE(52, 60), VALUES_NAMED(872, 880, 40, 32),    \
		VALUES_INTEGER(3), VALUES_BEHIND_AT(24)
#define VALUES_3_14                                                            \
	VALUES_COMMON_LATE(0, 48), VALUES_CODE(52, 60),                        \
		VALUES_NAMED(872, 880, 40, 32), VALUES_INTEGER(3),             \
		VALUES_BEHIND_AT(24)
#define VALUES_3_15                                                            \
	VALUES_COMMON_LATE(0, 40), VALUES_CODE(52, 60),                        \
		VALUES_NAMED(880, 888, 40, 32), VALUES_INTEGER(3),             \
		VALUES_BEHIND_AT(24)

/* Free-threaded builds, in which no collector stands before an object. */
#define VALUES_FREE                                                            \
	VALUES_CODE_AT(16, 52, 60), VALUES_INTEGER_AT(16, 3),                  \
		VALUES_BEHIND_AT(8)
#define VALUES_3_13_FREE                                                       \
	VALUES_COMMON_AT(16), .tuple = { .items = 40 }, .module.name = 64,     \
			      VALUES_NAMED(888, 896, 56, 48), VALUES_FREE
#define VALUES_3_14_FREE                                                       \
	VALUES_COMMON_LATE(16, 64), VALUES_NAMED(888, 896, 56, 48), VALUES_FREE
#define VALUES_3_15_FREE                                                       \
	VALUES_COMMON_LATE(16, 56), VALUES_NAMED(896, 904, 56, 48), VALUES_FREE

#endif
