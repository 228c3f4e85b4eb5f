#include "gil.h"

#include <errno.h>

static bool read_gil(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets,
		     struct fdp_python_gil *gil)
{
	uint32_t locked;

	if (fdp_target_read_u32(target, gil->address + offsets->gil.locked,
				&locked) < 0 ||
	    fdp_target_read_u64(target, gil->address + offsets->gil.holder,
				&gil->holder) < 0 ||
	    fdp_target_read_u64(target,
				gil->address + offsets->gil.switch_number,
				&gil->switch_number) < 0)
		return false;
	/* -1: not made yet. */
	gil->locked = locked == 1;
	return true;
}

int fdp_gils_add(struct fdp_target *target, struct fdp_report *report,
		 const struct fdp_python_offsets *offsets, uint64_t address,
		 struct fdp_python_gils *gils)
{
	struct fdp_python_gil gil = { .address = address,
				      .size = offsets->gil.size,
				      .holder_tid = FDP_UNKNOWN };
	struct fdp_python_gil *all;

	for (size_t i = 0; i < gils->count; i++)
		if (gils->all[i].address == address)
			return 0;
	if (!read_gil(target, offsets, &gil))
		return 0;
	all = fdp_arena_grow(&report->arena, gils->all, gils->count,
			     &gils->capacity, sizeof(*all));
	if (!all)
		return -ENOMEM;
	gils->all = all;
	all[gils->count++] = gil;
	return 0;
}

void fdp_gils_know_holders(struct fdp_python_gils *gils,
			   const struct fdp_table *states)
{
	for (size_t i = 0; i < gils->count; i++) {
		struct fdp_python_gil *gil = &gils->all[i];
		const struct fdp_thread *thread =
			gil->locked ? fdp_table_find(states, gil->holder, 0)
				    : NULL;

		gil->holder_tid = thread ? thread->tid : FDP_UNKNOWN;
	}
}
