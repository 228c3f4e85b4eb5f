/*
 * Writes what a dump has come to, whatever happens to the worker that made it.
 *
 * The kernel ends the write() of a process that is killed in it at a page's
 * end, and what was asked for is all of a dump or nothing.  So the write is the
 * business of a process that does nothing else, and that nobody has a reason to
 * kill.
 */
#ifndef FDP_WORKER_WRITER_H
#define FDP_WORKER_WRITER_H

#include <stddef.h>
#include <sys/types.h>

struct fdp_dump_writer {
	int pipe; /* to it, or -1 */
	pid_t pid;
};

/*
 * Starts one for OUTPUT, which stays the caller's; before the filter, which
 * knows no fork.  SIGCHLD has to be blocked.  It ends with *ret_writer's pipe,
 * without a word if it has not been given everything.  0 or -errno.
 */
int fdp_dump_writer_start(int output, struct fdp_dump_writer *ret_writer);

/*
 * Has it write SIZE bytes of TEXT, in one write unless OUTPUT takes less at a
 * time, and waits for that.  Once.  0 or -errno.
 */
int fdp_dump_writer_write(struct fdp_dump_writer *writer, const char *text,
			  size_t size);

/* All of TEXT to FD by ourselves.  0 or -errno. */
int fdp_dump_writer_all(int fd, const char *text, size_t size);

#endif
