#include "loaded.h"

#include <errno.h>
#include <string.h>

#include "containers.h"
#include "strings.h"

/* Where the standard library has its own, in every build of CPython. */
#define OWN_DIRECTORY "/lib-dynload/"

/* Characters of a name or a path: PATH_MAX. */
#define PATH_CHARACTERS_MAX 4096

struct reader {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_interned file; /* "__file__" */
	size_t globals_left;
	size_t capacity;
};

/* The str at ADDRESS in *RET_TEXT, NULL if it is none.  0 or -ENOMEM. */
static int read_text(struct reader *reader, uint64_t address,
		     const char **ret_text)
{
	struct fdp_string string = { 0 };
	int r = fdp_string_read_some(reader->target, reader->offsets, address,
				     PATH_CHARACTERS_MAX, &string);

	*ret_text = NULL;
	if (r == 0) {
		*ret_text = fdp_string_text(&string, &reader->report->arena);
		r = *ret_text ? 0 : -ENOMEM;
	}
	fdp_string_done(&string);
	return r == -ENOMEM ? r : 0;
}

/* True for what may be a module in C: one of Python has no definition. */
static bool may_be_extension(struct reader *reader, uint64_t module)
{
	uint32_t field = reader->offsets->module.definition;
	uint64_t definition;

	return field == FDP_ABSENT ||
	       (fdp_target_read_u64(reader->target, module + field,
				    &definition) == 0 &&
		definition);
}

/* What MODULE has as __file__, or 0. */
static uint64_t find_file(struct reader *reader, uint64_t module)
{
	struct fdp_container dict;
	uint64_t globals, key, value;

	if (fdp_target_read_u64(reader->target,
				module + reader->offsets->module.dict,
				&globals) < 0 ||
	    fdp_dict_begin(reader->target, reader->offsets, globals, &dict) < 0)
		return 0;
	while (reader->globals_left &&
	       fdp_container_next(&dict, &key, &value)) {
		reader->globals_left--;
		if (fdp_interned_is(reader->target, reader->offsets, key,
				    &reader->file))
			return value;
	}
	return 0;
}

static bool is_of_program(const char *file)
{
	size_t length = strlen(file);

	return length > 3 && strcmp(file + length - 3, ".so") == 0 &&
	       !strstr(file, OWN_DIRECTORY);
}

static int add(struct reader *reader, const char *name, const char *file)
{
	struct fdp_report *report = reader->report;
	struct fdp_extension *all =
		fdp_arena_grow(&report->arena, report->python.extensions,
			       report->python.extension_count,
			       &reader->capacity, sizeof(*all));

	if (!all)
		return -ENOMEM;
	report->python.extensions = all;
	all[report->python.extension_count++] =
		(struct fdp_extension){ name, file };
	return 0;
}

static int read_module(struct reader *reader, uint64_t key, uint64_t module)
{
	const char *name, *file;
	uint64_t place;
	int r;

	if (!may_be_extension(reader, module))
		return 0;
	place = find_file(reader, module);
	r = place ? read_text(reader, place, &file) : 0;
	if (r < 0 || !place || !file || !is_of_program(file))
		return r;
	r = read_text(reader, key, &name);
	return r < 0 || !name ? r : add(reader, name, file);
}

/* From here on there is a list, though it may be empty. */
static int begin(struct reader *reader)
{
	reader->report->python.extensions = fdp_arena_array(
		&reader->report->arena, 1, sizeof(struct fdp_extension));
	reader->capacity = 1;
	return reader->report->python.extensions ? 0 : -ENOMEM;
}

int fdp_loaded_read(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets,
		    uint64_t interpreter, struct fdp_report *report)
{
	struct reader reader = { .target = target,
				 .offsets = offsets,
				 .report = report,
				 .file = { .name = "__file__" },
				 .globals_left = FDP_LOADED_GLOBALS_MAX };
	struct fdp_container dict;
	uint64_t modules, key, value;
	int r;

	if (fdp_target_read_u64(target,
				interpreter + offsets->interpreter.modules,
				&modules) < 0 ||
	    fdp_dict_begin(target, offsets, modules, &dict) < 0)
		return 0;
	r = begin(&reader);
	for (int i = 0; r == 0 && i < FDP_NAMES_MAX &&
			fdp_container_next(&dict, &key, &value);
	     i++)
		r = read_module(&reader, key, value);
	if (r == 0 && !reader.globals_left)
		fdp_report_missing(report,
				   "extension modules: only the first %d "
				   "names in modules were looked at",
				   FDP_LOADED_GLOBALS_MAX);
	if (r == 0 && fdp_container_next(&dict, &key, &value))
		fdp_report_missing(report,
				   "extension modules: only the first %d "
				   "modules were looked at",
				   FDP_NAMES_MAX);
	return r;
}
