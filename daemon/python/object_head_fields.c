/*
 * What a longer head of objects moves: all that stands in one.  Thread states,
 * stack items, the keys of a dict and definitions in C have no head.
 */
#include "object_head.h"

#include <stddef.h>

#include "../base/util.h"

#define IN(member) offsetof(struct fdp_python_offsets, member)

/* Fields of what begins with an object's head, in every version. */
static const uint16_t behind_head[] = {
	IN(code.filename),     IN(code.name),	      IN(code.qualname),
	IN(code.first_line),   IN(code.line_table),   IN(code.bytecode),
	IN(copies.array),      IN(object.type),	      IN(type.name),
	IN(type.flags),	       IN(type.base),	      IN(dict.keys),
	IN(dict.values),       IN(set.mask),	      IN(set.table),
	IN(module.definition), IN(module.methods),    IN(module.has_definition),
	IN(bytes.size),	       IN(bytes.data),	      IN(string.length),
	IN(string.state),      IN(string.ascii_data), IN(string.compact_data),
	IN(string.data),       IN(string.wide),	      IN(string.wide_length),
	IN(type.basic_size),   IN(type.dict_offset),  IN(module.dict),
};

/* Of what locals hold; 0 where there is none. */
static const uint16_t of_values[] = {
	IN(object.size),
	IN(type.members),
	IN(type.dict),
	IN(type.qualname),
	IN(type.cached_keys),
	IN(code.arguments),
	IN(code.keyword_only),
	IN(code.flags),
	IN(code.local_names),
	IN(code.local_kinds),
	IN(code.variables),
	IN(code.cells),
	IN(code.free),
	IN(code.local_count),
	IN(code.instructions),
	IN(dict.used),
	IN(set.used),
	IN(module.name),
	IN(integer.count),
	IN(integer.digits),
	IN(real.value),
	IN(complex.value),
	IN(list.items),
	IN(list.allocated),
	IN(tuple.items),
	IN(bytearray.start),
	IN(range.start),
	IN(range.stop),
	IN(range.step),
	IN(slice.start),
	IN(slice.stop),
	IN(slice.step),
	IN(cell.contents),
	IN(function.qualname),
	IN(function.code),
	IN(function.attributes),
	IN(wrapper.callable),
	IN(property.get),
	IN(property.set),
	IN(property.delete),
	IN(generator.qualname),
	IN(generator.code),
	IN(method.function),
	IN(method.self),
	IN(method.class),
	IN(builtin.definition),
	IN(builtin.self),
	IN(exception.arguments),
	IN(word.value),
	IN(bytes.hash),
	IN(unicode.length),
	IN(unicode.data),
	IN(classic_class.name),
	IN(classic_class.bases),
	IN(classic_class.attributes),
	IN(classic_instance.class),
	IN(classic_instance.attributes),
};

/* Of exceptions; 0 where there is none. */
static const uint16_t of_errors[] = {
	IN(slots.str),
	IN(slots.order),
	IN(error.arguments),
	IN(error.attributes),
	IN(error.traceback),
	IN(error.context),
	IN(error.cause),
	IN(error.suppress),
	IN(syntax_error.message),
	IN(syntax_error.file),
	IN(syntax_error.line),
	IN(syntax_error.column),
	IN(syntax_error.text),
	IN(syntax_error.end_line),
	IN(syntax_error.end_column),
	IN(os_error.number),
	IN(os_error.text),
	IN(os_error.file),
	IN(os_error.second_file),
	IN(import_error.message),
	IN(unicode_error.encoding),
	IN(unicode_error.object),
	IN(unicode_error.start),
	IN(unicode_error.end),
	IN(unicode_error.reason),
	IN(error_group.message),
	IN(error_group.members),
	IN(traceback.next),
	IN(traceback.frame),
	IN(traceback.instruction),
	IN(traceback.line),
	IN(frame_object.frame),
};

/* Up to 3.10 frames are objects too. */
static const uint16_t in_frame[] = {
	IN(frame.previous),
	IN(frame.code),
	IN(frame.instruction),
	IN(frame.locals),
};

/* In frames, too; 0 where there is none. */
static const uint16_t of_some_frames[] = {
	IN(frame.executing), IN(frame.suspended_top), IN(frame.stack_start),
	IN(frame.globals),   IN(raised.saved),
};

static void move(struct fdp_python_offsets *offsets, const uint16_t *fields,
		 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t *field = (uint32_t *)((char *)offsets + fields[i]);

		if (*field != FDP_ABSENT && *field != 0)
			*field += FDP_TRACE_REFS_SIZE;
	}
}

void fdp_object_head_move(struct fdp_python_offsets *offsets)
{
	move(offsets, behind_head, ARRAY_SIZE(behind_head));
	move(offsets, of_values, ARRAY_SIZE(of_values));
	move(offsets, of_errors, ARRAY_SIZE(of_errors));
	if (offsets->style != FDP_FRAMES_OBJECTS)
		return;
	move(offsets, in_frame, ARRAY_SIZE(in_frame));
	move(offsets, of_some_frames, ARRAY_SIZE(of_some_frames));
}
