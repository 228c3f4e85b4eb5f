#include "fake_objects.h"

#include <stdlib.h>
#include <string.h>

#include "../../daemon/python/strings.h"

/* Room of an object, and what of it is before its address. */
#define ROOM 512
#define BEFORE 128

#define TYPE_ROOM 1024
#define FLAG_HEAP (UINT64_C(1) << 9)
#define FLAG_MANAGED (UINT64_C(1) << 4)

/* An index of 2^6 bytes, for more entries than a test makes. */
#define INDEX_LOG2 6

/* DictKeysKind, from 3.11 on: keys of all kinds, and shared ones. */
#define KIND_GENERAL 0
#define KIND_SPLIT 2

static void set(struct fake_objects *objects, uint64_t object, uint32_t field,
		uint64_t value)
{
	fake_python_set(&objects->python, object, field, value);
}

uint64_t fake_type(struct fake_objects *objects, const char *name,
		   uint64_t base, uint64_t flags)
{
	struct fake_python *python = &objects->python;
	const struct fdp_python_offsets *offsets = python->offsets;
	uint64_t type = fake_python_alloc(python, TYPE_ROOM);
	uint64_t text = fake_python_alloc(python, strlen(name) + 1);

	fake_target_write(python->target, text, name, strlen(name) + 1);
	set(objects, type, offsets->object.type, objects->type_type);
	set(objects, type, offsets->type.name, text);
	set(objects, type, offsets->type.base, base);
	set(objects, type, offsets->type.flags, flags);
	set(objects, type, offsets->type.basic_size, offsets->object.type + 8);
	return type;
}

void fake_objects_start(struct fake_objects *objects, struct fdp_target *target,
			int number)
{
	*objects = (struct fake_objects){ .type_type = 0 };
	fake_python_start(&objects->python, target, number);
	fake_objects_types(objects);
}

void fake_objects_types(struct fake_objects *objects)
{
	objects->object_type = fake_type(objects, "object", 0, 0);
	objects->type_type =
		fake_type(objects, "type", objects->object_type, FDP_TYPE_TYPE);
	for (size_t i = 0; i < 5; i++) {
		const uint64_t types[] = { objects->object_type,
					   objects->type_type,
					   objects->python.string_type,
					   objects->python.bytes_type,
					   objects->python.code_type };

		set(objects, types[i], objects->python.offsets->object.type,
		    objects->type_type);
	}
	objects->integer_type = fake_type(objects, "int", objects->object_type,
					  FDP_TYPE_INTEGER);
	objects->real_type =
		fake_type(objects, "float", objects->object_type, 0);
	objects->list_type =
		fake_type(objects, "list", objects->object_type, FDP_TYPE_LIST);
	objects->tuple_type = fake_type(objects, "tuple", objects->object_type,
					FDP_TYPE_TUPLE);
	objects->dict_type =
		fake_type(objects, "dict", objects->object_type, FDP_TYPE_DICT);
	objects->set_type = fake_type(objects, "set", objects->object_type, 0);
	objects->cell_type =
		fake_type(objects, "cell", objects->object_type, 0);
}

uint64_t fake_object(struct fake_objects *objects, uint64_t type)
{
	uint64_t object = fake_python_alloc(&objects->python, ROOM) + BEFORE;

	set(objects, object, objects->python.offsets->object.type, type);
	return object;
}

uint64_t fake_class(struct fake_objects *objects, const char *name,
		    uint64_t base)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t type = fake_type(objects, name, base, FLAG_HEAP);
	const uint64_t names[] = { fake_string(objects, "__module__"),
				   fake_string(objects, "m") };

	set(objects, type, offsets->type.qualname, fake_string(objects, name));
	set(objects, type, offsets->type.dict, fake_dict(objects, names, 1));
	return type;
}

uint64_t fake_integer(struct fake_objects *objects, int32_t value)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t object = fake_object(objects, objects->integer_type);
	uint32_t digit = (uint32_t)abs(value);
	uint64_t count = value != 0;

	if (offsets->integer.count_shift)
		count = count << offsets->integer.count_shift |
			(value < 0    ? 2
			 : value == 0 ? 1
				      : 0);
	else if (value < 0)
		count = -count;
	set(objects, object, offsets->integer.count, count);
	fake_target_write_u32(objects->python.target,
			      object + offsets->integer.digits, digit);
	return object;
}

uint64_t fake_real(struct fake_objects *objects, double value)
{
	uint64_t object = fake_object(objects, objects->real_type);

	fake_target_write(objects->python.target,
			  object + objects->python.offsets->real.value, &value,
			  sizeof(value));
	return object;
}

uint64_t fake_string(struct fake_objects *objects, const char *ascii)
{
	return fake_python_string(&objects->python, ascii);
}

uint64_t fake_cell(struct fake_objects *objects, uint64_t contents)
{
	uint64_t object = fake_object(objects, objects->cell_type);

	set(objects, object, objects->python.offsets->cell.contents, contents);
	return object;
}

static uint64_t write_words(struct fake_objects *objects, uint64_t place,
			    const uint64_t *words, size_t count)
{
	fake_target_write(objects->python.target, place, words,
			  count * sizeof(*words));
	return place;
}

static uint64_t array(struct fake_objects *objects, const uint64_t *words,
		      size_t count)
{
	return write_words(objects,
			   fake_python_alloc(&objects->python, count * 8 + 8),
			   words, count);
}

uint64_t fake_list(struct fake_objects *objects, const uint64_t *items,
		   size_t count)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t object = fake_object(objects, objects->list_type);

	set(objects, object, offsets->object.size, count);
	set(objects, object, offsets->list.allocated, count);
	set(objects, object, offsets->list.items, array(objects, items, count));
	return object;
}

uint64_t fake_tuple(struct fake_objects *objects, const uint64_t *items,
		    size_t count)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t object = fake_python_alloc(&objects->python,
					    offsets->tuple.items + count * 8);

	set(objects, object, offsets->object.type, objects->tuple_type);
	set(objects, object, offsets->object.size, count);
	write_words(objects, object + offsets->tuple.items, items, count);
	return object;
}

static void set_byte(struct fake_objects *objects, uint64_t at, uint8_t value)
{
	fake_target_write(objects->python.target, at, &value, 1);
}

/* Keys with an index of 2^INDEX_LOG2 bytes; where their entries are. */
static uint64_t make_keys(struct fake_objects *objects, size_t count,
			  uint8_t kind, uint64_t *ret_entries)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t keys = fake_python_alloc(&objects->python, 128 + count * 24);

	set(objects, keys, offsets->dict_keys.entries, count);
	set(objects, keys, offsets->dict_keys.index_entries, 1 << INDEX_LOG2);
	if (offsets->dict_keys.index_log2 != FDP_ABSENT) {
		set_byte(objects, keys + offsets->dict_keys.index_log2,
			 INDEX_LOG2);
		set_byte(objects, keys + offsets->dict_keys.kind, kind);
	}
	*ret_entries = keys + offsets->dict_keys.index + (1 << INDEX_LOG2);
	return keys;
}

/* 2.7: a table of hashes, keys and values, twice as large as it must be. */
static void fill_table(struct fake_objects *objects, uint64_t object,
		       const uint64_t *pairs, size_t count)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t places = 8;
	uint64_t table;

	while (places < 2 * count)
		places *= 2;
	table = fake_python_alloc(&objects->python, places * 24);
	set(objects, object, offsets->dict.used, count);
	set(objects, object, offsets->set.mask, places - 1);
	set(objects, object, offsets->set.table, table);
	for (size_t i = 0; i < count; i++)
		write_words(objects, table + 2 * i * 24 + 8, pairs + 2 * i, 2);
}

uint64_t fake_dict(struct fake_objects *objects, const uint64_t *pairs,
		   size_t count)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t object = fake_object(objects, objects->dict_type);
	uint64_t entries;
	uint64_t keys;

	if (offsets->dict.keys == FDP_ABSENT) {
		fill_table(objects, object, pairs, count);
		return object;
	}
	keys = make_keys(objects, count, KIND_GENERAL, &entries);

	set(objects, object, offsets->dict.used, count);
	set(objects, object, offsets->dict.keys, keys);
	for (size_t i = 0; i < count; i++)
		write_words(objects, entries + i * 24 + 8, pairs + 2 * i, 2);
	return object;
}

uint64_t fake_numbers(struct fake_objects *objects, const uint64_t *pairs,
		      size_t count)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t object = fake_object(objects, objects->dict_type);
	uint64_t key = fake_integer(objects, 1);
	uint64_t entries;
	uint64_t keys = make_keys(objects, count, KIND_GENERAL, &entries);

	set(objects, object, offsets->dict.keys, keys);
	for (size_t i = 0; i < count; i++) {
		const uint64_t entry[] = { pairs[2 * i], key,
					   pairs[2 * i + 1] };

		write_words(objects, entries + i * 24, entry, 3);
	}
	return object;
}

uint64_t fake_module(struct fake_objects *objects, uint64_t dict)
{
	uint64_t object = fake_object(objects, objects->object_type);

	set(objects, object, objects->python.offsets->module.dict, dict);
	return object;
}

void fake_set_attributes(struct fake_objects *objects, uint64_t object,
			 uint64_t type, uint64_t dict)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;

	if (offsets->instance.style == FDP_INSTANCE_DICT) {
		set(objects, type, offsets->type.dict_offset,
		    offsets->object.type + 8);
		set(objects, object, offsets->object.type + 8, dict);
		return;
	}
	set(objects, type, offsets->type.flags, FLAG_HEAP | FLAG_MANAGED);
	set(objects, object - offsets->instance.dict_before, 0, dict);
}

uint64_t fake_shared_keys(struct fake_objects *objects, const uint64_t *keys,
			  size_t count)
{
	bool is_old = objects->python.offsets->dict_keys.kind == FDP_ABSENT;
	uint64_t entries;
	uint64_t made = make_keys(objects, count, KIND_SPLIT, &entries);

	for (size_t i = 0; i < count; i++)
		write_words(objects, entries + (is_old ? i * 24 + 8 : i * 16),
			    keys + i, 1);
	return made;
}

uint64_t fake_set(struct fake_objects *objects, const uint64_t *places,
		  size_t count)
{
	const struct fdp_python_offsets *offsets = objects->python.offsets;
	uint64_t object = fake_object(objects, objects->set_type);
	uint64_t table = fake_python_alloc(&objects->python, count * 16);
	uint64_t used = 0;

	for (size_t i = 0; i < count; i++) {
		write_words(objects, table + i * 16, places + i, 1);
		used += places[i] != 0;
	}
	set(objects, object, offsets->set.used, used);
	set(objects, object, offsets->set.mask, count - 1);
	set(objects, object, offsets->set.table, table);
	return object;
}
