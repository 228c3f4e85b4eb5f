#include "builtin_types.h"

#include <string.h>

#include "../base/util.h"
#include "strings.h"

/* A builtin type; FLAG of tp_flags has to be there, if it has one. */
struct builtin {
	const char *name;
	enum fdp_value_kind kind;
	uint64_t flag;
};

static const struct builtin common[] = {
	{ "NoneType", FDP_VALUE_NONE, 0 },
	{ "ellipsis", FDP_VALUE_ELLIPSIS, 0 },
	{ "NotImplementedType", FDP_VALUE_NOT_IMPLEMENTED, 0 },
	{ "float", FDP_VALUE_REAL, 0 },
	{ "complex", FDP_VALUE_COMPLEX, 0 },
	{ "bytearray", FDP_VALUE_BYTEARRAY, 0 },
	{ "list", FDP_VALUE_LIST, FDP_TYPE_LIST },
	{ "tuple", FDP_VALUE_TUPLE, FDP_TYPE_TUPLE },
	{ "dict", FDP_VALUE_DICT, FDP_TYPE_DICT },
	{ "set", FDP_VALUE_SET, 0 },
	{ "frozenset", FDP_VALUE_FROZENSET, 0 },
	{ "slice", FDP_VALUE_SLICE, 0 },
	{ "cell", FDP_VALUE_CELL, 0 },
	{ "function", FDP_VALUE_FUNCTION, 0 },
	{ "builtin_function_or_method", FDP_VALUE_BUILTIN, 0 },
	{ "module", FDP_VALUE_MODULE, 0 },
	{ "code", FDP_VALUE_CODE, 0 },
	{ "generator", FDP_VALUE_GENERATOR, 0 },
	{ "type", FDP_VALUE_TYPE, FDP_TYPE_TYPE },
	{ "numpy.ndarray", FDP_VALUE_ARRAY, 0 },
};

static const struct builtin since_3[] = {
	{ "bool", FDP_VALUE_BOOL, FDP_TYPE_INTEGER },
	{ "int", FDP_VALUE_INTEGER, FDP_TYPE_INTEGER },
	{ "str", FDP_VALUE_STRING, FDP_TYPE_STRING },
	{ "bytes", FDP_VALUE_BYTES, FDP_TYPE_BYTES },
	{ "range", FDP_VALUE_RANGE, 0 },
	{ "method", FDP_VALUE_METHOD, 0 },
	{ "coroutine", FDP_VALUE_GENERATOR, 0 },
	{ "async_generator", FDP_VALUE_GENERATOR, 0 },
	{ "BaseException", FDP_VALUE_EXCEPTION, FDP_TYPE_EXCEPTION },
};

static const struct builtin of_2[] = {
	{ "bool", FDP_VALUE_WORD, FDP_TYPE_WORD },
	{ "int", FDP_VALUE_WORD, FDP_TYPE_WORD },
	{ "long", FDP_VALUE_LONG, FDP_TYPE_INTEGER },
	{ "str", FDP_VALUE_BYTES, FDP_TYPE_BYTES },
	{ "unicode", FDP_VALUE_STRING, FDP_TYPE_STRING },
	{ "xrange", FDP_VALUE_XRANGE, 0 },
	{ "instancemethod", FDP_VALUE_METHOD, 0 },
	{ "classobj", FDP_VALUE_CLASSIC_CLASS, 0 },
	{ "instance", FDP_VALUE_CLASSIC_INSTANCE, 0 },
	{ "exceptions.BaseException", FDP_VALUE_EXCEPTION, FDP_TYPE_EXCEPTION },
};

static enum fdp_value_kind find(const struct fdp_type *type,
				const struct builtin *builtins, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct builtin *builtin = &builtins[i];

		if (strcmp(builtin->name, type->name) == 0 &&
		    (builtin->flag & ~type->flags) == 0)
			return builtin->kind;
	}
	return FDP_VALUE_INVALID;
}

enum fdp_value_kind fdp_builtin_kind(const struct fdp_type *type, int major)
{
	enum fdp_value_kind kind = find(type, common, ARRAY_SIZE(common));

	if (kind != FDP_VALUE_INVALID)
		return kind;
	return major < 3 ? find(type, of_2, ARRAY_SIZE(of_2))
			 : find(type, since_3, ARRAY_SIZE(since_3));
}
