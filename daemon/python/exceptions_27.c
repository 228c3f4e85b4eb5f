/*
 * What was caught in 2.7.  A thread has the exception that sys.exc_info() tells
 * in its state; a function that catches one keeps what the thread had before in
 * its frame, and gives it back when it returns.  So it is not known whether its
 * except clause has ended.
 */
#include <errno.h>

#include "exceptions_internal.h"

/* The exception of CLASS and VALUE; FDP_UNKNOWN: there is none.  0, -ENOMEM. */
static int find_at(struct fdp_exceptions_walk *walk, uint64_t class,
		   uint64_t value, int *ret_index)
{
	const struct fdp_error_type *type;
	size_t count = walk->found->count;
	int r;

	*ret_index = FDP_UNKNOWN;
	if (fdp_exceptions_is_made(walk, value))
		return fdp_exceptions_add(walk, value, 0, ret_index);
	type = fdp_error_types_of(walk->reader->texts.types, class);
	if (type && type->type->kind == FDP_VALUE_NONE)
		return 0;
	type = fdp_error_types_find(walk->reader->texts.types, class);
	if (!type)
		return -ENOMEM;
	if (!type->is_exception) {
		fdp_report_missing(walk->reader->report,
				   FDP_EXCEPTIONS_DAMAGED);
		return 0;
	}
	r = fdp_exceptions_add_unmade(walk, class, value);
	if (r == 0 && count < walk->found->count)
		*ret_index = (int)count;
	return r;
}

/* That in the three words at PLACE, which are in the order of sys.exc_info().
 */
static int add_at(struct fdp_exceptions_walk *walk, uint64_t place)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t class = fdp_error_field(texts, place, 0);
	uint64_t value = fdp_error_field(texts, place, offsets->handled.value);
	int index;
	int r;

	/* Where nothing was caught the class may be None, and there is no
	 * value. */
	if (!class || !value)
		return 0;
	r = find_at(walk, class, value, &index);
	if (r < 0 || index == FDP_UNKNOWN)
		return r;
	return fdp_exceptions_handle(
		walk, index,
		fdp_error_field(texts, place, offsets->handled.traceback));
}

int fdp_exceptions_add_caught(struct fdp_exceptions_walk *walk, uint64_t thread)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t frame = fdp_error_field(texts, thread, offsets->thread.frame);
	int r = add_at(walk, thread + offsets->raised.handled);

	for (int count = 0; frame && r == 0; count++) {
		r = fdp_exceptions_may_read(walk, frame, count);
		if (r <= 0)
			return r;
		r = add_at(walk, frame + offsets->raised.saved);
		frame = fdp_error_field(texts, frame, offsets->frame.previous);
	}
	return r;
}
