/*
 * The event loop: epoll, one source for each descriptor, no thread, and no
 * wake-up while nothing happens.
 */
#ifndef FDP_LOOP_H
#define FDP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct fdp_loop {
	int epoll;
	int clients; /* the loop runs while there are any */
};

/* Embedded in whatever waits for a descriptor. */
struct fdp_source {
	/* May free the source's owner, but no other owner's source. */
	void (*ready)(struct fdp_source *source, uint32_t events);
};

/* 0 or -errno. */
int fdp_loop_init(struct fdp_loop *loop);

/* Watches FD, which the caller keeps and removes before closing.  0, -errno. */
int fdp_loop_add(struct fdp_loop *loop, int fd, struct fdp_source *source);
void fdp_loop_remove(struct fdp_loop *loop, int fd);

/* Runs until there is no client any more. */
void fdp_loop_run(struct fdp_loop *loop);

#endif
