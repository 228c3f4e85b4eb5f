#include "containers.h"

#include <errno.h>

#include "strings.h"

/* An entry: hash, key, value; or key, value where all keys are strings. */
#define ENTRY_SIZE 24
#define ENTRY_KEY 8
#define UNICODE_ENTRY_SIZE 16

/* A set's: key, hash. */
#define SET_ENTRY_SIZE 16

/* DictKeysKind: what the entries of this one are. */
#define KIND_UNICODE 1

/* More than an index of FDP_CONTAINER_MAX entries has. */
#define INDEX_LOG2_MAX 32

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
	dict->size = kind == KIND_UNICODE ? UNICODE_ENTRY_SIZE : ENTRY_SIZE;
	dict->key = kind == KIND_UNICODE ? 0 : ENTRY_KEY;
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
	r = fdp_target_read_u64(target, address + offsets->dict.keys, &keys);
	if (r == 0)
		r = fdp_target_read_u64(target, address + offsets->dict.values,
					&values);
	if (r == 0)
		r = fdp_target_read_u64(target,
					keys + offsets->dict_keys.entries,
					&ret_dict->count);
	if (r < 0)
		return r;
	/* Attributes of instances keep their values elsewhere. */
	if (values || ret_dict->count > FDP_CONTAINER_MAX)
		return -EBADMSG;
	return offsets->dict_keys.index_log2 == FDP_ABSENT
		       ? begin_old(target, offsets, keys, ret_dict)
		       : begin_new(target, offsets, keys, ret_dict);
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
	return 0;
}

bool fdp_container_next(struct fdp_container *container, uint64_t *ret_key,
			uint64_t *ret_value)
{
	while (container->at < container->count) {
		uint64_t entry = container->entries +
				 container->at++ * container->size +
				 container->key;
		uint64_t both[2];

		if (fdp_target_read(container->target, entry, both,
				    sizeof(both)) < 0)
			return false;
		/* What was deleted has a key, and no value. */
		if (!both[0] || (ret_value && !both[1]))
			continue;
		*ret_key = both[0];
		if (ret_value)
			*ret_value = both[1];
		return true;
	}
	return false;
}
