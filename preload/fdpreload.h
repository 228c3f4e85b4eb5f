/*
 * fdpreload.h: what a program can ask of libfdpreload.so, which is preloaded
 * into it and not linked with it.
 *
 * Every function may be called whether or not the library is loaded, from C and
 * from C++; no -l option is needed.  Without the library each returns -ENOSYS.
 *
 * Errors: every function returns 0 or a positive answer, or a negative errno:
 *
 *   -ENOSYS     the library is not loaded, or does not know the function
 *   -ENOTCONN   the library watches nothing here: FDPRELOAD_FOLLOW left the
 *               program out, or no reporter could be started
 *   -EPIPE      the reporter has gone
 *   -ETIMEDOUT  the reporter has not answered in time (FDPRELOAD_DEADLINE_MS)
 *   -EPERM      the reporter may not look into the process (ptrace(2))
 *   -EINVAL     an argument is out of its range
 *   -EBADF      FD is not an open descriptor; nothing has been changed
 *   -ENOMEM, -EMFILE, -ENFILE
 *               there is no more memory, there are no more descriptors
 *
 * Descriptors: FD is what is open under that number now.  Whatever is opened
 * there later, or if it is closed, the output goes where it was meant to go.  A
 * descriptor opened with O_NONBLOCK may lose the end of an output.
 *
 * Output is that of the faulthandler of the Python version that runs, byte for
 * byte, or with FDPRELOAD_FULL the text form of a report.  Each dump is one
 * write(2).
 *
 * Functions that need the reporter block until it has answered, and may be
 * called by any thread, with or without the GIL, in a forked child, but not by
 * a signal handler.  The other threads go on, but for the moment in which they
 * are read; no thread stays stopped, whatever dies.
 */
#ifndef FDPRELOAD_H
#define FDPRELOAD_H

#include <errno.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows by one with each function or flag that is added. */
#define FDPRELOAD_API_VERSION 1

/* Flags; each function says which it takes, all others are -EINVAL. */
enum fdpreload_flags {
	FDPRELOAD_ALL_THREADS = 1, /* not only the thread that asks */
	FDPRELOAD_C_STACK = 2,	   /* also the C stack of that thread */
	FDPRELOAD_CHAIN = 4,	   /* register: then the previous handler */
	FDPRELOAD_REPEAT = 8,	   /* later: again each time it has passed */
	FDPRELOAD_EXIT = 16,	   /* later: then _exit(1) */
	FDPRELOAD_FULL = 32,	   /* the report's text, native frames too */
};

/* Names of timers, heartbeats and annotations: bytes without the NUL. */
#define FDPRELOAD_NAME_MAX 63

/* Value of an annotation: bytes without the NUL. */
#define FDPRELOAD_VALUE_MAX 1023

/* The longest time: 100 years, in microseconds. */
#define FDPRELOAD_TIMEOUT_MAX UINT64_C(3155760000000000)

/* Programs call the functions further down, never these. */
#define FDPRELOAD_WEAK __attribute__((weak))
extern const char *fdp_api_version(void) FDPRELOAD_WEAK;
extern int fdp_api_enable(int, unsigned, long) FDPRELOAD_WEAK;
extern int fdp_api_disable(void) FDPRELOAD_WEAK;
extern int fdp_api_is_enabled(void) FDPRELOAD_WEAK;
extern int fdp_api_dump_traceback(int, unsigned, long, unsigned) FDPRELOAD_WEAK;
extern int fdp_api_dump_c_stack(int) FDPRELOAD_WEAK;
extern int fdp_api_dump_traceback_later(const char *, uint64_t, int, unsigned,
					long) FDPRELOAD_WEAK;
extern int fdp_api_cancel_dump_traceback_later(const char *) FDPRELOAD_WEAK;
extern int fdp_api_register(int, int, unsigned, long) FDPRELOAD_WEAK;
extern int fdp_api_unregister(int) FDPRELOAD_WEAK;
extern int fdp_api_heartbeat(const char *, uint64_t) FDPRELOAD_WEAK;
extern int fdp_api_annotate(const char *, const char *) FDPRELOAD_WEAK;

/*
 * A program that is not position-independent has had its weak references bound
 * when it was linked; the linker at run time knows more.  Weak too: before
 * glibc 2.34 a program may not have it.
 */
extern void *fdpreload_dlsym_(void *,
			      const char *) __asm__("dlsym") FDPRELOAD_WEAK;

#define FDPRELOAD_FIND_(function)                                              \
	(function ? function                                                   \
	 : fdpreload_dlsym_                                                    \
		 ? __extension__((__typeof__(&function))fdpreload_dlsym_(      \
			   0, #function))                                      \
		 : (__typeof__(&function))0)

/* The version of the library, "0.1.0", or NULL if it is not loaded. */
static inline const char *fdpreload_version(void)
{
	__typeof__(&fdp_api_version) function =
		FDPRELOAD_FIND_(fdp_api_version);

	return function ? function() : 0;
}

/*
 * Crashes are dumped to FD from now on too, and no longer shown on stderr; the
 * report is stored as without it.  Inherited by forked children.  Again: only
 * FD and the options are replaced.
 *
 * flags        ALL_THREADS, C_STACK, FULL
 * max_threads  of ALL_THREADS at most so many; 0: 100; < 0: none
 */
static inline int fdpreload_enable(int fd, unsigned flags, long max_threads)
{
	__typeof__(&fdp_api_enable) function = FDPRELOAD_FIND_(fdp_api_enable);

	return function ? function(fd, flags, max_threads) : -ENOSYS;
}

/* 1 if it was enabled, else 0. */
static inline int fdpreload_disable(void)
{
	__typeof__(&fdp_api_disable) function =
		FDPRELOAD_FIND_(fdp_api_disable);

	return function ? function() : -ENOSYS;
}

/* 1 or 0; -ENOTCONN where nothing is watched. */
static inline int fdpreload_is_enabled(void)
{
	__typeof__(&fdp_api_is_enabled) function =
		FDPRELOAD_FIND_(fdp_api_is_enabled);

	return function ? function() : -ENOSYS;
}

/*
 * Writes the stacks to FD; when it returns they are written.  Where the
 * reporter may not look into the process the calling thread answers for its
 * memory while it waits; the others are not stopped then, and in the form of
 * FULL have no native frames.
 *
 * flags        ALL_THREADS, FULL
 * max_threads  as above
 * skip         innermost Python frames of the calling thread that are not
 *              shown: those of a binding
 */
static inline int fdpreload_dump_traceback(int fd, unsigned flags,
					   long max_threads, unsigned skip)
{
	__typeof__(&fdp_api_dump_traceback) function =
		FDPRELOAD_FIND_(fdp_api_dump_traceback);

	return function ? function(fd, flags, max_threads, skip) : -ENOSYS;
}

/*
 * Writes the C stack of the calling thread to FD, as faulthandler does from
 * Python 3.14 on; when it returns it is written.  No other thread is stopped.
 * -EPERM where the reporter may not look into the process: that takes
 * registers.
 *
 * Frames are those of backtrace(), at most 32, without the library's own.
 * Names are those of dladdr(): functions that are not exported have none, and
 * show where in the file they are, for addr2line(1); fdpreload_dump_traceback()
 * with FULL knows them all.  Paths are those of the files that are mapped, the
 * program's too, where faulthandler repeats argv[0].
 */
static inline int fdpreload_dump_c_stack(int fd)
{
	__typeof__(&fdp_api_dump_c_stack) function =
		FDPRELOAD_FIND_(fdp_api_dump_c_stack);

	return function ? function(fd) : -ENOSYS;
}

/*
 * Writes the stacks of all threads to FD when TIMEOUT has passed, or one line
 * if the reporter may not look into the process.  Nothing runs in the program
 * until then.  A name that is used already begins anew.  Not inherited by
 * forked children; ends with the process, or with exec.
 *
 * name         NULL or "": the one that faulthandler has
 * timeout_us   microseconds, 1 to FDPRELOAD_TIMEOUT_MAX
 * flags        REPEAT, EXIT, FULL; all threads are dumped anyway
 * max_threads  as above
 */
static inline int fdpreload_dump_traceback_later(const char *name,
						 uint64_t timeout_us, int fd,
						 unsigned flags,
						 long max_threads)
{
	__typeof__(&fdp_api_dump_traceback_later) function =
		FDPRELOAD_FIND_(fdp_api_dump_traceback_later);

	return function ? function(name, timeout_us, fd, flags, max_threads)
			: -ENOSYS;
}

/*
 * No dump of that name begins after it has returned, and none is being made: 1
 * if there was one to come, else 0.
 */
static inline int fdpreload_cancel_dump_traceback_later(const char *name)
{
	__typeof__(&fdp_api_cancel_dump_traceback_later) function =
		FDPRELOAD_FIND_(fdp_api_cancel_dump_traceback_later);

	return function ? function(name) : -ENOSYS;
}

/*
 * Writes the stacks to FD whenever SIGNUM arrives, and with CHAIN does then
 * what was to be done about the signal before.  Again: FD and the options are
 * replaced.
 *
 * signum       1 to 64; not SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT (-EINVAL),
 *              nor SIGKILL, SIGSTOP or those of the C library (-EINVAL)
 * flags        ALL_THREADS, CHAIN, FULL
 * max_threads  as above
 */
static inline int fdpreload_register(int signum, int fd, unsigned flags,
				     long max_threads)
{
	__typeof__(&fdp_api_register) function =
		FDPRELOAD_FIND_(fdp_api_register);

	return function ? function(signum, fd, flags, max_threads) : -ENOSYS;
}

/* Puts back what was there before: 1 if SIGNUM was registered, else 0. */
static inline int fdpreload_unregister(int signum)
{
	__typeof__(&fdp_api_unregister) function =
		FDPRELOAD_FIND_(fdp_api_unregister);

	return function ? function(signum) : -ENOSYS;
}

/*
 * Says that NAME is alive, and shall be heard of again within TIMEOUT: if it is
 * not, a report of kind "stall" is made, once, until it is heard of again.
 *
 * timeout_us   microseconds, 1 to FDPRELOAD_TIMEOUT_MAX; 0: no longer
 */
static inline int fdpreload_heartbeat(const char *name, uint64_t timeout_us)
{
	__typeof__(&fdp_api_heartbeat) function =
		FDPRELOAD_FIND_(fdp_api_heartbeat);

	return function ? function(name, timeout_us) : -ENOSYS;
}

/*
 * Has KEY and VALUE shown in reports about this process.  VALUE NULL: no
 * longer.  -ENOSPC: there are 64 keys already.
 */
static inline int fdpreload_annotate(const char *key, const char *value)
{
	__typeof__(&fdp_api_annotate) function =
		FDPRELOAD_FIND_(fdp_api_annotate);

	return function ? function(key, value) : -ENOSYS;
}

#ifdef __cplusplus
}
#endif

#endif
