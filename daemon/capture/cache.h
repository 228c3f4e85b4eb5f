/*
 * The page cache: every page of the target is read once, many at a time.
 *
 * A small read of the process costs microseconds, most of it for being asked at
 * all; so a miss reads the pages behind it too, as far as they belong to the
 * same mapping.  Pages that were really asked for are marked, so that a
 * recording holds these and not the read-ahead.
 */
#ifndef FDP_CAPTURE_CACHE_H
#define FDP_CAPTURE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FDP_PAGE_SIZE 4096

/* 512 MiB: more than any stack we copy, less than the worker may have. */
#define FDP_CACHE_PAGES_MAX 131072

struct fdp_page {
	uint64_t address; /* page aligned */
	bool asked;	  /* somebody read it: goes into a recording */
	bool late;	  /* read while the process ran: fdp_target_is_late() */
	uint8_t *bytes;	  /* FDP_PAGE_SIZE of them; NULL: cannot be read */
};

struct fdp_cache;

/* NULL when memory is out. */
struct fdp_cache *fdp_cache_new(void);
void fdp_cache_free(struct fdp_cache *cache);

/* The page at ADDRESS, or NULL if nothing is known about it yet. */
struct fdp_page *fdp_cache_find(struct fdp_cache *cache, uint64_t address);

/*
 * Adds a copy of BYTES (NULL: the page cannot be read) unless the page is
 * there. 0, -ENOMEM, or -E2BIG when the cache is full.
 */
int fdp_cache_add(struct fdp_cache *cache, uint64_t address,
		  const uint8_t *bytes);

/*
 * SIZE bytes from ADDRESS, of pages that are there and can be read; nothing is
 * asked of a process.  0 or -EFAULT.
 */
int fdp_cache_peek(struct fdp_cache *cache, uint64_t address, void *buffer,
		   size_t size);

/* Changes as many bytes of such pages.  0 or -EFAULT: some may be changed. */
int fdp_cache_poke(struct fdp_cache *cache, uint64_t address, const void *bytes,
		   size_t size);

/* Walks over all pages, in no order: *CURSOR starts as 0; NULL at the end. */
struct fdp_page *fdp_cache_next(struct fdp_cache *cache, size_t *cursor);

#endif
