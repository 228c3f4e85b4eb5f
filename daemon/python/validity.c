#include "validity.h"

#include "../base/util.h"

/* Thread states that are asked for the crashed thread. */
#define STATES_ASKED 4096

static int read_field(struct fdp_target *target, uint64_t address,
		      uint32_t field, uint64_t *ret_value)
{
	return fdp_target_read_u64(target, address + field, ret_value);
}

static enum fdp_validity
validity_of_interpreter(struct fdp_target *target, uint64_t interpreter,
			const struct fdp_python_offsets *offsets)
{
	uint64_t thread;
	uint64_t back;

	if (read_field(target, interpreter, offsets->interpreter.threads_head,
		       &thread) < 0)
		return FDP_INVALID;
	if (!thread)
		return FDP_IDLE;
	if (read_field(target, thread, offsets->thread.interpreter, &back) <
		    0 ||
	    back != interpreter)
		return FDP_INVALID;
	return FDP_VALID;
}

enum fdp_validity fdp_validity_of(struct fdp_target *target, uint64_t address,
				  const struct fdp_python_offsets *offsets)
{
	enum fdp_validity validity = FDP_IDLE;
	uint64_t interpreter;

	if (read_field(target, address, offsets->runtime.interpreters_head,
		       &interpreter) < 0)
		return FDP_INVALID;
	for (int i = 0; interpreter && i < FDP_PYTHON_INTERPRETERS_MAX; i++) {
		enum fdp_validity one =
			validity_of_interpreter(target, interpreter, offsets);

		if (one == FDP_INVALID ||
		    read_field(target, interpreter, offsets->interpreter.next,
			       &interpreter) < 0)
			return FDP_INVALID;
		validity = one > validity ? one : validity;
	}
	return validity;
}

/* True if one of the list that begins at STATE has the thread id POINTER. */
static bool has_thread(struct fdp_target *target, uint64_t state,
		       uint64_t pointer,
		       const struct fdp_python_offsets *offsets, int *asked)
{
	uint64_t id;

	for (; state && (*asked)++ < STATES_ASKED;) {
		if (read_field(target, state, offsets->thread.thread_id, &id) <
		    0)
			return false;
		if (id == pointer)
			return true;
		if (read_field(target, state, offsets->thread.next, &state) < 0)
			return false;
	}
	return false;
}

bool fdp_validity_knows(struct fdp_target *target, uint64_t address,
			const struct fdp_python_offsets *offsets)
{
	uint64_t pointer = target->thread_count
				   ? target->threads[0].registers.thread_pointer
				   : 0;
	uint64_t interpreter;
	uint64_t state;
	int asked = 0;

	if (!pointer ||
	    read_field(target, address, offsets->runtime.interpreters_head,
		       &interpreter) < 0)
		return false;
	for (int i = 0; interpreter && i < FDP_PYTHON_INTERPRETERS_MAX; i++) {
		if (read_field(target, interpreter,
			       offsets->interpreter.threads_head, &state) < 0)
			return false;
		if (has_thread(target, state, pointer, offsets, &asked))
			return true;
		if (read_field(target, interpreter, offsets->interpreter.next,
			       &interpreter) < 0)
			return false;
	}
	return false;
}
