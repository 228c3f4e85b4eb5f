/*
 * Small things that every file of the daemon uses: cleanup attributes and the
 * arithmetic that must not overflow.
 *
 * Errors: a function returns 0 or a positive result, or -errno.  Ownership:
 * every descriptor and allocation lives in a variable with one of the
 * attributes below and is handed over with TAKE_FD or TAKE_PTR.
 */
#ifndef FDP_BASE_UTIL_H
#define FDP_BASE_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* True if STRING begins with the literal PREFIX. */
#define STARTS_WITH(string, prefix)                                            \
	(__builtin_strncmp((string), (prefix), sizeof(prefix) - 1) == 0)

static inline void fdp_close_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void fdp_free_cleanup(void *pointer)
{
	free(*(void **)pointer);
}

static inline void fdp_fclose_cleanup(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _cleanup_close_ __attribute__((cleanup(fdp_close_cleanup)))
#define _cleanup_free_ __attribute__((cleanup(fdp_free_cleanup)))
#define _cleanup_fclose_ __attribute__((cleanup(fdp_fclose_cleanup)))

/* The value of a descriptor variable, which no longer owns it. */
#define TAKE_FD(fd)                                                            \
	({                                                                     \
		int taken_ = (fd);                                             \
		(fd) = -1;                                                     \
		taken_;                                                        \
	})

/* The value of a pointer variable, which no longer owns it. */
#define TAKE_PTR(pointer)                                                      \
	({                                                                     \
		__typeof__(pointer) taken_ = (pointer);                        \
		(pointer) = NULL;                                              \
		taken_;                                                        \
	})

#endif
