#include "debug_info.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "debug_file.h"
#include "demangle.h"
#include "file.h"
#include "scopes.h"
#include "symbol_table.h"

/* Units tried for an address that .debug_aranges does not know. */
#define UNITS_MAX 65536

/* What we have of a module's file; nothing of it until it is asked for. */
struct opened {
	bool tried;
	Dwfl_Module *dwfl; /* NULL: the file cannot be used */
	struct fdp_symbol_table *table;
};

struct fdp_debug_info {
	struct fdp_target *target;
	struct fdp_report *report;
	Dwfl *dwfl;
	struct opened *opened; /* in the order of the report's modules */
};

/* A question on its way to an answer. */
struct lookup {
	struct opened *opened;
	uint64_t address;
	struct fdp_arena *arena;
	Dwarf_Addr bias;	    /* of the DWARF addresses */
	struct fdp_symbol *symbols; /* room for FDP_INLINED_MAX + 1 */
	size_t count;
};

/* All files are opened by us, and given to libdwfl. */
static int find_no_elf(Dwfl_Module *module, void **userdata, const char *name,
		       Dwarf_Addr start, char **ret_path, Elf **ret_elf)
{
	(void)module;
	(void)userdata;
	(void)name;
	(void)start;
	(void)ret_path;
	(void)ret_elf;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_no_elf,
	.find_debuginfo = fdp_debug_file_find,
	.section_address = dwfl_offline_section_address,
};

int fdp_debug_info_new(struct fdp_target *target, struct fdp_report *report,
		       struct fdp_debug_info **ret_info)
{
	struct fdp_debug_info *info = calloc(1, sizeof(*info));

	if (!info)
		return -ENOMEM;
	info->target = target;
	info->report = report;
	info->opened = calloc(report->module_count + 1, sizeof(*info->opened));
	info->dwfl = dwfl_begin(&callbacks);
	if (!info->opened || !info->dwfl) {
		fdp_debug_info_free(info);
		return -ENOMEM;
	}
	*ret_info = info;
	return 0;
}

void fdp_debug_info_free(struct fdp_debug_info *info)
{
	if (!info)
		return;
	for (size_t i = 0; info->opened && i < info->report->module_count; i++)
		fdp_symbol_table_free(info->opened[i].table);
	if (info->dwfl)
		dwfl_end(info->dwfl);
	free(info->opened);
	free(info);
}

static void tell_missing(struct fdp_debug_info *info,
			 const struct fdp_module *module, int error)
{
	if (error == -ESTALE)
		fdp_report_missing(
			info->report,
			"function names of %s: the file was replaced "
			"after it was loaded",
			module->path);
	else if (module->path[0] == '/')
		fdp_report_missing(info->report, "function names of %s: %s",
				   module->path, strerror(-error));
}

/* Gives the file of MODULE to libdwfl.  0 or -errno. */
static int open_module(struct fdp_debug_info *info,
		       const struct fdp_module *module, struct opened *opened)
{
	_cleanup_close_ int fd = -1;
	int r = fdp_module_open(info->target, module, &fd);

	if (r < 0)
		return r;
	dwfl_report_begin_add(info->dwfl);
	opened->dwfl = dwfl_report_elf(info->dwfl, module->path, module->path,
				       fd, module->bias, true);
	dwfl_report_end(info->dwfl, NULL, NULL);
	if (!opened->dwfl)
		return -EBADMSG;
	TAKE_FD(fd);
	return fdp_symbol_table_new(opened->dwfl, &opened->table);
}

/* The opened file of MODULE; -ENOENT if it cannot be used. */
static int get_opened(struct fdp_debug_info *info,
		      const struct fdp_module *module,
		      struct opened **ret_opened)
{
	struct opened *opened = &info->opened[module - info->report->modules];

	if (!opened->tried) {
		int r = open_module(info, module, opened);

		if (r == -ENOMEM)
			return r;
		opened->tried = true;
		if (r < 0)
			tell_missing(info, module, r);
	}
	if (!opened->dwfl || !opened->table)
		return -ENOENT;
	*ret_opened = opened;
	return 0;
}

/* NAME as it was written in the source. */
static const char *readable(struct fdp_arena *arena, const char *name)
{
	_cleanup_free_ char *demangled = fdp_demangle(name);
	const char *version = strchr(name, '@');

	if (demangled)
		return fdp_arena_strdup(arena, demangled);
	/* "write@@GLIBC_2.2.5" */
	return fdp_arena_copy(arena, name,
			      version && version > name
				      ? (size_t)(version - name)
				      : strlen(name));
}

/* The name of a function from its entry, or NULL. */
static const char *entry_name(struct fdp_arena *arena, Dwarf_Die *entry)
{
	static const unsigned int attributes[] = {
		DW_AT_linkage_name,
		DW_AT_MIPS_linkage_name,
		DW_AT_name,
	};

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		Dwarf_Attribute attribute;
		const char *name;

		if (!dwarf_attr_integrate(entry, attributes[i], &attribute))
			continue;
		name = dwarf_formstring(&attribute);
		if (name && *name)
			return readable(arena, name);
	}
	return NULL;
}

static void set_line(struct fdp_arena *arena, struct fdp_symbol *symbol,
		     const char *file, int line)
{
	symbol->file = file && *file ? fdp_arena_strdup(arena, file) : NULL;
	symbol->line = symbol->file && line > 0 ? line : FDP_UNKNOWN;
}

/* Where the unit's line table says ADDRESS is. */
static void set_line_of_address(struct lookup *lookup, Dwarf_Die *unit,
				struct fdp_symbol *symbol)
{
	Dwarf_Line *line =
		dwarf_getsrc_die(unit, lookup->address - lookup->bias);
	int number = 0;

	if (!line || dwarf_lineno(line, &number) != 0)
		return;
	set_line(lookup->arena, symbol, dwarf_linesrc(line, NULL, NULL),
		 number);
}

/* Where CALL, an inlined one, was made. */
static void set_line_of_call(struct lookup *lookup, Dwarf_Die *unit,
			     Dwarf_Die *call, struct fdp_symbol *symbol)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_file, &attribute),
			    &file) != 0 ||
	    dwarf_formudata(dwarf_attr(call, DW_AT_call_line, &attribute),
			    &line) != 0 ||
	    dwarf_getsrcfiles(unit, &files, &count) != 0 || file >= count ||
	    line > INT32_MAX)
		return;
	set_line(lookup->arena, symbol, dwarf_filesrc(files, file, NULL, NULL),
		 (int)line);
}

static struct fdp_symbol *add_symbol(struct lookup *lookup)
{
	struct fdp_symbol *symbol = &lookup->symbols[lookup->count++];

	symbol->line = FDP_UNKNOWN;
	return symbol;
}

/*
 * The inlined calls, innermost first, and the function.  Each one's line is
 * where it made the call before it; the innermost one's is that of the address.
 */
static void add_scopes(struct lookup *lookup, Dwarf_Die *unit,
		       struct fdp_scopes *scopes)
{
	struct fdp_symbol *symbol = add_symbol(lookup);
	Dwarf_Addr entry;

	set_line_of_address(lookup, unit, symbol);
	for (size_t i = scopes->inlined_count; i-- > 0;) {
		Dwarf_Die *call = &scopes->inlined[i];

		symbol->inlined = true;
		symbol->function = entry_name(lookup->arena, call);
		symbol = add_symbol(lookup);
		set_line_of_call(lookup, unit, call, symbol);
	}
	symbol->function = entry_name(lookup->arena, &scopes->function);
	if (dwarf_entrypc(&scopes->function, &entry) == 0 &&
	    entry <= lookup->address - lookup->bias)
		symbol->offset = lookup->address - lookup->bias - entry;
}

/* The unit that holds the address, or NULL. */
static Dwarf_Die *find_unit(struct lookup *lookup)
{
	Dwfl_Module *module = lookup->opened->dwfl;
	Dwarf_Die *unit =
		dwfl_module_addrdie(module, lookup->address, &lookup->bias);

	if (unit)
		return unit;
	/* clang and rustc write no .debug_aranges. */
	for (int i = 0; i < UNITS_MAX; i++) {
		unit = dwfl_module_nextcu(module, unit, &lookup->bias);
		if (!unit ||
		    dwarf_haspc(unit, lookup->address - lookup->bias) > 0)
			return unit;
	}
	return NULL;
}

/* The symbol table knows best what the function itself is called. */
static void set_name_from_table(struct lookup *lookup,
				struct fdp_symbol *symbol)
{
	uint64_t offset;
	const char *name = fdp_symbol_table_find(lookup->opened->table,
						 lookup->address, &offset);

	if (!name)
		return;
	symbol->function = readable(lookup->arena, name);
	symbol->offset = offset;
}

int fdp_debug_info_find(struct fdp_debug_info *info,
			const struct fdp_module *module, uint64_t address,
			struct fdp_arena *arena,
			struct fdp_symbol **ret_symbols, size_t *ret_count)
{
	struct lookup lookup = { .address = address, .arena = arena };
	struct fdp_scopes scopes;
	struct fdp_symbol *last;
	Dwarf_Die *unit;
	int r = get_opened(info, module, &lookup.opened);

	if (r < 0)
		return r;
	lookup.symbols = fdp_arena_array(arena, FDP_INLINED_MAX + 1,
					 sizeof(*lookup.symbols));
	if (!lookup.symbols)
		return -ENOMEM;
	unit = find_unit(&lookup);
	if (unit && fdp_scopes_find(unit, address - lookup.bias, &scopes) == 0)
		add_scopes(&lookup, unit, &scopes);
	else
		add_symbol(&lookup);
	last = &lookup.symbols[lookup.count - 1];
	if (unit && lookup.count == 1)
		set_line_of_address(&lookup, unit, last);
	set_name_from_table(&lookup, last);
	if (lookup.count == 1 && !last->function && !last->file)
		return -ENOENT;
	*ret_symbols = lookup.symbols;
	*ret_count = lookup.count;
	return 0;
}
