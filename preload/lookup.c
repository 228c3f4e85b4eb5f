#include "lookup.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* In .gnu.version: a symbol that only old references may bind to. */
#define VERSION_HIDDEN 0x8000

/* The tables of one object that a lookup needs. */
struct tables {
	const uint32_t *hash; /* DT_GNU_HASH */
	const ElfW(Sym) * symbols;
	const char *strings;
	const ElfW(Half) * versions; /* or NULL */
};

struct search {
	const char *name;
	uint32_t hash;
	bool after_self; /* only objects behind ours */
	bool seen_self;
	void *found;
	const char *self_path;
};

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static bool is_self(const struct dl_phdr_info *object)
{
	uintptr_t here = (uintptr_t)&fdp_lookup;

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && here >= start &&
		    here - start < segment->p_memsz)
			return true;
	}
	return false;
}

/* ld.so has relocated these pointers in all objects but the vdso. */
static const void *pointer(const struct dl_phdr_info *object, ElfW(Addr) value)
{
	if (value < object->dlpi_addr)
		value += object->dlpi_addr;
	return (const void *)value;
}

static const ElfW(Dyn) * dynamic_of(const struct dl_phdr_info *object)
{
	for (int i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
			return (const void *)(object->dlpi_addr +
					      object->dlpi_phdr[i].p_vaddr);
	return NULL;
}

static bool read_tables(const struct dl_phdr_info *object, struct tables *ret)
{
	const ElfW(Dyn) *entry = dynamic_of(object);

	memset(ret, 0, sizeof(*ret));
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		const void *value = pointer(object, entry->d_un.d_ptr);

		if (entry->d_tag == DT_GNU_HASH)
			ret->hash = value;
		else if (entry->d_tag == DT_SYMTAB)
			ret->symbols = value;
		else if (entry->d_tag == DT_STRTAB)
			ret->strings = value;
		else if (entry->d_tag == DT_VERSYM)
			ret->versions = value;
	}
	return ret->hash && ret->symbols && ret->strings;
}

static bool matches(const struct tables *tables, uint32_t index,
		    const char *name)
{
	const ElfW(Sym) *symbol = &tables->symbols[index];

	if (symbol->st_shndx == SHN_UNDEF ||
	    strcmp(tables->strings + symbol->st_name, name) != 0)
		return false;
	return !tables->versions || !(tables->versions[index] & VERSION_HIDDEN);
}

/* The layout of DT_GNU_HASH: header, Bloom filter, buckets, chains. */
static const ElfW(Sym) *
	find(const struct tables *tables, const char *name, uint32_t hash)
{
	uint32_t bucket_count = tables->hash[0];
	uint32_t first = tables->hash[1];
	uint32_t bloom_size = tables->hash[2];
	const ElfW(Addr) *bloom = (const void *)&tables->hash[4];
	const uint32_t *buckets = (const void *)&bloom[bloom_size];
	const uint32_t *chains = &buckets[bucket_count];
	ElfW(Addr) word = bloom[(hash / 64) % bloom_size];
	uint32_t index;

	if (!(word >> (hash % 64) & 1) ||
	    !(word >> ((hash >> tables->hash[3]) % 64) & 1) || !bucket_count)
		return NULL;
	index = buckets[hash % bucket_count];
	if (index < first)
		return NULL;
	for (;; index++) {
		uint32_t chain = chains[index - first];

		if ((chain | 1) == (hash | 1) && matches(tables, index, name))
			return &tables->symbols[index];
		if (chain & 1)
			return NULL;
	}
}

static int look_at(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct search *search = argument;
	const ElfW(Sym) * symbol;
	struct tables tables;

	(void)size;
	if (is_self(object)) {
		search->seen_self = true;
		search->self_path = object->dlpi_name;
		return search->name == NULL;
	}
	if (!search->name || (search->after_self && !search->seen_self))
		return 0;
	if (!read_tables(object, &tables))
		return 0;
	symbol = find(&tables, search->name, search->hash);
	if (!symbol)
		return 0;
	search->found = (void *)(object->dlpi_addr + symbol->st_value);
	return 1;
}

static void *look(const char *name, bool after_self)
{
	struct search search = {
		.name = name,
		.hash = hash_of(name),
		.after_self = after_self,
	};

	dl_iterate_phdr(look_at, &search);
	return search.found;
}

void *fdp_lookup(const char *name)
{
	return look(name, false);
}

void *fdp_lookup_next(const char *name)
{
	return look(name, true);
}

const char *fdp_lookup_self(void)
{
	struct search search = { .name = NULL };

	dl_iterate_phdr(look_at, &search);
	return search.self_path ? search.self_path : "";
}
