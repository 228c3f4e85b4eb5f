#include "represent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "numbers.h"
#include "quoted.h"
#include "represent_internal.h"
#include "strings.h"

/* Characters of names in values. */
#define NAME_CHARACTERS_MAX 256

/* What a float costs, and so many characters of a string one step. */
#define COST_OF_REAL 10
#define CHARACTERS_OF_STEP 32

/* More bytes than any object has. */
#define SIZE_SANE (UINT64_C(1) << 40)

/* Writes one kind of value. */
typedef int write_fn(struct fdp_values *values, uint64_t address,
		     const struct fdp_type *type);

int fdp_values_new(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets,
		   struct fdp_report *report, struct fdp_values **ret_values)
{
	struct fdp_values *values = calloc(1, sizeof(*values));

	if (!values || fdp_types_new(target, offsets, &values->types) < 0) {
		free(values);
		return -ENOMEM;
	}
	values->target = target;
	values->offsets = offsets;
	values->report = report;
	values->report_left = FDP_VALUE_REPORT_STEPS_MAX;
	*ret_values = values;
	return 0;
}

void fdp_values_free(struct fdp_values *values)
{
	if (!values)
		return;
	fdp_types_free(values->types);
	fdp_arena_done(&values->scratch);
	free(values);
}

bool fdp_values_begin(struct fdp_values *values)
{
	values->frame_left = FDP_VALUE_FRAME_STEPS_MAX;
	return values->report_left > 0;
}

bool fdp_value_pay(struct fdp_values *values, uint64_t steps)
{
	if (values->report_left < steps) {
		values->report_left = 0;
		fdp_report_missing(values->report,
				   "Python values: there are more than %d "
				   "steps can show",
				   FDP_VALUE_REPORT_STEPS_MAX);
		return false;
	}
	if (values->frame_left < steps) {
		values->frame_left = 0;
		fdp_report_missing(values->report,
				   "Python values: those of a frame are more "
				   "than %d steps can show",
				   FDP_VALUE_FRAME_STEPS_MAX);
		return false;
	}
	values->report_left -= steps;
	values->frame_left -= steps;
	return true;
}

bool fdp_value_enter(struct fdp_values *values, uint64_t address)
{
	for (size_t i = 0; i < values->depth; i++) {
		if (values->open[i] == address)
			return false;
	}
	if (values->depth == FDP_VALUE_DEPTH_MAX)
		return false;
	values->open[values->depth++] = address;
	return true;
}

void fdp_value_leave(struct fdp_values *values)
{
	values->depth--;
}

int fdp_value_field(struct fdp_values *values, uint64_t address, uint32_t field,
		    uint64_t *ret_value)
{
	return fdp_target_read_u64(values->target, address + field, ret_value);
}

const char *fdp_value_name(struct fdp_values *values, uint64_t address)
{
	struct fdp_string string = { .characters = NULL };
	const char *text = NULL;

	if (fdp_string_read_some(values->target, values->offsets, address,
				 NAME_CHARACTERS_MAX, &string) == 0)
		text = fdp_string_text(&string, &values->scratch);
	fdp_string_done(&string);
	return text;
}

static int write_none(struct fdp_values *values, uint64_t address,
		      const struct fdp_type *type)
{
	(void)address;
	fdp_writer_put(&values->writer, type->kind == FDP_VALUE_NONE ? "None"
					: type->kind == FDP_VALUE_ELLIPSIS
						? "Ellipsis"
						: "NotImplemented");
	return 0;
}

static int write_integer(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	uint64_t cost = 0;
	int r = fdp_integer_write(values->target, values->offsets, address,
				  type->kind == FDP_VALUE_BOOL, &cost,
				  &values->writer);

	fdp_value_pay(values, cost);
	return r;
}

static int write_real(struct fdp_values *values, uint64_t address,
		      const struct fdp_type *type)
{
	double value;
	int r = fdp_target_read(values->target,
				address + values->offsets->real.value, &value,
				sizeof(value));

	(void)type;
	fdp_value_pay(values, COST_OF_REAL);
	if (r == 0)
		fdp_real_write(value, &values->writer);
	return r;
}

static int write_complex(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	double value[2];
	int r = fdp_target_read(values->target,
				address + values->offsets->complex.value, value,
				sizeof(value));

	(void)type;
	fdp_value_pay(values, 2 * COST_OF_REAL);
	if (r == 0)
		fdp_complex_write(value[0], value[1], &values->writer);
	return r;
}

static int write_string(struct fdp_values *values, uint64_t address,
			const struct fdp_type *type)
{
	struct fdp_string string;
	int r = fdp_string_read_some(values->target, values->offsets, address,
				     FDP_QUOTED_MAX, &string);

	(void)type;
	if (r < 0)
		return r;
	fdp_value_pay(values, string.length / CHARACTERS_OF_STEP);
	fdp_string_write(&string, fdp_python_minor(values->offsets),
			 &values->writer);
	fdp_string_done(&string);
	return 0;
}

/* SIZE bytes at PLACE. */
static int write_bytes_at(struct fdp_values *values, uint64_t place,
			  uint64_t size, bool is_array)
{
	uint8_t bytes[FDP_QUOTED_MAX];
	size_t shown = size < sizeof(bytes) ? size : sizeof(bytes);
	const struct fdp_byte_string string = {
		.bytes = bytes,
		.size = shown,
		.cut = shown < size,
		.is_array = is_array,
		.is_str = !is_array && values->offsets->major == 2,
	};
	int r = size > SIZE_SANE
			? -EBADMSG
			: fdp_target_read(values->target, place, bytes, shown);

	if (r < 0)
		return r;
	fdp_value_pay(values, shown / CHARACTERS_OF_STEP);
	fdp_bytes_write(&string, &values->writer);
	return 0;
}

static int write_bytes(struct fdp_values *values, uint64_t address,
		       const struct fdp_type *type)
{
	uint64_t size;
	int r = fdp_value_field(values, address, values->offsets->bytes.size,
				&size);

	(void)type;
	return r < 0 ? r
		     : write_bytes_at(values,
				      address + values->offsets->bytes.data,
				      size, false);
}

static int write_bytearray(struct fdp_values *values, uint64_t address,
			   const struct fdp_type *type)
{
	/* From 3.15 on it quotes as bytes do. */
	const bool escapes = fdp_python_minor(values->offsets) < 15;
	uint64_t size, start;
	int r = fdp_value_field(values, address, values->offsets->object.size,
				&size);

	if (r == 0)
		r = fdp_value_field(values, address,
				    values->offsets->bytearray.start, &start);
	if (r < 0)
		return r;
	/* A subclass says its own name already. */
	if (!type->exact)
		return write_bytes_at(values, start, size, escapes);
	fdp_writer_put(&values->writer, "bytearray(");
	r = write_bytes_at(values, start, size, escapes);
	fdp_writer_put(&values->writer, ")");
	return r;
}

static int write_range(struct fdp_values *values, uint64_t address,
		       const struct fdp_type *type)
{
	struct fdp_writer *writer = &values->writer;
	bool is_slice = type->kind == FDP_VALUE_SLICE;
	uint32_t start = is_slice ? values->offsets->slice.start
				  : values->offsets->range.start;
	uint64_t parts[3];
	size_t mark;
	int r = fdp_target_read(values->target, address + start, parts,
				sizeof(parts));

	if (r < 0)
		return r;
	fdp_writer_put(writer, is_slice ? "slice(" : "range(");
	fdp_value_write(values, parts[0]);
	fdp_writer_put(writer, ", ");
	fdp_value_write(values, parts[1]);
	mark = writer->size;
	fdp_writer_put(writer, ", ");
	fdp_value_write(values, parts[2]);
	if (!is_slice && strcmp(writer->bytes + mark, ", 1") == 0)
		writer->size = mark;
	fdp_writer_put(writer, ")");
	return 0;
}

/* WRAPPED: repr() of a subclass is that of the builtin type, and we say more.
 */
static const struct {
	write_fn *write;
	bool wrapped;
} kinds[] = {
	[FDP_VALUE_OBJECT] = { fdp_value_write_instance, false },
	[FDP_VALUE_NONE] = { write_none, false },
	[FDP_VALUE_ELLIPSIS] = { write_none, false },
	[FDP_VALUE_NOT_IMPLEMENTED] = { write_none, false },
	[FDP_VALUE_BOOL] = { write_integer, false },
	[FDP_VALUE_INTEGER] = { write_integer, true },
	[FDP_VALUE_REAL] = { write_real, true },
	[FDP_VALUE_COMPLEX] = { write_complex, true },
	[FDP_VALUE_STRING] = { write_string, true },
	[FDP_VALUE_BYTES] = { write_bytes, true },
	[FDP_VALUE_BYTEARRAY] = { write_bytearray, true },
	[FDP_VALUE_LIST] = { fdp_value_write_list, true },
	[FDP_VALUE_TUPLE] = { fdp_value_write_tuple, true },
	[FDP_VALUE_DICT] = { fdp_value_write_dict, true },
	[FDP_VALUE_SET] = { fdp_value_write_set, false },
	[FDP_VALUE_FROZENSET] = { fdp_value_write_set, false },
	[FDP_VALUE_RANGE] = { write_range, false },
	[FDP_VALUE_SLICE] = { write_range, false },
	[FDP_VALUE_CELL] = { fdp_value_write_cell, false },
	[FDP_VALUE_FUNCTION] = { fdp_value_write_function, false },
	[FDP_VALUE_METHOD] = { fdp_value_write_method, false },
	[FDP_VALUE_BUILTIN] = { fdp_value_write_builtin, false },
	[FDP_VALUE_MODULE] = { fdp_value_write_module, false },
	[FDP_VALUE_CODE] = { fdp_value_write_code, false },
	[FDP_VALUE_GENERATOR] = { fdp_value_write_generator, false },
	[FDP_VALUE_EXCEPTION] = { fdp_value_write_exception, false },
	[FDP_VALUE_TYPE] = { fdp_value_write_type, false },
	[FDP_VALUE_WORD] = { fdp_value_write_word, true },
	[FDP_VALUE_LONG] = { fdp_value_write_long, true },
	[FDP_VALUE_XRANGE] = { fdp_value_write_xrange, false },
	[FDP_VALUE_CLASSIC_CLASS] = { fdp_value_write_classic_class, false },
	[FDP_VALUE_CLASSIC_INSTANCE] = { fdp_value_write_classic_instance,
					 false },
	[FDP_VALUE_ARRAY] = { fdp_value_write_array, false },
};

static int write_known(struct fdp_values *values, uint64_t address,
		       const struct fdp_type *type)
{
	bool wrapped = kinds[type->kind].wrapped && !type->exact;
	int r;

	if (wrapped)
		fdp_writer_printf(&values->writer, "%s(",
				  fdp_type_last_part(type->name));
	r = kinds[type->kind].write(values, address, type);
	if (wrapped)
		fdp_writer_put(&values->writer, ")");
	return r;
}

/* The type of the object at ADDRESS; NULL if there is none. */
static const struct fdp_type *type_of(struct fdp_values *values,
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

void fdp_value_write(struct fdp_values *values, uint64_t address)
{
	struct fdp_writer *writer = &values->writer;
	const struct fdp_type *type;
	size_t mark = writer->size;
	int r = -EBADMSG;

	if (writer->full)
		return;
	if (!fdp_value_pay(values, 1)) {
		fdp_writer_put(writer, FDP_LEFT_OUT);
		return;
	}
	type = type_of(values, address);
	if (type)
		r = write_known(values, address, type);
	values->failed |= r == -ENOMEM;
	if (r == 0 || writer->full)
		return;
	writer->size = mark;
	fdp_writer_printf(writer, "<invalid object at 0x%llx>",
			  (unsigned long long)address);
}

static const char *represent(struct fdp_values *values, uint64_t address,
			     bool plain)
{
	const char *text;

	fdp_writer_clear(&values->writer);
	values->depth = 0;
	values->plain = plain;
	fdp_value_write(values, address);
	text = fdp_arena_copy(&values->report->arena, values->writer.bytes,
			      values->writer.size);
	fdp_arena_done(&values->scratch);
	return values->failed ? NULL : text;
}

const char *fdp_values_represent(struct fdp_values *values, uint64_t address)
{
	return represent(values, address, false);
}

const char *fdp_values_represent_plain(struct fdp_values *values,
				       uint64_t address)
{
	return represent(values, address, true);
}

int fdp_values_cell(struct fdp_values *values, uint64_t address,
		    uint64_t *ret_contents)
{
	const struct fdp_type *type = type_of(values, address);

	if (values->failed)
		return -ENOMEM;
	if (!type || type->kind != FDP_VALUE_CELL)
		return -EBADMSG;
	return fdp_value_field(values, address, values->offsets->cell.contents,
			       ret_contents) < 0
		       ? -EBADMSG
		       : 0;
}
