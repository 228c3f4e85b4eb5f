/*
 * The code that runs inside a signal handler.  Everything these functions reach
 * is linked without libc (make check-signal-safe) and makes only system calls.
 */
#ifndef FDP_PRELOAD_HANDLER_H
#define FDP_PRELOAD_HANDLER_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../proto/proto.h"
#include "disposition.h"
#include "route.h"
#include "sys.h"

/* handler.c: the fault handler itself. */
void fdp_handle(int signal, siginfo_t *info, void *context);

/* strict.c: the same where every system call but four kills. */
void fdp_handle_strict(int signal, siginfo_t *info, void *context);

/* strict.c: CRASH by write() alone, with FD.  False if it could not be sent. */
bool fdp_report_plainly(int fd, const struct fdp_crash *crash);

/*
 * handler.c: a handler that abort() called with CONTEXT has returned.  Comes
 * back after the report; the process dies by the kernel's hand.
 */
void fdp_handle_returned(void *context);

/* A signal that is about to be sent where it has no room. */
struct fdp_direct {
	int signal;
	siginfo_t *info;
	void *context;
	bool stored; /* out: a report was made */
};

/* handler.c: the caller is about to end the process; waits for a report. */
void fdp_handle_exit(void);

/* handler.c: reports it now, and comes back. */
void fdp_handle_direct(void *direct);

/*
 * handler.c: where the reporter of the calling thread shall put its stack
 * pointer; below SP if SP is on the thread's own stack, or it has none.
 */
uint64_t fdp_report_stack(uint64_t sp);

/*
 * True if ADDRESS can be read now: the kernel looks at the mask before it looks
 * at the request, which is none.
 */
static inline bool fdp_is_readable(const void *address)
{
	return fdp_sys(SYS_rt_sigprocmask, -1, address, NULL, 8) == -EINVAL;
}

/* die.c: the restorer where libc's is not known. */
void fdp_restorer(void);

/* die.c: installs HANDLER (NULL: the default action).  0 or -errno. */
int fdp_set_action(int signal, void (*handler)(int, siginfo_t *, void *),
		   uint64_t mask);

/*
 * die.c: a call that a handler interrupted is set up to be made again before
 * the handler runs.  Without a handler it would have died behind it.
 */
void fdp_undo_restart(ucontext_t *context);

/*
 * die.c: the same where the default action cannot be set: it is what the kernel
 * takes for a fault whose signal is blocked.  What was sent becomes a fault.
 */
void fdp_die_blocked(int signal, const siginfo_t *info, ucontext_t *context);

/* die.c: after it the handler returns, and the process dies as it would have.
 */
void fdp_die(int signal, siginfo_t *info, void *context);

/* die.c: the same, here and now, for a fault inside the handler. */
void fdp_die_now(int signal, siginfo_t *info) __attribute__((noreturn));

/*
 * session.c: false if the channel's number was closed, or is somebody else's by
 * now.
 */
bool fdp_channel_is_ours(void);

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

/* frame.c: everything but handler, noted and what flags say of them. */
void fdp_frame_fill(struct fdp_crash *crash, int signal, const siginfo_t *info,
		    const ucontext_t *context);

/* frame.c: with glibc's abort message and the output.  Bytes or -errno. */
long fdp_frame_send(int fd, struct fdp_crash *crash);

/*
 * serve.c: answers the daemon on FD until it says DONE or DEADLINE_NS has
 * passed. True if the daemon has acknowledged frame 1.
 */
bool fdp_serve(int fd, uint64_t deadline_ns);

/* answer.c: DATA for READ, which was decoded. */
void fdp_answer_read(int fd, const struct fdp_read *question);

/*
 * answer.c: the DATA of a whole file, until DEADLINE_NS, by way of CHUNK, which
 * is the most that one of them carries.
 */
void fdp_answer_file(int fd, const struct fdp_file *question,
		     uint64_t deadline_ns, void *chunk, size_t chunk_size);

/* park.c: stops the threads in REQUEST and answers on FD. */
void fdp_park(int fd, const struct fdp_park *request, uint64_t deadline_ns);

/* emergency.c: frame 1 in one line on stderr, when there is no daemon. */
void fdp_emergency(const struct fdp_crash *crash);

/* No call of memcpy(), whatever the compiler thinks. */
static inline void fdp_copy(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
}

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
