/*
 * Names of code made at run time: /tmp/perf-PID.map, as perf reads it and
 * CPython (-X perf), V8 and others write it.
 */
#ifndef FDP_NATIVE_PERF_MAP_H
#define FDP_NATIVE_PERF_MAP_H

#include "../target.h"

struct fdp_perf_map;

/*
 * Reads the file of TARGET's process.  It lies where everybody may write, so it
 * must belong to the process's user or to root.  0, -ENOENT, -EPERM, -ENOMEM
 * ...
 */
int fdp_perf_map_new(struct fdp_target *target, struct fdp_perf_map **ret_map);
void fdp_perf_map_free(struct fdp_perf_map *map);

/*
 * The same from SIZE bytes of TEXT, which is malloc'ed and owned from now on,
 * also on failure.  Lines are "<start> <size> <name>", numbers in hex.
 */
int fdp_perf_map_parse(char *text, size_t size, struct fdp_perf_map **ret_map);

/* The name of the code that holds ADDRESS, owned by MAP, or NULL. */
const char *fdp_perf_map_find(const struct fdp_perf_map *map, uint64_t address,
			      uint64_t *ret_offset);

#endif
