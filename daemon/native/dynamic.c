#include "dynamic.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

/* Linkers make about a dozen program headers and forty dynamic entries. */
#define HEADERS_MAX 64
#define ENTRIES_MAX 512

/* Symbols whose hashes fall into one bucket; a good table has a few. */
#define CHAIN_MAX 4096

/* The largest libraries that are known export some 300,000 symbols. */
#define SYMBOLS_MAX 4000000

/* Names of C++ templates can have thousands of characters. */
#define NAME_MAX_BYTES 65536

/* Entries of a table that are read at once: a page or two. */
#define CHUNK 256

struct tables {
	uint64_t hash, symbols, strings; /* run-time addresses, 0: none */
};

static int find_dynamic(struct fdp_target *target,
			const struct fdp_module *module, uint64_t *ret_address)
{
	Elf64_Ehdr header;
	int r = fdp_target_read(target, module->start, &header, sizeof(header));

	if (r < 0)
		return r;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_phentsize != sizeof(Elf64_Phdr) ||
	    header.e_phnum > HEADERS_MAX)
		return -ENOENT;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		r = fdp_target_read(target,
				    module->start + header.e_phoff +
					    i * sizeof(segment),
				    &segment, sizeof(segment));
		if (r < 0)
			return r;
		if (segment.p_type == PT_DYNAMIC) {
			*ret_address = module->bias + segment.p_vaddr;
			return 0;
		}
	}
	return -ENOENT;
}

/* The linker has added the bias to these in memory, but not in the vdso. */
static uint64_t run_time(const struct fdp_module *module, uint64_t value)
{
	return value < module->bias ? value + module->bias : value;
}

static int read_tables(struct fdp_target *target,
		       const struct fdp_module *module,
		       struct tables *ret_tables)
{
	uint64_t address;
	int r = find_dynamic(target, module, &address);

	for (unsigned i = 0; r == 0 && i < ENTRIES_MAX; i++) {
		Elf64_Dyn entry;
		uint64_t value;

		r = fdp_target_read(target, address + i * sizeof(entry), &entry,
				    sizeof(entry));
		if (r < 0 || entry.d_tag == DT_NULL)
			break;
		value = run_time(module, entry.d_un.d_ptr);
		if (entry.d_tag == DT_GNU_HASH)
			ret_tables->hash = value;
		else if (entry.d_tag == DT_SYMTAB)
			ret_tables->symbols = value;
		else if (entry.d_tag == DT_STRTAB)
			ret_tables->strings = value;
	}
	if (r == 0 &&
	    (!ret_tables->hash || !ret_tables->symbols || !ret_tables->strings))
		r = -ENOENT;
	return r;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

/* 0 if the symbol at INDEX is NAME and defined, -ENOENT if not, or -errno. */
static int match(struct fdp_target *target, const struct tables *tables,
		 uint64_t index, const char *name, Elf64_Sym *ret_symbol)
{
	size_t length = strlen(name) + 1;
	char text[128];
	int r;

	if (length > sizeof(text))
		return -ENOENT;
	r = fdp_target_read(target,
			    tables->symbols + index * sizeof(*ret_symbol),
			    ret_symbol, sizeof(*ret_symbol));
	if (r == 0)
		r = fdp_target_read(target,
				    tables->strings + ret_symbol->st_name, text,
				    length);
	if (r < 0)
		return r;
	return ret_symbol->st_shndx != SHN_UNDEF &&
			       memcmp(text, name, length) == 0
		       ? 0
		       : -ENOENT;
}

/* The layout of DT_GNU_HASH: header, Bloom filter, buckets, chains. */
struct hash_table {
	uint32_t bucket_count;
	uint32_t first;		  /* symbol that the chains begin with */
	uint64_t buckets, chains; /* run-time addresses of 32-bit words */
};

static int read_hash_table(struct fdp_target *target, uint64_t address,
			   struct hash_table *ret_table)
{
	struct {
		uint32_t buckets, first, bloom_words, shift;
	} header;
	int r = fdp_target_read(target, address, &header, sizeof(header));

	if (r < 0)
		return r;
	if (!header.buckets)
		return -ENOENT;
	ret_table->bucket_count = header.buckets;
	ret_table->first = header.first;
	ret_table->buckets = address + sizeof(header) +
			     (uint64_t)header.bloom_words * sizeof(uint64_t);
	ret_table->chains = ret_table->buckets +
			    (uint64_t)header.buckets * sizeof(uint32_t);
	return 0;
}

static int look_up(struct fdp_target *target, const struct tables *tables,
		   const char *name, Elf64_Sym *ret_symbol)
{
	uint32_t hash = hash_of(name);
	struct hash_table table;
	uint32_t index, chain = 0;
	int r = read_hash_table(target, tables->hash, &table);

	if (r < 0)
		return r;
	r = fdp_target_read_u32(target,
				table.buckets + 4 * (hash % table.bucket_count),
				&index);
	if (r == 0 && index < table.first)
		return -ENOENT;
	for (unsigned i = 0; r == 0 && !(chain & 1) && i < CHAIN_MAX; i++) {
		uint64_t at = (uint64_t)index + i;

		r = fdp_target_read_u32(
			target, table.chains + 4 * (at - table.first), &chain);
		if (r < 0 || (chain | 1) != (hash | 1))
			continue;
		r = match(target, tables, at, name, ret_symbol);
		if (r != -ENOENT)
			return r;
		r = 0;
	}
	return r < 0 ? r : -ENOENT;
}

int fdp_dynamic_symbol(struct fdp_target *target,
		       const struct fdp_module *module, const char *name,
		       uint64_t *ret_address, uint64_t *ret_size)
{
	struct tables tables = { 0 };
	Elf64_Sym symbol;
	int r = read_tables(target, module, &tables);

	if (r == 0)
		r = look_up(target, &tables, name, &symbol);
	if (r < 0)
		return r;
	*ret_address = module->bias + symbol.st_value;
	*ret_size = symbol.st_size;
	return 0;
}

/*
 * The first symbol of the last chain.  Chains lie one behind the other in the
 * order of their buckets, so all symbols lie between the first and the end of
 * this one.
 */
static int find_last_chain(struct fdp_target *target,
			   const struct hash_table *table, uint32_t *ret_index)
{
	uint32_t last = 0;

	if (table->bucket_count > SYMBOLS_MAX)
		return -ENOENT;
	for (uint32_t at = 0; at < table->bucket_count; at += CHUNK) {
		uint32_t buckets[CHUNK];
		uint32_t count = table->bucket_count - at < CHUNK
					 ? table->bucket_count - at
					 : CHUNK;
		int r = fdp_target_read(target,
					table->buckets + at * sizeof(uint32_t),
					buckets, count * sizeof(uint32_t));

		if (r < 0)
			return r;
		for (uint32_t i = 0; i < count; i++)
			last = buckets[i] > last ? buckets[i] : last;
	}
	*ret_index = last;
	return last < table->first ? -ENOENT : 0;
}

/* The index behind the last symbol. */
static int find_end(struct fdp_target *target, const struct hash_table *table,
		    uint32_t *ret_end)
{
	uint32_t index, chain = 0;
	int r = find_last_chain(target, table, &index);

	if (r < 0)
		return r;
	for (; !(chain & 1); index++) {
		uint64_t at = (uint64_t)index - table->first;

		if (index >= SYMBOLS_MAX)
			return -ENOENT;
		r = fdp_target_read_u32(target, table->chains + 4 * at, &chain);
		if (r < 0)
			return r;
	}
	*ret_end = index;
	return 0;
}

/* DL_ADDR_SYM_MATCH of glibc, and what determine_info() wants besides. */
static bool holds(const Elf64_Sym *symbol, uint64_t offset)
{
	if (symbol->st_shndx == SHN_ABS ||
	    ELF64_ST_TYPE(symbol->st_info) == STT_TLS ||
	    (symbol->st_shndx == SHN_UNDEF && symbol->st_value == 0))
		return false;
	if (offset < symbol->st_value)
		return false;
	if (offset == symbol->st_value &&
	    (symbol->st_shndx == SHN_UNDEF || symbol->st_size == 0))
		return true;
	return offset - symbol->st_value < symbol->st_size;
}

/* While they are looked for: the best symbol of each address so far. */
struct candidate {
	bool found;
	Elf64_Sym symbol;
};

static void consider(const Elf64_Sym *symbol, const struct fdp_module *module,
		     const struct fdp_exported *exported, size_t count,
		     struct candidate *candidates)
{
	for (size_t i = 0; i < count; i++) {
		struct candidate *best = &candidates[i];

		if (!holds(symbol, exported[i].address - module->bias) ||
		    (best->found && best->symbol.st_value >= symbol->st_value))
			continue;
		best->found = true;
		best->symbol = *symbol;
	}
}

static int consider_all(struct fdp_target *target,
			const struct fdp_module *module,
			const struct tables *tables,
			const struct fdp_exported *exported, size_t count,
			struct candidate *candidates)
{
	struct hash_table table;
	uint32_t end = 0;
	int r = read_hash_table(target, tables->hash, &table);

	if (r == 0)
		r = find_end(target, &table, &end);
	for (uint32_t at = table.first; r == 0 && at < end; at += CHUNK) {
		uint32_t some = end - at < CHUNK ? end - at : CHUNK;
		Elf64_Sym symbols[CHUNK];

		r = fdp_target_read(target,
				    tables->symbols + at * sizeof(*symbols),
				    symbols, some * sizeof(*symbols));
		for (uint32_t i = 0; r == 0 && i < some; i++)
			consider(&symbols[i], module, exported, count,
				 candidates);
	}
	return r;
}

int fdp_dynamic_name(struct fdp_target *target, const struct fdp_module *module,
		     struct fdp_arena *arena, struct fdp_exported *exported,
		     size_t count)
{
	_cleanup_free_ struct candidate *candidates =
		calloc(count + 1, sizeof(*candidates));
	struct tables tables = { 0 };
	int r = candidates ? read_tables(target, module, &tables) : -ENOMEM;

	if (r == 0)
		r = consider_all(target, module, &tables, exported, count,
				 candidates);
	for (size_t i = 0; r == 0 && i < count; i++) {
		const Elf64_Sym *symbol = &candidates[i].symbol;
		char *name;

		if (!candidates[i].found ||
		    fdp_target_read_string(target, arena,
					   tables.strings + symbol->st_name,
					   NAME_MAX_BYTES, &name) < 0)
			continue;
		exported[i].name = name;
		exported[i].start = module->bias + symbol->st_value;
	}
	return r;
}
