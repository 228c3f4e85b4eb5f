#include "resume.h"

#include <errno.h>
#include <string.h>

#include "calls.h"
#include "modules.h"
#include "scan.h"

#define WORD sizeof(uint64_t)

/*
 * Of a longer stretch only so much is looked at, at either end: an array that
 * a function has on its stack is seldom larger, and each word is read.
 */
#define SCANNED_MAX (UINT64_C(64) << 10)

/* Evaluations that are given up, one after the other, in one gap. */
#define ANCHORS_TRIED_MAX 64

/* From a lost place to where its stack ends: a usual one, and more. */
#define STACK_MAX (UINT64_C(64) << 20)

/* From the stack pointer of an evaluation to its anchor. */
#define ANCHOR_IN_FRAME_MAX 4096

static bool has_anchor(const struct fdp_walk *walk)
{
	return walk->anchor < walk->unwinder->anchor_count;
}

static uint64_t next_anchor(const struct fdp_walk *walk)
{
	return has_anchor(walk) ? walk->unwinder->anchors[walk->anchor] : 0;
}

static bool is_same_map(const struct fdp_walk *walk, uint64_t one,
			uint64_t other)
{
	const struct fdp_target *target = walk->unwinder->target;
	const struct fdp_map *map = fdp_target_map(target, one);

	return map && map == fdp_target_map(target, other);
}

static void learn(struct fdp_walk *walk, uint64_t anchor,
		  const struct fdp_place *place,
		  const struct fdp_registers *registers)
{
	struct fdp_evaluation *known = &walk->unwinder->evaluation;
	uint64_t rbp = registers->general[FDP_REGISTER_RBP];
	const struct fdp_module *module =
		fdp_modules_find(walk->unwinder->report, place->pc);

	if (known->pc || !module || !module->is_interpreter ||
	    anchor - place->low > ANCHOR_IN_FRAME_MAX)
		return;
	*known = (struct fdp_evaluation){
		.pc = place->pc,
		.exact = place->exact,
		.anchor_above_sp = anchor - place->low,
		.rbp_above_sp = rbp - place->low,
		.has_rbp = rbp >= place->low && rbp < place->high,
	};
}

void fdp_resume_note(struct fdp_walk *walk, const struct fdp_place *place,
		     const struct fdp_registers *registers)
{
	while (has_anchor(walk) && next_anchor(walk) < place->high) {
		uint64_t anchor = next_anchor(walk);

		/* A signal's stack may lie anywhere: it has passed none. */
		if (!is_same_map(walk, anchor, place->low))
			return;
		if (anchor >= place->low)
			learn(walk, anchor, place, registers);
		walk->anchor++;
	}
}

bool fdp_resume_expected(const struct fdp_walk *walk,
			 const struct fdp_place *place)
{
	return has_anchor(walk) && next_anchor(walk) > place->low &&
	       is_same_map(walk, next_anchor(walk), place->low);
}

/* Starts WALK over at REGISTERS, which lead on. */
static bool start(struct fdp_walk *walk, const struct fdp_registers *registers,
		  enum fdp_found found, struct fdp_gap *ret_gap)
{
	ret_gap->found = found;
	ret_gap->next = (struct fdp_place){
		.pc = registers->general[FDP_REGISTER_PC],
		.low = registers->general[FDP_REGISTER_SP],
		.high = registers->general[FDP_REGISTER_SP],
	};
	walk->source.registers = *registers;
	return fdp_walk_start(walk, false) == 0;
}

/* Of a stretch that is too long the part next to the lost place, and the part
 * next to the anchor. */
static int scan(struct fdp_walk *walk, const struct fdp_place *lost,
		uint64_t low, uint64_t high, uint64_t anchor,
		struct fdp_gap *ret_gap)
{
	struct fdp_registers registers;
	bool cut = high > low && high - low > 2 * SCANNED_MAX;
	int r = fdp_scan(walk, lost, low, cut ? low + SCANNED_MAX : high,
			 anchor, &registers);

	if (r == -ENOENT && cut && anchor)
		r = fdp_scan(walk, lost, high - SCANNED_MAX, high, anchor,
			     &registers);
	if (r == 0 && !start(walk, &registers, FDP_FOUND_SCAN, ret_gap))
		return -ENOENT;
	return r;
}

/*
 * The frame of the evaluation whose anchor is ANCHOR, as far as it is known:
 * its pc is that of another.
 */
static struct fdp_registers evaluation_at(const struct fdp_walk *walk,
					  uint64_t anchor)
{
	const struct fdp_evaluation *known = &walk->unwinder->evaluation;
	struct fdp_registers registers = walk->source.registers;
	uint64_t sp = anchor - known->anchor_above_sp;

	registers.general[FDP_REGISTER_SP] = sp;
	registers.general[FDP_REGISTER_PC] = known->pc + known->exact;
	if (known->has_rbp)
		registers.general[FDP_REGISTER_RBP] = sp + known->rbp_above_sp;
	return registers;
}

/* Its pc is what the call that it made has left: its return address. */
static bool try_evaluation(struct fdp_walk *walk,
			   struct fdp_registers registers, uint64_t anchor,
			   struct fdp_gap *ret_gap)
{
	struct fdp_target *target = walk->unwinder->target;
	uint64_t *pc = &registers.general[FDP_REGISTER_PC];

	return fdp_target_read_u64(target,
				   registers.general[FDP_REGISTER_SP] - WORD,
				   pc) == 0 &&
	       fdp_is_after_call(target, *pc) &&
	       fdp_leads_on(walk, &registers, anchor) &&
	       start(walk, &registers, FDP_FOUND_ANCHOR, ret_gap);
}

/*
 * Who has called it: its frame is the same whatever its pc is.  The evaluation
 * itself would be shown at a place where it was not.
 */
static bool try_caller(struct fdp_walk *walk, struct fdp_registers registers,
		       uint64_t next, struct fdp_gap *ret_gap)
{
	struct fdp_place place = { .pc = registers.general[FDP_REGISTER_PC],
				   .low = registers.general[FDP_REGISTER_SP] };
	struct fdp_walk trial = *walk;
	struct fdp_place caller;

	trial.source.registers = registers;
	if (fdp_walk_start(&trial, false) < 0 ||
	    fdp_walk_step(&trial, &place, &caller) != FDP_CALLER ||
	    !fdp_is_called(&trial, &caller))
		return false;
	fdp_walk_registers(&trial, &caller, &registers);
	return fdp_leads_on(walk, &registers, next) &&
	       start(walk, &registers, FDP_FOUND_ANCHOR, ret_gap);
}

/* At the next anchor, which is then counted off if it lies in the gap. */
static bool try_anchor(struct fdp_walk *walk, struct fdp_gap *ret_gap)
{
	uint64_t anchor = next_anchor(walk);
	struct fdp_registers registers;

	if (!walk->unwinder->evaluation.pc) {
		walk->anchor++;
		return false;
	}
	registers = evaluation_at(walk, anchor);
	if (try_evaluation(walk, registers, anchor, ret_gap))
		return true;
	walk->anchor++;
	return try_caller(walk, registers, next_anchor(walk), ret_gap);
}

/*
 * Where the stack of PLACE ends: at the thread's own data, or with the mapping
 * that the kernel made for the first thread; else with its mapping.
 */
static uint64_t stack_end(const struct fdp_walk *walk,
			  const struct fdp_place *place)
{
	const struct fdp_target *target = walk->unwinder->target;
	const struct fdp_map *map = fdp_target_map(target, place->low);
	uint64_t data = walk->source.registers.thread_pointer;

	if (data > place->low && data - place->low <= STACK_MAX)
		return data;
	for (size_t i = 0; i < target->map_count; i++) {
		const struct fdp_map *stack = &target->maps[i];

		if (stack->path && strcmp(stack->path, "[stack]") == 0 &&
		    stack->end > place->low &&
		    stack->end - place->low <= STACK_MAX)
			return stack->end;
	}
	return map && map->writable ? map->end : place->low;
}

/* Looks from LOW outward: to each anchor that is left, and then to END. */
static int look(struct fdp_walk *walk, const struct fdp_place *lost,
		uint64_t low, uint64_t end, struct fdp_gap *ret_gap)
{
	int r = -ENOENT;

	for (size_t tried = 0; has_anchor(walk) && tried < ANCHORS_TRIED_MAX;
	     tried++) {
		uint64_t anchor = next_anchor(walk);

		r = scan(walk, lost, low, anchor, anchor, ret_gap);
		if (r != -ENOENT || try_anchor(walk, ret_gap))
			return r == -ENOMEM ? r : 0;
		low = anchor;
	}
	if (!has_anchor(walk) && low < end)
		r = scan(walk, lost, low, end, 0, ret_gap);
	return r;
}

int fdp_resume(struct fdp_walk *walk, const struct fdp_place *lost,
	       struct fdp_gap *ret_gap)
{
	uint64_t from = lost->high > lost->low ? lost->high : lost->low;
	uint64_t low = (from + WORD - 1) / WORD * WORD;
	uint64_t anchor = next_anchor(walk);
	uint64_t end = stack_end(walk, lost);
	size_t before = walk->anchor;
	int r;

	/* A stack pointer that is nowhere says nothing about where to look. */
	if (anchor && (anchor < low || anchor - low > STACK_MAX)) {
		low = anchor - SCANNED_MAX;
		end = 0;
		from = 0;
	}
	r = look(walk, lost, low, end, ret_gap);
	if (r < 0)
		walk->anchor = before;
	else
		ret_gap->bytes = from ? ret_gap->next.low - from : 0;
	return r;
}
