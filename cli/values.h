/*
 * Values of options, as the variables of fdpreload(7) take them.  Pure but for
 * paths, which are made absolute: the reporter starts in another directory than
 * the programs that are started later.
 */
#ifndef FDP_CLI_VALUES_H
#define FDP_CLI_VALUES_H

#include <stdbool.h>

enum fdp_value_kind {
	FDP_VALUE_NONE,	       /* the option takes none */
	FDP_VALUE_WORD,	       /* one of some */
	FDP_VALUE_DEADLINE,    /* whole milliseconds, within limits */
	FDP_VALUE_SECONDS,     /* more than 0, with a fraction if need be */
	FDP_VALUE_WATCH,       /* the same, from 0.1 s to a day */
	FDP_VALUE_SIGNALS,     /* a list of those that are reported */
	FDP_VALUE_DUMP_SIGNAL, /* one to ask with, and perhaps ",chain" */
	FDP_VALUE_PATH,
	FDP_VALUE_PROGRAM, /* a path of something that can be executed */
};

/*
 * True if TEXT is a value of that KIND; WORDS (NULL-terminated) are the choice
 * of FDP_VALUE_WORD, else ignored.
 */
bool fdp_value_is_good(enum fdp_value_kind kind, const char *const *words,
		       const char *text);

/*
 * What the variable gets for a good TEXT; the caller frees it.  NULL: no
 * memory, or the working directory is gone.
 */
char *fdp_value_make(enum fdp_value_kind kind, const char *text);

#endif
