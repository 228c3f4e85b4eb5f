/*
 * The dynamic symbols of one loaded object, read where they lie in memory.
 * Takes no lock and calls nothing: usable before libc and the sanitizers are
 * set up, and in a forked child.
 */
#ifndef FDP_PRELOAD_SYMBOLS_H
#define FDP_PRELOAD_SYMBOLS_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct fdp_symbols {
	uintptr_t base; /* what is added to the addresses in the file */
	const uint32_t *gnu_hash;  /* DT_GNU_HASH, or NULL */
	const uint32_t *sysv_hash; /* DT_HASH, or NULL */
	const ElfW(Sym) * symbols;
	const char *strings;
	const ElfW(Half) * versions; /* or NULL */
};

/* False: an object without symbols; *ret_symbols is not usable then. */
bool fdp_symbols_read(uintptr_t base, const ElfW(Dyn) * dynamic,
		      struct fdp_symbols *ret_symbols);

/* What fdp_symbols_find() wants to know of a name. */
uint32_t fdp_symbols_hash(const char *name);

/*
 * The address of NAME if the object defines it, in its default version; or
 * NULL.  An indirect function (STT_GNU_IFUNC) is resolved, so the object must
 * have been relocated.
 */
void *fdp_symbols_find(const struct fdp_symbols *symbols, const char *name,
		       uint32_t hash);

#endif
