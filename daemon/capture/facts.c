#include "facts.h"

#include <stdint.h>
#include <string.h>

static size_t bucket_of(const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	return (size_t)(hash % FDP_FACT_BUCKETS);
}

struct fdp_fact *fdp_facts_find(struct fdp_facts *facts, const char *key)
{
	struct fdp_fact *fact = facts->buckets[bucket_of(key)];

	while (fact && strcmp(fact->key, key) != 0)
		fact = fact->next;
	return fact;
}

static struct fdp_fact *fact_add(struct fdp_facts *facts,
				 struct fdp_arena *arena, const char *key)
{
	struct fdp_fact *fact = fdp_arena_alloc(arena, sizeof(*fact));
	size_t bucket = bucket_of(key);

	if (!fact)
		return NULL;
	fact->key = fdp_arena_strdup(arena, key);
	if (!fact->key)
		return NULL;
	fact->next = facts->buckets[bucket];
	facts->buckets[bucket] = fact;
	fact->previous = facts->last;
	facts->last = fact;
	return fact;
}

struct fdp_fact *fdp_facts_set(struct fdp_facts *facts, struct fdp_arena *arena,
			       const char *key, const char *value, size_t size)
{
	struct fdp_fact *fact = fdp_facts_find(facts, key);
	char *copy = NULL;

	if (value) {
		copy = fdp_arena_copy(arena, value, size);
		if (!copy)
			return NULL;
	}
	if (!fact)
		fact = fact_add(facts, arena, key);
	if (!fact)
		return NULL;
	fact->value = copy;
	fact->size = copy ? size : 0;
	return fact;
}
