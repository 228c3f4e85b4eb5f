#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

int fdp_loop_init(struct fdp_loop *loop, int (*quiet)(struct fdp_loop *loop))
{
	loop->clients = 0;
	loop->quiet = quiet;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll < 0 ? -errno : 0;
}

int fdp_loop_add(struct fdp_loop *loop, int fd, struct fdp_source *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno
								     : 0;
}

void fdp_loop_remove(struct fdp_loop *loop, int fd)
{
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void fdp_loop_run(struct fdp_loop *loop)
{
	int wait = 0;

	for (;;) {
		struct epoll_event event;
		struct fdp_source *source;

		/*
		 * One at a time: what handles one event may free the source of
		 * the next.
		 */
		int count = epoll_wait(loop->epoll, &event, 1, wait);

		if (count < 0 && errno != EINTR)
			return;
		if (count > 0) {
			source = event.data.ptr;
			source->ready(source, event.events);
			wait = 0;
			continue;
		}
		wait = loop->quiet(loop);
		if (wait == FDP_LOOP_LEAVE)
			return;
	}
}
