#include "runtime.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "../native/dynamic.h"
#include "../native/elf.h"
#include "validity.h"
#include "version.h"

/* Bytes of a character where fdp_roots_is_narrow(). */
#define NARROW_WIDTH 2

/* One place that may be a _PyRuntime, or the list of interpreters. */
struct candidate {
	struct fdp_module *module;
	uint64_t address;
	bool early; /* the list, of a version without a _PyRuntime */
	struct fdp_version version; /* major 0: not known */
	uint32_t hex;		    /* the whole version, or 0 */
	/* The first bytes of it, for 3.13 and later. */
	uint8_t debug[FDP_DEBUG_OFFSETS_SIZE];
	size_t debug_size;
};

/* The search, and what was second best on the way. */
struct search {
	struct fdp_target *target;
	struct fdp_report *report;
	const char *exe;
	struct fdp_runtime *runtime;
	bool idle;			/* runtime is one without threads */
	bool valid;			/* or one with */
	bool knows;			/* one of which is the crashed one */
	const struct fdp_module *other; /* has a valid one as well */
	const struct fdp_module *unreadable; /* has one that is not valid */
	struct fdp_version unknown;	     /* one there is no table for */
};

/* The version as exactly as it can be had.  NULL: no memory. */
static const char *version_text(struct search *search,
				const struct candidate *candidate,
				const struct fdp_python_offsets *offsets)
{
	struct fdp_arena *arena = &search->report->arena;
	const char *text;

	if (candidate->hex)
		return fdp_version_text(candidate->hex, arena);
	if (fdp_elf_python_version(search->target, candidate->module,
				   offsets->major, offsets->minor, &text) == 0)
		return fdp_arena_strdup(arena, text);
	return fdp_arena_printf(arena, "%d.%d", offsets->major, offsets->minor);
}

static int accept(struct search *search, const struct candidate *candidate,
		  const struct fdp_python_offsets *offsets)
{
	*search->runtime = (struct fdp_runtime){
		.module = candidate->module,
		.address = candidate->address,
		.version = version_text(search, candidate, offsets),
		.offsets = *offsets,
	};
	if (candidate->early)
		fdp_roots_find(search->target, candidate->module, offsets,
			       &search->runtime->roots);
	if (offsets->major == 2 &&
	    fdp_roots_is_narrow(search->target, candidate->module))
		search->runtime->offsets.unicode.width = NARROW_WIDTH;
	return search->runtime->version ? 1 : -ENOMEM;
}

/*
 * A process can have several, if a program that is one embeds another: the one
 * that runs on the crashed thread is read, else the first.  1 or -ENOMEM.
 */
static int accept_valid(struct search *search,
			const struct candidate *candidate,
			const struct fdp_python_offsets *offsets)
{
	bool knows =
		fdp_validity_knows(search->target, candidate->address, offsets);

	/* A program without a place of its own has that of its mapped copy. */
	if (search->valid && candidate->address == search->runtime->address)
		return 1;
	if (search->valid && (search->knows || !knows)) {
		search->other = candidate->module;
		return 1;
	}
	if (search->valid)
		search->other = search->runtime->module;
	search->valid = true;
	search->knows = knows;
	return accept(search, candidate, offsets);
}

static bool is_valid(struct search *search, const struct candidate *candidate,
		     const struct fdp_python_offsets *offsets)
{
	return fdp_validity_of(search->target, candidate->address, offsets) ==
	       FDP_VALID;
}

/* 1: this is it; 0: look further; -ENOMEM. */
static int try_offsets(struct search *search, const struct candidate *candidate,
		       const struct fdp_python_offsets *offsets)
{
	enum fdp_validity validity =
		fdp_validity_of(search->target, candidate->address, offsets);

	if (validity == FDP_VALID)
		return accept_valid(search, candidate, offsets);
	if (validity == FDP_INVALID || !candidate->version.major) {
		search->unreadable = candidate->module;
		return 0;
	}
	if (search->idle || search->valid)
		return 0;
	search->idle = true;
	return accept(search, candidate, offsets) < 0 ? -ENOMEM : 0;
}

/* With what the process says of its layout if that can be, else with ours. */
static int try_table(struct search *search, const struct candidate *candidate,
		     const struct fdp_python_offsets *table)
{
	struct fdp_python_offsets own = *table;

	if (candidate->hex &&
	    fdp_debug_offsets_apply(candidate->debug, candidate->debug_size,
				    &own) > 0 &&
	    is_valid(search, candidate, &own))
		return accept_valid(search, candidate, &own);
	return try_offsets(search, candidate, table);
}

/* One without a _PyRuntime, in each way to its list. */
static int try_early(struct search *search, struct candidate *candidate,
		     const struct fdp_python_offsets *table)
{
	int r = 0;

	for (int way = 0; way < FDP_ROOT_WAYS && r == 0; way++) {
		if (fdp_roots_interpreters(search->target, candidate->module,
					   table, way,
					   &candidate->address) == 0)
			r = try_table(search, candidate, table);
	}
	return r;
}

/* True if nothing speaks against TABLE. */
static bool may_be(const struct candidate *candidate,
		   const struct fdp_python_offsets *table)
{
	/* One that is free-threaded says so itself. */
	return !table->free_threaded &&
	       (table->roots.interpreters != NULL) == candidate->early;
}

/* Nothing says which version it is: those whose text is in the file first. */
static int try_all(struct search *search, struct candidate *candidate)
{
	const struct fdp_python_offsets *table;
	int r = 0;

	for (int i = 0, named = 1; named >= 0 && r == 0; i++) {
		const char *text;

		table = fdp_python_offsets_at((size_t)i);
		if (!table) {
			i = -1;
			named--;
			continue;
		}
		if (!may_be(candidate, table) ||
		    (fdp_elf_python_version(search->target, candidate->module,
					    table->major, table->minor,
					    &text) == 0) != named)
			continue;
		r = candidate->early ? try_early(search, candidate, table)
				     : try_table(search, candidate, table);
	}
	return r;
}

/*
 * A version that came after this program, and says how it is laid out: as the
 * newest that is known would, and then the others.
 */
static int try_later(struct search *search, const struct candidate *candidate)
{
	const struct fdp_version *version = &candidate->version;

	for (int minor = FDP_PYTHON_MINOR_LAST; minor >= FDP_PYTHON_MINOR_FIRST;
	     minor--) {
		const struct fdp_version known = { 3, minor,
						   version->free_threaded };
		const struct fdp_python_offsets *table =
			fdp_python_offsets_of(&known);
		struct fdp_python_offsets own;

		if (!table)
			continue;
		own = *table;
		if (fdp_debug_offsets_apply(candidate->debug,
					    candidate->debug_size, &own) < 0 ||
		    !is_valid(search, candidate, &own))
			continue;
		own.minor = version->minor;
		/* It does not say where locals and exceptions are in it. */
		own.values_known = false;
		fdp_report_missing(search->report,
				   "Python frames: CPython %d.%d is newer than "
				   "this version knows, and was read by what "
				   "it says of itself",
				   version->major, version->minor);
		return accept_valid(search, candidate, &own);
	}
	return 0;
}

/* 3.13 and later say it at the start of _PyRuntime, 3.11 and later in a symbol.
 */
static void find_version(struct search *search, struct candidate *candidate)
{
	struct fdp_debug_header header;
	uint64_t address;
	uint64_t size;
	ssize_t got = fdp_target_read_some(search->target, candidate->address,
					   candidate->debug,
					   sizeof(candidate->debug));

	candidate->debug_size = got > 0 ? (size_t)got : 0;
	if (fdp_debug_offsets_header(candidate->debug, candidate->debug_size,
				     &header) == 0) {
		candidate->hex = header.version;
		candidate->version = fdp_version_from_hex(header.version);
		candidate->version.free_threaded = header.free_threaded;
		return;
	}
	if (fdp_elf_symbol(search->target, candidate->module, "Py_Version",
			   &address, &size) == 0 &&
	    fdp_target_read_u32(search->target, address, &candidate->hex) == 0)
		candidate->version = fdp_version_from_hex(candidate->hex);
	else
		fdp_version_from_path(candidate->module->path,
				      &candidate->version);
}

/* 1: this is it; 0: look further; -ENOMEM. */
static int examine(struct search *search, struct fdp_module *module,
		   uint64_t address)
{
	struct candidate candidate = { .module = module, .address = address };
	const struct fdp_python_offsets *table;
	int r = 0;

	find_version(search, &candidate);
	if (!candidate.version.major)
		return try_all(search, &candidate);
	table = fdp_python_offsets_of(&candidate.version);
	if (table && !table->roots.interpreters)
		return try_table(search, &candidate, table);
	if (candidate.hex && candidate.version.major == 3)
		r = try_later(search, &candidate);
	if (r == 0)
		search->unknown = candidate.version;
	return r;
}

/* MODULE has no _PyRuntime; but up to 3.6 there was none. */
static int examine_early(struct search *search, struct fdp_module *module)
{
	struct candidate candidate = { .module = module, .early = true };
	const struct fdp_python_offsets *table;

	if (!fdp_version_from_path(module->path, &candidate.version))
		return fdp_roots_exported(search->target, module)
			       ? try_all(search, &candidate)
			       : 0;
	table = fdp_python_offsets_of(&candidate.version);
	if (!table) {
		search->unknown = candidate.version;
		return 0;
	}
	search->unreadable = module;
	return table->roots.interpreters ? try_early(search, &candidate, table)
					 : 0;
}

/* The program itself, and whatever calls itself Python. */
static bool is_likely(const struct search *search,
		      const struct fdp_module *module)
{
	const char *slash = strrchr(module->path, '/');

	return strcmp(module->path, search->exe) == 0 ||
	       strstr(slash ? slash + 1 : module->path, "python");
}

static int search_module(struct search *search, struct fdp_module *module)
{
	uint64_t address;
	uint64_t size;
	int r;

	r = fdp_elf_symbol(search->target, module, "_PyRuntime", &address,
			   &size);
	if (r < 0 && r != -ENOMEM)
		r = fdp_elf_section(search->target, module, ".PyRuntime",
				    &address, &size);
	if (r == -ENOMEM)
		return r;
	if (r == 0)
		return examine(search, module, address);
	return examine_early(search, module);
}

/*
 * Whether another module, behind the one that was found, has one too.  Only
 * what memory says counts: to read all files takes too long for so rare a case.
 */
static int search_other(struct search *search, struct fdp_module *module)
{
	uint64_t address;
	uint64_t size;

	if (fdp_dynamic_symbol(search->target, module, "_PyRuntime", &address,
			       &size) == 0)
		return examine(search, module, address);
	return fdp_roots_exported(search->target, module)
		       ? examine_early(search, module)
		       : 0;
}

static int search_modules(struct search *search)
{
	int r = 0;

	for (int likely = 1; likely >= 0 && r >= 0; likely--) {
		for (size_t i = 0; i < search->report->module_count && r >= 0;
		     i++) {
			struct fdp_module *module = &search->report->modules[i];
			struct fdp_version version;

			if (is_likely(search, module) != likely)
				continue;
			if (!search->valid)
				r = search_module(search, module);
			else if (fdp_version_from_path(module->path, &version))
				r = search_other(search, module);
		}
	}
	return r < 0 ? r : 0;
}

/* Says why there are no Python frames, if there should be some. */
static void say_missing(struct search *search)
{
	if (search->unknown.major)
		fdp_report_missing(
			search->report,
			"Python frames: %sCPython %d.%d is not known to this "
			"version",
			search->unknown.free_threaded ? "free-threaded " : "",
			search->unknown.major, search->unknown.minor);
	else if (search->unreadable)
		fdp_report_missing(search->report,
				   "Python frames: the state of the "
				   "interpreter in %s could not be read",
				   search->unreadable->path);
}

int fdp_runtime_find(struct fdp_target *target, struct fdp_report *report,
		     struct fdp_runtime *ret_runtime)
{
	struct search search = {
		.target = target,
		.report = report,
		.exe = "",
		.runtime = ret_runtime,
	};
	int r;

	fdp_target_fact(target, "link/exe", &search.exe, NULL);
	r = search_modules(&search);
	if (r < 0)
		return r;
	if (search.other)
		fdp_report_missing(report,
				   "Python frames: there is another "
				   "interpreter, in %s, and only one is read",
				   search.other->path);
	if (search.valid || search.idle)
		return 0;
	say_missing(&search);
	return -ENOENT;
}
