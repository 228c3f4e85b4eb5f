/* All ways to fault that a handler can recover from. */
#ifndef FDP_TESTS_SIGNALS_CAUSES_H
#define FDP_TESTS_SIGNALS_CAUSES_H

#include <signal.h>
#include <stdbool.h>

struct cause {
	const char *name;
	int signal;
	void (*cause)(void);
	bool once; /* the process has a filter from then on */
};

#define CAUSES 11
extern const struct cause causes[CAUSES];

const struct cause *cause_find(const char *name);

/* Makes what the causes need, once; before any section. */
void causes_prepare(void);

/* A page that cannot be read until somebody changes that. */
extern char *forbidden_page;
#define FORBIDDEN_SIZE 4096

#endif
