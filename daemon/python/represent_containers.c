/* Lists, tuples, dicts and sets; and exceptions, which are a name and a tuple.
 */
#include <errno.h>
#include <string.h>

#include "../analysis/secrets.h"
#include "containers.h"
#include "represent_internal.h"
#include "strings.h"

/* More items than any list has. */
#define SIZE_SANE (UINT64_C(1) << 40)

/* Places of a dict or a set that are looked at for the items that are shown: a
 * set has two or more places for each. */
#define PLACES_MAX 1024

/* Bytes of a key that may be the name of a secret. */
#define KEY_BYTES_MAX 256

/* What stands around items; OF_ONE: behind the only item. */
struct brackets {
	const char *open, *close, *of_one;
};

static const struct brackets list_brackets = { "[", "]", "" };
static const struct brackets tuple_brackets = { "(", ")", "," };
static const struct brackets call_brackets = { "(", ")", "" };

/* COUNT items, whose addresses stand at PLACE. */
static int write_items(struct fdp_values *values, uint64_t address,
		       uint64_t place, uint64_t count,
		       const struct brackets *brackets)
{
	struct fdp_writer *writer = &values->writer;
	uint64_t items[FDP_VALUE_ITEMS_MAX];
	size_t shown =
		count < FDP_VALUE_ITEMS_MAX ? count : FDP_VALUE_ITEMS_MAX;
	int r = count > SIZE_SANE ? -EBADMSG
				  : fdp_target_read(values->target, place,
						    items, shown * 8);

	if (r < 0)
		return r;
	fdp_writer_put(writer, brackets->open);
	if (count > 0 && !fdp_value_enter(values, address)) {
		fdp_writer_put(writer, FDP_LEFT_OUT);
	} else if (count > 0) {
		for (size_t i = 0; i < shown; i++) {
			fdp_writer_put(writer, i ? ", " : "");
			fdp_value_write(values, items[i]);
		}
		fdp_writer_put(writer, shown < count ? ", " FDP_LEFT_OUT
				       : count == 1  ? brackets->of_one
						     : "");
		fdp_value_leave(values);
	}
	fdp_writer_put(writer, brackets->close);
	return 0;
}

int fdp_value_write_list(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	const struct fdp_python_offsets *offsets = values->offsets;
	uint64_t size, allocated;
	uint64_t items = 0;
	int r = fdp_value_field(values, address, offsets->object.size, &size);

	(void)type;
	if (r == 0)
		r = fdp_value_field(values, address, offsets->list.items,
				    &items);
	if (r == 0)
		r = fdp_value_field(values, address, offsets->list.allocated,
				    &allocated);
	if (r == 0 && size > allocated)
		r = -EBADMSG;
	return r < 0 ? r
		     : write_items(values, address, items, size,
				   &list_brackets);
}

static int write_tuple(struct fdp_values *values, uint64_t address,
		       const struct brackets *brackets)
{
	const struct fdp_python_offsets *offsets = values->offsets;
	uint64_t size;
	int r = fdp_value_field(values, address, offsets->object.size, &size);

	return r < 0 ? r
		     : write_items(values, address,
				   address + offsets->tuple.items, size,
				   brackets);
}

int fdp_value_write_tuple(struct fdp_values *values, uint64_t address,
			  const struct fdp_type *type)
{
	(void)type;
	return write_tuple(values, address, &tuple_brackets);
}

int fdp_value_write_exception(struct fdp_values *values, uint64_t address,
			      const struct fdp_type *type)
{
	uint64_t arguments;
	int r = fdp_value_field(values, address,
				values->offsets->exception.arguments,
				&arguments);

	if (r == 0 && !fdp_object_is(values->target, values->offsets, arguments,
				     FDP_TYPE_TUPLE))
		r = -EBADMSG;
	if (r < 0)
		return r;
	fdp_writer_put(&values->writer, fdp_type_last_part(type->name));
	/* Up to 3.6 it is the tuple as such. */
	return write_tuple(values, arguments,
			   fdp_python_minor(values->offsets) < 7
				   ? &tuple_brackets
				   : &call_brackets);
}

/* The bytes object at ADDRESS as a name, or NULL. */
static const char *bytes_name(struct fdp_values *values, uint64_t address)
{
	const struct fdp_python_offsets *offsets = values->offsets;
	char text[KEY_BYTES_MAX + 1] = { 0 };
	uint64_t size;

	if (!fdp_object_is(values->target, offsets, address, FDP_TYPE_BYTES) ||
	    fdp_value_field(values, address, offsets->bytes.size, &size) < 0 ||
	    fdp_target_read(values->target, address + offsets->bytes.data, text,
			    size < KEY_BYTES_MAX ? size : KEY_BYTES_MAX) < 0)
		return NULL;
	return fdp_arena_strdup(&values->scratch, text);
}

static bool is_secret(struct fdp_values *values, uint64_t key)
{
	const char *name = fdp_value_name(values, key);

	if (!name)
		name = bytes_name(values, key);
	return name && fdp_secret_word(name);
}

/* The next of a dict or a set; false at the end of what is to be shown. */
static bool next_item(struct fdp_values *values,
		      struct fdp_container *container, uint64_t *ret_key,
		      uint64_t *ret_value)
{
	uint64_t before = container->at;
	bool found = fdp_container_next(container, ret_key, ret_value);

	return fdp_value_pay(values, container->at - before) && found;
}

static void write_item(struct fdp_values *values, uint64_t key,
		       const uint64_t *value)
{
	fdp_value_write(values, key);
	if (!value)
		return;
	fdp_writer_put(&values->writer, ": ");
	if (is_secret(values, key))
		fdp_writer_put(&values->writer, FDP_VALUE_MASKED);
	else
		fdp_value_write(values, *value);
}

/* USED items, of a dict if IS_DICT. */
static void write_places(struct fdp_values *values, uint64_t used,
			 struct fdp_container *container, bool is_dict)
{
	struct fdp_writer *writer = &values->writer;
	uint64_t key, value;
	uint64_t shown = 0;

	if (container->count > PLACES_MAX)
		container->count = PLACES_MAX;
	while (shown < FDP_VALUE_ITEMS_MAX && !writer->full &&
	       next_item(values, container, &key, is_dict ? &value : NULL)) {
		fdp_writer_put(writer, shown++ ? ", " : "");
		write_item(values, key, is_dict ? &value : NULL);
	}
	if (shown < used)
		fdp_writer_put(writer,
			       shown ? ", " FDP_LEFT_OUT : FDP_LEFT_OUT);
}

int fdp_value_write_dict(struct fdp_values *values, uint64_t address,
			 const struct fdp_type *type)
{
	struct fdp_writer *writer = &values->writer;
	struct fdp_container dict;
	uint64_t used;
	int r = fdp_value_field(values, address, values->offsets->dict.used,
				&used);

	(void)type;
	if (r == 0)
		r = fdp_dict_begin(values->target, values->offsets, address,
				   &dict);
	if (r == 0 && used > dict.count)
		r = -EBADMSG;
	if (r < 0)
		return r;
	fdp_writer_put(writer, "{");
	if (used && !fdp_value_enter(values, address)) {
		fdp_writer_put(writer, FDP_LEFT_OUT);
	} else if (used) {
		write_places(values, used, &dict, true);
		fdp_value_leave(values);
	}
	fdp_writer_put(writer, "}");
	return 0;
}

/* set(), {1}, frozenset({1}), Subclass({1}); in 2.7 set([]), set([1]) */
int fdp_value_write_set(struct fdp_values *values, uint64_t address,
			const struct fdp_type *type)
{
	struct fdp_writer *writer = &values->writer;
	const char *name = fdp_type_last_part(type->name);
	bool is_old = values->offsets->major == 2;
	bool is_plain = type->exact && type->kind == FDP_VALUE_SET && !is_old;
	struct fdp_container set;
	uint64_t used;
	int r = fdp_value_field(values, address, values->offsets->set.used,
				&used);

	if (r == 0)
		r = fdp_set_begin(values->target, values->offsets, address,
				  &set);
	if (r == 0 && used > set.count)
		r = -EBADMSG;
	if (r < 0)
		return r;
	if (used == 0 || !fdp_value_enter(values, address)) {
		fdp_writer_printf(writer, "%s(%s)", name,
				  used	   ? FDP_LEFT_OUT
				  : is_old ? "[]"
					   : "");
		return 0;
	}
	if (!is_plain)
		fdp_writer_printf(writer, "%s(", name);
	fdp_writer_put(writer, is_old ? "[" : "{");
	write_places(values, used, &set, false);
	fdp_value_leave(values);
	fdp_writer_put(writer, is_old ? "])" : is_plain ? "}" : "})");
	return 0;
}
