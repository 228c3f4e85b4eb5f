/*
 * The event loop: epoll, one source for each descriptor, no thread, and no
 * wake-up while nothing happens.
 */
#ifndef FDP_LOOP_H
#define FDP_LOOP_H

#include <stdint.h>

#define FDP_LOOP_FOREVER (-1)
#define FDP_LOOP_LEAVE (-2)

struct fdp_loop {
	int epoll;
	int clients; /* sessions, and reports that no session waits for */

	/*
	 * Called whenever no descriptor is ready.  Returns how many
	 * milliseconds to wait for one, or one of the above.
	 */
	int (*quiet)(struct fdp_loop *loop);
};

/* Embedded in whatever waits for a descriptor. */
struct fdp_source {
	/* May free the source's owner, but no other owner's source. */
	void (*ready)(struct fdp_source *source, uint32_t events);
};

/* 0 or -errno. */
int fdp_loop_init(struct fdp_loop *loop, int (*quiet)(struct fdp_loop *loop));

/* Watches FD, which the caller keeps and removes before closing.  0, -errno. */
int fdp_loop_add(struct fdp_loop *loop, int fd, struct fdp_source *source);
void fdp_loop_remove(struct fdp_loop *loop, int fd);

/* The sooner of two waits, either of which may be FDP_LOOP_FOREVER. */
static inline int fdp_loop_sooner(int left, int right)
{
	if (left == FDP_LOOP_FOREVER || right == FDP_LOOP_FOREVER)
		return left == FDP_LOOP_FOREVER ? right : left;
	return left < right ? left : right;
}

/* Runs until quiet() says FDP_LOOP_LEAVE. */
void fdp_loop_run(struct fdp_loop *loop);

#endif
