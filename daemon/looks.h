/*
 * Dumps for somebody outside the family: `fdpreload dump` where that may not
 * trace the process itself.
 *
 * It needs no token.  Who asks is the process's user, or root, and gets stacks
 * of a process that maps a memory file of ours, without values of anything, and
 * so without exceptions, whose messages are values; the token lies in the
 * environment of exec'd programs, where the same users can read it, and a
 * process that has started none shows it to nobody.
 */
#ifndef FDP_LOOKS_H
#define FDP_LOOKS_H

#include "../proto/proto.h"

struct fdp_daemon;
struct fdp_sender;

/* At a time: each is a worker that stops and reads a process. */
#define FDP_LOOKS_MAX 4

/*
 * A worker that takes longer is killed.  Nobody in the process waits for it, so
 * there is time for the debug files of large libraries.
 */
#define FDP_LOOK_MS 30000

/*
 * Takes CONNECTION and the first descriptor of SENDER, to which the dump goes;
 * replies when it is written, or at once if it cannot be, and closes both.
 */
void fdp_look_start(struct fdp_daemon *daemon, int connection,
		    const struct fdp_look *look, struct fdp_sender *sender);

#endif
