/* Tasks of asyncio: where they lie, circles of them, and how they are shown. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/task_cycles.h"
#include "../../daemon/base/util.h"
#include "../../daemon/python/task_offsets.h"
#include "../../daemon/render/load.h"
#include "reports.h"
#include "suite.h"

/* Every version from 3.7 on has a table, and no other. */
START_TEST(each_version_has_a_table)
{
	for (int free_threaded = 0; free_threaded < 2; free_threaded++) {
		for (int minor = 0; minor < 20; minor++) {
			const struct fdp_python_offsets offsets = {
				.major = 3,
				.minor = minor,
				.free_threaded = free_threaded,
			};
			int first = free_threaded ? 13 : 7;

			ck_assert_int_eq(!!fdp_task_offsets_of(&offsets),
					 minor >= first && minor <= 15);
		}
	}
}
END_TEST

/* What a process says of itself, as .AsyncioDebug has it. */
enum word {
	TASK_SIZE,
	NAME,
	AWAITED_BY,
	IS_TASK,
	AWAITED_SET,
	COROUTINE,
	NODE,
	INTERPRETER_SIZE,
	ORPHANS,
	THREAD_SIZE,
	LOOP,
	TASK,
	HEAD,
	WORDS
};

static const uint64_t said[WORDS] = {
	[TASK_SIZE] = 176,   [NAME] = 144,
	[AWAITED_BY] = 104,  [IS_TASK] = 110,
	[AWAITED_SET] = 111, [COROUTINE] = 136,
	[NODE] = 160,	     [INTERPRETER_SIZE] = 20000,
	[ORPHANS] = 10888,   [THREAD_SIZE] = 1000,
	[LOOP] = 872,	     [TASK] = 880,
	[HEAD] = 888,
};

static const struct {
	enum word word;
	uint64_t value;
} lies[] = {
	{ TASK_SIZE, 4097 },
	{ TASK_SIZE, 0 },
	{ NAME, 172 },
	{ NAME, 145 },
	{ NAME, UINT64_MAX },
	{ AWAITED_BY, 176 },
	{ IS_TASK, 176 },
	{ AWAITED_SET, UINT64_MAX },
	{ COROUTINE, 169 },
	{ NODE, 168 },
	{ INTERPRETER_SIZE, 100 },
	{ INTERPRETER_SIZE, UINT64_MAX },
	{ ORPHANS, 19992 },
	{ THREAD_SIZE, 65537 },
	{ LOOP, 1000 },
	{ TASK, 993 },
	{ HEAD, 992 },
};

static struct fdp_task_offsets table(void)
{
	const struct fdp_python_offsets offsets = { .major = 3, .minor = 14 };

	return *fdp_task_offsets_of(&offsets);
}

START_TEST(what_a_process_says_is_taken)
{
	struct fdp_task_offsets offsets = table();

	ck_assert_int_eq(fdp_task_offsets_apply((const uint8_t *)said,
						sizeof(said), &offsets),
			 0);
	ck_assert_uint_eq(offsets.task.name, 144);
	ck_assert_uint_eq(offsets.task.awaited_by, 104);
	ck_assert_uint_eq(offsets.task.awaited_set, 111);
	ck_assert_uint_eq(offsets.task.coroutine, 136);
	ck_assert_uint_eq(offsets.task.node, 160);
	ck_assert_uint_eq(offsets.orphans, 10888);
	ck_assert_uint_eq(offsets.thread.loop, 872);
	ck_assert_uint_eq(offsets.thread.task, 880);
	ck_assert_uint_eq(offsets.thread.head, 888);
}
END_TEST

START_TEST(what_cannot_be_is_not_taken)
{
	const struct fdp_task_offsets before = table();
	struct fdp_task_offsets offsets = before;
	uint64_t words[WORDS];

	memcpy(words, said, sizeof(words));
	words[lies[_i].word] = lies[_i].value;
	ck_assert_int_eq(fdp_task_offsets_apply((const uint8_t *)words,
						sizeof(words), &offsets),
			 -EBADMSG);
	ck_assert_int_eq(fdp_task_offsets_apply((const uint8_t *)said,
						sizeof(said) - 1, &offsets),
			 -EBADMSG);
	ck_assert_mem_eq(&offsets, &before, sizeof(offsets));
}
END_TEST

/* Who awaits whom: "ab" is a that awaits b.  The circles, as they are found. */
static const struct {
	const char *edges, *circles;
} circle_rows[] = {
	{ "", "" },
	{ "ab bc cd ad", "" },
	{ "aa", "a;" },
	{ "ab ba", "ab;" },
	{ "ab bc ca", "abc;" },
	{ "xa ab bc cb", "bc;" },
	{ "ab ba cd de ec", "ab;cde;" },
	/* c leads to what is done with: one circle is enough to stop them. */
	{ "ab ac bd cd da", "abd;" },
	{ "ab bc cd db", "bcd;" },
};

/* Letters are places in the list. */
#define LETTERS 26

static void add_awaited(struct fdp_report *report, const char *edge)
{
	struct fdp_task *task = &report->tasks.list[edge[0] - 'a'];

	task->awaits = realloc(task->awaits, (task->awaits_count + 1) *
						     sizeof(*task->awaits));
	ck_assert_ptr_nonnull(task->awaits);
	task->awaits[task->awaits_count++] = (size_t)(edge[1] - 'a');
}

START_TEST(circles_are_found)
{
	struct fdp_task list[LETTERS] = { 0 };
	struct fdp_report report = { .tasks = { .list = list,
						.count = LETTERS } };
	char found[64] = "";
	char *at = found;

	for (const char *edge = circle_rows[_i].edges; *edge;
	     edge += edge[2] ? 3 : 2)
		add_awaited(&report, edge);
	ck_assert_int_eq(fdp_task_cycles_find(&report), 0);
	for (size_t i = 0; i < report.tasks.cycle_count; i++) {
		for (size_t j = 0; j < report.tasks.cycles[i].count; j++)
			*at++ = (char)('a' + report.tasks.cycles[i].tasks[j]);
		*at++ = ';';
	}
	ck_assert_str_eq(found, circle_rows[_i].circles);
	for (size_t i = 0; i < LETTERS; i++)
		free(list[i].awaits);
	fdp_report_done(&report);
}
END_TEST

/* One awaits itself, a thousand times over: some are shown, and that is said.
 */
START_TEST(circles_have_a_limit)
{
	const size_t count = 1000;
	struct fdp_task *list = calloc(count, sizeof(*list));
	size_t *places = calloc(count, sizeof(*places));
	struct fdp_report report = { .tasks = { .list = list,
						.count = count } };

	for (size_t i = 0; i < count; i++) {
		places[i] = i;
		list[i].awaits = &places[i];
		list[i].awaits_count = 1;
	}
	ck_assert_int_eq(fdp_task_cycles_find(&report), 0);
	ck_assert_uint_eq(report.tasks.cycle_count, FDP_TASK_CYCLES_MAX);
	ck_assert_uint_eq(report.capture.missing_count, 1);
	ck_assert_str_eq(report.capture.missing[0],
			 "asyncio: only the first 16 circles of tasks are "
			 "shown");
	free(places);
	free(list);
	fdp_report_done(&report);
}
END_TEST

static const char shown[] =
	"\nasyncio: 6 tasks\n"
	"Tasks that await each other: \"b\" -> \"c\" -> \"b\"\n"
	"\n"
	"Task \"a\" (main) in thread 4713 \"worker\", running, awaited by "
	"tasks \"b\", \"c\", most recent call first:\n"
	"  File \"/srv/app/app.py\", line 7, in main\n"
	"\n"
	"Task \"b\" in thread 4714, waits for task \"c\"\n"
	"\n"
	"Task \"c\" in thread 4714, waits for task \"b\", to be cancelled\n"
	"\n"
	"Tasks \"d\", \"e\" (wait) in thread 4714, wait for "
	"_asyncio.Future, read when the process ran again\n"
	"\n"
	"Task 0x60 in thread 4714, about to run after a wait that is done\n";

/* Tasks of two threads. */
static struct fdp_report tasks_report(void)
{
	static struct fdp_frame frame = { .kind = FDP_FRAME_PYTHON,
					  .function = "main",
					  .qualname = "main",
					  .file = "/srv/app/app.py",
					  .line = 7,
					  .column = -1,
					  .end_column = -1 };
	static size_t b = 1, c = 2, both[] = { 1, 2 }, circle[] = { 1, 2 };
	static struct fdp_task_cycle cycle = { circle, 2 };
	static struct fdp_report_thread thread = { .tid = 4713,
						   .name = "worker" };
	static struct fdp_task list[] = {
		{ .address = 0x10,
		  .name = "a",
		  .coroutine = "main",
		  .type = "_asyncio.Task",
		  .state = FDP_TASK_RUNNING,
		  .tid = 4713,
		  .loop = 0x100,
		  .frames = &frame,
		  .frame_count = 1,
		  .awaited_by = both,
		  .awaited_by_count = 2 },
		{ .address = 0x20,
		  .name = "b",
		  .type = "_asyncio.Task",
		  .tid = 4714,
		  .future = 0x30,
		  .future_type = "_asyncio.Task",
		  .future_state = "pending",
		  .awaits = &c,
		  .awaits_count = 1 },
		{ .address = 0x30,
		  .name = "c",
		  .type = "_asyncio.Task",
		  .must_cancel = true,
		  .tid = 4714,
		  .future = 0x20,
		  .future_type = "_asyncio.Task",
		  .awaits = &b,
		  .awaits_count = 1 },
		{ .address = 0x40,
		  .name = "d",
		  .coroutine = "wait",
		  .tid = 4714,
		  .late = true,
		  .future = 0x70,
		  .future_type = "_asyncio.Future" },
		{ .address = 0x50,
		  .name = "e",
		  .coroutine = "wait",
		  .tid = 4714,
		  .late = true,
		  .future = 0x80,
		  .future_type = "_asyncio.Future" },
		{ .address = 0x60,
		  .tid = 4714,
		  .future = 0x80,
		  .future_type = "_asyncio.Future",
		  .future_state = "done" },
	};
	struct fdp_report report = unknown_report();

	report.kind = "dump";
	report.threads = &thread;
	report.thread_count = 1;
	report.tasks = (struct fdp_tasks){ list, ARRAY_SIZE(list), &cycle, 1 };
	return report;
}

START_TEST(tasks_are_shown)
{
	const struct fdp_report report = tasks_report();
	_cleanup_free_ char *text = render(&report, false, false);
	const char *found = strstr(text, "\nasyncio:");

	ck_assert_ptr_nonnull(found);
	ck_assert_str_eq(found, shown);
}
END_TEST

START_TEST(tasks_come_back)
{
	const struct fdp_report report = tasks_report();

	comes_back(&report);
}
END_TEST

static const struct {
	const char *members, *why;
} refused[] = {
	{ "\"state\":\"asleep\"", "'state' in tasks" },
	{ "\"state\":\"done\",\"awaits\":[1]", "'awaits' in tasks" },
	{ "\"state\":\"done\",\"awaits\":[-1]", "'awaits' in tasks" },
	{ "\"state\":\"done\",\"awaited_by\":[\"a\"]",
	  "'awaited_by' in tasks" },
	{ "\"state\":\"done\",\"frames\":1", "'frames' in tasks" },
};

START_TEST(what_is_no_task_is_refused)
{
	char member[256];

	snprintf(member, sizeof(member), "\"tasks\":[{%s}]",
		 refused[_i].members);
	is_refused(member, refused[_i].why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tasks");
	TCase *tcase = tcase_create("tasks");

	tcase_add_test(tcase, each_version_has_a_table);
	tcase_add_test(tcase, what_a_process_says_is_taken);
	tcase_add_loop_test(tcase, what_cannot_be_is_not_taken, 0,
			    ARRAY_SIZE(lies));
	tcase_add_loop_test(tcase, circles_are_found, 0,
			    ARRAY_SIZE(circle_rows));
	tcase_add_test(tcase, circles_have_a_limit);
	tcase_add_test(tcase, tasks_are_shown);
	tcase_add_test(tcase, tasks_come_back);
	tcase_add_loop_test(tcase, what_is_no_task_is_refused, 0,
			    ARRAY_SIZE(refused));
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
