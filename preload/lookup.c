#include "lookup.h"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include "symbols.h"

extern ElfW(Dyn) _DYNAMIC[] __attribute__((visibility("hidden")));

struct search {
	struct fdp_wanted *wanted;
	size_t count;
	bool one_will_do;
	bool everywhere; /* not only in objects after the shim */
	bool passed;	 /* the shim itself was met */
};

/* The last object of the start; NULL: the program is still starting. */
static const struct link_map *last;

static const ElfW(Dyn) *
	dynamic_of(uintptr_t base, const ElfW(Phdr) * headers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (headers[i].p_type == PT_DYNAMIC)
			return (const void *)(base + headers[i].p_vaddr);
	return NULL;
}

/* The dynamic section of the program, which the kernel knows the headers of. */
static const ElfW(Dyn) * dynamic_of_program(void)
{
	const ElfW(Phdr) *headers = (const void *)getauxval(AT_PHDR);
	size_t count = headers ? getauxval(AT_PHNUM) : 0;

	for (size_t i = 0; i < count; i++)
		if (headers[i].p_type == PT_PHDR)
			return dynamic_of((uintptr_t)headers -
						  headers[i].p_vaddr,
					  headers, count);
	return NULL;
}

/* The loader's list, as DT_DEBUG tells it to debuggers; or NULL. */
static const struct link_map *first_object(void)
{
	const ElfW(Dyn) *entry = dynamic_of_program();

	for (; entry && entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_DEBUG && entry->d_un.d_ptr)
			return ((struct r_debug *)entry->d_un.d_ptr)->r_map;
	return NULL;
}

static const struct link_map *next_object(const struct link_map *object)
{
	return object == last ? NULL : object->l_next;
}

/* Only what is found is written: others may be at the same table. */
static bool find(struct fdp_wanted *wanted, const struct fdp_symbols *symbols)
{
	void *address = __atomic_load_n(&wanted->address, __ATOMIC_RELAXED);

	if (address)
		return true;
	if (!wanted->hash)
		wanted->hash = fdp_symbols_hash(wanted->name);
	address = fdp_symbols_find(symbols, wanted->name, wanted->hash);
	if (address)
		__atomic_store_n(&wanted->address, address, __ATOMIC_RELAXED);
	return address;
}

/* True: what was wanted is found. */
static bool find_all(struct search *search, const struct fdp_symbols *symbols)
{
	size_t found = 0;

	for (size_t i = 0; i < search->count; i++)
		found += find(&search->wanted[i], symbols);
	return found >= (search->one_will_do ? 1 : search->count);
}

/* True: look no further. */
static bool look_at(struct search *search, uintptr_t base,
		    const ElfW(Dyn) * dynamic)
{
	struct fdp_symbols symbols;

	if (dynamic == _DYNAMIC) {
		search->passed = true;
		return false;
	}
	return (search->everywhere || search->passed) &&
	       fdp_symbols_read(base, dynamic, &symbols) &&
	       find_all(search, &symbols);
}

static int look_at_header(struct dl_phdr_info *object, size_t size,
			  void *argument)
{
	(void)size;
	return look_at(argument, object->dlpi_addr,
		       dynamic_of(object->dlpi_addr, object->dlpi_phdr,
				  object->dlpi_phnum));
}

/* In all that is loaded now, under the loader's lock. */
static bool look_locked(struct search search)
{
	return dl_iterate_phdr(look_at_header, &search) != 0;
}

static bool look(struct search search)
{
	const struct link_map *object = first_object();

	if (!object)
		return look_locked(search);
	for (; object; object = next_object(object))
		if (look_at(&search, object->l_addr, object->l_ld))
			return true;
	return false;
}

void fdp_lookup_all(struct fdp_wanted *table, size_t count)
{
	look((struct search){ .wanted = table, .count = count });
}

void *fdp_lookup_next(const char *name)
{
	struct fdp_wanted wanted = { .name = name };
	const struct search search = { .wanted = &wanted, .count = 1 };

	if (!look(search))
		look_locked(search);
	return wanted.address;
}

const char *fdp_lookup_any(const char *const *names, size_t count)
{
	struct fdp_wanted table[FDP_LOOKUP_ANY_MAX];
	struct search search = {
		.wanted = table,
		.count = count,
		.everywhere = true,
		.one_will_do = true,
	};

	for (size_t i = 0; i < count; i++)
		table[i] = (struct fdp_wanted){ .name = names[i] };
	look(search);
	for (size_t i = 0; i < count; i++)
		if (table[i].address)
			return names[i];
	return NULL;
}

void *fdp_lookup(const char *name)
{
	struct fdp_wanted wanted = { .name = name };
	struct search search = {
		.wanted = &wanted,
		.count = 1,
		.everywhere = true,
	};

	look(search);
	return wanted.address;
}

void fdp_lookup_started(void)
{
	const struct link_map *object = first_object();

	while (object && object->l_next)
		object = object->l_next;
	last = object;
}

const char *fdp_lookup_self(void)
{
	const struct link_map *object = first_object();

	while (object && object->l_ld != _DYNAMIC)
		object = next_object(object);
	return object ? object->l_name : "";
}
