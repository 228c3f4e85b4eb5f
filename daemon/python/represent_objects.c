/* What repr() writes in angle brackets: functions, modules, types and so on. */
#include <errno.h>
#include <string.h>

#include "represent_internal.h"

/* Bytes of the name of a function that was written in C. */
#define C_NAME_MAX 256

static unsigned long long number(uint64_t address)
{
	return address;
}

/* The str that FIELD points to, or NULL. */
static const char *name_at(struct fdp_values *values, uint64_t address,
			   uint32_t field)
{
	uint64_t name;

	return fdp_value_field(values, address, field, &name) < 0
		       ? NULL
		       : fdp_value_name(values, name);
}

/* The type of the object at ADDRESS, or NULL. */
static const struct fdp_type *type_at(struct fdp_values *values,
				      uint64_t address)
{
	const struct fdp_type *type;
	uint64_t place;

	if (fdp_value_field(values, address, values->offsets->object.type,
			    &place) < 0)
		return NULL;
	type = fdp_types_find(values->types, place);
	values->failed |= !type;
	return type && type->kind != FDP_VALUE_INVALID ? type : NULL;
}

int fdp_value_write_function(struct fdp_values *values, uint64_t address,
			     const struct fdp_type *type)
{
	const char *name =
		name_at(values, address, values->offsets->function.qualname);

	(void)type;
	if (!name)
		return -EBADMSG;
	fdp_writer_printf(&values->writer, "<function %s at 0x%llx>", name,
			  number(address));
	return 0;
}

/* The name of what a method calls; "?" if that is no function, as in Python. */
static const char *method_name(struct fdp_values *values, uint64_t function)
{
	const struct fdp_type *type = type_at(values, function);
	const char *name = NULL;

	if (type && type->kind == FDP_VALUE_FUNCTION)
		name = name_at(values, function,
			       values->offsets->function.qualname);
	return name ? name : "?";
}

/* " of SELF>", and if there is none (2.7) only the end. */
static void write_self(struct fdp_values *values, uint64_t address,
		       uint64_t self)
{
	bool plain = values->plain;

	fdp_writer_put(&values->writer, self ? " of " : "");
	values->plain = true;
	if (self && fdp_value_enter(values, address)) {
		fdp_value_write(values, self);
		fdp_value_leave(values);
	} else if (self) {
		fdp_writer_put(&values->writer, FDP_LEFT_OUT);
	}
	values->plain = plain;
	fdp_writer_put(&values->writer, ">");
}

int fdp_value_write_method(struct fdp_values *values, uint64_t address,
			   const struct fdp_type *type)
{
	const char *name;
	uint64_t function, self;
	int r = fdp_value_field(values, address,
				values->offsets->method.function, &function);

	(void)type;
	if (r == 0)
		r = fdp_value_field(values, address,
				    values->offsets->method.self, &self);
	if (r < 0)
		return r;
	name = method_name(values, function);
	if (values->offsets->major == 2)
		r = fdp_value_write_method_27(values, address, name, self);
	else
		fdp_writer_printf(&values->writer, "<bound method %s", name);
	if (r == 0)
		write_self(values, address, self);
	return r;
}

/* PyMethodDef begins with the name. */
static int builtin_name(struct fdp_values *values, uint64_t address,
			char **ret_name)
{
	uint64_t definition, name;
	int r = fdp_value_field(values, address,
				values->offsets->builtin.definition,
				&definition);

	if (r == 0)
		r = fdp_target_read_u64(values->target, definition, &name);
	if (r == 0)
		r = fdp_target_read_string(values->target, &values->scratch,
					   name, C_NAME_MAX, ret_name);
	return r;
}

int fdp_value_write_builtin(struct fdp_values *values, uint64_t address,
			    const struct fdp_type *type)
{
	const struct fdp_type *of = NULL;
	uint64_t self;
	char *name;
	int r = builtin_name(values, address, &name);

	(void)type;
	if (r == 0)
		r = fdp_value_field(values, address,
				    values->offsets->builtin.self, &self);
	if (r < 0)
		return r;
	if (self)
		of = type_at(values, self);
	if (of && of->kind != FDP_VALUE_MODULE)
		fdp_writer_printf(&values->writer,
				  "<built-in method %s of %s object at "
				  "0x%llx>",
				  name, of->name, number(self));
	else
		fdp_writer_printf(&values->writer, "<built-in function %s>",
				  name);
	return 0;
}

int fdp_value_write_module(struct fdp_values *values, uint64_t address,
			   const struct fdp_type *type)
{
	const char *name;

	(void)type;
	if (values->offsets->module.name == FDP_ABSENT)
		return fdp_value_write_module_27(values, address);
	name = name_at(values, address, values->offsets->module.name);
	fdp_writer_printf(&values->writer, "<module '%s' at 0x%llx>",
			  name ? name : "?", number(address));
	return 0;
}

int fdp_value_write_code(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	const struct fdp_python_offsets *offsets = values->offsets;
	const char *name = name_at(values, address, offsets->code.name);
	const char *file = name_at(values, address, offsets->code.filename);
	uint32_t line;
	int r = fdp_target_read_u32(values->target,
				    address + offsets->code.first_line, &line);

	(void)type;
	if (r < 0 || !name || !file)
		return -EBADMSG;
	fdp_writer_printf(&values->writer,
			  "<code object %s at 0x%llx, file \"%s\", line %d>",
			  name, number(address), file, (int)line);
	return 0;
}

int fdp_value_write_generator(struct fdp_values *values, uint64_t address,
			      const struct fdp_type *type)
{
	const struct fdp_python_offsets *offsets = values->offsets;
	const char *name;
	uint64_t code;

	if (offsets->generator.qualname != FDP_ABSENT)
		name = name_at(values, address, offsets->generator.qualname);
	else
		name = fdp_value_field(values, address, offsets->generator.code,
				       &code) < 0
			       ? NULL
			       : name_at(values, code, offsets->code.name);
	if (!name)
		return -EBADMSG;
	fdp_writer_printf(&values->writer, "<%s object %s at 0x%llx>",
			  type->name, name, number(address));
	return 0;
}

int fdp_value_write_type(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	const struct fdp_type *self = fdp_types_find(values->types, address);
	const char *what;

	(void)type;
	if (!self)
		return -ENOMEM;
	if (self->kind == FDP_VALUE_INVALID)
		return -EBADMSG;
	/* Those of 2.7 that a program made are classes, the others types. */
	what = values->offsets->major == 2 && !self->heap ? "type" : "class";
	if (self->module && strcmp(self->module, "builtins") != 0)
		fdp_writer_printf(&values->writer, "<%s '%s.%s'>", what,
				  self->module, self->qualname);
	else
		fdp_writer_printf(&values->writer, "<%s '%s'>", what,
				  self->name);
	return 0;
}

int fdp_value_write_cell(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	const struct fdp_type *of;
	uint64_t contents;
	int r = fdp_value_field(values, address, values->offsets->cell.contents,
				&contents);

	(void)type;
	if (r < 0)
		return r;
	of = contents ? type_at(values, contents) : NULL;
	if (of)
		fdp_writer_printf(&values->writer,
				  "<cell at 0x%llx: %s object at 0x%llx>",
				  number(address), of->name, number(contents));
	else
		fdp_writer_printf(&values->writer, "<cell at 0x%llx: %s>",
				  number(address),
				  contents ? FDP_LEFT_OUT : "empty");
	return 0;
}
