/* What looks at a process say of hangs, and what is none. */
#include <check.h>
#include <string.h>

#include "../../daemon/analysis/hang.h"
#include "../../daemon/analysis/hang_text.h"
#include "../../daemon/analysis/watched.h"
#include "../../daemon/base/util.h"
#include "suite.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)

/* Numbers of threads, and where they are in each look. */
#define MAIN_TID 100
enum { MAIN, SECOND, THIRD, THREADS };

#define MUTEX UINT64_C(0x7f0000001000)
#define OTHER_MUTEX UINT64_C(0x7f0000002000)

/* Of system calls, x86-64. */
#define CALL_FUTEX 202
#define CALL_WAIT4 61
#define CALL_READ 0

struct scene {
	struct fdp_sight looks[FDP_HANG_LOOKS];
	struct fdp_sight_thread threads[FDP_HANG_LOOKS][THREADS];
	struct fdp_sights all;
};

/* Three threads that sleep; a look each 1.25 s. */
static void prepare(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->all.count = FDP_HANG_LOOKS;
	for (size_t i = 0; i < FDP_HANG_LOOKS; i++) {
		struct fdp_sight *look = &scene->looks[i];

		scene->all.looks[i] = look;
		look->time_ns = 50 * S + i * 1250 * MS;
		look->main = MAIN_TID;
		look->gil.known = true;
		look->gil.holder = MAIN_TID;
		look->gil.switch_number = 7;
		look->threads = scene->threads[i];
		look->thread_count = THREADS;
		for (size_t j = 0; j < THREADS; j++)
			look->threads[j] = (struct fdp_sight_thread){
				.tid = MAIN_TID + (pid_t)j,
				.is_python = true,
				.call = CALL_FUTEX,
				.frames = 10 + j,
				.values = 20 + j,
				.place = 0x5000,
			};
	}
}

#define EACH_LOOK(i) (size_t i = 0; i < FDP_HANG_LOOKS; i++)

static void hold_gil(struct scene *scene, int holder)
{
	for
		EACH_LOOK(i)
		{
			scene->looks[i].gil.locked = true;
			scene->looks[i].gil.holder = MAIN_TID + holder;
			scene->threads[i][holder].call = FDP_SIGHT_NO_CALL;
		}
}

static void run(struct scene *scene, int thread, uint64_t ns, uint64_t queue_ns)
{
	for
		EACH_LOOK(i)
		{
			scene->threads[i][thread].run_ns = 3 * S + i * ns;
			scene->threads[i][thread].queue_ns = S + i * queue_ns;
		}
}

static void want(struct scene *scene, int thread, enum fdp_wanted wants,
		 uint64_t what, int owner)
{
	for
		EACH_LOOK(i)
		{
			scene->threads[i][thread].wants = wants;
			scene->threads[i][thread].wanted = what;
			scene->threads[i][thread].owner = MAIN_TID + owner;
		}
}

static void asleep(struct scene *scene)
{
	(void)scene;
}

static void held_while_waited_for(struct scene *scene)
{
	hold_gil(scene, SECOND);
	want(scene, THIRD, FDP_WANTS_GIL, 1, SECOND);
}

/* It wakes up every few milliseconds to ask again. */
static void waiting_with_gaps(struct scene *scene)
{
	held_while_waited_for(scene);
	for (size_t i = 0; i < FDP_HANG_LOOKS; i++)
		if (i != 4 && i != 6)
			scene->threads[i][THIRD].wants = FDP_WANTS_NOTHING;
}

static void waiting_seldom(struct scene *scene)
{
	held_while_waited_for(scene);
	for (size_t i = 1; i < FDP_HANG_LOOKS; i++)
		scene->threads[i][THIRD].wants = FDP_WANTS_NOTHING;
	scene->threads[8][SECOND].values++;
}

/* A thread that computes keeps the GIL as long as nobody wants it. */
static void waiting_only_now(struct scene *scene)
{
	held_while_waited_for(scene);
	for (size_t i = 0; i < 5; i++)
		scene->threads[i][THIRD].wants = FDP_WANTS_NOTHING;
	scene->threads[8][SECOND].values++;
}

static void handed_over(struct scene *scene)
{
	held_while_waited_for(scene);
	scene->looks[8].gil.switch_number++;
}

static void held_by_another_meanwhile(struct scene *scene)
{
	held_while_waited_for(scene);
	scene->looks[4].gil.holder = MAIN_TID;
}

static void not_locked_once(struct scene *scene)
{
	held_while_waited_for(scene);
	scene->looks[4].gil.locked = false;
}

static void gil_unknown(struct scene *scene)
{
	held_while_waited_for(scene);
	scene->looks[0].gil.known = false;
}

static void holder_unknown(struct scene *scene)
{
	held_while_waited_for(scene);
	for
		EACH_LOOK(i)
	scene->looks[i].gil.holder = 0;
}

/* On a machine that is too busy it had no chance to let go. */
static void holder_starved(struct scene *scene)
{
	held_while_waited_for(scene);
	run(scene, SECOND, 10 * MS, 1200 * MS);
}

static void holder_slow(struct scene *scene)
{
	held_while_waited_for(scene);
	run(scene, SECOND, 100 * MS, 1100 * MS);
}

static void held_in_a_call(struct scene *scene)
{
	hold_gil(scene, SECOND);
}

static void held_and_moving(struct scene *scene)
{
	hold_gil(scene, SECOND);
	run(scene, SECOND, 1200 * MS, 0);
	scene->threads[5][SECOND].frames++;
}

/* As programs do that embed Python, and go their own way. */
static void held_without_python(struct scene *scene)
{
	hold_gil(scene, MAIN);
	run(scene, MAIN, 1200 * MS, 0);
	for
		EACH_LOOK(i)
	scene->threads[i][MAIN].frames = 0;
}

static void busy(struct scene *scene)
{
	hold_gil(scene, MAIN);
	run(scene, MAIN, 1200 * MS, 0);
}

/* The jump, and what does nothing before it. */
static void busy_in_a_small_loop(struct scene *scene)
{
	busy(scene);
	scene->threads[3][MAIN].place += FDP_HANG_PLACE;
}

static void busy_in_a_larger_loop(struct scene *scene)
{
	busy(scene);
	scene->threads[3][MAIN].place -= FDP_HANG_PLACE + 2;
}

static void busy_and_counting(struct scene *scene)
{
	busy(scene);
	scene->threads[8][MAIN].values++;
}

static void busy_among_others(struct scene *scene)
{
	busy(scene);
	run(scene, MAIN, 700 * MS, 0);
	for (size_t i = 1; i < FDP_HANG_LOOKS; i += 2) {
		scene->looks[i].gil.holder = MAIN_TID + SECOND;
		scene->threads[i][MAIN].wants = FDP_WANTS_GIL;
	}
	for
		EACH_LOOK(i)
	scene->looks[i].gil.switch_number = i;
}

static void busy_on_a_busy_machine(struct scene *scene)
{
	busy(scene);
	run(scene, MAIN, 70 * MS, 1100 * MS);
}

static void busy_now_and_then(struct scene *scene)
{
	busy(scene);
	run(scene, MAIN, 500 * MS, 0);
	for
		EACH_LOOK(i)
	scene->threads[i][MAIN].values += i;
}

/* hashlib, zlib and the like: a call that has let go of the GIL. */
static void long_call(struct scene *scene)
{
	run(scene, MAIN, 1250 * MS, 0);
	for
		EACH_LOOK(i)
	scene->threads[i][MAIN].call = FDP_SIGHT_NO_CALL;
}

static void callback(struct scene *scene)
{
	for
		EACH_LOOK(i)
	scene->threads[i][SECOND].round = 99;
}

static void callbacks(struct scene *scene)
{
	callback(scene);
	scene->threads[8][SECOND].round++;
}

static void loop_was_idle_once(struct scene *scene)
{
	callback(scene);
	scene->threads[4][SECOND].round = 0;
}

static void callback_that_moves(struct scene *scene)
{
	callback(scene);
	for
		EACH_LOOK(i)
	scene->threads[i][SECOND].frames += i;
}

static void callback_of_a_new_thread(struct scene *scene)
{
	callback(scene);
	scene->threads[0][SECOND].tid = MAIN_TID + 50;
}

static void mutexes(struct scene *scene)
{
	want(scene, MAIN, FDP_WANTS_MUTEX, MUTEX, SECOND);
	want(scene, SECOND, FDP_WANTS_MUTEX, OTHER_MUTEX, MAIN);
}

static void three_locks(struct scene *scene)
{
	want(scene, MAIN, FDP_WANTS_LOCK, MUTEX, THIRD);
	want(scene, THIRD, FDP_WANTS_MUTEX, OTHER_MUTEX, SECOND);
	want(scene, SECOND, FDP_WANTS_LOCK, MUTEX + 64, MAIN);
}

static void mutex_of_its_own(struct scene *scene)
{
	want(scene, SECOND, FDP_WANTS_MUTEX, MUTEX, SECOND);
}

static void mutex_and_gil(struct scene *scene)
{
	hold_gil(scene, SECOND);
	want(scene, SECOND, FDP_WANTS_MUTEX, MUTEX, MAIN);
	want(scene, MAIN, FDP_WANTS_GIL, 1, SECOND);
	scene->threads[8][MAIN].wants = FDP_WANTS_NOTHING;
}

static void another_mutex_once(struct scene *scene)
{
	mutexes(scene);
	scene->threads[4][MAIN].wanted++;
}

static void mutexes_that_are_got(struct scene *scene)
{
	mutexes(scene);
	run(scene, MAIN, 100 * MS, 0);
}

static void waits_for_a_worker(struct scene *scene)
{
	want(scene, MAIN, FDP_WANTS_MUTEX, MUTEX, SECOND);
	run(scene, SECOND, 1000 * MS, 0);
}

/* Into the circle, but not of it. */
static void waits_for_the_stuck(struct scene *scene)
{
	want(scene, MAIN, FDP_WANTS_MUTEX, MUTEX, SECOND);
	want(scene, SECOND, FDP_WANTS_MUTEX, OTHER_MUTEX, THIRD);
	want(scene, THIRD, FDP_WANTS_MUTEX, MUTEX, SECOND);
}

static void too_few_looks(struct scene *scene)
{
	held_while_waited_for(scene);
	scene->all.count--;
}

static void too_short(struct scene *scene)
{
	held_while_waited_for(scene);
	scene->looks[8].time_ns -= 10 * MS;
}

/* Kinds that are found, each with the thread that hangs. */
#define NONE 0
#define DEADLOCK(thread) (1 << FDP_HANG_DEADLOCK), MAIN_TID + (thread)
#define GIL(thread) (1 << FDP_HANG_GIL), MAIN_TID + (thread)
#define BUSY (1 << FDP_HANG_BUSY), MAIN_TID
#define LOOP(thread) (1 << FDP_HANG_LOOP), MAIN_TID + (thread)

static const struct row {
	const char *name;
	void (*make)(struct scene *scene);
	int kinds;
	pid_t tid;
	const char *says; /* a part of the text, or NULL */
} rows[] = {
#define ROW(make, ...)                                                         \
	{                                                                      \
#make, make, __VA_ARGS__                                       \
	}
	ROW(asleep, NONE, 0, NULL),
	ROW(held_while_waited_for, GIL(SECOND),
	    "Thread 101 has held the GIL for 10.000 s while 1 thread waited"),
	ROW(waiting_with_gaps, GIL(SECOND), "while 1 thread waited"),
	ROW(waiting_seldom, NONE, 0, NULL),
	ROW(waiting_only_now, NONE, 0, NULL),
	ROW(handed_over, NONE, 0, NULL),
	ROW(held_by_another_meanwhile, NONE, 0, NULL),
	ROW(not_locked_once, NONE, 0, NULL),
	ROW(gil_unknown, NONE, 0, NULL),
	ROW(holder_unknown, NONE, 0, NULL),
	ROW(holder_starved, NONE, 0, NULL),
	ROW(holder_slow, GIL(SECOND), "In that time it ran for 0.800 s."),
	ROW(held_in_a_call, GIL(SECOND),
	    "Thread 101 has held the GIL for 10.000 s."),
	ROW(held_and_moving, NONE, 0, NULL),
	ROW(held_without_python, NONE, 0, NULL),
	ROW(busy, BUSY,
	    "The main thread (100) has stood at the same instruction for "
	    "10.000 s and burns processor time. In that time it ran for 9.600"),
	ROW(busy_in_a_small_loop, BUSY, NULL),
	ROW(busy_in_a_larger_loop, NONE, 0, NULL),
	ROW(busy_and_counting, NONE, 0, NULL),
	ROW(busy_among_others, BUSY, NULL),
	ROW(busy_on_a_busy_machine, BUSY, NULL),
	ROW(busy_now_and_then, NONE, 0, NULL),
	ROW(long_call, NONE, 0, NULL),
	ROW(callback, LOOP(SECOND),
	    "The asyncio event loop of thread 101 has run one callback for "
	    "10.000 s, and nothing else meanwhile. It is in futex()."),
	ROW(callbacks, NONE, 0, NULL),
	ROW(loop_was_idle_once, NONE, 0, NULL),
	ROW(callback_that_moves, LOOP(SECOND), NULL),
	ROW(callback_of_a_new_thread, NONE, 0, NULL),
	ROW(mutexes, DEADLOCK(MAIN),
	    "2 threads have waited for each other for 10.000 s: thread 100 "
	    "waits for the mutex at 0x7f0000001000, which thread 101 has; "
	    "thread 101 waits for the mutex at 0x7f0000002000, which thread "
	    "100 has."),
	ROW(three_locks, DEADLOCK(MAIN), "which thread 102 has; thread 102"),
	ROW(mutex_of_its_own, DEADLOCK(SECOND),
	    "1 thread has waited for itself"),
	{ "mutex_and_gil", mutex_and_gil,
	  1 << FDP_HANG_DEADLOCK | 1 << FDP_HANG_GIL, 0,
	  "which thread 100 has; thread 100 waits for the GIL, which thread "
	  "101 has." },
	ROW(another_mutex_once, NONE, 0, NULL),
	ROW(mutexes_that_are_got, NONE, 0, NULL),
	ROW(waits_for_a_worker, NONE, 0, NULL),
	ROW(waits_for_the_stuck, DEADLOCK(SECOND), NULL),
	ROW(too_few_looks, NONE, 0, NULL),
	ROW(too_short, NONE, 0, NULL),
};

START_TEST(test_found)
{
	const struct row *row = &rows[_i];
	static struct scene scene;

	prepare(&scene);
	row->make(&scene);
	for (int kind = FDP_HANG_KINDS - 1; kind >= 0; kind--) {
		struct fdp_watch_message message;
		struct fdp_hang hang = { .tid = -1 };
		bool found = fdp_hang_find(&scene.all, kind, 10 * S, &hang);

		ck_assert_msg(found == (row->kinds >> kind & 1),
			      "%s: kind %d: %d", row->name, kind, found);
		if (!found)
			continue;
		if (row->tid)
			ck_assert_int_eq(hang.tid, row->tid);
		fdp_hang_tell(&scene.all, &hang, &message);
		if (row->says && (kind == 0 || row->tid))
			ck_assert_msg(strstr(message.text, row->says), "%s: %s",
				      row->name, message.text);
	}
}
END_TEST

static const struct {
	int64_t call;
	uint64_t argument;
	const char *says;
} calls[] = {
	{ CALL_FUTEX, MUTEX, "It is in futex()." },
	{ CALL_READ, 5, "It is in read() of descriptor 5." },
	{ CALL_WAIT4, 4711, "It is in wait4() for process 4711." },
	{ CALL_WAIT4, UINT64_C(0xffffffff), "It is in wait4() for a child" },
	{ 4000, 0, "It is in system call 4000." },
};

START_TEST(test_call)
{
	static struct scene scene;
	struct fdp_watch_message message;
	struct fdp_hang hang;

	prepare(&scene);
	callback(&scene);
	scene.threads[8][SECOND].call = calls[_i].call;
	scene.threads[8][SECOND].argument = calls[_i].argument;
	ck_assert(fdp_hang_find(&scene.all, FDP_HANG_LOOP, 0, &hang));
	fdp_hang_tell(&scene.all, &hang, &message);
	ck_assert_msg(strstr(message.text, calls[_i].says), "%s", message.text);
}
END_TEST

/* On a machine without time for it, or with it; until something moves. */
static const struct {
	void (*make)(struct scene *scene);
	enum fdp_hang_kind kind;
	int thread;
	bool lasts;
} lasting[] = {
	{ busy, FDP_HANG_BUSY, MAIN, true },
	{ asleep, FDP_HANG_BUSY, MAIN, true },
	{ busy_in_a_larger_loop, FDP_HANG_BUSY, MAIN, false },
	{ busy_and_counting, FDP_HANG_BUSY, MAIN, false },
	{ holder_starved, FDP_HANG_GIL, SECOND, true },
	{ handed_over, FDP_HANG_GIL, SECOND, false },
	{ held_while_waited_for, FDP_HANG_GIL, THIRD, false },
	{ callback, FDP_HANG_LOOP, SECOND, true },
	{ callbacks, FDP_HANG_LOOP, SECOND, false },
	{ mutexes, FDP_HANG_DEADLOCK, SECOND, true },
	{ another_mutex_once, FDP_HANG_DEADLOCK, MAIN, false },
};

START_TEST(test_lasts)
{
	static struct scene scene;

	prepare(&scene);
	lasting[_i].make(&scene);
	ck_assert_int_eq(fdp_hang_lasts(&scene.all, lasting[_i].kind,
					MAIN_TID + lasting[_i].thread),
			 lasting[_i].lasts);
}
END_TEST

/* What moved, of whom, and how it is known; and all of it in the report. */
START_TEST(test_told)
{
	static struct scene scene;
	struct fdp_watch_message message;
	struct fdp_report_thread threads[] = { { .tid = 100 },
					       { .tid = 101 },
					       { .tid = 102 } };
	struct fdp_report report = { .threads = threads, .thread_count = 3 };
	struct fdp_hang hang;

	prepare(&scene);
	held_while_waited_for(&scene);
	run(&scene, MAIN, 10 * MS, 0);
	scene.threads[3][MAIN].frames = 1;
	ck_assert(fdp_hang_find(&scene.all, FDP_HANG_GIL, 10 * S, &hang));
	fdp_hang_tell(&scene.all, &hang, &message);
	ck_assert_uint_eq(message.type, FDP_WATCH_HANG);
	ck_assert_uint_eq(message.kind, FDP_HANG_GIL);
	ck_assert_uint_eq(message.number, 101);
	ck_assert_uint_eq(message.looks, 9);
	ck_assert_uint_eq(message.ns, 10 * S);
	ck_assert_str_eq(
		message.evidence,
		"Seen at all of 9 looks in 10.000 s: the GIL is locked, thread "
		"101 has it, and it was not handed over (switch 7).\n"
		"Of the other 2 threads 1 ran meanwhile, and the Python frames "
		"of 1 moved.\n");
	ck_assert_int_eq(fdp_watch_fill(&message, &report), 0);
	ck_assert_uint_eq(report.watch.looks, 9);
	ck_assert_uint_eq(report.watch.evidence_count, 2);
	ck_assert_uint_eq(report.watch.thread_count, 3);
	/* Who hangs comes first, then who did something. */
	ck_assert_int_eq(report.watch.threads[0].tid, 101);
	ck_assert_int_eq(report.watch.threads[1].tid, 100);
	ck_assert_uint_eq(report.watch.threads[1].changes, 2);
	ck_assert(report.watch.threads[1].run_s > 0.079 &&
		  report.watch.threads[1].run_s < 0.081);
	ck_assert_int_eq(threads[0].tid, 101);
	ck_assert_int_eq(threads[1].tid, 100);
	ck_assert_int_eq(threads[2].tid, 102);
	ck_assert(!fdp_report_has_signal(&report));
	fdp_report_done(&report);
}
END_TEST

/* A process of more threads than a message has room for. */
START_TEST(test_many_threads)
{
	enum { COUNT = 200 };
	static struct fdp_sight_thread threads[COUNT];
	static struct fdp_sight looks[FDP_HANG_LOOKS];
	struct fdp_sights all = { .count = FDP_HANG_LOOKS };
	struct fdp_watch_message message;
	struct fdp_hang hang;

	for (size_t i = 0; i < COUNT; i++)
		threads[i] = (struct fdp_sight_thread){
			.tid = 1 + (pid_t)i,
			.frames = 1,
			.wants = i == COUNT - 1 ? FDP_WANTS_NOTHING
						: FDP_WANTS_GIL,
		};
	for
		EACH_LOOK(i)
		{
			looks[i] = (struct fdp_sight){
				.time_ns = i,
				.main = 1,
				.truncated = true,
				.gil = { .known = true,
					 .locked = true,
					 .holder = COUNT },
				.threads = threads,
				.thread_count = COUNT,
			};
			all.looks[i] = &looks[i];
		}
	ck_assert(fdp_hang_find(&all, FDP_HANG_GIL, 0, &hang));
	ck_assert_uint_eq(hang.waiting, COUNT - 1);
	fdp_hang_tell(&all, &hang, &message);
	ck_assert_uint_eq(message.thread_count, FDP_WATCH_THREADS_MAX);
	ck_assert_int_eq(message.threads[0].tid, COUNT);
	ck_assert_ptr_nonnull(strstr(message.evidence, "Only the first 1024"));
	ck_assert(!fdp_hang_find(&all, FDP_HANG_DEADLOCK, 0, &hang));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hang");
	TCase *tests = tcase_create("hang");

	tcase_add_loop_test(tests, test_found, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, test_call, 0, (int)ARRAY_SIZE(calls));
	tcase_add_loop_test(tests, test_lasts, 0, (int)ARRAY_SIZE(lasting));
	tcase_add_test(tests, test_told);
	tcase_add_test(tests, test_many_threads);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
