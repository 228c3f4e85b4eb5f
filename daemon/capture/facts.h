/*
 * The facts of a target: answers by name, kept so that they are asked once
 * and can be recorded.
 */
#ifndef FDP_CAPTURE_FACTS_H
#define FDP_CAPTURE_FACTS_H

#include <stddef.h>

#include "../base/arena.h"

struct fdp_fact {
	struct fdp_fact *next;	   /* in its bucket */
	struct fdp_fact *previous; /* the one that was added before */
	const char *key;
	const char *value; /* NUL-terminated; NULL: asked, and there is none */
	size_t size;	   /* without the NUL */
};

#define FDP_FACT_BUCKETS 4096

/* All zero is empty; everything lives in the arena of the owner. */
struct fdp_facts {
	struct fdp_fact *buckets[FDP_FACT_BUCKETS];
	struct fdp_fact *last;
};

struct fdp_fact *fdp_facts_find(struct fdp_facts *facts, const char *key);

/* Adds or replaces; copies KEY and VALUE into ARENA.  NULL: memory is out. */
struct fdp_fact *fdp_facts_set(struct fdp_facts *facts, struct fdp_arena *arena,
			       const char *key, const char *value, size_t size);

#endif
