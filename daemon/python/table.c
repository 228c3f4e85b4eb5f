#include "table.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS_FIRST 256

struct fdp_table_slot {
	uint64_t first, second;
	void *value; /* NULL: the slot is free */
};

/* The slot that holds the pair, or the free one where it belongs. */
static struct fdp_table_slot *slot_of(struct fdp_table_slot *slots,
				      size_t count, uint64_t first,
				      uint64_t second)
{
	uint64_t hash = first * UINT64_C(0x9e3779b97f4a7c15);
	size_t at;

	hash = (hash ^ hash >> 29 ^ second) * UINT64_C(0xbf58476d1ce4e5b9);
	at = (hash >> 32) & (count - 1);
	while (slots[at].value &&
	       (slots[at].first != first || slots[at].second != second))
		at = (at + 1) & (count - 1);
	return &slots[at];
}

void *fdp_table_find(const struct fdp_table *table, uint64_t first,
		     uint64_t second)
{
	if (!table->slot_count)
		return NULL;
	return slot_of(table->slots, table->slot_count, first, second)->value;
}

static int grow(struct fdp_table *table)
{
	size_t count = table->slot_count ? table->slot_count * 2 : SLOTS_FIRST;
	struct fdp_table_slot *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->slot_count; i++) {
		const struct fdp_table_slot *old = &table->slots[i];

		if (old->value)
			*slot_of(slots, count, old->first, old->second) = *old;
	}
	free(table->slots);
	table->slots = slots;
	table->slot_count = count;
	return 0;
}

int fdp_table_add(struct fdp_table *table, uint64_t first, uint64_t second,
		  void *value)
{
	struct fdp_table_slot *slot;

	if (table->used * 2 >= table->slot_count && grow(table) < 0)
		return -ENOMEM;
	slot = slot_of(table->slots, table->slot_count, first, second);
	if (slot->value)
		return 0;
	*slot = (struct fdp_table_slot){ first, second, value };
	table->used++;
	return 1;
}

void fdp_table_done(struct fdp_table *table)
{
	free(table->slots);
	*table = (struct fdp_table){ 0 };
}
