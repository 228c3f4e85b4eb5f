/* The chain of a stack of a process that runs: what is one, and what is none.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../daemon/python/chain.h"
#include "../../daemon/python/stacks.h"
#include "../../daemon/python/thread_ids.h"
#include "fake_python.h"
#include "suite.h"

#define MINORS (FDP_PYTHON_MINOR_LAST - FDP_PYTHON_MINOR_FIRST + 1)
#define EXECUTING 0
#define SUSPENDED 0xff

struct fixture {
	struct fdp_target *target;
	struct fake_python fake;
	struct fdp_chain chain;
	uint64_t shim, outer, inner, state;
};

static int read_target(void *argument, uint64_t address, void *buffer,
		       size_t size)
{
	return fdp_target_read(argument, address, buffer, size);
}

/* A frame object that is executed, or a generator's that has its state. */
static void set_state(struct fixture *fixture, uint64_t frame,
		      uint64_t references, uint8_t state)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	uint8_t executing =
		state == EXECUTING && offsets->frame.executing_first == 1;

	if (offsets->style == FDP_FRAMES_OBJECTS) {
		fake_target_write_u64(fixture->target,
				      frame + offsets->object.type - 8,
				      references);
		executing = executing				  ? 1
			    : offsets->frame.executing_first == 1 ? 0
								  : state;
		fake_target_write(fixture->target,
				  frame + offsets->frame.executing, &executing,
				  1);
	} else {
		fake_target_write(fixture->target,
				  frame - offsets->frame.generator_state_before,
				  &state, 1);
	}
}

static void setup(struct fixture *fixture, int minor, int owner)
{
	static const struct fake_code code = { "f", "/app/main.py", 3 };
	struct fake_python *fake = &fixture->fake;
	struct fake_frame frame = { .is_entry = 1 };

	*fixture = (struct fixture){ .target = fake_target_new() };
	fake_python_start(fake, fixture->target, minor);
	if (fake->offsets->style == FDP_FRAMES_SHIM) {
		frame.owner = 3;
		fixture->shim = fake_python_frame(fake, &frame);
	}
	frame = (struct fake_frame){
		.previous = fixture->shim,
		.code = fake_python_code(fake, &code),
		.is_entry = 1,
	};
	fake_python_alloc(fake, 64);
	fixture->outer = fake_python_frame(fake, &frame);
	frame.previous = fixture->outer;
	frame.is_entry = 0;
	frame.owner = owner;
	fake_python_alloc(fake, 64);
	fixture->inner = fake_python_frame(fake, &frame);
	set_state(fixture, fixture->outer, 1, EXECUTING);
	set_state(fixture, fixture->inner, 1, EXECUTING);
	fixture->state = fake_python_thread(fake, fake_python_alloc(fake, 8192),
					    0, fixture->inner);
}

static int walk(struct fixture *fixture)
{
	const struct fdp_memory memory = { read_target, fixture->target };

	return fdp_chain_walk(fixture->fake.offsets, &memory, fixture->state,
			      &fixture->chain);
}

static void done(struct fixture *fixture)
{
	free(fixture->chain.links);
	fdp_target_free(fixture->target);
}

static int minor_of(int i)
{
	return FDP_PYTHON_MINOR_FIRST + i;
}

START_TEST(whole)
{
	struct fixture fixture;

	setup(&fixture, minor_of(_i), 0);
	ck_assert_int_eq(walk(&fixture), 0);
	ck_assert_uint_eq(fixture.chain.count, fixture.shim ? 3 : 2);
	ck_assert_uint_eq(fixture.chain.links[0].frame, fixture.inner);
	ck_assert_uint_eq(fixture.chain.links[1].frame, fixture.outer);
	ck_assert_uint_ne(fixture.chain.links[1].code, 0);
	if (fixture.shim)
		ck_assert_uint_eq(fixture.chain.links[2].code, 0);
	done(&fixture);
}
END_TEST

START_TEST(nothing_is_whole)
{
	struct fixture fixture;

	setup(&fixture, minor_of(_i), 0);
	fixture.state = fake_python_thread(&fixture.fake, 0, 0, 0);
	ck_assert_int_eq(walk(&fixture), 0);
	ck_assert_uint_eq(fixture.chain.count, 0);
	done(&fixture);
}
END_TEST

/* An evaluation that has begun, and not said yet what it runs. */
START_TEST(half_built)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;

	setup(&fixture, minor_of(_i), 0);
	offsets = fixture.fake.offsets;
	if (offsets->cframe.frame != FDP_ABSENT) {
		fake_python_set(&fixture.fake, fixture.state,
				offsets->thread.cframe,
				fake_python_alloc(&fixture.fake, 64));
		ck_assert_int_eq(walk(&fixture), -EBADMSG);
	}
	ck_assert_uint_eq(fixture.chain.count, 0);
	done(&fixture);
}
END_TEST

/* 3.11 and 3.12: what the newest CFrame had before it is filled in. */
START_TEST(not_begun_from)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t newest, before;

	setup(&fixture, _i, 0);
	offsets = fixture.fake.offsets;
	before = fake_python_alloc(&fixture.fake, 64);
	fake_python_set(&fixture.fake, before, offsets->cframe.frame,
			fixture.inner);
	newest = fake_python_alloc(&fixture.fake, 64);
	fake_python_set(&fixture.fake, newest, offsets->cframe.frame,
			fixture.inner);
	fake_python_set(&fixture.fake, newest, offsets->cframe.previous,
			before);
	fake_python_set(&fixture.fake, fixture.state, offsets->thread.cframe,
			newest);
	ck_assert_int_eq(walk(&fixture), -EBADMSG);
	done(&fixture);
}
END_TEST

/* A frame that is where the next one will be made. */
START_TEST(newest_has_ended)
{
	struct fixture fixture;
	uint64_t room[2];

	setup(&fixture, _i, 0);
	room[0] = fixture.outer - 64;
	room[1] = fixture.inner;
	fake_target_write_u64(fixture.target, room[0] + 8, 4096);
	fake_target_write(fixture.target,
			  fixture.state + fixture.fake.offsets->thread.chunk,
			  room, sizeof(room));
	ck_assert_int_eq(walk(&fixture), -EBADMSG);
	done(&fixture);
}
END_TEST

START_TEST(generator)
{
	struct fixture fixture;

	setup(&fixture, minor_of(_i), 1);
	ck_assert_int_eq(walk(&fixture), 0);
	done(&fixture);
	setup(&fixture, minor_of(_i), 1);
	set_state(&fixture, fixture.inner, 1, SUSPENDED);
	ck_assert_int_eq(walk(&fixture), minor_of(_i) < 15 ? -EBADMSG : 0);
	done(&fixture);
}
END_TEST

/* Up to 3.10: freed, and not yet used again. */
START_TEST(dead_object)
{
	struct fixture fixture;

	setup(&fixture, minor_of(_i), 0);
	set_state(&fixture, fixture.outer, 0, EXECUTING);
	ck_assert_int_eq(walk(&fixture), minor_of(_i) <= 10 ? -EBADMSG : 0);
	done(&fixture);
}
END_TEST

/* From 3.11 on: a frame whose link is not made yet is no end. */
START_TEST(no_bottom)
{
	struct fixture fixture;
	struct fake_frame frame = { 0 };
	uint64_t code = 0;

	setup(&fixture, minor_of(_i), 0);
	fdp_target_read_u64(fixture.target,
			    fixture.inner + fixture.fake.offsets->frame.code,
			    &code);
	frame.code = code;
	fixture.inner = fake_python_frame(&fixture.fake, &frame);
	set_state(&fixture, fixture.inner, 1, EXECUTING);
	fixture.state = fake_python_thread(&fixture.fake, 0, 0, fixture.inner);
	ck_assert_int_eq(walk(&fixture), minor_of(_i) >= 11 ? -EBADMSG : 0);
	done(&fixture);
}
END_TEST

START_TEST(circle)
{
	struct fixture fixture;
	struct fake_frame frame = { .code = 0x1234, .is_entry = 0 };
	uint64_t first, last;

	setup(&fixture, minor_of(_i), 0);
	first = fake_python_alloc(&fixture.fake, 512);
	frame.previous = first;
	for (int i = 0; i < 100; i++) {
		fake_python_alloc(&fixture.fake, 64);
		last = frame.previous =
			fake_python_frame(&fixture.fake, &frame);
		set_state(&fixture, last, 1, EXECUTING);
	}
	fake_python_frame_at(&fixture.fake, first, &frame);
	set_state(&fixture, first, 1, EXECUTING);
	fixture.state = fake_python_thread(&fixture.fake, 0, 0, last);
	ck_assert_int_eq(walk(&fixture), -EBADMSG);
	ck_assert_uint_lt(fixture.chain.count, 1000);
	done(&fixture);
}
END_TEST

START_TEST(cannot_be_read)
{
	struct fixture fixture;

	setup(&fixture, minor_of(_i), 0);
	fixture.state =
		fake_python_thread(&fixture.fake, 0, 0, UINT64_C(0x100000000));
	ck_assert_int_eq(walk(&fixture), -EFAULT);
	done(&fixture);
}
END_TEST

#define PTHREAD 0x7f0000001000
#define NSPID "Name:\tx\nNSpid:\t%s\nNSpgid:\t9\t9\n"

/* The number in struct pthread, if that is one. */
START_TEST(pthread_number)
{
	struct fdp_target *target = fake_target_new();

	fake_target_write_u64(target, PTHREAD, PTHREAD);
	fake_target_write_u64(target, PTHREAD + 16, PTHREAD + (_i ? 8 : 0));
	fake_target_write_u32(target, PTHREAD + 0x2d0, 4711);
	ck_assert_int_eq(fdp_pthread_own_id(target, PTHREAD), _i ? 0 : 4711);
	ck_assert_int_eq(fdp_pthread_own_id(target, 0x10000), 0);
	fdp_target_free(target);
}
END_TEST

START_TEST(number_in_container)
{
	static const struct {
		const char *process, *thread;
		pid_t number;
	} rows[] = {
		{ "100", "101", 101 },	 { "100\t1", "101\t2", 2 },
		{ "100\t1", NULL, 101 }, { NULL, NULL, 101 },
		{ "", "", 101 },	 { "100\t1", "x", 101 },
	};
	struct fdp_target *target = fake_target_new();
	const struct fdp_thread thread = { .tid = 101 };
	char text[64];

	if (rows[_i].process) {
		snprintf(text, sizeof(text), NSPID, rows[_i].process);
		fake_target_fact(target, "proc/status", text);
	}
	if (rows[_i].thread) {
		snprintf(text, sizeof(text), NSPID, rows[_i].thread);
		fake_target_fact(target, "thread/101/status", text);
	}
	ck_assert_int_eq(fdp_thread_own_id(target, &thread), rows[_i].number);
	fdp_target_free(target);
}
END_TEST

START_TEST(noted_states)
{
	static const struct {
		const char *method, *value;
		enum fdp_stack_state state;
		uint64_t first;
	} rows[] = {
		{ "nonblocking", NULL, FDP_STACK_WHOLE, 0 },
		{ "nonblocking", "gone", FDP_STACK_GONE, 0 },
		{ "nonblocking", "moves 12ab", FDP_STACK_MOVES, 0x12ab },
		{ "nonblocking", "moves 0", FDP_STACK_MOVES, 0 },
		{ "live", "gone", FDP_STACK_WHOLE, 0 },
		{ NULL, "gone", FDP_STACK_WHOLE, 0 },
	};
	struct fdp_target *target = fake_target_new();
	uint64_t first = 0;

	if (rows[_i].method)
		fake_target_fact(target, "capture/method", rows[_i].method);
	if (rows[_i].value)
		fake_target_fact(target, "stack/abc0", rows[_i].value);
	ck_assert_int_eq(fdp_stack_find_state(target, 0xabc0, &first),
			 rows[_i].state);
	ck_assert_uint_eq(first, rows[_i].first);
	fdp_target_free(target);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chain");
	TCase *chains = tcase_create("chains");
	TCase *others = tcase_create("others");

	tcase_add_loop_test(chains, whole, 0, MINORS);
	tcase_add_loop_test(chains, nothing_is_whole, 0, MINORS);
	tcase_add_loop_test(chains, half_built, 0, MINORS);
	tcase_add_loop_test(chains, not_begun_from, 11, 13);
	tcase_add_loop_test(chains, newest_has_ended, 11, 13);
	tcase_add_loop_test(chains, generator, 0, MINORS);
	tcase_add_loop_test(chains, dead_object, 0, MINORS);
	tcase_add_loop_test(chains, no_bottom, 0, MINORS);
	tcase_add_loop_test(chains, circle, 0, MINORS);
	tcase_add_loop_test(chains, cannot_be_read, 0, MINORS);
	suite_add_tcase(suite, chains);
	tcase_add_loop_test(others, pthread_number, 0, 2);
	tcase_add_loop_test(others, number_in_container, 0, 6);
	tcase_add_loop_test(others, noted_states, 0, 6);
	suite_add_tcase(suite, others);
	return fdp_suite_run(suite);
}
