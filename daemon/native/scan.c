#include "scan.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"
#include "calls.h"
#include "guess.h"
#include "modules.h"

#define WORD sizeof(uint64_t)
#define PAGE UINT64_C(4096)

/* Where each word has to lead; further out another anchor follows, or none. */
#define CHAIN_MAX 64

/* A chain of so many calls is none by chance, wherever it ends. */
#define CHAIN_ENOUGH 4

/* Words that lead on.  What more would say is what these have in common. */
#define CHAINS_MAX 64

/* A function without a table has no known end. */
#define UNKNOWN_FUNCTION_MAX 4096

/* A frame of a chain. */
struct link {
	uint64_t pc, sp;
	uint64_t start, end; /* of its function, or 0 */
	uint64_t called;     /* by it, or 0 */
};

struct chain {
	struct fdp_registers registers; /* of the first link */
	struct link links[CHAIN_MAX];
	size_t count;
};

struct scan {
	struct fdp_walk *walk;
	const struct fdp_place *lost;
	uint64_t anchor;
	struct chain *chains;
	size_t count;
};

bool fdp_is_called(struct fdp_walk *walk, const struct fdp_place *caller)
{
	struct fdp_target *target = walk->unwinder->target;

	return caller->exact || fdp_is_after_call(target, caller->pc) ||
	       fdp_is_signal_return(target, caller->pc);
}

static bool is_in_interpreter(const struct fdp_walk *walk, uint64_t pc)
{
	const struct fdp_module *module =
		fdp_modules_find(walk->unwinder->report, pc);

	return module && module->is_interpreter;
}

/*
 * Whether a step shows that a chain of COUNT leads on: 1, does not: -1, or not
 * yet: 0.
 */
static int judge(struct fdp_walk *walk, enum fdp_outcome outcome, size_t count,
		 uint64_t anchor, const struct fdp_place *place,
		 const struct fdp_place *caller)
{
	if (outcome == FDP_OUTERMOST)
		return anchor ? -1 : 1;
	/* Behind the next gap it may well go on. */
	if (outcome == FDP_LOST || !fdp_is_called(walk, caller))
		return count >= CHAIN_ENOUGH ? 1 : -1;
	if (!anchor || place->high <= anchor)
		return 0;
	return place->low <= anchor && is_in_interpreter(walk, place->pc) ? 1
									  : -1;
}

static void add_link(struct fdp_walk *walk, const struct fdp_place *place,
		     struct chain *chain)
{
	struct fdp_target *target = walk->unwinder->target;
	struct link *link = &chain->links[chain->count++];
	unw_proc_info_t info;

	*link = (struct link){ .pc = place->pc, .sp = place->low };
	if (unw_get_proc_info(&walk->cursor, &info) == 0) {
		link->start = info.start_ip;
		link->end = info.end_ip;
	}
	if (!place->exact)
		link->called = fdp_call_target(target, place->pc);
	fdp_unwind_source_refill(&walk->source);
}

/* Follows the calls from CHAIN's registers on; true if they lead on. */
static bool follow(struct fdp_walk *walk, uint64_t anchor, struct chain *chain)
{
	const uint64_t *general = chain->registers.general;
	struct fdp_walk trial = *walk;
	struct fdp_place place = { .pc = general[FDP_REGISTER_PC],
				   .low = general[FDP_REGISTER_SP] };
	int verdict = 0;

	trial.source.registers = chain->registers;
	chain->count = 0;
	if (fdp_walk_start(&trial, false) < 0)
		return false;
	while (verdict == 0 && chain->count < CHAIN_MAX) {
		struct fdp_place caller;
		enum fdp_outcome outcome;

		if (walk->trial_steps_left == 0)
			return false;
		walk->trial_steps_left--;
		add_link(&trial, &place, chain);
		outcome = fdp_walk_step(&trial, &place, &caller);
		verdict = judge(&trial, outcome, chain->count, anchor, &place,
				&caller);
		place = caller;
	}
	walk->source.reads_left = trial.source.reads_left;
	return verdict >= 0;
}

bool fdp_leads_on(struct fdp_walk *walk, const struct fdp_registers *registers,
		  uint64_t anchor)
{
	struct chain chain = { .registers = *registers };

	return follow(walk, anchor, &chain);
}

/*
 * The word at ADDRESS as a return address.  What a caller had in rbp is what
 * its callee has pushed first, or the callees have left it alone.
 */
static bool try_word(struct scan *scan, uint64_t address, uint64_t value)
{
	struct fdp_target *target = scan->walk->unwinder->target;
	struct chain *chain = &scan->chains[scan->count];
	uint64_t *general = chain->registers.general;
	const struct fdp_map *map = fdp_target_map(target, address);
	uint64_t rbp;

	if (!fdp_is_code(target, value) || !fdp_is_after_call(target, value))
		return false;
	chain->registers = scan->walk->source.registers;
	general[FDP_REGISTER_PC] = value;
	general[FDP_REGISTER_SP] = address + WORD;
	if (fdp_target_read_u64(target, address - WORD, &rbp) == 0 &&
	    rbp > address && fdp_target_map(target, rbp) == map)
		general[FDP_REGISTER_RBP] = rbp;
	return follow(scan->walk, scan->anchor, chain);
}

static void collect(struct scan *scan, uint64_t low, uint64_t high)
{
	struct fdp_target *target = scan->walk->unwinder->target;

	while (low < high && scan->count < CHAINS_MAX &&
	       scan->walk->trial_steps_left) {
		uint64_t value;

		if (fdp_target_read_u64(target, low, &value) < 0) {
			low = (low / PAGE + 1) * PAGE;
			continue;
		}
		scan->count += try_word(scan, low, value);
		low += WORD;
	}
}

static bool is_same(const struct link *one, const struct link *other)
{
	return one->pc == other->pc && one->sp == other->sp;
}

/* Where LINK stands in CHAIN, or its count. */
static size_t find(const struct chain *chain, const struct link *link)
{
	size_t i = 0;

	while (i < chain->count && !is_same(&chain->links[i], link))
		i++;
	return i;
}

static size_t count_with(const struct scan *scan, const struct link *link)
{
	size_t count = 0;

	for (size_t i = 0; i < scan->count; i++)
		count += find(&scan->chains[i], link) < scan->chains[i].count;
	return count;
}

/* What most have in common; of several such the innermost. */
static const struct link *find_common(const struct scan *scan)
{
	const struct link *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < scan->count; i++) {
		const struct chain *chain = &scan->chains[i];

		for (size_t j = 0; j < chain->count; j++) {
			size_t count = count_with(scan, &chain->links[j]);

			if (count > most ||
			    (count == most && chain->links[j].sp < best->sp)) {
				best = &chain->links[j];
				most = count;
			}
		}
	}
	return best;
}

/* The bounds of the function at PC, by its table. */
static bool find_function(struct fdp_walk *walk, uint64_t pc,
			  unw_proc_info_t *ret_info)
{
	int r;

	fdp_unwind_source_refill(&walk->source);
	r = unw_get_proc_info_by_ip(walk->unwinder->space, pc, ret_info,
				    &walk->source);
	fdp_unwind_source_refill(&walk->source);
	return r == 0;
}

/* Whether the call that LINK made was one of the function that is lost. */
static bool has_called_lost(const struct scan *scan, const struct link *link)
{
	const struct fdp_report *report = scan->walk->unwinder->report;
	uint64_t pc = scan->lost->pc;
	unw_proc_info_t info;

	if (!link->called || pc < link->called)
		return false;
	if (find_function(scan->walk, link->called, &info))
		return pc < info.end_ip;
	return pc - link->called < UNKNOWN_FUNCTION_MAX &&
	       fdp_modules_find(report, pc) ==
		       fdp_modules_find(report, link->called);
}

/*
 * True if what CALLER has called is known and is not CALLEE, nor ends with a
 * jump there.
 */
static bool is_denied(const struct scan *scan, const struct link *caller,
		      const struct link *callee)
{
	unw_proc_info_t info;

	if (!caller->called || !callee->start ||
	    caller->called == callee->start)
		return false;
	return !find_function(scan->walk, caller->called, &info) ||
	       !fdp_jumps_to(scan->walk->unwinder->target, info.start_ip,
			     info.end_ip, callee->start, callee->end);
}

/*
 * Whether CALLEE is all that CALLER leads to, and more than what one call may
 * have left: then it has been called by a chain of jumps.
 */
static bool is_alone(const struct scan *scan, const struct link *caller,
		     const struct link *callee)
{
	size_t count = 0;

	for (size_t i = 0; i < scan->count; i++) {
		const struct chain *chain = &scan->chains[i];
		size_t at = find(chain, caller);

		if (at == 0 || at == chain->count)
			continue;
		if (!is_same(&chain->links[at - 1], callee))
			return false;
		count++;
	}
	return count >= CHAIN_ENOUGH;
}

/* True if no call in CHAIN, up to the one of LINK, was of another function. */
static bool is_whole(const struct scan *scan, const struct chain *chain,
		     const struct link *link)
{
	size_t end = find(chain, link);

	for (size_t i = 0; i < end && end < chain->count; i++) {
		const struct link *callee = &chain->links[i];

		if (is_denied(scan, callee + 1, callee) &&
		    !is_alone(scan, callee + 1, callee))
			return false;
	}
	return end < chain->count;
}

/*
 * The innermost frame that is believed: of the chains that come to COMMON, that
 * of whoever has called what is lost, or the one that goes furthest inward:
 * what runs reaches to where the walk was lost, what an earlier call has left
 * lies between.
 */
static const struct link *find_innermost(const struct scan *scan)
{
	const struct link *common = find_common(scan);
	const struct link *furthest = common;

	for (size_t i = scan->count; common && i-- > 0;) {
		const struct chain *chain = &scan->chains[i];

		if (is_whole(scan, chain, common))
			furthest = &chain->links[0];
	}
	for (size_t i = 0; common && i < scan->count; i++) {
		const struct chain *chain = &scan->chains[i];

		if (is_whole(scan, chain, common) &&
		    has_called_lost(scan, &chain->links[0]))
			return &chain->links[0];
	}
	return furthest;
}

/* Steps from the beginning of CHAIN to the frame at AT. */
static int registers_at(struct fdp_walk *walk, const struct chain *chain,
			size_t at, struct fdp_registers *ret_registers)
{
	struct fdp_walk trial = *walk;
	struct fdp_place place = { .pc = chain->links[0].pc,
				   .low = chain->links[0].sp };

	trial.source.registers = chain->registers;
	if (fdp_walk_start(&trial, false) < 0)
		return -ENOENT;
	for (size_t i = 0; i < at; i++) {
		struct fdp_place caller;

		if (fdp_walk_step(&trial, &place, &caller) != FDP_CALLER)
			return -ENOENT;
		place = caller;
	}
	fdp_walk_registers(&trial, &place, ret_registers);
	return 0;
}

static int give(const struct scan *scan, struct fdp_registers *ret_registers)
{
	const struct link *link = find_innermost(scan);

	for (size_t i = 0; link && i < scan->count; i++) {
		const struct chain *chain = &scan->chains[i];
		size_t at = find(chain, link);

		if (at < chain->count)
			return registers_at(scan->walk, chain, at,
					    ret_registers);
	}
	return -ENOENT;
}

int fdp_scan(struct fdp_walk *walk, const struct fdp_place *lost, uint64_t low,
	     uint64_t high, uint64_t anchor,
	     struct fdp_registers *ret_registers)
{
	_cleanup_free_ struct chain *chains =
		calloc(CHAINS_MAX, sizeof(*chains));
	struct scan scan = {
		.walk = walk, .lost = lost, .anchor = anchor, .chains = chains
	};

	if (!chains)
		return -ENOMEM;
	collect(&scan, low, high);
	return give(&scan, ret_registers);
}
