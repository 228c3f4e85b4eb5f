/*
 * Reports of processes that live, and should be doing something else: all
 * stacks, and why they are looked at.
 */
#ifndef FDP_STALLS_H
#define FDP_STALLS_H

#include "session.h"

struct fdp_daemon;
struct fdp_watch_message;

/*
 * Starts a report of kind "stall" about PEER.  CAUSE is one of the words of
 * report.h, TEXT a sentence.  What goes wrong is said in the log.
 */
void fdp_stall_report(struct fdp_daemon *daemon, const struct fdp_peer *peer,
		      const char *cause, const char *text);

/* The same of kind "hang", which a watcher has seen as MESSAGE says. */
void fdp_hang_report(struct fdp_daemon *daemon, const struct fdp_peer *peer,
		     const char *cause,
		     const struct fdp_watch_message *message);

#endif
