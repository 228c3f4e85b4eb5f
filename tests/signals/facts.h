/* The state of the process, as lists of texts. */
#ifndef FDP_TESTS_SIGNALS_FACTS_H
#define FDP_TESTS_SIGNALS_FACTS_H

#include <stddef.h>

#define FACT_SIZE 200
#define FACTS_MAX 24

struct facts {
	char values[FACTS_MAX][FACT_SIZE];
};

extern const size_t fact_count;

void facts_take(struct facts *ret_facts);
const char *fact_name(size_t fact);

#endif
