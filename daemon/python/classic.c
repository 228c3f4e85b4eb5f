#include "classic.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "containers.h"
#include "strings.h"

/* Bytes of the name of the type of each classic class, with the NUL. */
static const char class_type[] = "classobj";

/* Characters of one name. */
#define NAME_CHARACTERS_MAX 256

/* One class and what it comes from, in the order in which Python looks. */
struct bases {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	uint64_t left[FDP_CLASSIC_BASES_MAX]; /* the next one is the last */
	size_t count;
	size_t seen;
};

static bool is_class(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address)
{
	char found[sizeof(class_type)];
	uint64_t type, name;

	return fdp_target_read_u64(target, address + offsets->object.type,
				   &type) == 0 &&
	       fdp_object_is(target, offsets, type, FDP_TYPE_TYPE) &&
	       fdp_target_read_u64(target, type + offsets->type.name, &name) ==
		       0 &&
	       fdp_target_read(target, name, found, sizeof(found)) == 0 &&
	       memcmp(found, class_type, sizeof(found)) == 0;
}

/* The str at ADDRESS, or NULL.  0 or -ENOMEM. */
static int read_name(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     struct fdp_arena *arena, const char **ret_name)
{
	struct fdp_string string = { .characters = NULL };
	int r = fdp_string_read_some(target, offsets, address,
				     NAME_CHARACTERS_MAX, &string);

	if (r == 0) {
		*ret_name = fdp_string_text(&string, arena);
		r = *ret_name ? 0 : -ENOMEM;
	}
	fdp_string_done(&string);
	return r == -ENOMEM ? r : 0;
}

/* What a class, but none of its bases, has as NAME; 0: nothing. */
static uint64_t look_up(struct fdp_target *target,
			const struct fdp_python_offsets *offsets,
			uint64_t address, const char *name)
{
	struct fdp_container dict;
	uint64_t attributes, value;

	if (fdp_target_read_u64(target,
				address + offsets->classic_class.attributes,
				&attributes) < 0 ||
	    fdp_dict_begin(target, offsets, attributes, &dict) < 0 ||
	    fdp_dict_find(&dict, offsets, name, &value) < 0)
		return 0;
	return value;
}

int fdp_classic_class_names(struct fdp_target *target,
			    const struct fdp_python_offsets *offsets,
			    uint64_t address, struct fdp_arena *arena,
			    struct fdp_classic_names *ret_names)
{
	struct fdp_classic_names names = { NULL, NULL };
	uint64_t name, module;
	int r;

	if (!is_class(target, offsets, address))
		return -EBADMSG;
	r = fdp_target_read_u64(target, address + offsets->classic_class.name,
				&name);
	if (r == 0)
		r = read_name(target, offsets, name, arena, &names.name);
	if (r == 0 && !names.name)
		r = -EBADMSG;
	module = r == 0 ? look_up(target, offsets, address, "__module__") : 0;
	if (module)
		r = read_name(target, offsets, module, arena, &names.module);
	if (r == 0)
		*ret_names = names;
	return r;
}

int fdp_classic_instance_names(struct fdp_target *target,
			       const struct fdp_python_offsets *offsets,
			       uint64_t address, struct fdp_arena *arena,
			       uint64_t *ret_class,
			       struct fdp_classic_names *ret_names)
{
	int r = fdp_target_read_u64(
		target, address + offsets->classic_instance.class, ret_class);

	return r < 0 ? r
		     : fdp_classic_class_names(target, offsets, *ret_class,
					       arena, ret_names);
}

/* The bases of the class at ADDRESS, the first of them last.  False: there are
 * too many, or they cannot be read. */
static bool push_bases(struct bases *bases, uint64_t address)
{
	const struct fdp_python_offsets *offsets = bases->offsets;
	uint64_t tuple, count;

	if (fdp_target_read_u64(bases->target,
				address + offsets->classic_class.bases,
				&tuple) < 0 ||
	    !fdp_object_is(bases->target, offsets, tuple, FDP_TYPE_TUPLE) ||
	    fdp_target_read_u64(bases->target, tuple + offsets->object.size,
				&count) < 0 ||
	    count > ARRAY_SIZE(bases->left) - bases->count)
		return false;
	while (count-- > 0) {
		uint64_t place = tuple + offsets->tuple.items + count * 8;

		if (fdp_target_read_u64(bases->target, place,
					&bases->left[bases->count++]) < 0)
			return false;
	}
	return true;
}

bool fdp_classic_class_has(struct fdp_target *target,
			   const struct fdp_python_offsets *offsets,
			   uint64_t address, const char *const *names)
{
	struct bases bases = {
		.target = target,
		.offsets = offsets,
		.left = { address },
		.count = 1,
	};

	while (bases.count > 0) {
		uint64_t class = bases.left[--bases.count];

		if (bases.seen++ == FDP_CLASSIC_BASES_MAX ||
		    !is_class(target, offsets, class))
			return true;
		for (size_t i = 0; names[i]; i++) {
			if (look_up(target, offsets, class, names[i]))
				return true;
		}
		if (!push_bases(&bases, class))
			return true;
	}
	return false;
}
