/*
 * What was caught in 2.7.  A thread has the exception that sys.exc_info() tells
 * in its state; a function that catches one keeps what the thread had before in
 * its frame, and gives it back when it returns, and not when its except clause
 * ends.
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

/* One of the threes that are in the order of sys.exc_info(). */
struct caught {
	int index;  /* in the list; FDP_UNKNOWN: there is none */
	bool again; /* a function before has caught the same */
	uint64_t traceback;
};

/* That in the three words at PLACE. */
static int add_at(struct fdp_exceptions_walk *walk, uint64_t place,
		  struct caught *ret_caught)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t class = fdp_error_field(texts, place, 0);
	uint64_t value = fdp_error_field(texts, place, offsets->handled.value);
	size_t count = walk->found->handled_count;
	int r;

	*ret_caught = (struct caught){
		.index = FDP_UNKNOWN,
		.traceback = fdp_error_field(texts, place,
					     offsets->handled.traceback),
	};
	/* Where nothing was caught the class may be None, and there is no
	 * value. */
	if (!class || !value)
		return 0;
	r = find_at(walk, class, value, &ret_caught->index);
	if (r < 0 || ret_caught->index == FDP_UNKNOWN)
		return r;
	r = fdp_exceptions_handle(walk, ret_caught->index,
				  ret_caught->traceback);
	ret_caught->again = count == walk->found->handled_count;
	return r;
}

/* CAUGHT was by the function of FRAME; 0: it is not known by which. */
static void set_ended(struct fdp_exceptions_walk *walk,
		      const struct caught *caught, uint64_t frame)
{
	struct fdp_exception *exception;
	int ended;

	if (caught->index == FDP_UNKNOWN)
		return;
	exception = &walk->found->list[caught->index];
	ended = frame ? fdp_clause_ended(walk->reader, frame, caught->traceback)
		      : FDP_UNKNOWN;
	/* Of several functions one is enough that is not through with it. */
	if (!caught->again || ended == 0 ||
	    (ended == FDP_UNKNOWN && exception->ended != 0))
		exception->ended = ended;
}

int fdp_exceptions_add_caught(struct fdp_exceptions_walk *walk, uint64_t thread)
{
	const struct fdp_python_offsets *offsets = walk->reader->offsets;
	struct fdp_error_texts *texts = &walk->reader->texts;
	uint64_t frame = fdp_error_field(texts, thread, offsets->thread.frame);
	struct caught caught;
	int r = add_at(walk, thread + offsets->raised.handled, &caught);

	for (int count = 0; frame && r == 0; count++) {
		uint64_t place = frame + offsets->raised.saved;

		r = fdp_exceptions_may_read(walk, frame, count);
		if (r <= 0)
			break;
		/* It has caught what was found last, and keeps what was there
		 * before that. */
		r = 0;
		if (fdp_error_field(texts, place, 0)) {
			set_ended(walk, &caught, frame);
			r = add_at(walk, place, &caught);
		}
		frame = fdp_error_field(texts, frame, offsets->frame.previous);
	}
	if (r == 0)
		set_ended(walk, &caught, 0);
	return r;
}
