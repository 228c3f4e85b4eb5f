#include "dynamic.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* Linkers make about a dozen program headers and forty dynamic entries. */
#define HEADERS_MAX 64
#define ENTRIES_MAX 512

/* Symbols whose hashes fall into one bucket; a good table has a few. */
#define CHAIN_MAX 4096

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
static int look_up(struct fdp_target *target, const struct tables *tables,
		   const char *name, Elf64_Sym *ret_symbol)
{
	struct {
		uint32_t buckets, first, bloom_words, shift;
	} header;
	uint32_t hash = hash_of(name);
	uint64_t buckets, chains;
	uint32_t index, chain = 0;
	int r = fdp_target_read(target, tables->hash, &header, sizeof(header));

	if (r < 0)
		return r;
	if (!header.buckets)
		return -ENOENT;
	buckets = tables->hash + sizeof(header) +
		  (uint64_t)header.bloom_words * sizeof(uint64_t);
	chains = buckets + (uint64_t)header.buckets * sizeof(uint32_t);
	r = fdp_target_read_u32(target, buckets + 4 * (hash % header.buckets),
				&index);
	if (r == 0 && index < header.first)
		return -ENOENT;
	for (unsigned i = 0; r == 0 && !(chain & 1) && i < CHAIN_MAX; i++) {
		uint64_t at = (uint64_t)index + i;

		r = fdp_target_read_u32(
			target, chains + 4 * (at - header.first), &chain);
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
