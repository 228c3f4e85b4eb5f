#include "reports.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/render/load.h"
#include "../../daemon/render/render.h"

const struct fdp_module demo = {
	.start = demo_START,
	.end = 0x7f1200005000,
	.bias = demo_START,
	.path = "/srv/app/_demo.so",
	.build_id = "3f2a91c0aabbccddeeff00112233445566778899",
};
const struct fdp_module libpython = {
	.start = libpython_START,
	.end = 0x7f1300505000,
	.bias = libpython_START,
	.path = "/usr/lib/libpython3.12.so.1.0",
	.is_interpreter = true,
};
const struct fdp_module libc = {
	.start = libc_START,
	.end = 0x7f1400505000,
	.bias = libc_START,
	.path = "/lib/libc.so.6",
	.build_id = "cafe",
};
const struct fdp_module shim = {
	.start = shim_START,
	.end = 0x7f1500005000,
	.bias = shim_START,
	.path = "/opt/lib/libfdpreload.so",
};

struct fdp_frame crashed_frames[] = {
	{ .kind = FDP_FRAME_NATIVE,
	  .function = "helper",
	  .module = &demo,
	  .pc = 0x7f1200001139,
	  .offset = 0x9,
	  .file = "/src/_demo.c",
	  .line = 12,
	  .inlined = true },
	{ .kind = FDP_FRAME_NATIVE,
	  .function = "crash_here",
	  .module = &demo,
	  .pc = 0x7f1200001139,
	  .offset = 0x19,
	  .file = "/src/_demo.c",
	  .line = 17 },
	NATIVE("cfunction_call", libpython, 0x100),
	NATIVE("PyObject_Call", libpython, 0x200),
	NATIVE("_PyEval_EvalFrameDefault", libpython, 0x300),
	{ .kind = FDP_FRAME_PYTHON,
	  .function = "run",
	  .qualname = "Handler.run",
	  .file = "/srv/app.py",
	  .line = 42,
	  .end_line = 42,
	  .column = 11,
	  .end_column = 26,
	  .source = "    return self.handler(5) + 1" },
	PYTHON("<module>", 50),
	NATIVE("_PyEval_EvalFrameDefault", libpython, 0x300),
	NATIVE("__libc_start_call_main", libc, 0x400),
};

static struct fdp_frame waiting_frames[] = {
	NATIVE("futex_wait", libc, 0x500),
	NATIVE("take_gil", libpython, 0x600),
	NATIVE("_PyEval_EvalFrameDefault", libpython, 0x700),
	PYTHON("wait", 5),
	NATIVE("_PyEval_EvalFrameDefault", libpython, 0x300),
	NATIVE("start_thread", libc, 0x800),
};

struct fdp_frame native_frames[] = {
	NATIVE("epoll_wait", libc, 0x900),
	{ .kind = FDP_FRAME_NATIVE,
	  .module = &demo,
	  .pc = 0x7f1200002222,
	  .line = FDP_UNKNOWN },
	{ .kind = FDP_FRAME_NATIVE, .pc = 0x1234, .line = FDP_UNKNOWN },
};

static struct fdp_report_thread threads[] = {
	{ .tid = 4713,
	  .name = "worker-1",
	  .crashed = true,
	  .holds_gil = 1,
	  FRAMES(crashed_frames) },
	{ .tid = 4711, .name = "python3.12", FRAMES(waiting_frames) },
	{ .tid = 4714, .name = "io", FRAMES(native_frames) },
	{ .tid = 4715, .name = "worker-2", FRAMES(waiting_frames) },
	{ .tid = 4716, .holds_gil = FDP_UNKNOWN },
};

struct fdp_report whole_report(void)
{
	static const char *missing[] = { "registers of 1 of 5 threads: they "
					 "did not stop in time" };
	static struct fdp_module modules[3];
	struct fdp_report report = {
		.id = "20261120T140419.123456Z-python3.12-4711",
		.kind = "crash",
		.time_us = 1795183459123456,
		.process = { .pid = 4711,
			     .ppid = 4700,
			     .exe = "/usr/bin/python3.12",
			     .cmdline = "python3.12 app.py --token=***",
			     .cwd = "/srv",
			     .comm = "python3.12",
			     .uid = 1000,
			     .gid = 1001,
			     .start_time_us = 1795183455000000,
			     .uptime_s = 4.125,
			     .cgroup = "/system.slice/app.service" },
		.signal = { .number = 11,
			    .code = 1,
			    .name = "SIGSEGV",
			    .description = "Segmentation fault",
			    .code_name = "SEGV_MAPERR",
			    .has_address = true,
			    .address = 0x10 },
		.cause = { "null-dereference",
			   "Null pointer dereference: read of address 0x10; "
			   "rax was 0 (address = rax + 0x10). In `helper` of "
			   "_demo.so, called from app.py:42 in Handler.run." },
		.python = { .implementation = "CPython",
			    .version = "3.12.1",
			    .gil_holder_tid = 4713,
			    .gc_collecting = 1 },
		.capture = { .method = "live",
			     .hold_ms = 12.25,
			     .missing = missing,
			     .missing_count = 1 },
		.threads = threads,
		.thread_count = ARRAY_SIZE(threads),
		.has_registers = true,
		.registers = { .flags = 0x246,
			       .thread_pointer = 0x7f0000000700 },
		.code_bytes = { 0x48, 0x8b, 0x40, 0x10 },
		.code_byte_count = 4,
		.modules = modules,
		.module_count = 3,
	};

	modules[0] = demo;
	modules[1] = libpython;
	modules[2] = libc;
	for (int i = 0; i < FDP_REGISTER_COUNT; i++)
		report.registers.general[i] = (uint64_t)i * 0x1111;
	return report;
}

struct fdp_report handled_report(void)
{
	static struct fdp_foreign_handler foreign[] = {
		{ .signal = 11,
		  .name = "SIGSEGV",
		  .action = "handler",
		  .handler = { demo_START + 0x1234, &demo, "on_fault" } },
		{ .signal = 7,
		  .name = "SIGBUS",
		  .action = "handler",
		  .handler = { 0x5678, NULL, NULL } },
		{ .signal = 8, .name = "SIGFPE", .action = "ignore" },
		{ .signal = 63, .action = "default" },
	};
	struct fdp_report report = whole_report();

	report.signal.blocked = true;
	report.died_of.number = 6;
	report.died_of.name = "SIGABRT";
	report.died_of.code = -6;
	report.died_of.code_name = "SI_TKILL";
	report.handler.address = demo_START + 0x1100;
	report.handler.module = &demo;
	report.handler_text = "A sentence.";
	report.foreign = foreign;
	report.foreign_count = ARRAY_SIZE(foreign);
	return report;
}

struct fdp_report unknown_report(void)
{
	return (struct fdp_report){
		.kind = "crash",
		.time_us = FDP_UNKNOWN,
		.process = { .pid = 7,
			     .ppid = FDP_UNKNOWN,
			     .uid = FDP_UNKNOWN,
			     .gid = FDP_UNKNOWN,
			     .start_time_us = FDP_UNKNOWN,
			     .uptime_s = FDP_UNKNOWN },
		.signal = { .number = 63, .code = 9 },
		.python = { .free_threaded = FDP_UNKNOWN,
			    .gil_holder_tid = FDP_UNKNOWN,
			    .gc_collecting = FDP_UNKNOWN,
			    .finalizing = FDP_UNKNOWN,
			    .foreign_threads = FDP_UNKNOWN },
		.capture = { .hold_ms = FDP_UNKNOWN },
	};
}

char *render(const struct fdp_report *report, bool brief, bool color)
{
	struct fdp_text_options options = { .brief = brief,
					    .color = color,
					    .log = brief ? "/var/log/r.txt"
							 : NULL };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(fdp_render_text(report, &options, out), 0);
	fclose(out);
	return text;
}

char *render_json(const struct fdp_report *report)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(fdp_render_json(report, out), 0);
	fclose(out);
	return text;
}

/* libcheck's own comparison dies of strings that are this long. */
void compare(const char *text, const char *expected)
{
	size_t same = 0;

	while (text[same] && text[same] == expected[same])
		same++;
	ck_assert_msg(!text[same] && !expected[same],
		      "after %zu bytes: \"%.60s\" is not \"%.60s\"", same,
		      text + same, expected + same);
}

void comes_back(const struct fdp_report *report)
{
	struct fdp_report loaded = { 0 };
	char why[FDP_LOAD_WHY_SIZE] = "";
	_cleanup_free_ char *json = render_json(report);
	_cleanup_free_ char *again = NULL;

	ck_assert_msg(fdp_report_load(json, strlen(json), &loaded, why) == 0,
		      "%s", why);
	again = render_json(&loaded);
	compare(again, json);
	fdp_report_done(&loaded);
}

void is_refused(const char *member, const char *why)
{
	struct fdp_report report = { 0 };
	char said[FDP_LOAD_WHY_SIZE] = "";
	char text[256];

	snprintf(text, sizeof(text), "{\"schema\":\"fdpreload.report/1\",%s}",
		 member);
	ck_assert_int_eq(fdp_report_load(text, strlen(text), &report, said),
			 -EBADMSG);
	ck_assert_msg(strstr(said, why), "\"%s\" is not in \"%s\"", why, said);
	fdp_report_done(&report);
}
