#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pieces are cut from blocks of this size; a larger piece has its own block. */
#define BLOCK_SIZE (64 * 1024)
#define ALIGNMENT 16

struct fdp_arena_block {
	struct fdp_arena_block *next;
	size_t size;
	size_t used;
	size_t unused; /* keeps bytes[] aligned */
	char bytes[];
};

static struct fdp_arena_block *block_new(struct fdp_arena *arena, size_t size)
{
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct fdp_arena_block *block = calloc(1, sizeof(*block) + room);

	if (!block)
		return NULL;
	block->size = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *fdp_arena_alloc(struct fdp_arena *arena, size_t size)
{
	struct fdp_arena_block *block = arena->blocks;
	void *piece;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!block || block->size - block->used < size)
		block = block_new(arena, size);
	if (!block)
		return NULL;
	piece = block->bytes + block->used;
	block->used += size;
	return piece;
}

void *fdp_arena_array(struct fdp_arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return fdp_arena_alloc(arena, bytes);
}

char *fdp_arena_copy(struct fdp_arena *arena, const char *bytes, size_t length)
{
	char *copy =
		length < SIZE_MAX ? fdp_arena_alloc(arena, length + 1) : NULL;

	if (copy && length)
		memcpy(copy, bytes, length);
	return copy;
}

char *fdp_arena_strdup(struct fdp_arena *arena, const char *string)
{
	return string ? fdp_arena_copy(arena, string, strlen(string)) : NULL;
}

char *fdp_arena_printf(struct fdp_arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	char *copy;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	copy = fdp_arena_copy(arena, text, (size_t)length);
	free(text);
	return copy;
}

void *fdp_arena_grow(struct fdp_arena *arena, void *array, size_t count,
		     size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *grown;

	if (count < *capacity)
		return array;
	grown = fdp_arena_array(arena, wanted, size);
	if (!grown)
		return NULL;
	if (count)
		memcpy(grown, array, count * size);
	*capacity = wanted;
	return grown;
}

void fdp_arena_done(struct fdp_arena *arena)
{
	struct fdp_arena_block *block = arena->blocks;

	while (block) {
		struct fdp_arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
}
