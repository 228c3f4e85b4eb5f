/*
 * Who lives without a socket to us.
 *
 * A watched process maps a memfd, and gives it to us.  Its forked children have
 * the mapping too, whatever descriptors they close; an exec or a death undoes
 * it.  A memfd that is mapped so that it can be written cannot be sealed
 * against writing: that it can be says that all of them are gone.  The kernel
 * tells nobody when that happens, so it has to be asked again.
 *
 * What a client calls its memfd is checked: anything else it might pass could
 * keep us for ever.
 */
#ifndef FDP_LIVES_H
#define FDP_LIVES_H

#include <stdbool.h>
#include <stddef.h>

/* As many as there are sessions. */
#define FDP_LIVES_MAX 1024

/* How often they are asked while nothing else keeps the daemon. */
#define FDP_LIVES_ASK_MS 50

struct fdp_lives {
	int fds[FDP_LIVES_MAX];
	size_t count;
};

/*
 * Makes sure that FD, which stays the caller's, is a memfd that can be sealed,
 * and that it stays as small as it is.  0 or -EINVAL.
 */
int fdp_life_check(int fd);

/*
 * Takes FD, checked, whose process has no socket any more; it is kept until it
 * can be sealed.  A negative one is nobody's life.
 */
void fdp_lives_add(struct fdp_lives *lives, int fd);

/* Asks all of them; false if nobody lives. */
bool fdp_lives_any(struct fdp_lives *lives);

#endif
