/*
 * Arrays of numpy: their shape and what they are made of, which its C API has
 * kept in the same places from 1.0 to 2.x (PyArrayObject_fields, and the first
 * fields of PyArray_Descr).  What is in them is not shown: they are large.
 */
#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "represent_internal.h"

/* NPY_MAXDIMS of 2.x; 32 before that. */
#define DIMENSIONS_MAX 64

/* PyArrayObject_fields behind the head of an object. */
struct array {
	uint64_t data;
	int32_t dimension_count;
	uint64_t dimensions, strides, base, descriptor;
};

/* PyArray_Descr behind the head of an object. */
struct descriptor {
	uint64_t scalar_type;
	char kind, type, order, flags;
	int32_t number;
};

/* By NPY_TYPES, as str() of a dtype says them.  SIZE 0: there is one order. */
static const struct {
	char type, kind;
	int size;
	const char *name;
} elements[] = {
	{ '?', 'b', 0, "bool" },	{ 'b', 'i', 0, "int8" },
	{ 'B', 'u', 0, "uint8" },	{ 'h', 'i', 2, "int16" },
	{ 'H', 'u', 2, "uint16" },	{ 'i', 'i', 4, "int32" },
	{ 'I', 'u', 4, "uint32" },	{ 'l', 'i', 8, "int64" },
	{ 'L', 'u', 8, "uint64" },	{ 'q', 'i', 8, "int64" },
	{ 'Q', 'u', 8, "uint64" },	{ 'f', 'f', 4, "float32" },
	{ 'd', 'f', 8, "float64" },	{ 'g', 'f', 16, "float128" },
	{ 'F', 'c', 8, "complex64" },	{ 'D', 'c', 16, "complex128" },
	{ 'G', 'c', 32, "complex256" }, { 'O', 'O', 0, "object" },
	{ 'S', 'S', 0, "bytes" },	{ 'U', 'U', 0, "str" },
	{ 'V', 'V', 0, "void" },	{ 'M', 'M', 0, "datetime64" },
	{ 'm', 'm', 0, "timedelta64" }, { 'e', 'f', 2, "float16" },
};

/* Bytes of PyObject. */
static uint32_t head_of(const struct fdp_values *values)
{
	return values->offsets->object.type + (uint32_t)sizeof(uint64_t);
}

static int write_shape(struct fdp_values *values, const struct array *array)
{
	size_t count = (size_t)array->dimension_count;
	int64_t shape[DIMENSIONS_MAX];
	int r = count ? fdp_target_read(values->target, array->dimensions,
					shape, count * sizeof(*shape))
		      : 0;

	if (r < 0)
		return r;
	fdp_writer_put(&values->writer, "(");
	for (size_t i = 0; i < count; i++) {
		if (shape[i] < 0)
			return -EBADMSG;
		fdp_writer_printf(&values->writer, "%s%lld", i ? ", " : "",
				  (long long)shape[i]);
	}
	fdp_writer_put(&values->writer, count == 1 ? ",)" : ")");
	return 0;
}

static int write_elements(struct fdp_values *values, uint64_t address)
{
	struct descriptor one;
	size_t row;
	int r = fdp_target_read(values->target, address + head_of(values), &one,
				sizeof(one));

	if (r < 0)
		return r;
	row = (size_t)one.number;
	/* Types that a program has made have higher numbers. */
	if (one.number < 0 || row >= ARRAY_SIZE(elements) ||
	    elements[row].type != one.type || elements[row].kind != one.kind)
		fdp_writer_put(&values->writer, "?");
	else if (one.order == '>' && elements[row].size)
		fdp_writer_printf(&values->writer, ">%c%d", one.kind,
				  elements[row].size);
	else
		fdp_writer_put(&values->writer, elements[row].name);
	return 0;
}

static int write_details(struct fdp_values *values, uint64_t address)
{
	struct array array;
	int r = fdp_target_read(values->target, address + head_of(values),
				&array, sizeof(array));

	if (r < 0)
		return r;
	if (array.dimension_count < 0 || array.dimension_count > DIMENSIONS_MAX)
		return -EBADMSG;
	fdp_writer_put(&values->writer, " {shape=");
	r = write_shape(values, &array);
	fdp_writer_put(&values->writer, ", dtype=");
	if (r == 0)
		r = write_elements(values, array.descriptor);
	fdp_writer_put(&values->writer, "}");
	return r;
}

int fdp_value_write_array(struct fdp_values *values, uint64_t address,
			  const struct fdp_type *type)
{
	bool plain = values->plain;
	int r;

	values->plain = true;
	r = fdp_value_write_instance(values, address, type);
	values->plain = plain;
	fdp_value_pay(values, DIMENSIONS_MAX / 8);
	return r < 0 || plain ? r : write_details(values, address);
}
