/*
 * An arena: memory that is given out piece by piece and freed all at once.
 *
 * A report is made of many small strings that live exactly as long as it does;
 * an arena gives them one owner.  Nothing allocated here is freed by itself.
 *
 * Allocation fails (NULL) when memory is out or a size overflows; the functions
 * that return strings never return a half-written one.
 */
#ifndef FDP_BASE_ARENA_H
#define FDP_BASE_ARENA_H

#include <stddef.h>

struct fdp_arena_block;

/* All zero is an empty arena.  Single-threaded. */
struct fdp_arena {
	struct fdp_arena_block *blocks;
};

/* SIZE zeroed bytes, aligned for any object, or NULL. */
void *fdp_arena_alloc(struct fdp_arena *arena, size_t size);

/* COUNT zeroed objects of SIZE bytes, or NULL. */
void *fdp_arena_array(struct fdp_arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of LENGTH bytes (which may contain NULs), or NULL. */
char *fdp_arena_copy(struct fdp_arena *arena, const char *bytes, size_t length);

/* A copy of STRING, or NULL; NULL for a NULL string. */
char *fdp_arena_strdup(struct fdp_arena *arena, const char *string);

/* A formatted string, or NULL. */
char *fdp_arena_printf(struct fdp_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Grows a dynamic array that lives in the arena: returns room for COUNT + 1
 * objects of SIZE bytes, copied from ARRAY if it had to move, and updates
 * *CAPACITY.  NULL when memory is out; ARRAY is then untouched.
 */
void *fdp_arena_grow(struct fdp_arena *arena, void *array, size_t count,
		     size_t *capacity, size_t size);

/* Frees everything that was given out; the arena is empty again. */
void fdp_arena_done(struct fdp_arena *arena);

#endif
