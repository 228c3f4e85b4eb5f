/* All ways to send a signal to the calling thread or its process. */
#ifndef FDP_TESTS_SIGNALS_SENDERS_H
#define FDP_TESTS_SIGNALS_SENDERS_H

#include <stdbool.h>
#include <signal.h>

struct sender {
	const char *name;
	int (*send)(int signal, int value);
	bool forges; /* looks like a fault, and may be taken for one */
};

#define SENDERS 7
extern const struct sender senders[SENDERS];

const struct sender *sender_find(const char *name);

/* The siginfo of a signal that was sent, pids by name. */
const char *info_text(const siginfo_t *info);

#endif
