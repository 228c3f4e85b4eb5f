/* Looks at a stack that moves between them: our own memory, changed on time. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/capture/details.h"
#include "../../daemon/capture/live.h"
#include "../../daemon/capture/looks.h"
#include "suite.h"

#define FRAMES 4

/* What the stacks of these tests are made of. */
struct frame {
	const struct frame *previous;
	uint64_t code, instruction;
};

/* Walks from now on, and what is done behind the one with that number. */
struct script {
	size_t walks, when;
	void (*change)(void);
};

static struct script script;
static struct frame frames[FRAMES + 1]; /* the innermost is the first */
static const struct frame *volatile newest;
static char codes[FRAMES + 1][16];

static int read_memory(const struct fdp_memory *memory, const void *address,
		       void *buffer, size_t size)
{
	return memory->read(memory->argument, (uint64_t)address, buffer, size);
}

static void append(struct fdp_chain *chain, const struct fdp_link *link)
{
	if (!chain->links) {
		chain->links = calloc(FRAMES + 1, sizeof(*link));
		ck_assert_ptr_nonnull(chain->links);
	}
	ck_assert_uint_le(chain->count, FRAMES);
	chain->links[chain->count++] = *link;
}

static int walk(void *reader, const struct fdp_memory *memory, uint64_t stack,
		struct fdp_chain *chain)
{
	const struct frame *at;
	struct frame frame;
	int r = read_memory(memory, (const void *)stack, &at, sizeof(at));

	(void)reader;
	chain->count = 0;
	while (r == 0 && at) {
		r = read_memory(memory, at, &frame, sizeof(frame));
		if (r == 0)
			append(chain,
			       &(struct fdp_link){ (uint64_t)at, frame.code,
						   frame.instruction });
		at = frame.previous;
	}
	if (++script.walks == script.when)
		script.change();
	return r;
}

/* Code objects end with a NUL, or are none. */
static int describe(void *reader, struct fdp_target *target,
		    const struct fdp_link *link)
{
	char name[sizeof(codes[0])];
	int r = fdp_target_read(target, link->code, name, sizeof(name));

	(void)reader;
	return r < 0 || memchr(name, '\0', sizeof(name)) ? r : -EBADMSG;
}

static const struct fdp_stacks_ops ops = { .walk = walk, .describe = describe };

struct fixture {
	struct fdp_target *target;
	struct fdp_details *details;
	struct fdp_looks *looks;
	struct fdp_look look;
};

static void setup(struct fixture *fixture)
{
	struct fdp_procfs *procfs;

	for (size_t i = 0; i <= FRAMES; i++) {
		snprintf(codes[i], sizeof(codes[i]), "code %zu", i);
		frames[i] = (struct frame){
			.previous = i + 1 < FRAMES ? &frames[i + 1] : NULL,
			.code = (uint64_t)codes[i],
			.instruction = 100 + i,
		};
	}
	newest = frames;
	script = (struct script){ 0 };
	ck_assert_int_eq(fdp_live_open(getpid(), &procfs, &fixture->target), 0);
	fixture->details = fdp_details_new(fixture->target, &ops, NULL);
	fixture->looks = fdp_looks_new(getpid(), &ops, NULL);
	ck_assert(fixture->details && fixture->looks);
}

static void done(struct fixture *fixture)
{
	fdp_looks_free(fixture->looks);
	fdp_details_free(fixture->details);
	fdp_target_free(fixture->target);
}

static int look(struct fixture *fixture)
{
	return fdp_looks_look(fixture->looks, fixture->details,
			      (uint64_t)&newest, &fixture->look);
}

static int look_and_change(struct fixture *fixture, void (*change)(void))
{
	script = (struct script){ 0, 1, change };
	return look(fixture);
}

static void move_innermost(void)
{
	frames[0].instruction++;
}

static void move_caller(void)
{
	frames[1].instruction++;
}

static void replace_innermost(void)
{
	frames[0].code = (uint64_t)codes[2];
}

static void leave_innermost(void)
{
	newest = &frames[1];
}

static void leave_all(void)
{
	newest = NULL;
}

static void enter_another(void)
{
	frames[FRAMES].previous = &frames[0];
	newest = &frames[FRAMES];
}

static void break_code(void)
{
	memset(codes[1], 'x', sizeof(codes[1]));
}

static void rename_code(void)
{
	memcpy(codes[1], "other", 6);
}

START_TEST(what_moved)
{
	static const struct {
		void (*change)(void);
		int result;
		bool whole;
		size_t outer;
	} rows[] = {
		{ move_innermost, 0, true, FRAMES },
		{ move_caller, 0, false, FRAMES - 2 },
		{ replace_innermost, 0, false, FRAMES - 1 },
		{ leave_innermost, 0, false, FRAMES - 1 },
		{ leave_all, 0, false, 0 },
		{ enter_another, -EAGAIN, false, 0 },
	};
	struct fixture fixture = { 0 };

	setup(&fixture);
	ck_assert_int_eq(look_and_change(&fixture, rows[_i].change),
			 rows[_i].result);
	if (rows[_i].result == 0) {
		ck_assert_int_eq(fixture.look.whole, rows[_i].whole);
		ck_assert_uint_eq(fixture.look.outer, rows[_i].outer);
		ck_assert_uint_eq(
			fixture.look.first,
			rows[_i].outer
				? (uint64_t)&frames[FRAMES - rows[_i].outer]
				: 0);
	}
	/* Standing still, each is seen whole the next time. */
	script.when = 0;
	ck_assert_int_eq(look(&fixture), 0);
	ck_assert(fixture.look.whole);
	done(&fixture);
}
END_TEST

/* One look alone is not believed, whichever it is. */
START_TEST(each_copy_counts)
{
	struct fixture fixture = { 0 };

	setup(&fixture);
	ck_assert_int_eq(look(&fixture), 0);
	ck_assert(fixture.look.whole && !fixture.look.empty);
	ck_assert_uint_eq(script.walks, 1 + FDP_LOOKS_COPIES);
	done(&fixture);
}
END_TEST

START_TEST(empty)
{
	struct fixture fixture = { 0 };

	setup(&fixture);
	newest = NULL;
	ck_assert_int_eq(look(&fixture), 0);
	ck_assert(fixture.look.whole && fixture.look.empty);
	done(&fixture);
}
END_TEST

/* Another code object lies where the one that is known lay. */
START_TEST(code_is_replaced)
{
	struct fixture fixture = { 0 };

	setup(&fixture);
	ck_assert_int_eq(look(&fixture), 0);
	rename_code();
	ck_assert_int_eq(look(&fixture), -EAGAIN);
	ck_assert_int_eq(look(&fixture), 0);
	ck_assert(fixture.look.whole);
	done(&fixture);
}
END_TEST

START_TEST(code_is_none)
{
	struct fixture fixture = { 0 };

	setup(&fixture);
	break_code();
	ck_assert_int_eq(look(&fixture), -EBADMSG);
	done(&fixture);
}
END_TEST

/* What one stack was made of stays, whatever another one wants there. */
START_TEST(kept)
{
	struct fixture fixture = { 0 };
	struct frame frame;

	setup(&fixture);
	ck_assert_int_eq(look(&fixture), 0);
	ck_assert_int_eq(fdp_looks_put(fixture.looks, fixture.details, _i), 0);
	move_caller();
	rename_code();
	ck_assert_int_eq(look(&fixture), -EAGAIN);
	ck_assert_int_eq(look(&fixture), _i ? -EAGAIN : 0);
	if (!_i)
		ck_assert_int_eq(
			fdp_looks_put(fixture.looks, fixture.details, true), 0);
	ck_assert_int_eq(fdp_target_read(fixture.target, (uint64_t)&frames[1],
					 &frame, sizeof(frame)),
			 0);
	ck_assert_uint_eq(frame.instruction, _i ? 101 : 102);
	done(&fixture);
}
END_TEST

/* The pages that the target had read before are no obstacle. */
START_TEST(put_over_old)
{
	struct fixture fixture = { 0 };
	struct frame frame;

	setup(&fixture);
	ck_assert_int_eq(fdp_target_read(fixture.target, (uint64_t)&frames[1],
					 &frame, sizeof(frame)),
			 0);
	move_caller();
	ck_assert_int_eq(look(&fixture), 0);
	ck_assert_int_eq(fdp_looks_put(fixture.looks, fixture.details, true),
			 0);
	ck_assert_int_eq(fdp_target_read(fixture.target, (uint64_t)&frames[1],
					 &frame, sizeof(frame)),
			 0);
	ck_assert_uint_eq(frame.instruction, 102);
	done(&fixture);
}
END_TEST

/* From what was changing: it cannot be read, and nothing else is wrong. */
START_TEST(range_that_goes_round)
{
	struct fdp_ranges ranges = { 0 };

	fdp_ranges_add(&ranges, UINT64_MAX - 15, 64);
	fdp_ranges_add(&ranges, UINT64_MAX, 8);
	fdp_ranges_add(&ranges, 50, 10);
	ck_assert(!ranges.lost);
	fdp_ranges_merge(&ranges, 0);
	ck_assert(!ranges.lost);
	ck_assert_uint_eq(ranges.all[0].address, 50);
	ck_assert_uint_eq(ranges.all[ranges.count - 1].address +
				  ranges.all[ranges.count - 1].size,
			  UINT64_MAX);
	fdp_ranges_done(&ranges);
}
END_TEST

START_TEST(merged_ranges)
{
	struct fdp_ranges ranges = { 0 };

	fdp_ranges_add(&ranges, 100, 10);
	fdp_ranges_add(&ranges, 50, 10);
	fdp_ranges_add(&ranges, 55, 10);
	fdp_ranges_add(&ranges, 110, 5);
	fdp_ranges_add(&ranges, 52, 2);
	fdp_ranges_merge(&ranges, (uint64_t)_i);
	ck_assert_uint_eq(ranges.count, _i >= 35 ? 1 : 2);
	ck_assert_uint_eq(ranges.all[0].address, 50);
	ck_assert_uint_eq(ranges.all[0].size, _i >= 35 ? 65 : 15);
	ck_assert(!ranges.lost);
	fdp_ranges_done(&ranges);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("looks");
	TCase *looks = tcase_create("looks");

	tcase_add_loop_test(looks, what_moved, 0, 6);
	tcase_add_test(looks, each_copy_counts);
	tcase_add_test(looks, empty);
	tcase_add_test(looks, code_is_replaced);
	tcase_add_test(looks, code_is_none);
	tcase_add_loop_test(looks, kept, 0, 2);
	tcase_add_test(looks, put_over_old);
	tcase_add_test(looks, range_that_goes_round);
	tcase_add_loop_test(looks, merged_ranges, 34, 36);
	suite_add_tcase(suite, looks);
	return fdp_suite_run(suite);
}
