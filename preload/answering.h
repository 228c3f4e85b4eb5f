/*
 * Being asked for our memory, for dumps where nobody may trace us: the daemon
 * sends SIGURG with its token, and the thread that gets it asks for the dump
 * and answers while it is made.
 *
 * SIGURG, because what it does by default is nothing: a program that was
 * exec'd at the last moment, and knows nothing of us, is not harmed by it.  The
 * program sets and reads its disposition as ever, and its handler gets all
 * others.
 */
#ifndef FDP_PRELOAD_ANSWERING_H
#define FDP_PRELOAD_ANSWERING_H

#include <signal.h>
#include <stdbool.h>

#include "state.h"

/*
 * Whether it is wanted: FDPRELOAD_ANSWER, and where that does not say, whether
 * something may keep the reporter from reading us.
 */
bool fdp_answering_is_wanted(void);

/* Takes the signal, where fdp_state.answers says so. */
void fdp_answering_begin(void);

/* True if SIGNAL is that one, and the program's disposition is kept aside. */
static inline bool fdp_is_answering(int signal)
{
	return signal == SIGURG && fdp_state.answers;
}

/* As sigaction(), for that signal. */
int fdp_answering_change(const struct sigaction *new, struct sigaction *old);

#endif
