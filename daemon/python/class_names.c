#include "class_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "class_search.h"
#include "containers.h"
#include "strings.h"
#include "table.h"

/* Characters of a qualified name, and of a class's. */
#define NAME_CHARACTERS_MAX 1024

/* Names of one code object; more than any compiler is asked for. */
#define CODE_NAMES_MAX (UINT64_C(1) << 20)

/* Cells of one code object among which its first argument is looked for. */
#define CELLS_MAX 256

/* What is known of a code object with a class. */
struct known {
	const char *qualname; /* NULL: none can be guessed */
};

struct fdp_class_names {
	struct fdp_class_search search;
	struct fdp_arena arena; /* of what the table points to */
	struct fdp_table known;
};

int fdp_class_names_new(struct fdp_target *target,
			const struct fdp_python_offsets *offsets,
			struct fdp_report *report,
			struct fdp_class_names **ret_names)
{
	struct fdp_class_names *names = calloc(1, sizeof(*names));

	if (!names ||
	    fdp_types_new(target, offsets, &names->search.types) < 0) {
		free(names);
		return -ENOMEM;
	}
	names->search.target = target;
	names->search.offsets = offsets;
	names->search.report = report;
	names->search.steps_left = FDP_CLASS_STEPS_MAX;
	*ret_names = names;
	return 0;
}

void fdp_class_names_free(struct fdp_class_names *names)
{
	if (!names)
		return;
	fdp_types_free(names->search.types);
	fdp_table_done(&names->known);
	fdp_arena_done(&names->arena);
	free(names);
}

static int read_word(const struct fdp_class_names *names, uint64_t address,
		     uint32_t field, uint64_t *ret_value)
{
	return fdp_target_read_u64(names->search.target, address + field,
				   ret_value);
}

/* The tuple that FIELD of CODE points to. */
static int begin_names(const struct fdp_class_names *names, uint64_t code,
		       uint32_t field, uint64_t *ret_items, uint64_t *ret_count)
{
	uint64_t tuple;
	int r = read_word(names, code, field, &tuple);

	if (r == 0)
		r = fdp_tuple_begin(names->search.target, names->search.offsets,
				    tuple, ret_items, ret_count);
	return r == 0 && *ret_count > CODE_NAMES_MAX ? -EBADMSG : r;
}

/*
 * Which of the cells has the first name of CODE, and how many places lie before
 * the cells.  CPython has each name once, so these are equal by address.
 */
static int find_cell(const struct fdp_class_names *names, uint64_t code,
		     uint64_t *ret_place)
{
	const struct fdp_python_offsets *offsets = names->search.offsets;
	uint64_t items, variables, cells, name;
	uint64_t first = 0;
	int r = begin_names(names, code, offsets->code.variables, &items,
			    &variables);

	if (r == 0)
		r = read_word(names, items, 0, &first);
	if (r == 0)
		r = begin_names(names, code, offsets->code.cells, &items,
				&cells);
	for (uint64_t i = 0; r == 0 && i < cells && i < CELLS_MAX; i++) {
		r = read_word(names, items + i * sizeof(name), 0, &name);
		if (r == 0 && name == first) {
			*ret_place = variables + i;
			return 0;
		}
	}
	return r < 0 ? r : -ENOENT;
}

/* What the first argument's cell holds, where functions in this one use it. */
static int read_cell(const struct fdp_class_names *names, uint64_t first,
		     uint64_t code, uint64_t *ret_object)
{
	const struct fdp_python_offsets *offsets = names->search.offsets;
	const struct fdp_type *known;
	uint64_t place, cell, type;
	int r = find_cell(names, code, &place);

	if (r == 0)
		r = read_word(names, first + place * sizeof(cell), 0, &cell);
	if (r == 0)
		r = read_word(names, cell, offsets->object.type, &type);
	if (r < 0)
		return r;
	known = fdp_types_find(names->search.types, type);
	if (!known)
		return -ENOMEM;
	return known->kind == FDP_VALUE_CELL
		       ? read_word(names, cell, offsets->cell.contents,
				   ret_object)
		       : -EBADMSG;
}

/* 0, and *ret_object may be 0: it was deleted; -ENOMEM, or another -errno. */
static int read_argument(const struct fdp_class_names *names, uint64_t address,
			 uint64_t code, uint64_t *ret_object)
{
	const struct fdp_python_offsets *offsets = names->search.offsets;
	uint64_t first = address + offsets->frame.locals;
	uint32_t arguments;
	int r = fdp_target_read_u32(names->search.target,
				    code + offsets->code.arguments, &arguments);

	if (r == 0 && (arguments == 0 || arguments > INT32_MAX))
		r = -ENOENT;
	if (r == 0)
		r = read_word(names, first, 0, ret_object);
	return r == 0 && !*ret_object
		       ? read_cell(names, first, code, ret_object)
		       : r;
}

/* The str at ADDRESS, malloc'ed by the arena; NULL: none, or no memory. */
static char *read_string(struct fdp_class_names *names, uint64_t address)
{
	struct fdp_string string = { .characters = NULL };
	char *text = NULL;

	if (fdp_string_read_some(names->search.target, names->search.offsets,
				 address, NAME_CHARACTERS_MAX, &string) == 0 &&
	    !string.cut)
		text = fdp_string_text(&string, &names->arena);
	fdp_string_done(&string);
	return text;
}

/* How many bytes stand before NAME, with which TEXT ends; -1: it does not. */
static ssize_t before(const char *text, const char *name)
{
	size_t length = strlen(text), end = strlen(name);

	return length >= end && strcmp(text + length - end, name) == 0
		       ? (ssize_t)(length - end)
		       : -1;
}

/*
 * What the function says itself, as co_qualname of later versions would; NULL
 * if it is not that: somebody has set it.
 */
static const char *own_name(struct fdp_class_names *names, const char *name,
			    const struct fdp_class_member *member)
{
	uint64_t string;
	const char *text = NULL;
	ssize_t start;

	/* Of a function of 2.7 that is its only name. */
	if (names->search.offsets->major > 2 &&
	    read_word(names, member->function,
		      names->search.offsets->function.qualname, &string) == 0)
		text = read_string(names, string);
	start = text ? before(text, name) : -1;
	return start == 0 || (start > 0 && text[start - 1] == '.') ? text
								   : NULL;
}

static const char *class_name(struct fdp_class_names *names, uint64_t class)
{
	const struct fdp_python_offsets *offsets = names->search.offsets;
	const struct fdp_type *type =
		fdp_types_find(names->search.types, class);
	uint64_t string;

	if (type && type->kind != FDP_VALUE_INVALID)
		return type->qualname;
	if (offsets->major != 2 ||
	    read_word(names, class, offsets->classic_class.name, &string) < 0)
		return NULL;
	return read_string(names, string);
}

/*
 * True if what a class has as KEY is what it has defined as NAME: a private
 * name has the class's before it there.
 */
static bool is_defined_as(struct fdp_class_names *names, uint64_t key,
			  const char *name)
{
	const char *text = read_string(names, key);
	ssize_t start = text ? before(text, name) : -1;

	return start == 0 ||
	       (start > 0 && text[0] == '_' && STARTS_WITH(name, "__"));
}

/* 0 with *ret_qualname NULL if there is none; -ENOMEM. */
static int make_name(struct fdp_class_names *names, const char *name,
		     const struct fdp_class_member *member,
		     const char **ret_qualname)
{
	const char *own = own_name(names, name, member);
	const char *class;
	_cleanup_free_ char *text = NULL;

	*ret_qualname = NULL;
	if (own && strcmp(own, name) == 0)
		return 0; /* made elsewhere, and put into the class */
	if (!own) {
		if (!is_defined_as(names, member->key, name))
			return 0;
		class = class_name(names, member->class);
		if (!class)
			return 0;
		if (asprintf(&text, "%s.%s", class, name) < 0)
			return -ENOMEM;
		own = text;
	}
	*ret_qualname = fdp_arena_strdup(&names->search.report->arena, own);
	return *ret_qualname ? 0 : -ENOMEM;
}

static int find_name(struct fdp_class_names *names, const struct fdp_code *code,
		     uint64_t object, const char **ret_qualname)
{
	struct fdp_class_member member = { 0 };
	int r = fdp_class_search(&names->search, object, code->address,
				 &member);

	*ret_qualname = NULL;
	return r > 0 ? make_name(names, code->name, &member, ret_qualname) : r;
}

/* The same, once for each code object and class. */
static int known_name(struct fdp_class_names *names,
		      const struct fdp_code *code, uint64_t object,
		      const char **ret_qualname)
{
	uint64_t word = fdp_class_word(&names->search, object);
	struct known *known =
		fdp_table_find(&names->known, code->address, word);
	int r;

	if (!known) {
		known = fdp_arena_alloc(&names->arena, sizeof(*known));
		r = known ? find_name(names, code, object, &known->qualname)
			  : -ENOMEM;
		if (r == 0 && fdp_table_add(&names->known, code->address, word,
					    known) < 0)
			r = -ENOMEM;
		if (r < 0)
			return r;
	}
	*ret_qualname = known->qualname;
	return 0;
}

int fdp_class_names_guess(struct fdp_class_names *names, uint64_t address,
			  const struct fdp_code *code, struct fdp_frame *frame)
{
	const struct fdp_python_offsets *offsets = names->search.offsets;
	const char *qualname;
	uint64_t object;
	int r;

	if (offsets->code.qualname != FDP_ABSENT || !code->name)
		return 0;
	/* Not before: a thread has to tell of a longer head of objects. */
	if (!offsets->values_known) {
		fdp_report_missing(names->search.report,
				   "Python names: how this build of Python "
				   "keeps values is not known");
		return 0;
	}
	r = read_argument(names, address, code->address, &object);
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !object)
		return 0;
	r = known_name(names, code, object, &qualname);
	if (r < 0 || !qualname)
		return r;
	frame->qualname = qualname;
	frame->qualname_guessed = true;
	return 0;
}
