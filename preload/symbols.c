#include "symbols.h"

#include <elf.h>
#include <stddef.h>

/* In .gnu.version: a symbol that only old references may bind to. */
#define VERSION_HIDDEN 0x8000

/* ld.so has relocated these pointers in some objects (not in the vdso). */
static const void *pointer(uintptr_t base, uintptr_t value)
{
	return (const void *)(value < base ? base + value : value);
}

bool fdp_symbols_read(uintptr_t base, const ElfW(Dyn) * dynamic,
		      struct fdp_symbols *ret_symbols)
{
	struct fdp_symbols found = { .base = base };

	for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
		const void *value = pointer(base, dynamic->d_un.d_ptr);

		if (dynamic->d_tag == DT_GNU_HASH)
			found.gnu_hash = value;
		else if (dynamic->d_tag == DT_HASH)
			found.sysv_hash = value;
		else if (dynamic->d_tag == DT_SYMTAB)
			found.symbols = value;
		else if (dynamic->d_tag == DT_STRTAB)
			found.strings = value;
		else if (dynamic->d_tag == DT_VERSYM)
			found.versions = value;
	}
	*ret_symbols = found;
	return (found.gnu_hash || found.sysv_hash) && found.symbols &&
	       found.strings;
}

uint32_t fdp_symbols_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static uint32_t sysv_hash(const char *name)
{
	uint32_t hash = 0;

	for (; *name; name++) {
		hash = (hash << 4) + (unsigned char)*name;
		hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
	}
	return hash;
}

/* libc's strcmp() may be a sanitizer's, which is not ready yet. */
static bool is_same(const char *one, const char *other)
{
	while (*one && *one == *other) {
		one++;
		other++;
	}
	return *one == *other;
}

static bool matches(const struct fdp_symbols *symbols, uint32_t index,
		    const char *name)
{
	const ElfW(Sym) *symbol = &symbols->symbols[index];

	if (symbol->st_shndx == SHN_UNDEF ||
	    ELF64_ST_TYPE(symbol->st_info) == STT_TLS ||
	    !is_same(symbols->strings + symbol->st_name, name))
		return false;
	return !symbols->versions ||
	       !(symbols->versions[index] & VERSION_HIDDEN);
}

/*
 * The layout of DT_GNU_HASH: header, Bloom filter, buckets, chains.  Each
 * finder returns an index into the symbols, or 0.
 */
static uint32_t find_gnu(const struct fdp_symbols *symbols, const char *name,
			 uint32_t hash)
{
	const uint32_t *table = symbols->gnu_hash;
	uint32_t bucket_count = table[0], first = table[1];
	uint32_t bloom_size = table[2];
	const ElfW(Addr) *bloom = (const void *)&table[4];
	const uint32_t *buckets = (const void *)&bloom[bloom_size];
	const uint32_t *chains = &buckets[bucket_count];
	ElfW(Addr) word;
	uint32_t index;

	if (!bucket_count || !bloom_size)
		return 0;
	word = bloom[(hash / 64) % bloom_size];
	if (!(word >> (hash % 64) & word >> ((hash >> table[3]) % 64) & 1))
		return 0;
	index = buckets[hash % bucket_count];
	if (index < first)
		return 0;
	for (;; index++) {
		uint32_t chain = chains[index - first];

		if ((chain | 1) == (hash | 1) && matches(symbols, index, name))
			return index;
		if (chain & 1)
			return 0;
	}
}

/* The layout of DT_HASH: two counts, buckets, chains. */
static uint32_t find_sysv(const struct fdp_symbols *symbols, const char *name)
{
	uint32_t bucket_count = symbols->sysv_hash[0];
	const uint32_t *buckets = &symbols->sysv_hash[2];
	const uint32_t *chains = &buckets[bucket_count];
	uint32_t index = 0;

	if (bucket_count)
		index = buckets[sysv_hash(name) % bucket_count];
	while (index && !matches(symbols, index, name))
		index = chains[index];
	return index;
}

void *fdp_symbols_find(const struct fdp_symbols *symbols, const char *name,
		       uint32_t hash)
{
	uint32_t index = symbols->gnu_hash ? find_gnu(symbols, name, hash)
					   : find_sysv(symbols, name);
	const ElfW(Sym) *symbol = &symbols->symbols[index];
	void *address = (void *)(symbols->base + symbol->st_value);

	if (!index)
		return NULL;
	if (ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
		return ((void *(*)(void))address)();
	return address;
}
