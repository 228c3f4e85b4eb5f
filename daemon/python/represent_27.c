/*
 * Values that only 2.7 has, or writes in another way: small integers, xrange,
 * classic classes and what they make, and in angle brackets what it tells of
 * methods and modules.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "classic.h"
#include "containers.h"
#include "numbers.h"
#include "represent_internal.h"

/* A module of C has some hundreds of names, which are looked through twice. */
#define COST_OF_MODULE 100

static unsigned long long number(uint64_t address)
{
	return address;
}

int fdp_value_write_word(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	uint64_t value;
	int r = fdp_value_field(values, address, values->offsets->word.value,
				&value);

	if (r < 0)
		return r;
	if (strcmp(type->name, "bool") == 0)
		fdp_writer_put(&values->writer, value ? "True" : "False");
	else
		fdp_writer_printf(&values->writer, "%" PRId64, (int64_t)value);
	return 0;
}

/* 1L; of one that is too long to be shown it is no literal. */
int fdp_value_write_long(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	struct fdp_writer *writer = &values->writer;
	uint64_t cost = 0;
	int r = fdp_integer_write(values->target, values->offsets, address,
				  false, &cost, writer);

	(void)type;
	fdp_value_pay(values, cost);
	if (r == 0 && writer->bytes[writer->size - 1] != '>')
		fdp_writer_put(writer, "L");
	return r;
}

/* It says where it ends, and knows how long it is. */
int fdp_value_write_xrange(struct fdp_values *values, uint64_t address,
			   const struct fdp_type *type)
{
	const struct fdp_python_offsets *offsets = values->offsets;
	struct fdp_writer *writer = &values->writer;
	uint64_t start, step, length;
	int64_t stop;
	int r = fdp_value_field(values, address, offsets->range.start, &start);

	(void)type;
	if (r == 0)
		r = fdp_value_field(values, address, offsets->range.step,
				    &step);
	if (r == 0)
		r = fdp_value_field(values, address, offsets->range.stop,
				    &length);
	if (r < 0)
		return r;
	stop = (int64_t)(start + length * step);
	if (start == 0 && step == 1)
		fdp_writer_printf(writer, "xrange(%" PRId64 ")", stop);
	else if (step == 1)
		fdp_writer_printf(writer, "xrange(%" PRId64 ", %" PRId64 ")",
				  (int64_t)start, stop);
	else
		fdp_writer_printf(
			writer, "xrange(%" PRId64 ", %" PRId64 ", %" PRId64 ")",
			(int64_t)start, stop, (int64_t)step);
	return 0;
}

int fdp_value_write_classic_class(struct fdp_values *values, uint64_t address,
				  const struct fdp_type *type)
{
	struct fdp_classic_names names;
	int r = fdp_classic_class_names(values->target, values->offsets,
					address, &values->scratch, &names);

	(void)type;
	if (r < 0)
		return r;
	fdp_writer_printf(&values->writer, "<class %s.%s at 0x%llx>",
			  names.module ? names.module : "?", names.name,
			  number(address));
	return 0;
}

int fdp_value_write_classic_instance(struct fdp_values *values,
				     uint64_t address,
				     const struct fdp_type *type)
{
	struct fdp_classic_names names;
	uint64_t class;
	int r = fdp_classic_instance_names(values->target, values->offsets,
					   address, &values->scratch, &class,
					   &names);

	if (r < 0)
		return r;
	fdp_writer_printf(&values->writer, "<%s.%s instance at 0x%llx>",
			  names.module ? names.module : "?", names.name,
			  number(address));
	fdp_value_write_attributes(values, address, type);
	return 0;
}

/* The __name__ of a class of either kind, or "?". */
static const char *class_name(struct fdp_values *values, uint64_t address)
{
	struct fdp_classic_names names;
	const struct fdp_type *type;

	if (!address)
		return "?";
	if (fdp_classic_class_names(values->target, values->offsets, address,
				    &values->scratch, &names) == 0)
		return names.name;
	type = fdp_types_find(values->types, address);
	values->failed |= !type;
	return type && type->kind != FDP_VALUE_INVALID ? type->qualname : "?";
}

int fdp_value_write_method_27(struct fdp_values *values, uint64_t address,
			      const char *function, uint64_t self)
{
	uint64_t class;
	int r = fdp_value_field(values, address, values->offsets->method.class,
				&class);

	if (r < 0)
		return r;
	fdp_writer_printf(&values->writer, "<%sbound method %s.%s",
			  self ? "" : "un", class_name(values, class),
			  function);
	return 0;
}

/* What a module says of itself as NAME, or NULL. */
static const char *said(struct fdp_values *values, uint64_t address,
			const char *name)
{
	struct fdp_container dict;
	uint64_t globals, value;

	if (fdp_value_field(values, address, values->offsets->module.dict,
			    &globals) < 0 ||
	    fdp_dict_begin(values->target, values->offsets, globals, &dict) <
		    0 ||
	    fdp_dict_find(&dict, values->offsets, name, &value) < 0)
		return NULL;
	return fdp_value_name(values, value);
}

int fdp_value_write_module_27(struct fdp_values *values, uint64_t address)
{
	const char *name = said(values, address, "__name__");
	const char *file = said(values, address, "__file__");

	fdp_value_pay(values, COST_OF_MODULE);
	if (!name)
		name = "?";
	if (file)
		fdp_writer_printf(&values->writer, "<module '%s' from '%s'>",
				  name, file);
	else
		fdp_writer_printf(&values->writer, "<module '%s' (built-in)>",
				  name);
	return 0;
}
