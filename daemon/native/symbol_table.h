/*
 * The functions of one module by address.
 *
 * libdwfl would look through all symbols for each address, and gives the
 * nearest symbol where none fits; in a stripped library that is a wrong name.
 */
#ifndef FDP_NATIVE_SYMBOL_TABLE_H
#define FDP_NATIVE_SYMBOL_TABLE_H

#include <elfutils/libdwfl.h>
#include <stdint.h>

struct fdp_symbol_table;

/* The functions of MODULE, which must outlive it.  0 or -ENOMEM. */
int fdp_symbol_table_new(Dwfl_Module *module,
			 struct fdp_symbol_table **ret_table);
void fdp_symbol_table_free(struct fdp_symbol_table *table);

/*
 * The name of the function whose code holds ADDRESS, as it is in the file and
 * owned by it, or NULL; *RET_OFFSET counts from its start.
 */
const char *fdp_symbol_table_find(const struct fdp_symbol_table *table,
				  uint64_t address, uint64_t *ret_offset);

#endif
