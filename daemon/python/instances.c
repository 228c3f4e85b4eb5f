/*
 * Objects of which only the class says more: its name, the address, and the
 * attributes, wherever this version of Python keeps them.
 */
#include <string.h>

#include "../analysis/secrets.h"
#include "attributes.h"
#include "represent_internal.h"

/* The attributes of one object as they are written. */
struct attributes {
	struct fdp_values *values;
	size_t shown;
};

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

void fdp_value_write_attributes(struct fdp_values *values, uint64_t address,
				const struct fdp_type *type)
{
	struct attributes attributes = { values, 0 };
	struct fdp_container dict;

	if (values->plain || !fdp_value_enter(values, address))
		return;
	if (write_slots(&attributes, address, type) &&
	    fdp_attributes_begin(values->target, values->offsets, address, type,
				 &dict) == 0)
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
	fdp_value_write_attributes(values, address, type);
	return 0;
}
