#include "extensions.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "containers.h"
#include "strings.h"

/* Types between a module's and "module" itself. */
#define BASES_MAX 8

/* More entries than sys.modules, and sys.stdlib_module_names, have. */
#define MODULES_MAX 65536
#define OWN_MAX 4096

/* Characters of a name: faulthandler prints 500 of them. */
#define NAME_MAX_LENGTH 512

struct reader {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_arena *arena;
	struct fdp_extensions own; /* sys.stdlib_module_names */
};

/* The str at ADDRESS, unless it is too long for a name. */
static int read_string(struct reader *reader, uint64_t address,
		       struct fdp_string *ret_string)
{
	uint64_t length;
	int r = fdp_target_read_u64(reader->target,
				    address + reader->offsets->string.length,
				    &length);

	if (r < 0)
		return r;
	return length > NAME_MAX_LENGTH
		       ? -E2BIG
		       : fdp_string_read(reader->target, reader->offsets,
					 address, ret_string);
}

/* The str at ADDRESS, or NULL. */
static char *read_name(struct reader *reader, uint64_t address)
{
	struct fdp_string string = { .characters = NULL };
	char *text = NULL;

	if (read_string(reader, address, &string) == 0)
		text = fdp_string_text(&string, reader->arena);
	fdp_string_done(&string);
	return text;
}

/* True if the type of the object at ADDRESS is NAME, or derived from it. */
static bool is_a(struct reader *reader, uint64_t address, const char *name)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	const size_t size = strlen(name) + 1;
	uint64_t type, place;
	char found[16];

	if (fdp_target_read_u64(reader->target, address + offsets->object.type,
				&type) < 0)
		return false;
	for (int i = 0; i < BASES_MAX && type; i++) {
		if (fdp_target_read_u64(reader->target,
					type + offsets->type.name, &place) < 0)
			return false;
		/* A shorter one may stand where memory ends. */
		if (fdp_target_read_some(reader->target, place, found, size) ==
			    (ssize_t)size &&
		    memcmp(found, name, size) == 0)
			return true;
		if (fdp_target_read_u64(reader->target,
					type + offsets->type.base, &type) < 0)
			return false;
	}
	return false;
}

/* From 3.15 on a flag says whether what stands there is one. */
static bool has_definition(struct reader *reader, uint64_t address)
{
	uint32_t field = reader->offsets->module.has_definition;
	uint8_t flag;

	return field == FDP_ABSENT ||
	       (fdp_target_read(reader->target, address + field, &flag, 1) ==
			0 &&
		flag);
}

/* A module whose definition has functions: one that was written in C. */
static bool is_extension(struct reader *reader, uint64_t address)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	uint64_t definition, methods;

	return is_a(reader, address, "module") &&
	       has_definition(reader, address) &&
	       fdp_target_read_u64(reader->target,
				   address + offsets->module.definition,
				   &definition) == 0 &&
	       definition &&
	       fdp_target_read_u64(reader->target,
				   definition + offsets->module.methods,
				   &methods) == 0 &&
	       methods;
}

static int add(struct reader *reader, struct fdp_extensions *list,
	       size_t *capacity, char *name)
{
	char **names = fdp_arena_grow(reader->arena, list->names, list->count,
				      capacity, sizeof(*names));

	if (!names)
		return -ENOMEM;
	list->names = names;
	list->names[list->count++] = name;
	return 0;
}

/* The value of NAME in the dict at ADDRESS, or 0. */
static uint64_t look_up(struct reader *reader, uint64_t address,
			const char *name)
{
	struct fdp_container dict;
	uint64_t value;

	if (fdp_dict_begin(reader->target, reader->offsets, address, &dict) <
		    0 ||
	    fdp_dict_find(&dict, reader->offsets, name, &value) < 0)
		return 0;
	return value;
}

/* Without it, or if it is something else by now, nothing is left out. */
static int read_own(struct reader *reader, uint64_t sysdict)
{
	uint64_t names = look_up(reader, sysdict, "stdlib_module_names");
	struct fdp_container set;
	size_t capacity = 0;
	uint64_t key;

	if (!names || !is_a(reader, names, "frozenset") ||
	    fdp_set_begin(reader->target, reader->offsets, names, &set) < 0)
		return 0;
	for (int i = 0; i < OWN_MAX && fdp_container_next(&set, &key, NULL);
	     i++) {
		char *text = read_name(reader, key);

		if (text && add(reader, &reader->own, &capacity, text) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* From 3.15 on what is in a package of its own counts as its own too. */
static bool is_own(const struct reader *reader, const char *name)
{
	size_t length = reader->offsets->minor >= 15 ? strcspn(name, ".")
						     : strlen(name);

	for (size_t i = 0; i < reader->own.count; i++)
		if (strlen(reader->own.names[i]) == length &&
		    memcmp(reader->own.names[i], name, length) == 0)
			return true;
	return false;
}

static int read_modules(struct reader *reader, uint64_t modules,
			struct fdp_extensions *extensions)
{
	struct fdp_container dict;
	size_t capacity = 0;
	uint64_t key, value;

	if (fdp_dict_begin(reader->target, reader->offsets, modules, &dict) < 0)
		return 0;
	for (int i = 0;
	     i < MODULES_MAX && fdp_container_next(&dict, &key, &value); i++) {
		char *name;

		if (!is_extension(reader, value))
			continue;
		name = read_name(reader, key);
		if (name && !is_own(reader, name) &&
		    add(reader, extensions, &capacity, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

int fdp_extensions_read(struct fdp_target *target,
			const struct fdp_python_offsets *offsets,
			uint64_t interpreter, struct fdp_arena *arena,
			struct fdp_extensions *ret_extensions)
{
	struct reader reader = { target, offsets, arena, { NULL, 0 } };
	uint64_t modules, sysdict;
	int r;

	*ret_extensions = (struct fdp_extensions){ .names = NULL };
	/* Before it, faulthandler names none. */
	if (offsets->interpreter.sysdict == FDP_ABSENT ||
	    fdp_target_read_u64(target,
				interpreter + offsets->interpreter.modules,
				&modules) < 0 ||
	    fdp_target_read_u64(target,
				interpreter + offsets->interpreter.sysdict,
				&sysdict) < 0)
		return 0;
	r = read_own(&reader, sysdict);
	return r < 0 ? r : read_modules(&reader, modules, ret_extensions);
}
