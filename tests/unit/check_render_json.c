/* The JSON form: its text, its nulls, its size. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "reports.h"
#include "suite.h"

#define MODULE_DEMO                                                            \
	"\"module\":\"/srv/app/_demo.so\",\"build_id\":"                       \
	"\"3f2a91c0aabbccddeeff00112233445566778899\","

static const char small_json[] =
	"{\"schema\":\"fdpreload.report/1\",\"id\":\"i\\\"d\","
	"\"kind\":\"crash\",\"time\":\"2026-11-20T14:04:19.123456Z\","
	"\"process\":{\"pid\":4711,\"ppid\":4700,"
	"\"comm\":\"python3.12\",\"exe\":\"/usr/bin/python3.12\","
	"\"cmdline\":\"python3.12 app.py --token=***\",\"cwd\":\"/srv\","
	"\"uid\":1000,\"gid\":1001,"
	"\"start_time\":\"2026-11-20T14:04:15.000000Z\",\"uptime_s\":4.125,"
	"\"cgroup\":\"/system.slice/app.service\"},"
	"\"signal\":{\"number\":11,\"name\":\"SIGSEGV\","
	"\"description\":\"Segmentation fault\",\"code\":1,"
	"\"code_name\":\"SEGV_MAPERR\",\"address\":\"0x10\","
	"\"sender_pid\":null,\"sender_uid\":null,\"blocked\":false},"
	"\"died_of\":{\"number\":11,\"name\":\"SIGSEGV\",\"code\":1,"
	"\"code_name\":\"SEGV_MAPERR\"},\"handler\":null,"
	"\"foreign_handlers\":[],"
	"\"cause\":{\"kind\":\"abort\",\"text\":\"why\\n\"},"
	"\"watch\":null,"
	"\"annotations\":{\"z\":\"gr\\u00F6\",\"a\\uFFFD\":\"\\u0001\"},"
	"\"python\":{\"implementation\":\"CPython\",\"version\":\"3.12.1\","
	"\"free_threaded\":false,"
	"\"gil_holder_tid\":4713,\"gc_collecting\":true,"
	"\"finalizing\":false,\"foreign_threads\":2,\"extensions\":["
	"{\"name\":\"a.b\",\"file\":\"/a/b\\uFFFD.so\"}]},"
	"\"capture\":{\"method\":\"live\",\"hold_ms\":12.25,"
	"\"complete\":false,\"missing\":[\"registers of 1 of 5 threads: they "
	"did not stop in time\"]},"
	"\"deadlocks\":[{\"threads\":[4713,4714]},{\"threads\":[4715]}],"
	"\"threads\":[{\"tid\":4713,\"name\":\"gr\\u00F6\\uFFFD\","
	"\"crashed\":true,\"holds_gil\":true,\"python_thread\":true,"
	"\"python_name\":\"gr\\u00F6\\u00DFer\",\"daemon\":true,"
	"\"python_state\":\"attached\",\"collecting_garbage\":true,"
	"\"importing\":[\"a.b\",\"a\"],\"waits\":{\"kind\":\"mutex\","
	"\"text\":\"waits\",\"address\":\"0x10\",\"owner_tid\":4714,"
	"\"owner_name\":\"b\\uFFFD\"},\"watch\":null,\"interpreters\":[2,0],"
	"\"merging\":{\"by\":\"count\",\"evaluations\":3,"
	"\"unmatched\":1,\"gaps\":2,\"guessed\":true},"
	"\"frames\":["
	"{\"kind\":\"gap\",\"bytes\":432,\"resumed\":\"scan\"},"
	"{\"kind\":\"gap\",\"bytes\":null,\"resumed\":\"anchor\"},"
	"{\"kind\":\"native\",\"function\":\"crash_here\",\"offset\":25,"
	"\"pc\":\"0x7f1200001139\"," MODULE_DEMO
	"\"file\":\"/src/_demo.c\",\"line\":17,\"inlined\":false},"
	"{\"kind\":\"python\",\"function\":\"run\","
	"\"qualname\":\"Handler.run\",\"qualname_guessed\":false,"
	"\"file\":\"/srv/app.py\",\"line\":42,"
	"\"end_line\":42,\"column\":11,\"end_column\":26,"
	"\"source\":\"    return self.handler(5) + 1\",\"lines\":null,"
	"\"source_changed\":false,"
	"\"locals\":null},"
	"{\"kind\":\"native\",\"function\":null,\"offset\":null,"
	"\"pc\":\"0x1234\",\"module\":null,\"build_id\":null,\"file\":null,"
	"\"line\":null,\"inlined\":false}],"
	"\"raised\":null,\"handled\":[],\"exceptions\":[]}],"
	"\"tasks\":[{\"address\":\"0x40\",\"name\":\"gr\\u00F6\",\"coroutine\":"
	"null,"
	"\"type\":\"_asyncio.Task\",\"state\":\"pending\",\"must_cancel\":true,"
	"\"late\":false,\"loop\":\"0x50\",\"tid\":4713,"
	"\"future\":{\"type\":\"_asyncio.Task\",\"address\":\"0x40\","
	"\"state\":null},\"awaits\":[0],\"awaited_by\":[0],\"frames\":[]}],"
	"\"task_cycles\":[{\"tasks\":[0]}],"
	"\"greenlets\":[{\"address\":\"0x60\",\"type\":\"greenlet.greenlet\","
	"\"main\":false,\"state\":\"unstarted\",\"function\":\"gr\\u00F6\","
	"\"parent\":0,\"tid\":4713,\"late\":false,\"truncated\":true,"
	"\"frames\":[]}],"
	"\"registers\":null,\"code_bytes\":\"488b4010\","
	"\"modules\":[{\"path\":\"/lib/libc.so.6\",\"build_id\":\"cafe\","
	"\"start\":\"0x7f1400000000\",\"end\":\"0x7f1400505000\","
	"\"bias\":\"0x7f1400000000\",\"interpreter\":false}]}\n";

START_TEST(json_is_golden)
{
	const struct fdp_frame scanned = { .kind = FDP_FRAME_GAP,
					   .gap_bytes = 432,
					   .found = FDP_FOUND_SCAN };
	const struct fdp_frame anchored = { .kind = FDP_FRAME_GAP,
					    .found = FDP_FOUND_ANCHOR };
	struct fdp_frame frames[] = { scanned, anchored, crashed_frames[1],
				      crashed_frames[5], native_frames[2] };
	struct fdp_note notes[] = { { "z", "gr\xc3\xb6" },
				    { "a\xff", "\x01" } };
	long interpreters[] = { 2, 0 };
	const char *imports[] = { "a.b", "a" };
	struct fdp_extension extension = { "a.b", "/a/b\xff.so" };
	struct fdp_report_thread thread = {
		.tid = 4713,
		.name = "gr\xc3\xb6\xff",
		.crashed = true,
		.holds_gil = 1,
		.python_name = "gr\xc3\xb6\xc3\x9f"
			       "er",
		.is_daemon = 1,
		.attachment = "attached",
		.is_collecting = 1,
		.imports = imports,
		.import_count = 2,
		.waits = { "mutex", "waits", 0x10, 4714, "b\xff" },
		.interpreters = interpreters,
		.interpreter_count = 2,
		.merging = { "count", 3, 1, 2, true },
		FRAMES(frames)
	};
	pid_t tids[] = { 4713, 4714, 4715 };
	struct fdp_deadlock deadlocks[] = { { tids, 2 }, { tids + 2, 1 } };
	size_t itself = 0;
	struct fdp_task task = { .address = 0x40,
				 .name = "gr\xc3\xb6",
				 .type = "_asyncio.Task",
				 .must_cancel = true,
				 .loop = 0x50,
				 .tid = 4713,
				 .future = 0x40,
				 .future_type = "_asyncio.Task",
				 .awaits = &itself,
				 .awaits_count = 1,
				 .awaited_by = &itself,
				 .awaited_by_count = 1 };
	struct fdp_task_cycle cycle = { &itself, 1 };
	struct fdp_greenlet greenlet = { .address = 0x60,
					 .type = "greenlet.greenlet",
					 .function = "gr\xc3\xb6",
					 .truncated = true,
					 .tid = 4713 };
	struct fdp_report report = whole_report();
	struct fdp_module module = libc;
	char *text;

	report.tasks = (struct fdp_tasks){ &task, 1, &cycle, 1 };
	report.greenlets = (struct fdp_greenlets){ &greenlet, 1 };
	report.id = "i\"d";
	report.notes = notes;
	report.note_count = ARRAY_SIZE(notes);
	report.cause.kind = "abort";
	report.cause.text = "why\n";
	report.python.foreign_threads = 2;
	report.python.extensions = &extension;
	report.python.extension_count = 1;
	report.threads = &thread;
	report.thread_count = 1;
	report.deadlocks = deadlocks;
	report.deadlock_count = 2;
	report.has_registers = false;
	report.modules = &module;
	report.module_count = 1;
	text = render_json(&report);
	compare(text, small_json);
	free(text);
}
END_TEST

static const char handled_json[] =
	"\"died_of\":{\"number\":6,\"name\":\"SIGABRT\",\"code\":-6,"
	"\"code_name\":\"SI_TKILL\"},"
	"\"handler\":{\"address\":\"0x7f1200001100\","
	"\"module\":\"/srv/app/_demo.so\",\"offset\":\"0x1100\","
	"\"symbol\":null,\"text\":\"A sentence.\"},"
	"\"foreign_handlers\":["
	"{\"number\":11,\"name\":\"SIGSEGV\",\"action\":\"handler\","
	"\"address\":\"0x7f1200001234\",\"module\":\"/srv/app/_demo.so\","
	"\"offset\":\"0x1234\",\"symbol\":\"on_fault\"},"
	"{\"number\":7,\"name\":\"SIGBUS\",\"action\":\"handler\","
	"\"address\":\"0x5678\",\"module\":null,\"offset\":null,"
	"\"symbol\":null},"
	"{\"number\":8,\"name\":\"SIGFPE\",\"action\":\"ignore\","
	"\"address\":null,\"module\":null,\"offset\":null,"
	"\"symbol\":null},"
	"{\"number\":63,\"name\":null,\"action\":\"default\","
	"\"address\":null,\"module\":null,\"offset\":null,"
	"\"symbol\":null}],";

START_TEST(json_of_handlers)
{
	struct fdp_report report = handled_report();
	char *text = render_json(&report);
	char *found = strstr(text, "\"died_of\"");

	ck_assert_ptr_nonnull(found);
	ck_assert_ptr_nonnull(strstr(text, "\"blocked\":true}"));
	ck_assert_uint_gt(strlen(found), strlen(handled_json));
	found[strlen(handled_json)] = '\0';
	compare(found, handled_json);
	free(text);
}
END_TEST

static json_t *parse(const struct fdp_report *report)
{
	char *text = render_json(report);
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	ck_assert_msg(root, "%s", text);
	ck_assert_uint_eq(strcspn(text, "\n"), strlen(text) - 1);
	free(text);
	return root;
}

START_TEST(json_of_unknown_is_null)
{
	static const struct {
		const char *object;
		const char *members[11];
	} nulls[] = {
		{ "process",
		  { "ppid", "exe", "cmdline", "cwd", "uid", "gid", "start_time",
		    "uptime_s", "cgroup" } },
		{ "signal",
		  { "name", "code_name", "address", "sender_pid",
		    "sender_uid" } },
		{ "cause", { "kind", "text" } },
		{ "python",
		  { "implementation", "version", "free_threaded",
		    "gil_holder_tid", "gc_collecting", "finalizing",
		    "foreign_threads", "extensions" } },
		{ "capture", { "method", "hold_ms" } },
	};
	struct fdp_frame frame = PYTHON(NULL, FDP_UNKNOWN);
	struct fdp_report_thread thread = { .holds_gil = FDP_UNKNOWN,
					    .is_foreign = FDP_UNKNOWN,
					    .is_daemon = FDP_UNKNOWN,
					    .is_collecting = FDP_UNKNOWN,
					    .frames = &frame,
					    .frame_count = 1 };
	struct fdp_report report = unknown_report();
	json_t *root, *object;

	frame.file = NULL;
	report.threads = &thread;
	report.thread_count = 1;
	root = parse(&report);
	ck_assert(json_is_null(json_object_get(root, "id")));
	ck_assert(json_is_null(json_object_get(root, "time")));
	ck_assert(json_is_null(json_object_get(root, "registers")));
	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++) {
		object = json_object_get(root, nulls[i].object);
		for (size_t j = 0; nulls[i].members[j]; j++)
			ck_assert_msg(json_is_null(json_object_get(
					      object, nulls[i].members[j])),
				      "%s.%s", nulls[i].object,
				      nulls[i].members[j]);
	}
	object = json_array_get(json_object_get(root, "threads"), 0);
	for (const char *const *name =
		     (const char *const[]){ "tid", "name", "holds_gil", "waits",
					    "python_thread", "python_name",
					    "daemon", "python_state",
					    "collecting_garbage", NULL };
	     *name; name++)
		ck_assert_msg(json_is_null(json_object_get(object, *name)),
			      "%s", *name);
	object = json_array_get(json_object_get(object, "frames"), 0);
	ck_assert_uint_eq(json_object_size(object), 13);
	for (const char *const *name =
		     (const char *const[]){ "function", "qualname", "file",
					    "line", "end_line", "column",
					    "end_column", "source", "lines",
					    "locals", NULL };
	     *name; name++)
		ck_assert_msg(json_is_null(json_object_get(object, *name)),
			      "%s", *name);
	json_decref(root);
}
END_TEST

START_TEST(json_has_registers_by_name)
{
	struct fdp_report report = whole_report();
	json_t *root = parse(&report);
	json_t *registers = json_object_get(root, "registers");

	ck_assert_uint_eq(json_object_size(registers), 19);
	ck_assert_str_eq(json_string_value(json_object_get(registers, "rip")),
			 "0x11110");
	ck_assert_str_eq(
		json_string_value(json_object_get(registers, "fs_base")),
		"0x7f0000000700");
	ck_assert_uint_eq(json_array_size(json_object_get(root, "threads")), 5);
	json_decref(root);
}
END_TEST

START_TEST(deep_stacks_are_whole_in_json)
{
	const size_t depth = 100000;
	struct fdp_frame *frames = calloc(depth, sizeof(*frames));
	struct fdp_report_thread thread = { .tid = 7,
					    .frames = frames,
					    .frame_count = depth };
	struct fdp_report report = unknown_report();
	json_t *root, *list;

	ck_assert_ptr_nonnull(frames);
	for (size_t i = 0; i < depth; i++)
		frames[i] = crashed_frames[5];
	report.threads = &thread;
	report.thread_count = 1;
	root = parse(&report);
	list = json_object_get(
		json_array_get(json_object_get(root, "threads"), 0), "frames");
	ck_assert_uint_eq(json_array_size(list), depth);
	json_decref(root);
	free(frames);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("render_json");
	TCase *tcase = tcase_create("render_json");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, json_is_golden);
	tcase_add_test(tcase, json_of_handlers);
	tcase_add_test(tcase, json_of_unknown_is_null);
	tcase_add_test(tcase, json_has_registers_by_name);
	tcase_add_test(tcase, deep_stacks_are_whole_in_json);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
