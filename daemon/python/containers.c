#include "containers.h"

#include <errno.h>

#include "strings.h"

/* An entry: hash, key, value; or key, value where all keys are strings. */
#define ENTRY_SIZE 24
#define ENTRY_KEY 8
#define UNICODE_ENTRY_SIZE 16

/* A set's: key, hash. */
#define SET_ENTRY_SIZE 16

/* The hash, behind the key, of a place in a set that was emptied: no object has
 * it. */
#define NO_HASH UINT64_MAX

/* What stands in a set of 2.7 instead. */
#define OLD_DUMMY "<dummy key>"

/* DictKeysKind: what the entries of this one are; of all others, strings. */
#define KIND_GENERAL 0

/* More than an index of FDP_CONTAINER_MAX entries has. */
#define INDEX_LOG2_MAX 32

int fdp_tuple_begin(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t address,
		    uint64_t *ret_items, uint64_t *ret_count)
{
	if (!fdp_object_is(target, offsets, address, FDP_TYPE_TUPLE))
		return -EBADMSG;
	*ret_items = address + offsets->tuple.items;
	return fdp_target_read_u64(target, address + offsets->object.size,
				   ret_count);
}

/* Bytes of the index up to 3.10: as wide as the number of entries wants. */
static uint64_t index_size(uint64_t entries)
{
	uint64_t width = entries <= 0xff	 ? 1
			 : entries <= 0xffff	 ? 2
			 : entries <= 0xffffffff ? 4
						 : 8;

	return entries * width;
}

static int begin_old(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t keys,
		     struct fdp_container *dict)
{
	uint64_t entries;
	int r = fdp_target_read_u64(
		target, keys + offsets->dict_keys.index_entries, &entries);

	if (r < 0)
		return r;
	if (entries > (uint64_t)2 * FDP_CONTAINER_MAX)
		return -EBADMSG;
	dict->entries = keys + offsets->dict_keys.index + index_size(entries);
	dict->size = ENTRY_SIZE;
	dict->key = ENTRY_KEY;
	return 0;
}

static int begin_new(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t keys,
		     struct fdp_container *dict)
{
	uint8_t log2, kind;
	int r = fdp_target_read(target, keys + offsets->dict_keys.index_log2,
				&log2, 1);

	if (r == 0)
		r = fdp_target_read(target, keys + offsets->dict_keys.kind,
				    &kind, 1);
	if (r < 0)
		return r;
	if (log2 > INDEX_LOG2_MAX)
		return -EBADMSG;
	dict->entries = keys + offsets->dict_keys.index + (UINT64_C(1) << log2);
	dict->size = kind == KIND_GENERAL ? ENTRY_SIZE : UNICODE_ENTRY_SIZE;
	dict->key = kind == KIND_GENERAL ? ENTRY_KEY : 0;
	return 0;
}

/* Where the entries of the keys object at KEYS are. */
static int begin_keys(struct fdp_target *target,
		      const struct fdp_python_offsets *offsets, uint64_t keys,
		      struct fdp_container *dict)
{
	int r = fdp_target_read_u64(target, keys + offsets->dict_keys.entries,
				    &dict->count);

	if (r < 0)
		return r;
	if (dict->count > FDP_CONTAINER_MAX)
		return -EBADMSG;
	return offsets->dict_keys.index_log2 == FDP_ABSENT
		       ? begin_old(target, offsets, keys, dict)
		       : begin_new(target, offsets, keys, dict);
}

/* 2.7: a table of entries, some of them empty, where a set has its own. */
static int begin_table(struct fdp_target *target,
		       const struct fdp_python_offsets *offsets,
		       uint64_t address, struct fdp_container *dict)
{
	uint64_t mask;
	int r = fdp_target_read_u64(target, address + offsets->set.mask, &mask);

	if (r == 0)
		r = fdp_target_read_u64(target, address + offsets->set.table,
					&dict->entries);
	if (r < 0)
		return r;
	if (mask >= FDP_CONTAINER_MAX)
		return -EBADMSG;
	dict->count = mask + 1;
	dict->size = ENTRY_SIZE;
	dict->key = ENTRY_KEY;
	return 0;
}

int fdp_dict_begin(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets, uint64_t address,
		   struct fdp_container *ret_dict)
{
	uint64_t keys, values;
	int r;

	*ret_dict = (struct fdp_container){ .target = target };
	if (!fdp_object_is(target, offsets, address, FDP_TYPE_DICT))
		return -EBADMSG;
	if (offsets->dict.keys == FDP_ABSENT)
		return begin_table(target, offsets, address, ret_dict);
	r = fdp_target_read_u64(target, address + offsets->dict.keys, &keys);
	if (r == 0)
		r = fdp_target_read_u64(target, address + offsets->dict.values,
					&values);
	if (r < 0)
		return r;
	return values ? fdp_split_begin(target, offsets, keys, values, ret_dict)
		      : begin_keys(target, offsets, keys, ret_dict);
}

/* 3.11 and 3.12: bytes before the values, from high to low addresses. */
static int order_before(struct fdp_container *dict)
{
	uint8_t bytes[FDP_SHARED_KEYS_MAX];
	uint8_t size;
	int r = fdp_target_read(dict->target, dict->values - 2, &size, 1);

	if (r < 0)
		return r;
	if (size > FDP_SHARED_KEYS_MAX)
		return -EBADMSG;
	dict->count = size;
	r = fdp_target_read(dict->target, dict->values - 2 - size, bytes, size);
	for (size_t i = 0; r == 0 && i < size; i++)
		dict->order[i] = bytes[size - 1 - i];
	return r;
}

/* 3.13: bytes behind the values that there is room for. */
static int order_behind(const struct fdp_python_offsets *offsets,
			uint64_t values, struct fdp_container *dict)
{
	uint8_t capacity, size;
	int r = fdp_target_read(dict->target,
				values + offsets->dict_values.capacity,
				&capacity, 1);

	if (r == 0)
		r = fdp_target_read(dict->target,
				    values + offsets->dict_values.size, &size,
				    1);
	if (r < 0)
		return r;
	if (size > capacity || size > FDP_SHARED_KEYS_MAX)
		return -EBADMSG;
	dict->count = size;
	return fdp_target_read(dict->target,
			       dict->values +
				       (uint64_t)capacity * sizeof(uint64_t),
			       dict->order, size);
}

int fdp_split_begin(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t keys,
		    uint64_t values, struct fdp_container *ret_dict)
{
	int r;

	*ret_dict = (struct fdp_container){ .target = target };
	r = begin_keys(target, offsets, keys, ret_dict);
	if (r < 0)
		return r;
	ret_dict->values = values + offsets->dict_values.first;
	ret_dict->ordered = offsets->dict_values.order != FDP_VALUES_AS_KEYS;
	if (offsets->dict_values.order == FDP_VALUES_BEFORE)
		return order_before(ret_dict);
	if (offsets->dict_values.order == FDP_VALUES_BEHIND)
		return order_behind(offsets, values, ret_dict);
	return 0;
}

int fdp_set_begin(struct fdp_target *target,
		  const struct fdp_python_offsets *offsets, uint64_t address,
		  struct fdp_container *ret_set)
{
	uint64_t mask;
	int r;

	*ret_set = (struct fdp_container){ .target = target,
					   .size = SET_ENTRY_SIZE };
	r = fdp_target_read_u64(target, address + offsets->set.mask, &mask);
	if (r == 0)
		r = fdp_target_read_u64(target, address + offsets->set.table,
					&ret_set->entries);
	if (r < 0)
		return r;
	if (mask >= FDP_CONTAINER_MAX)
		return -EBADMSG;
	ret_set->count = mask + 1;
	if (offsets->major == 2)
		ret_set->old_set = offsets;
	return 0;
}

/*
 * An entry of 2.7: hash, key.  For a key that was taken out stands a str, which
 * has another hash than the entry, unless it is one that a program put in.
 */
static int read_old_place(struct fdp_container *set, uint64_t entry,
			  uint64_t *both)
{
	uint64_t found[2], hash;
	int r = fdp_target_read(set->target, entry, found, sizeof(found));

	if (r < 0)
		return r;
	both[0] = found[1];
	both[1] = 0;
	if (!found[1] ||
	    !fdp_string_is(set->target, set->old_set, found[1], OLD_DUMMY))
		return 0;
	r = fdp_target_read_u64(set->target,
				found[1] + set->old_set->bytes.hash, &hash);
	if (r == 0 && hash != found[0])
		both[1] = NO_HASH;
	return r;
}

/* Key and value of the next place; zeros if they are not there. */
static int read_place(struct fdp_container *container, uint64_t *both)
{
	uint64_t place = container->at++;
	uint64_t index = container->ordered ? container->order[place] : place;
	uint64_t entry =
		container->entries + index * container->size + container->key;

	if (container->old_set)
		return read_old_place(container, entry, both);
	if (!container->values)
		return fdp_target_read(container->target, entry, both,
				       2 * sizeof(*both));
	if (fdp_target_read_u64(container->target, entry, &both[0]) < 0)
		return -EFAULT;
	return fdp_target_read_u64(container->target,
				   container->values + index * sizeof(*both),
				   &both[1]);
}

bool fdp_container_next(struct fdp_container *container, uint64_t *ret_key,
			uint64_t *ret_value)
{
	while (container->at < container->count) {
		uint64_t both[2];

		if (read_place(container, both) < 0)
			return false;
		/* What was deleted has a key, and no value; or no hash. */
		if (!both[0] || (ret_value && !both[1]) ||
		    (!ret_value && both[1] == NO_HASH))
			continue;
		*ret_key = both[0];
		if (ret_value)
			*ret_value = both[1];
		return true;
	}
	return false;
}

int fdp_dict_find(struct fdp_container *dict,
		  const struct fdp_python_offsets *offsets, const char *name,
		  uint64_t *ret_value)
{
	uint64_t key, value;

	for (int i = 0;
	     i < FDP_NAMES_MAX && fdp_container_next(dict, &key, &value); i++) {
		if (!fdp_string_is(dict->target, offsets, key, name))
			continue;
		*ret_value = value;
		return 0;
	}
	return -ENOENT;
}

bool fdp_dict_next_number(struct fdp_container *dict, uint64_t *ret_number,
			  uint64_t *ret_value)
{
	uint64_t key, place;

	if (dict->values || dict->key != ENTRY_KEY ||
	    !fdp_container_next(dict, &key, ret_value))
		return false;
	place = dict->entries + (dict->at - 1) * dict->size;
	return fdp_target_read_u64(dict->target, place, ret_number) == 0;
}
