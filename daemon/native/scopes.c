#include "scopes.h"

#include <dwarf.h>
#include <errno.h>
#include <stdbool.h>

/* Namespaces and classes in one another. */
#define NESTING_MAX 32

/* Entries looked at in one unit; the largest we know has some 400,000. */
#define ENTRIES_MAX (1024 * 1024)

/* Entries that may hold functions but are none. */
static bool holds_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module ||
	       tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_union_type;
}

static bool holds_inlined(int tag)
{
	return tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_try_block ||
	       tag == DW_TAG_catch_block;
}

/*
 * The function that holds ADDRESS, by depth first search: PATH holds where we
 * are on each level.
 */
static int find_function(Dwarf_Die *unit, Dwarf_Addr address,
			 Dwarf_Die *ret_function)
{
	Dwarf_Die path[NESTING_MAX];
	int depth = 0;

	if (dwarf_child(unit, &path[0]) != 0)
		return -ENOENT;
	for (int steps = 0; steps < ENTRIES_MAX; steps++) {
		Dwarf_Die *here = &path[depth];
		int tag = dwarf_tag(here);

		if (tag == DW_TAG_subprogram &&
		    dwarf_haspc(here, address) > 0) {
			*ret_function = *here;
			return 0;
		}
		if (holds_functions(tag) && depth + 1 < NESTING_MAX &&
		    dwarf_child(here, &path[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (dwarf_siblingof(&path[depth], &path[depth]) != 0)
			if (depth-- == 0)
				return -ENOENT;
	}
	return -ENOENT;
}

/* The child of PARENT that holds ADDRESS and may hold inlined calls. */
static int find_child(Dwarf_Die *parent, Dwarf_Addr address, int *steps,
		      Dwarf_Die *ret_child)
{
	Dwarf_Die child;

	if (dwarf_child(parent, &child) != 0)
		return -ENOENT;
	do {
		if (holds_inlined(dwarf_tag(&child)) &&
		    dwarf_haspc(&child, address) > 0) {
			*ret_child = child;
			return 0;
		}
	} while (++*steps < ENTRIES_MAX &&
		 dwarf_siblingof(&child, &child) == 0);
	return -ENOENT;
}

int fdp_scopes_find(Dwarf_Die *unit, Dwarf_Addr address,
		    struct fdp_scopes *ret_scopes)
{
	Dwarf_Die scope;
	size_t count = 0;
	int steps = 0;
	int r = find_function(unit, address, &ret_scopes->function);

	if (r < 0)
		return r;
	scope = ret_scopes->function;
	while (count < FDP_INLINED_MAX &&
	       find_child(&scope, address, &steps, &scope) == 0)
		if (dwarf_tag(&scope) == DW_TAG_inlined_subroutine)
			ret_scopes->inlined[count++] = scope;
	ret_scopes->inlined_count = count;
	return 0;
}
