/*
 * Objects of which only the class says more: its name, the address, and the
 * attributes, wherever this version of Python keeps them.
 */
#include <errno.h>
#include <string.h>

#include "../analysis/secrets.h"
#include "containers.h"
#include "represent_internal.h"

/* Bits of tp_flags. */
#define TYPE_INLINE_VALUES (UINT64_C(1) << 2)
#define TYPE_MANAGED_DICT (UINT64_C(1) << 4)

/* More than any class of C has in front of its dict. */
#define DICT_OFFSET_SANE 65536

/* The attributes of one object as they are written. */
struct attributes {
	struct fdp_values *values;
	size_t shown;
};

/* 3.12: the word says what it points to; values have bit 0 set, and lie one
 * byte on. */
static int begin_one(struct fdp_values *values, uint64_t word,
		     const struct fdp_type *type, struct fdp_container *dict)
{
	return word & 1 ? fdp_split_begin(values->target, values->offsets,
					  type->cached_keys, word + 1, dict)
			: fdp_dict_begin(values->target, values->offsets, word,
					 dict);
}

/* 3.11: values at one place, or a dict at another. */
static int begin_two(struct fdp_values *values, uint64_t address, uint64_t word,
		     const struct fdp_type *type, struct fdp_container *dict)
{
	uint64_t list;
	int r;

	if (word)
		return fdp_dict_begin(values->target, values->offsets, word,
				      dict);
	r = fdp_target_read_u64(
		values->target,
		address - values->offsets->instance.values_before, &list);
	if (r == 0 && !list)
		r = -ENOENT;
	return r < 0 ? r
		     : fdp_split_begin(values->target, values->offsets,
				       type->cached_keys, list, dict);
}

/* 3.13: a dict, or values behind the object. */
static int begin_inline(struct fdp_values *values, uint64_t address,
			uint64_t word, const struct fdp_type *type,
			struct fdp_container *dict)
{
	uint64_t list = address + type->basic_size;
	uint8_t valid;
	int r;

	if (word)
		return fdp_dict_begin(values->target, values->offsets, word,
				      dict);
	if (!(type->flags & TYPE_INLINE_VALUES))
		return -ENOENT;
	r = fdp_target_read(values->target,
			    list + values->offsets->dict_values.valid, &valid,
			    1);
	if (r == 0 && !valid)
		r = -ENOENT;
	return r < 0 ? r
		     : fdp_split_begin(values->target, values->offsets,
				       type->cached_keys, list, dict);
}

static int begin_managed(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type,
			 struct fdp_container *dict)
{
	const struct fdp_python_offsets *offsets = values->offsets;
	uint64_t word;
	int r = fdp_target_read_u64(
		values->target, address - offsets->instance.dict_before, &word);

	if (r < 0)
		return r;
	if (offsets->instance.style == FDP_INSTANCE_TWO)
		return begin_two(values, address, word, type, dict);
	if (offsets->instance.style == FDP_INSTANCE_ONE)
		return begin_one(values, word, type, dict);
	return begin_inline(values, address, word, type, dict);
}

/* Begins to walk over the attributes that have no __slots__, if there are any.
 */
static int begin(struct fdp_values *values, uint64_t address,
		 const struct fdp_type *type, struct fdp_container *dict)
{
	uint64_t word;

	if (values->offsets->instance.style != FDP_INSTANCE_DICT &&
	    (type->flags & TYPE_MANAGED_DICT))
		return begin_managed(values, address, type, dict);
	if (!type->dict_offset || type->dict_offset > DICT_OFFSET_SANE ||
	    fdp_target_read_u64(values->target, address + type->dict_offset,
				&word) < 0 ||
	    !word)
		return -ENOENT;
	return fdp_dict_begin(values->target, values->offsets, word, dict);
}

/* False if there is no room for one more. */
static bool write_attribute(struct attributes *attributes, const char *name,
			    uint64_t value)
{
	struct fdp_values *values = attributes->values;
	struct fdp_writer *writer = &values->writer;

	fdp_writer_put(writer, attributes->shown ? ", " : " {");
	if (attributes->shown++ == FDP_VALUE_ITEMS_MAX) {
		fdp_writer_put(writer, FDP_LEFT_OUT);
		return false;
	}
	fdp_writer_printf(writer, "%s=", name);
	if (fdp_secret_word(name))
		fdp_writer_put(writer, FDP_VALUE_MASKED);
	else
		fdp_value_write(values, value);
	return !writer->full;
}

static bool write_slots(struct attributes *attributes, uint64_t address,
			const struct fdp_type *type)
{
	bool more = true;

	for (size_t i = 0; more && i < type->member_count; i++) {
		const struct fdp_member *member = &type->members[i];
		uint64_t value;

		more = fdp_value_pay(attributes->values, 1);
		if (more &&
		    fdp_target_read_u64(attributes->values->target,
					address + member->offset,
					&value) == 0 &&
		    value)
			more = write_attribute(attributes, member->name, value);
	}
	return more;
}

static void write_dict(struct attributes *attributes,
		       struct fdp_container *dict)
{
	uint64_t key, value;

	while (fdp_value_pay(attributes->values, 1) &&
	       fdp_container_next(dict, &key, &value)) {
		const char *name = fdp_value_name(attributes->values, key);

		if (name && !write_attribute(attributes, name, value))
			return;
	}
}

static void write_attributes(struct fdp_values *values, uint64_t address,
			     const struct fdp_type *type)
{
	struct attributes attributes = { values, 0 };
	struct fdp_container dict;

	if (values->plain || !fdp_value_enter(values, address))
		return;
	if (write_slots(&attributes, address, type) &&
	    begin(values, address, type, &dict) == 0)
		write_dict(&attributes, &dict);
	if (attributes.shown)
		fdp_writer_put(&values->writer, "}");
	fdp_value_leave(values);
}

int fdp_value_write_instance(struct fdp_values *values, uint64_t address,
			     const struct fdp_type *type)
{
	unsigned long long number = address;

	if (type->module && strcmp(type->module, "builtins") != 0)
		fdp_writer_printf(&values->writer, "<%s.%s object at 0x%llx>",
				  type->module, type->qualname, number);
	else
		fdp_writer_printf(&values->writer, "<%s object at 0x%llx>",
				  type->name, number);
	write_attributes(values, address, type);
	return 0;
}
