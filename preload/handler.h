/*
 * The code that runs inside a signal handler.  Everything these functions reach
 * is linked without libc (make check-signal-safe) and makes only system calls.
 */
#ifndef FDP_PRELOAD_HANDLER_H
#define FDP_PRELOAD_HANDLER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../proto/proto.h"

/* The kernel's struct sigaction, which is not libc's. */
struct fdp_kernel_action {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#define FDP_SA_RESTORER 0x04000000ul

/* handler.c: the fault handler itself. */
void fdp_handle(int signal, siginfo_t *info, void *context);

/* die.c: installs HANDLER (NULL: the default action).  0 or -errno. */
int fdp_set_action(int signal, void (*handler)(int, siginfo_t *, void *),
		   uint64_t mask);

/* die.c: after it the handler returns, and the process dies as it would have.
 */
void fdp_die(int signal, siginfo_t *info, void *context);

/* die.c: the same, here and now, for a fault inside the handler. */
void fdp_die_now(int signal, siginfo_t *info) __attribute__((noreturn));

/*
 * session.c: the socket to report on.  A forked child shares its parent's
 * channel, and asks there for its own.  Or -1: there is no way to the daemon.
 */
int fdp_session_open(uint32_t pid);

/*
 * session.c: sends one packet of up to two parts with a descriptor (-1:
 * without).  Bytes, or -errno.
 */
long fdp_send_with_fd(int socket, struct iovec *parts, size_t count, int fd);

/*
 * serve.c: answers the daemon on FD until it says DONE or DEADLINE_NS has
 * passed. True if the daemon has acknowledged frame 1.
 */
bool fdp_serve(int fd, uint64_t deadline_ns);

/* park.c: stops the threads in REQUEST and answers on FD. */
void fdp_park(int fd, const struct fdp_park *request, uint64_t deadline_ns);

/* emergency.c: frame 1 in one line on stderr, when there is no daemon. */
void fdp_emergency(const struct fdp_crash *crash);

/* Fills a header; proto/decode.h has the daemon's twin. */
static inline void fdp_header_set(struct fdp_header *header, uint16_t type,
				  uint32_t size, uint32_t sequence)
{
	header->magic = FDP_PROTO_MAGIC;
	header->version = FDP_PROTO_VERSION;
	header->type = type;
	header->size = size;
	header->sequence = sequence;
}

#endif
