#include "types.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builtin_types.h"
#include "containers.h"
#include "strings.h"
#include "table.h"

/* Bit of tp_flags. */
#define TYPE_HEAP (UINT64_C(1) << 9)

/* Types between a class and the builtin one below it. */
#define BASES_MAX 64

/* __slots__ of a class, with those of its bases. */
#define MEMBERS_MAX 64

/* Entries of a class's dict among which its __module__ is looked for; it is
 * the first that a `class` statement makes.  In 2.7 it may stand anywhere. */
#define MODULE_ENTRIES_MAX 64
#define MODULE_PLACES_MAX 1024

/* Characters of a module's or a class's name. */
#define NAME_CHARACTERS_MAX 256

/* struct PyMemberDef, and the types of those that are objects. */
struct member_definition {
	uint64_t name;
	int32_t type;
	int64_t offset;
	int32_t flags;
	uint64_t documentation;
};
#define MEMBER_OBJECT 6
#define MEMBER_OBJECT_EX 16

struct fdp_types {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_arena arena;
	struct fdp_table by_address;
};

static const struct fdp_type invalid = { .kind = FDP_VALUE_INVALID };

int fdp_types_new(struct fdp_target *target,
		  const struct fdp_python_offsets *offsets,
		  struct fdp_types **ret_types)
{
	struct fdp_types *types = calloc(1, sizeof(*types));

	if (!types)
		return -ENOMEM;
	types->target = target;
	types->offsets = offsets;
	*ret_types = types;
	return 0;
}

void fdp_types_free(struct fdp_types *types)
{
	if (!types)
		return;
	fdp_table_done(&types->by_address);
	fdp_arena_done(&types->arena);
	free(types);
}

const char *fdp_type_last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static int read_word(struct fdp_types *types, uint64_t type, uint32_t field,
		     uint64_t *ret_value)
{
	return fdp_target_read_u64(types->target, type + field, ret_value);
}

/* True if the object at ADDRESS is a type: its own type is one of types. */
static bool is_type(struct fdp_types *types, uint64_t address)
{
	return fdp_object_is(types->target, types->offsets, address,
			     FDP_TYPE_TYPE);
}

/* What is no name is garbage. */
static bool is_name(const char *name)
{
	for (const char *at = name; *at; at++) {
		if (!isprint((unsigned char)*at) && (*at & 0x80) == 0)
			return false;
	}
	return *name != '\0';
}

/* tp_name.  0 or -errno. */
static int read_c_name(struct fdp_types *types, uint64_t address,
		       const char **ret_name)
{
	uint64_t place;
	char *name;
	int r = read_word(types, address, types->offsets->type.name, &place);

	if (r == 0)
		r = fdp_target_read_string(types->target, &types->arena, place,
					   FDP_TYPE_NAME_MAX, &name);
	if (r < 0)
		return r;
	if (!is_name(name))
		return -EBADMSG;
	*ret_name = name;
	return 0;
}

/* The str at ADDRESS, or NULL. */
static char *read_string(struct fdp_types *types, uint64_t address)
{
	struct fdp_string string = { .characters = NULL };
	char *text = NULL;

	if (fdp_string_read_some(types->target, types->offsets, address,
				 NAME_CHARACTERS_MAX, &string) == 0)
		text = fdp_string_text(&string, &types->arena);
	fdp_string_done(&string);
	return text;
}

/* What the class statement has put into the dict of the type, or NULL. */
static const char *read_module(struct fdp_types *types, uint64_t address)
{
	const uint64_t most = types->offsets->major == 2 ? MODULE_PLACES_MAX
							 : MODULE_ENTRIES_MAX;
	struct fdp_container dict;
	uint64_t place, key, value;

	if (read_word(types, address, types->offsets->type.dict, &place) < 0 ||
	    fdp_dict_begin(types->target, types->offsets, place, &dict) < 0)
		return NULL;
	if (dict.count > most)
		dict.count = most;
	while (fdp_container_next(&dict, &key, &value)) {
		if (fdp_string_is(types->target, types->offsets, key,
				  "__module__"))
			return read_string(types, value);
	}
	return NULL;
}

/* A heap type says its names apart, others in one. */
static int read_names(struct fdp_types *types, uint64_t address,
		      struct fdp_type *type)
{
	const char *dot;
	uint64_t qualname;
	int r = read_c_name(types, address, &type->name);

	if (r < 0)
		return r;
	type->qualname = fdp_type_last_part(type->name);
	if (type->heap) {
		type->module = read_module(types, address);
		/* In 2.7 there is tp_name alone, which may have dots. */
		if (types->offsets->type.qualname == FDP_ABSENT)
			type->qualname = type->name;
		else if (read_word(types, address,
				   types->offsets->type.qualname,
				   &qualname) == 0)
			type->qualname = read_string(types, qualname);
		return type->qualname ? 0 : -EBADMSG;
	}
	dot = strrchr(type->name, '.');
	type->module = dot ? fdp_arena_copy(&types->arena, type->name,
					    (size_t)(dot - type->name))
			   : "builtins";
	return type->module ? 0 : -ENOMEM;
}

/* The members of one type behind those of its bases.  0 or -ENOMEM. */
static int read_members(struct fdp_types *types, uint64_t address,
			struct fdp_type *type)
{
	struct member_definition definition;
	uint64_t place, count;

	if (!type->heap ||
	    read_word(types, address, types->offsets->type.members, &place) <
		    0 ||
	    !place ||
	    read_word(types, address, types->offsets->object.size, &count) < 0)
		return 0;
	if (count > MEMBERS_MAX)
		count = MEMBERS_MAX;
	for (uint64_t i = 0; i < count && type->member_count < MEMBERS_MAX;
	     i++) {
		char *name;

		if (fdp_target_read(types->target,
				    place + i * sizeof(definition), &definition,
				    sizeof(definition)) < 0)
			return 0;
		if ((definition.type != MEMBER_OBJECT &&
		     definition.type != MEMBER_OBJECT_EX) ||
		    fdp_target_read_string(types->target, &types->arena,
					   definition.name, FDP_TYPE_NAME_MAX,
					   &name) < 0)
			continue;
		type->members[type->member_count++] = (struct fdp_member){
			.name = name,
			.offset = (uint64_t)definition.offset,
		};
	}
	return 0;
}

/* What comes from the base, which is known: kind and members. */
static int inherit(struct fdp_types *types, uint64_t address,
		   const struct fdp_type *base, struct fdp_type *type)
{
	enum fdp_value_kind builtin =
		type->heap ? FDP_VALUE_INVALID
			   : fdp_builtin_kind(type, types->offsets->major);

	type->base = base;
	type->exact = builtin != FDP_VALUE_INVALID;
	type->kind = type->exact ? builtin
		     : base	 ? base->kind
				 : FDP_VALUE_OBJECT;
	if (!type->heap)
		return 0;
	type->members = fdp_arena_array(&types->arena, MEMBERS_MAX,
					sizeof(*type->members));
	if (!type->members)
		return -ENOMEM;
	if (base && base->member_count) {
		memcpy(type->members, base->members,
		       base->member_count * sizeof(*type->members));
		type->member_count = base->member_count;
	}
	return read_members(types, address, type);
}

/* 0, -ENOMEM, or another -errno if it is no type. */
static int read_type(struct fdp_types *types, uint64_t address,
		     const struct fdp_type *base, struct fdp_type *type)
{
	const struct fdp_python_offsets *offsets = types->offsets;
	int r = -EBADMSG;

	if (is_type(types, address))
		r = read_word(types, address, offsets->type.flags,
			      &type->flags);
	if (r == 0)
		r = read_word(types, address, offsets->type.basic_size,
			      &type->basic_size);
	if (r == 0)
		r = read_word(types, address, offsets->type.dict_offset,
			      &type->dict_offset);
	if (r < 0)
		return r;
	type->heap = type->flags & TYPE_HEAP;
	if (type->heap && offsets->type.cached_keys != FDP_ABSENT)
		read_word(types, address, offsets->type.cached_keys,
			  &type->cached_keys);
	r = read_names(types, address, type);
	return r < 0 ? r : inherit(types, address, base, type);
}

static const struct fdp_type *keep(struct fdp_types *types, uint64_t address,
				   const struct fdp_type *type)
{
	struct fdp_type *kept = fdp_arena_alloc(&types->arena, sizeof(*kept));

	if (!kept)
		return NULL;
	*kept = *type;
	return fdp_table_add(&types->by_address, address, 0, kept) < 0 ? NULL
								       : kept;
}

/* The types from ADDRESS up to one that is known, or to the end.  How many. */
static size_t list_bases(struct fdp_types *types, uint64_t address,
			 uint64_t *bases)
{
	size_t count = 0;

	while (address && count < BASES_MAX &&
	       !fdp_table_find(&types->by_address, address, 0)) {
		bases[count++] = address;
		if (read_word(types, address, types->offsets->type.base,
			      &address) < 0)
			break;
	}
	return count;
}

const struct fdp_type *fdp_types_find(struct fdp_types *types, uint64_t address)
{
	const struct fdp_type *found =
		fdp_table_find(&types->by_address, address, 0);
	uint64_t bases[BASES_MAX];
	uint64_t above = 0;
	size_t count;

	if (found)
		return found;
	if (types->by_address.used >= FDP_TYPES_MAX)
		return &invalid;
	count = list_bases(types, address, bases);
	if (count && read_word(types, bases[count - 1],
			       types->offsets->type.base, &above) == 0)
		found = fdp_table_find(&types->by_address, above, 0);
	while (count-- > 0) {
		struct fdp_type type = { .kind = FDP_VALUE_INVALID };
		int r = read_type(types, bases[count], found, &type);

		if (r == -ENOMEM)
			return NULL;
		if (r < 0)
			type = invalid;
		found = keep(types, bases[count], &type);
		if (!found)
			return NULL;
	}
	return found ? found : &invalid;
}
