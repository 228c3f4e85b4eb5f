#include "attributes.h"

#include <errno.h>

/* Bits of tp_flags. */
#define TYPE_INLINE_VALUES (UINT64_C(1) << 2)
#define TYPE_MANAGED_DICT (UINT64_C(1) << 4)
#define TYPE_HEAP (UINT64_C(1) << 9)

/* More than any class of C has in front of its dict. */
#define DICT_OFFSET_SANE 65536

/* An object, and what is known of it. */
struct instance {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	uint64_t address;
	const struct fdp_type *type;
};

static int begin_dict(const struct instance *instance, uint64_t address,
		      struct fdp_container *dict)
{
	return fdp_dict_begin(instance->target, instance->offsets, address,
			      dict);
}

static int begin_values(const struct instance *instance, uint64_t values,
			struct fdp_container *dict)
{
	return fdp_split_begin(instance->target, instance->offsets,
			       instance->type->cached_keys, values, dict);
}

/* 3.11: values at one place, or a dict at another. */
static int begin_two(const struct instance *instance, uint64_t word,
		     struct fdp_container *dict)
{
	uint64_t values;
	int r;

	if (word)
		return begin_dict(instance, word, dict);
	r = fdp_target_read_u64(
		instance->target,
		instance->address - instance->offsets->instance.values_before,
		&values);
	if (r == 0 && !values)
		r = -ENOENT;
	return r < 0 ? r : begin_values(instance, values, dict);
}

/* 3.12: the word says what it points to; values have bit 0 set, and lie one
 * byte on. */
static int begin_one(const struct instance *instance, uint64_t word,
		     struct fdp_container *dict)
{
	return word & 1 ? begin_values(instance, word + 1, dict)
			: begin_dict(instance, word, dict);
}

/* 3.13: a dict, or values behind the object. */
static int begin_inline(const struct instance *instance, uint64_t word,
			struct fdp_container *dict)
{
	uint64_t values = instance->address + instance->type->basic_size;
	uint8_t valid;
	int r;

	if (word)
		return begin_dict(instance, word, dict);
	if (!(instance->type->flags & TYPE_INLINE_VALUES))
		return -ENOENT;
	r = fdp_target_read(instance->target,
			    values + instance->offsets->dict_values.valid,
			    &valid, 1);
	if (r == 0 && !valid)
		r = -ENOENT;
	return r < 0 ? r : begin_values(instance, values, dict);
}

static int begin_managed(const struct instance *instance,
			 struct fdp_container *dict)
{
	const struct fdp_python_offsets *offsets = instance->offsets;
	uint64_t word;
	int r = fdp_target_read_u64(
		instance->target,
		instance->address - offsets->instance.dict_before, &word);

	if (r < 0)
		return r;
	if (offsets->instance.style == FDP_INSTANCE_TWO)
		return begin_two(instance, word, dict);
	if (offsets->instance.style == FDP_INSTANCE_ONE)
		return begin_one(instance, word, dict);
	return begin_inline(instance, word, dict);
}

/* 2.7 */
static int begin_classic(const struct instance *instance,
			 struct fdp_container *dict)
{
	uint64_t word;
	int r = fdp_target_read_u64(
		instance->target,
		instance->address +
			instance->offsets->classic_instance.attributes,
		&word);

	return r < 0 ? r : begin_dict(instance, word, dict);
}

int fdp_attributes_begin(struct fdp_target *target,
			 const struct fdp_python_offsets *offsets,
			 uint64_t address, const struct fdp_type *type,
			 struct fdp_container *ret_dict)
{
	const struct instance instance = { target, offsets, address, type };
	uint64_t word;

	if (type->kind == FDP_VALUE_CLASSIC_INSTANCE)
		return begin_classic(&instance, ret_dict);
	if (offsets->instance.style != FDP_INSTANCE_DICT &&
	    (type->flags & TYPE_MANAGED_DICT))
		return begin_managed(&instance, ret_dict);
	if (!type->dict_offset || type->dict_offset > DICT_OFFSET_SANE ||
	    fdp_target_read_u64(target, address + type->dict_offset, &word) <
		    0 ||
	    !word)
		return -ENOENT;
	return begin_dict(&instance, word, ret_dict);
}

/* As much of the type of the object at ADDRESS as attributes need. */
static int read_type(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     struct fdp_type *type)
{
	uint64_t place;
	int r = fdp_target_read_u64(target, address + offsets->object.type,
				    &place);

	if (r == 0)
		r = fdp_target_read_u64(target, place + offsets->type.flags,
					&type->flags);
	if (r == 0)
		r = fdp_target_read_u64(target,
					place + offsets->type.basic_size,
					&type->basic_size);
	if (r == 0)
		r = fdp_target_read_u64(target,
					place + offsets->type.dict_offset,
					&type->dict_offset);
	if (r < 0)
		return r;
	if (!(type->flags & TYPE_HEAP))
		return -EBADMSG;
	return offsets->type.cached_keys != FDP_ABSENT
		       ? fdp_target_read_u64(target,
					     place + offsets->type.cached_keys,
					     &type->cached_keys)
		       : 0;
}

int fdp_attributes_of(struct fdp_target *target,
		      const struct fdp_python_offsets *offsets,
		      uint64_t address, struct fdp_container *ret_dict)
{
	struct fdp_type type = { .kind = FDP_VALUE_OBJECT };
	int r;

	/* A table that does not say where a class has its instances' dict. */
	if (!offsets->type.dict_offset)
		return -ENOENT;
	r = read_type(target, offsets, address, &type);
	return r < 0 ? r
		     : fdp_attributes_begin(target, offsets, address, &type,
					    ret_dict);
}
