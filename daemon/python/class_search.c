#include "class_search.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "containers.h"
#include "strings.h"

/* Bit of tp_flags: types of C have no functions of Python. */
#define TYPE_HEAP (UINT64_C(1) << 9)

/* What wraps what wraps a function. */
#define WRAPPERS_MAX 8

/* Attributes of one function. */
#define FUNCTION_NAMES_MAX 64

/* One search. */
struct search {
	struct fdp_class_search *common;
	uint64_t code;
	struct fdp_class_member *found;
};

static int read_word(const struct search *search, uint64_t object,
		     uint32_t field, uint64_t *ret_value)
{
	return fdp_target_read_u64(search->common->target, object + field,
				   ret_value);
}

static bool is_type(struct fdp_class_search *search, uint64_t object)
{
	return fdp_object_is(search->target, search->offsets, object,
			     FDP_TYPE_TYPE);
}

/* The type of the object at ADDRESS; one that is invalid if it is no object.
 * NULL: no memory. */
static const struct fdp_type *type_of(struct fdp_class_search *search,
				      uint64_t object)
{
	static const struct fdp_type none = { .kind = FDP_VALUE_INVALID };
	uint64_t type;

	if (fdp_target_read_u64(search->target,
				object + search->offsets->object.type,
				&type) < 0)
		return &none;
	return fdp_types_find(search->types, type);
}

/* True if TYPE is the builtin type NAME, or derived from it. */
static bool is_builtin(const struct fdp_type *type, const char *name)
{
	while (type && type->heap)
		type = type->base;
	return type && type->name && strcmp(type->name, name) == 0;
}

/* False, which is said, once there have been enough. */
static bool pay(const struct search *search)
{
	if (search->common->steps_left) {
		search->common->steps_left--;
		return true;
	}
	fdp_report_missing(search->common->report,
			   "Python names: classes were looked for among %d "
			   "names; of other functions none is guessed",
			   FDP_CLASS_STEPS_MAX);
	return false;
}

/* What functools.wraps() has noted in the dict of a function, or 0. */
static uint64_t wrapped_by(const struct search *search, uint64_t function)
{
	struct fdp_class_search *common = search->common;
	struct fdp_container dict;
	uint64_t place, wrapped;

	if (read_word(search, function, common->offsets->function.attributes,
		      &place) < 0 ||
	    !place ||
	    fdp_dict_begin(common->target, common->offsets, place, &dict) < 0)
		return 0;
	if (dict.count > FUNCTION_NAMES_MAX)
		dict.count = FUNCTION_NAMES_MAX;
	return fdp_dict_find(&dict, common->offsets, "__wrapped__", &wrapped) <
			       0
		       ? 0
		       : wrapped;
}

static int look_at(const struct search *search, uint64_t object, int depth);

/* The field of a wrapper, which may be empty. */
static int look_behind(const struct search *search, uint64_t wrapper,
		       uint32_t field, int depth)
{
	uint64_t object;

	if (read_word(search, wrapper, field, &object) < 0 || !object)
		return 0;
	return look_at(search, object, depth + 1);
}

static int look_at_function(const struct search *search, uint64_t function,
			    int depth)
{
	const struct fdp_python_offsets *offsets = search->common->offsets;
	uint64_t code;

	if (read_word(search, function, offsets->function.code, &code) < 0)
		return 0;
	if (code == search->code) {
		search->found->function = function;
		return 1;
	}
	function = wrapped_by(search, function);
	return function ? look_at(search, function, depth + 1) : 0;
}

static int look_at_property(const struct search *search, uint64_t property,
			    int depth)
{
	const struct fdp_python_offsets *offsets = search->common->offsets;
	int r = look_behind(search, property, offsets->property.get, depth);

	if (r == 0)
		r = look_behind(search, property, offsets->property.set, depth);
	if (r == 0)
		r = look_behind(search, property, offsets->property.delete,
				depth);
	return r;
}

/* 1: OBJECT is the function, or has it; 0; -ENOMEM. */
static int look_at(const struct search *search, uint64_t object, int depth)
{
	const struct fdp_python_offsets *offsets = search->common->offsets;
	const struct fdp_type *type;

	if (depth > WRAPPERS_MAX || (depth && !pay(search)))
		return 0;
	type = type_of(search->common, object);
	if (!type)
		return -ENOMEM;
	if (type->kind == FDP_VALUE_FUNCTION)
		return look_at_function(search, object, depth);
	if (is_builtin(type, "staticmethod") || is_builtin(type, "classmethod"))
		return look_behind(search, object, offsets->wrapper.callable,
				   depth);
	return is_builtin(type, "property")
		       ? look_at_property(search, object, depth)
		       : 0;
}

/* Among the attributes of CLASS, which are in the dict at PLACE. */
static int look_through(const struct search *search, uint64_t class,
			uint64_t place)
{
	struct fdp_class_search *common = search->common;
	struct fdp_container dict;
	uint64_t key, value;
	int r = 0;

	if (fdp_dict_begin(common->target, common->offsets, place, &dict) < 0)
		return 0;
	if (dict.count > FDP_CLASS_NAMES_MAX) {
		dict.count = FDP_CLASS_NAMES_MAX;
		fdp_report_missing(common->report,
				   "Python names: only the first %d names of a "
				   "class were looked at",
				   FDP_CLASS_NAMES_MAX);
	}
	while (r == 0 && pay(search) && fdp_container_next(&dict, &key, &value))
		r = look_at(search, value, 0);
	if (r > 0) {
		search->found->class = class;
		search->found->key = key;
	}
	return r;
}

/* Items of the tuple at ADDRESS, as many as bases may be.  How many. */
static size_t read_bases(const struct search *search, uint64_t address,
			 uint64_t *bases)
{
	struct fdp_class_search *common = search->common;
	uint64_t items, count;

	if (fdp_tuple_begin(common->target, common->offsets, address, &items,
			    &count) < 0)
		return 0;
	if (count > FDP_CLASS_BASES_MAX) {
		count = FDP_CLASS_BASES_MAX;
		fdp_report_missing(common->report,
				   "Python names: only the first %d bases of a "
				   "class were looked at",
				   FDP_CLASS_BASES_MAX);
	}
	return fdp_target_read(common->target, items, bases,
			       count * sizeof(*bases)) < 0
		       ? 0
		       : (size_t)count;
}

/* True if the object at ADDRESS is a class of 2.7 that is no type. */
static bool is_classic(struct fdp_class_search *search, uint64_t object)
{
	const struct fdp_type *type;

	if (search->offsets->major != 2)
		return false;
	type = type_of(search, object);
	return type && type->kind == FDP_VALUE_CLASSIC_CLASS;
}

static int look_in_class(const struct search *search, uint64_t class)
{
	const struct fdp_python_offsets *offsets = search->common->offsets;
	uint64_t flags, place;

	if (!pay(search))
		return 0;
	if (is_classic(search->common, class))
		return read_word(search, class,
				 offsets->classic_class.attributes, &place) < 0
			       ? 0
			       : look_through(search, class, place);
	if (!is_type(search->common, class) ||
	    read_word(search, class, offsets->type.flags, &flags) < 0 ||
	    !(flags & TYPE_HEAP) ||
	    read_word(search, class, offsets->type.dict, &place) < 0)
		return 0;
	return look_through(search, class, place);
}

/* The type, and those that it is derived from, in the order in which Python
 * looks. */
static int look_in_type(const struct search *search, uint64_t type)
{
	uint64_t bases[FDP_CLASS_BASES_MAX];
	uint64_t order;
	size_t count;
	int r = 0;

	if (!is_type(search->common, type) ||
	    read_word(search, type, search->common->offsets->slots.order,
		      &order) < 0)
		return 0;
	count = read_bases(search, order, bases);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = look_in_class(search, bases[i]);
	return r;
}

/* The same of a class that has no such order.  A circle ends at the limit. */
static int look_in_classic(const struct search *search, uint64_t class)
{
	const uint32_t field = search->common->offsets->classic_class.bases;
	uint64_t bases[FDP_CLASS_BASES_MAX];
	uint64_t classes[FDP_CLASS_BASES_MAX] = { class };
	size_t count = 1;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		uint64_t tuple;
		size_t more = 0;

		r = look_in_class(search, classes[i]);
		if (is_classic(search->common, classes[i]) &&
		    read_word(search, classes[i], field, &tuple) == 0)
			more = read_bases(search, tuple, bases);
		for (size_t j = 0; j < more && count < FDP_CLASS_BASES_MAX; j++)
			classes[count++] = bases[j];
	}
	return r;
}

/* The class of an instance of 2.7 whose class is no type, or 0. */
static uint64_t classic_class_of(struct fdp_class_search *search,
				 uint64_t object)
{
	const struct fdp_type *type;
	uint64_t class;

	if (search->offsets->major != 2)
		return 0;
	type = type_of(search, object);
	if (!type || type->kind != FDP_VALUE_CLASSIC_INSTANCE ||
	    fdp_target_read_u64(search->target,
				object +
					search->offsets->classic_instance.class,
				&class) < 0)
		return 0;
	return class;
}

uint64_t fdp_class_word(struct fdp_class_search *search, uint64_t object)
{
	uint64_t type = classic_class_of(search, object);

	/* No address is odd: what is a class is not taken for its instance. */
	if (is_type(search, object) || is_classic(search, object))
		return object | 1;
	if (type || fdp_target_read_u64(search->target,
					object + search->offsets->object.type,
					&type) == 0)
		return type;
	return 0;
}

int fdp_class_search(struct fdp_class_search *search, uint64_t object,
		     uint64_t code, struct fdp_class_member *ret_member)
{
	const struct search one = { search, code, ret_member };
	uint64_t class = classic_class_of(search, object);
	uint64_t type;
	int r;

	if (class || is_classic(search, object))
		return look_in_classic(&one, class ? class : object);
	r = is_type(search, object) ? look_in_type(&one, object) : 0;
	if (r == 0 &&
	    read_word(&one, object, search->offsets->object.type, &type) == 0)
		r = look_in_type(&one, type);
	return r;
}
