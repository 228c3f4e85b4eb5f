#include "symbol_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

/* The largest libraries have some millions. */
#define SYMBOLS_MAX (8 * 1024 * 1024)

/*
 * Symbols looked at before the address.  Names for the same place and labels
 * inside a function are a few; a file may claim any number.
 */
#define LOOK_BACK_MAX 64

struct function {
	uint64_t start;
	uint64_t size;
	int index; /* in libdwfl's table */
};

struct fdp_symbol_table {
	Dwfl_Module *module;
	struct function *functions; /* by start */
	size_t count;
};

static bool is_function(const GElf_Sym *symbol, GElf_Word section)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	return symbol->st_size > 0 && section != SHN_UNDEF &&
	       section != SHN_ABS &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC ||
		type == STT_NOTYPE);
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *left = a;
	const struct function *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static void fill(struct fdp_symbol_table *table, int symbols)
{
	for (int i = 1; i < symbols; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		GElf_Word section;

		if (!dwfl_module_getsym_info(table->module, i, &symbol,
					     &address, &section, NULL, NULL) ||
		    !is_function(&symbol, section))
			continue;
		table->functions[table->count++] = (struct function){
			.start = address,
			.size = symbol.st_size,
			.index = i,
		};
	}
	if (table->count)
		qsort(table->functions, table->count, sizeof(*table->functions),
		      compare_functions);
}

int fdp_symbol_table_new(Dwfl_Module *module,
			 struct fdp_symbol_table **ret_table)
{
	struct fdp_symbol_table *table = calloc(1, sizeof(*table));
	int symbols = dwfl_module_getsymtab(module);

	if (!table)
		return -ENOMEM;
	symbols = symbols < SYMBOLS_MAX ? symbols : SYMBOLS_MAX;
	table->module = module;
	if (symbols > 0) {
		table->functions =
			calloc((size_t)symbols, sizeof(*table->functions));
		if (!table->functions) {
			free(table);
			return -ENOMEM;
		}
		fill(table, symbols);
	}
	*ret_table = table;
	return 0;
}

void fdp_symbol_table_free(struct fdp_symbol_table *table)
{
	if (!table)
		return;
	free(table->functions);
	free(table);
}

/* How many functions start at ADDRESS or before it. */
static size_t count_before(const struct fdp_symbol_table *table,
			   uint64_t address)
{
	size_t low = 0;
	size_t high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->functions[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Of several names for one place the one a programmer would use: "write" and
 * not "__libc_write", and rather a global one.  The lower the better.
 */
static size_t rank(const char *name, const GElf_Sym *symbol)
{
	static const uint8_t binding_rank[] = {
		[STB_LOCAL] = 2, [STB_GLOBAL] = 0, [STB_WEAK] = 1
	};
	unsigned int binding = GELF_ST_BIND(symbol->st_info);

	return 4 * strspn(name, "_") +
	       (binding < ARRAY_SIZE(binding_rank) ? binding_rank[binding] : 3);
}

const char *fdp_symbol_table_find(const struct fdp_symbol_table *table,
				  uint64_t address, uint64_t *ret_offset)
{
	size_t after = count_before(table, address);
	size_t first = after > LOOK_BACK_MAX ? after - LOOK_BACK_MAX : 0;
	const struct function *best = NULL;
	const char *best_name = NULL;
	size_t best_rank = 0;

	for (size_t i = after; i-- > first;) {
		const struct function *function = &table->functions[i];
		const char *name;
		GElf_Sym symbol;
		GElf_Addr start;

		if (best && function->start != best->start)
			break;
		if (address - function->start >= function->size)
			continue;
		name = dwfl_module_getsym_info(table->module, function->index,
					       &symbol, &start, NULL, NULL,
					       NULL);
		if (!name || !*name ||
		    (best && rank(name, &symbol) > best_rank))
			continue;
		best = function;
		best_name = name;
		best_rank = rank(name, &symbol);
	}
	if (best)
		*ret_offset = address - best->start;
	return best_name;
}
