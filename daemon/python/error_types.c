#include "error_types.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "classic.h"
#include "containers.h"
#include "strings.h"
#include "table.h"

/* Builtin types with a __str__ of their own, by name. */
static const struct {
	const char *name;
	enum fdp_str_origin origin;
} origins[] = {
	{ "object", FDP_STR_OBJECT },
	/* Theirs is repr() too, with a warning. */
	{ "bytes", FDP_STR_OBJECT },
	{ "bytearray", FDP_STR_OBJECT },
	/* Theirs is repr() too; from 3.8 on they have none.  2.7: see
	 * error_words_27.c. */
	{ "int", FDP_STR_OBJECT },
	{ "long", FDP_STR_OBJECT },
	{ "bool", FDP_STR_OBJECT },
	{ "float", FDP_STR_OBJECT },
	{ "complex", FDP_STR_OBJECT },
	{ "classobj", FDP_STR_OBJECT },
	{ "str", FDP_STR_STRING },
	{ "unicode", FDP_STR_UNICODE },
	{ "BaseException", FDP_STR_ERROR },
	{ "KeyError", FDP_STR_KEY_ERROR },
	{ "OSError", FDP_STR_OS_ERROR },
	{ "EnvironmentError", FDP_STR_OS_ERROR },
	{ "ImportError", FDP_STR_IMPORT_ERROR },
	{ "SyntaxError", FDP_STR_SYNTAX_ERROR },
	{ "UnicodeEncodeError", FDP_STR_ENCODE_ERROR },
	{ "UnicodeDecodeError", FDP_STR_DECODE_ERROR },
	{ "UnicodeTranslateError", FDP_STR_TRANSLATE_ERROR },
	{ "BaseExceptionGroup", FDP_STR_GROUP },
};

/* Where 2.7 has exceptions in. */
#define MODULE_27 "exceptions."

/* Places in the dict of a class, of which two in three are taken at most. */
#define ATTRIBUTES_MAX 4096

/* What an instance of an old class has to say in code. */
static const char *const spoken[] = { "__str__", "__repr__", "__getattr__",
				      NULL };

/* What all instances of old classes are to C. */
static const struct fdp_type instance = {
	.kind = FDP_VALUE_CLASSIC_INSTANCE,
	.name = "instance",
	.qualname = "instance",
};

struct fdp_error_types {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_types *types;
	struct fdp_table by_address;
	struct fdp_arena arena;
};

int fdp_error_types_new(struct fdp_target *target,
			const struct fdp_python_offsets *offsets,
			struct fdp_report *report,
			struct fdp_error_types **ret_types)
{
	struct fdp_error_types *types = calloc(1, sizeof(*types));

	if (!types || fdp_types_new(target, offsets, &types->types) < 0) {
		free(types);
		return -ENOMEM;
	}
	types->target = target;
	types->offsets = offsets;
	types->report = report;
	*ret_types = types;
	return 0;
}

void fdp_error_types_free(struct fdp_error_types *types)
{
	if (!types)
		return;
	fdp_types_free(types->types);
	fdp_table_done(&types->by_address);
	fdp_arena_done(&types->arena);
	free(types);
}

static bool is_27(const struct fdp_error_types *types)
{
	return types->offsets->major < 3;
}

static uint64_t read_word(struct fdp_error_types *types, uint64_t address,
			  uint32_t field)
{
	uint64_t value;

	return fdp_target_read_u64(types->target, address + field, &value) < 0
		       ? 0
		       : value;
}

/* The types that the one at ADDRESS comes from, itself first.  How many. */
static size_t read_order(struct fdp_error_types *types, uint64_t address,
			 uint64_t *bases)
{
	const struct fdp_python_offsets *offsets = types->offsets;
	uint64_t order = read_word(types, address, offsets->slots.order);
	uint64_t count = 0;

	if (fdp_object_is(types->target, offsets, order, FDP_TYPE_TUPLE))
		count = read_word(types, order, offsets->object.size);
	if (count > FDP_BASES_MAX)
		return 0;
	if (fdp_target_read(types->target, order + offsets->tuple.items, bases,
			    count * sizeof(*bases)) < 0)
		return 0;
	return count;
}

static enum fdp_str_origin origin_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(origins); i++) {
		if (strcmp(origins[i].name, name) == 0)
			return origins[i].origin;
	}
	return FDP_STR_UNKNOWN;
}

/* tp_name of a type that was not made by a class statement. */
static const char *builtin_name(const struct fdp_type *type)
{
	return STARTS_WITH(type->name, MODULE_27)
		       ? type->name + strlen(MODULE_27)
		       : type->name;
}

/* True if the class statement that made a type has put NAME into it, or if
 * there is more in it than anybody puts. */
static bool has_own(struct fdp_error_types *types, uint64_t address,
		    const char *name)
{
	struct fdp_container dict;
	uint64_t value;

	if (fdp_dict_begin(types->target, types->offsets,
			   read_word(types, address, types->offsets->type.dict),
			   &dict) < 0)
		return false;
	return dict.count > ATTRIBUTES_MAX ||
	       fdp_dict_find(&dict, types->offsets, name, &value) == 0;
}

/*
 * Looks through the bases for what the type is, and for the builtin one whose
 * __str__ is the same function: the last in order that has it has made it, and
 * the others have it from there.
 */
static int look_at_bases(struct fdp_error_types *types, uint64_t address,
			 struct fdp_error_type *type)
{
	uint64_t bases[FDP_BASES_MAX];
	size_t count = read_order(types, address, bases);
	uint64_t own = read_word(types, address, types->offsets->slots.str);
	const char *name;

	for (size_t i = 0; i < count; i++) {
		const struct fdp_type *base =
			fdp_types_find(types->types, bases[i]);

		if (!base)
			return -ENOMEM;
		if (base->kind != FDP_VALUE_INVALID && base->heap &&
		    is_27(types))
			type->has_unicode |=
				has_own(types, bases[i], "__unicode__");
		if (base->kind == FDP_VALUE_INVALID || base->heap)
			continue;
		name = builtin_name(base);
		if (strcmp(name, "SyntaxError") == 0)
			type->is_syntax_error = true;
		if (strcmp(name, "BaseExceptionGroup") == 0)
			type->is_group = true;
		if (own && read_word(types, bases[i],
				     types->offsets->slots.str) == own)
			type->str = origin_of(name);
	}
	return 0;
}

/* As the traceback module writes it.  NULL: no memory. */
static const char *name_of(struct fdp_error_types *types,
			   const struct fdp_type *type)
{
	struct fdp_arena *arena = &types->report->arena;

	if (is_27(types))
		return fdp_arena_strdup(arena, type->qualname);
	if (type->module && (strcmp(type->module, "builtins") == 0 ||
			     strcmp(type->module, "__main__") == 0))
		return fdp_arena_strdup(arena, type->qualname);
	return fdp_arena_printf(arena, "%s.%s",
				type->module ? type->module : "<unknown>",
				type->qualname);
}

/* An old class of 2.7: any of their instances can be raised.  0 or -errno. */
static int read_classic(struct fdp_error_types *types, uint64_t address,
			struct fdp_error_type *type)
{
	struct fdp_classic_names names;
	int r = fdp_classic_class_names(types->target, types->offsets, address,
					&types->arena, &names);

	if (r < 0)
		return r;
	type->type = &instance;
	type->name = fdp_arena_strdup(&types->report->arena, names.name);
	type->is_exception = true;
	if (!fdp_classic_class_has(types->target, types->offsets, address,
				   spoken))
		type->str = FDP_STR_CLASSIC;
	return type->name ? 0 : -ENOMEM;
}

static int read_type(struct fdp_error_types *types, uint64_t address,
		     struct fdp_error_type *type)
{
	if (is_27(types)) {
		int r = read_classic(types, address, type);

		if (r == 0 || r == -ENOMEM)
			return r;
	}
	type->type = fdp_types_find(types->types, address);
	if (!type->type)
		return -ENOMEM;
	if (type->type->kind == FDP_VALUE_INVALID)
		type->name = fdp_arena_printf(&types->report->arena,
					      "<invalid type at 0x%llx>",
					      (unsigned long long)address);
	else
		type->name = name_of(types, type->type);
	if (!type->name)
		return -ENOMEM;
	type->is_exception = type->type->flags & FDP_TYPE_EXCEPTION;
	return look_at_bases(types, address, type);
}

const struct fdp_error_type *fdp_error_types_find(struct fdp_error_types *types,
						  uint64_t address)
{
	struct fdp_error_type *type =
		fdp_table_find(&types->by_address, address, 0);

	if (type)
		return type;
	type = fdp_arena_alloc(&types->arena, sizeof(*type));
	if (!type || read_type(types, address, type) < 0 ||
	    fdp_table_add(&types->by_address, address, 0, type) < 0)
		return NULL;
	return type;
}

const struct fdp_error_type *fdp_error_types_of(struct fdp_error_types *types,
						uint64_t address)
{
	const struct fdp_error_type *type = fdp_error_types_find(
		types, read_word(types, address, types->offsets->object.type));

	if (!type || type->type->kind != FDP_VALUE_CLASSIC_INSTANCE)
		return type;
	return fdp_error_types_find(
		types, read_word(types, address,
				 types->offsets->classic_instance.class));
}
