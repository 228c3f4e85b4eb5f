/* All calls that change a disposition, and all states to change it to. */
#ifndef FDP_TESTS_SIGNALS_SETTERS_H
#define FDP_TESTS_SIGNALS_SETTERS_H

#include <signal.h>
#include <stdint.h>

typedef int action_call(int, const struct sigaction *, struct sigaction *);
typedef __sighandler_t handler_call(int, __sighandler_t);
typedef int ignore_call(int);
typedef int interrupt_call(int, int);

enum setter_kind {
	SETS_ACTION,
	SETS_HANDLER,
	SETS_IGNORED, /* sigignore() */
	SETS_INTERRUPT,
};

struct setter {
	const char *name;
	enum setter_kind kind;
	void *call;
};

#define SETTERS 10
extern const struct setter setters[SETTERS];

const struct setter *setter_find(const char *name);

/* Two handlers that do nothing; they are known by name. */
void first(int signal);
void second(int signal);
void setters_name_handlers(void);

/* Signals good and bad. */
#define ALL_SIGNALS 18
extern const int all_signals[ALL_SIGNALS];

#endif
