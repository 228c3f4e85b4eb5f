/*
 * The text of /proc/PID/maps, taken apart.  Pure.
 *
 * The kernel writes a newline in a path as \012 and nothing else escaped, and
 * appends " (deleted)" to the path of a file that has no name any more.
 */
#ifndef FDP_CAPTURE_MAPS_H
#define FDP_CAPTURE_MAPS_H

#include <stddef.h>
#include <sys/types.h>

#include "../base/arena.h"
#include "../target.h"

/*
 * Parses SIZE bytes of TEXT into an array in ARENA, ascending and without
 * overlap.  A line that does not parse, is not made of whole pages, or lies
 * below the end of the one before is left out.
 *
 * Returns how many there are; -E2BIG if that is more than a process can have;
 * -ENOMEM.
 */
ssize_t fdp_maps_parse(struct fdp_arena *arena, const char *text, size_t size,
		       struct fdp_map **ret_maps);

/* The same, into TARGET's own array.  0 or -errno. */
int fdp_maps_load(struct fdp_target *target, const char *text, size_t size);

#endif
