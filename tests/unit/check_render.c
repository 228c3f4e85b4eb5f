/*
 * The text form: whole reports against what they must look like, and what
 * must never reach a terminal.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/render/escape.h"
#include "../../daemon/render/render.h"
#include "../../daemon/render/timestamp.h"
#include "reports.h"
#include "suite.h"

#define HEADLINE                                                               \
	"python3.12 (pid 4711) died of SIGSEGV (Segmentation fault) in "       \
	"thread worker-1: null pointer dereference in `helper` (_demo.so)\n"

#define CAUSE                                                                  \
	"Cause:     Null pointer dereference: read of address 0x10; rax was "  \
	"0 (address = rax + 0x10). In\n"                                       \
	"           `helper` of _demo.so, called from app.py:42 in "           \
	"Handler.run.\n"

#define CRASHED                                                                \
	"\nCrashed thread 4713 \"worker-1\" (holds the GIL), most recent "     \
	"call first:\n"                                                        \
	"  | helper inlined at /src/_demo.c:12 (_demo.so)\n"                   \
	"  | crash_here +0x19 at /src/_demo.c:17 (_demo.so)\n"                 \
	"  | ... 3 frames of libpython3.12.so.1.0 (cfunction_call ... "        \
	"_PyEval_EvalFrameDefault)\n"                                          \
	"  File \"/srv/app.py\", line 42, in Handler.run\n"                    \
	"    return self.handler(5) + 1\n"                                     \
	"           ^^^^^^^^^^^^^^^\n"                                         \
	"  File \"/srv/app.py\", line 50, in <module>\n"                       \
	"  | ... 1 frame of libpython3.12.so.1.0 "                             \
	"(_PyEval_EvalFrameDefault)\n"                                         \
	"  | __libc_start_call_main +0x14 (libc.so.6)\n"

static const char whole_text[] = HEADLINE
	"\n" CAUSE "Signal:    SIGSEGV (11), SEGV_MAPERR (1), address 0x10\n"
	"Time:      2026-11-20T14:04:19.123456Z, 4.1 s after the start of the "
	"process\n"
	"Process:   pid 4711, parent 4700, uid 1000, gid 1001\n"
	"Command:   python3.12 app.py --token=***\n"
	"Program:   /usr/bin/python3.12\n"
	"Directory: /srv\n"
	"Cgroup:    /system.slice/app.service\n"
	"Python:    CPython 3.12.1, GIL held by thread 4713 (the crashed one), "
	"collecting garbage\n"
	"Captured:  live (read directly), process held for 12.2 ms, not "
	"complete\n"
	"Missing:   registers of 1 of 5 threads: they did not stop in time\n"
	"Report:    20261120T140419.123456Z-python3.12-4711\n" CRASHED
	"\nThreads 4711 \"python3.12\" (main thread), 4715 \"worker-2\": the "
	"same stack, most recent call first:\n"
	"  | futex_wait +0x14 (libc.so.6)\n"
	"  | take_gil +0x14 (libpython3.12.so.1.0)\n"
	"  | _PyEval_EvalFrameDefault +0x14 (libpython3.12.so.1.0)\n"
	"  File \"/srv/app.py\", line 5, in wait\n"
	"  | ... 1 frame of libpython3.12.so.1.0 "
	"(_PyEval_EvalFrameDefault)\n"
	"  | start_thread +0x14 (libc.so.6)\n"
	"\nThread 4714 \"io\", most recent call first:\n"
	"  | epoll_wait +0x14 (libc.so.6)\n"
	"  | ? +0x2222 (_demo.so 3f2a91c0)\n"
	"  | 0x1234 (in no module)\n"
	"\nThread 4716, most recent call first:\n"
	"  (no frames are known)\n"
	"\nRegisters of the crashed thread:\n"
	"  rax 0x0000000000000000  rdx 0x0000000000001111  rcx "
	"0x0000000000002222  rbx 0x0000000000003333\n"
	"  rsi 0x0000000000004444  rdi 0x0000000000005555  rbp "
	"0x0000000000006666  rsp 0x0000000000007777\n"
	"  r8  0x0000000000008888  r9  0x0000000000009999  r10 "
	"0x000000000000aaaa  r11 0x000000000000bbbb\n"
	"  r12 0x000000000000cccc  r13 0x000000000000dddd  r14 "
	"0x000000000000eeee  r15 0x000000000000ffff\n"
	"  rip 0x0000000000011110  eflags 0x246  fs_base 0x7f0000000700\n"
	"\nBytes at pc 0x11110: 48 8b 40 10\n"
	"\nModules (addresses, build-id, file):\n"
	"  0x7f1200000000-0x7f1200005000  "
	"3f2a91c0aabbccddeeff00112233445566778899  /srv/app/_demo.so\n"
	"  0x7f1300000000-0x7f1300505000  "
	"-                                         "
	"/usr/lib/libpython3.12.so.1.0\n"
	"  0x7f1400000000-0x7f1400505000  "
	"cafe                                      /lib/libc.so.6\n";

static const char brief_text[] = HEADLINE CAUSE CRASHED
	"\nThread 4711 \"python3.12\" (main thread): File \"/srv/app.py\", "
	"line 5, in wait\n"
	"Thread 4714 \"io\": ? +0x2222 (_demo.so 3f2a91c0)\n"
	"Thread 4715 \"worker-2\": File \"/srv/app.py\", line 5, in wait\n"
	"Thread 4716: (no frames are known)\n"
	"\nFull report: /var/log/r.txt\n";

START_TEST(text_is_golden)
{
	struct fdp_report report = whole_report();
	char *whole = render(&report, false, false);
	char *brief = render(&report, true, false);

	compare(whole, whole_text);
	compare(brief, brief_text);
	free(whole);
	free(brief);
}
END_TEST

static const char handled_text[] =
	"python3.12 (pid 4711) died of SIGABRT after SIGSEGV (Segmentation "
	"fault) in thread worker-1: null pointer dereference in `helper` "
	"(_demo.so)\n"
	"\n" CAUSE "Handler:   A sentence.\n"
	"Signal:    SIGSEGV (11), SEGV_MAPERR (1), address 0x10, which the "
	"thread had blocked\n"
	"Replaced:  SIGSEGV: handler replaced by a raw system call: "
	"/srv/app/_demo.so+0x1234 (on_fault)\n"
	"           SIGBUS: handler replaced by a raw system call: 0x5678\n"
	"           SIGFPE: set to SIG_IGN by a raw system call\n"
	"           signal 63: set to SIG_DFL by a raw system call\n"
	"Time:      ";

START_TEST(tells_of_handlers)
{
	struct fdp_report report = handled_report();
	char *whole = render(&report, false, false);
	char *brief;

	ck_assert_uint_gt(strlen(whole), strlen(handled_text));
	whole[strlen(handled_text)] = '\0';
	compare(whole, handled_text);
	free(whole);
	brief = render(&report, true, false);
	ck_assert_ptr_nonnull(strstr(brief, "\nHandler:   A sentence.\n"));
	free(brief);
	/* The same signal, sent again: that is said once. */
	report.died_of.number = report.signal.number;
	brief = render(&report, true, false);
	ck_assert_ptr_null(strstr(brief, "after"));
	free(brief);
}
END_TEST

static const char unknown_text[] = "A process (pid 7) died of signal 63\n"
				   "\n"
				   "Signal:    63, code 9\n"
				   "Process:   pid 7\n"
				   "Python:    not found\n"
				   "Captured:  not complete\n";

START_TEST(unknown_is_not_invented)
{
	struct fdp_report report = unknown_report();
	char *text = render(&report, false, false);

	compare(text, unknown_text);
	free(text);
}
END_TEST

/* The first line when only the signal handler's message is there. */
START_TEST(headline_without_names)
{
	struct fdp_frame frame = native_frames[1];
	struct fdp_report_thread thread = { .tid = 8,
					    .name = "python3",
					    .crashed = true,
					    .frames = &frame,
					    .frame_count = 1 };
	struct fdp_report report = unknown_report();
	char *text;

	report.process.comm = "python3";
	report.cause.kind = "abort";
	report.capture.method = "frame";
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, false, false);
	ck_assert_ptr_eq(strstr(text, "python3 (pid 7) died of signal 63 in "
				      "thread 8: abort from _demo.so+0x2222\n"),
			 text);
	ck_assert_ptr_nonnull(strstr(text, "\nPython:    not read\n"));
	frame.module = NULL;
	free(text);
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(text, "abort from 0x7f1200002222\n"));
	free(text);
}
END_TEST

START_TEST(colors_only_on_request)
{
	struct fdp_report report = whole_report();
	char *plain = render(&report, false, false);
	char *colored = render(&report, false, true);
	char *out = colored;

	ck_assert_ptr_null(strchr(plain, '\033'));
	ck_assert_ptr_nonnull(strchr(colored, '\033'));
	/* Without its colours it is the same text. */
	for (const char *at = colored; *at;) {
		if (*at == '\033')
			at += strcspn(at, "m") + 1;
		else
			*out++ = *at++;
	}
	*out = '\0';
	compare(colored, plain);
	free(plain);
	free(colored);
}
END_TEST

static const struct {
	const char *raw, *shown;
	size_t columns;
} escapes[] = {
	{ "plain \"'\\ text", "plain \"'\\ text", 14 },
	{ "größe", "größe", 5 },
	{ "\033[2J\r\n", "\\x1b[2J\\x0d\\x0a", 15 },
	{ "\x7f", "\\x7f", 4 },
	{ "\xc2\x9b", "\\x9b", 4 }, /* C1: CSI */
	{ "a\xe2\x80\xae"
	  "b",
	  "a\\u202eb", 8 },		  /* right to left */
	{ "\xe2\x80\x8b", "\\u200b", 6 }, /* zero width */
	{ "\xed\xa0\x80", "\\ud800", 6 }, /* lone surrogate */
	{ "\xff\xfe", "\\xff\\xfe", 8 },
	{ "\xc0\xaf", "\\xc0\\xaf", 8 },		    /* overlong */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 16 }, /* > 10ffff */
	{ "\xe2\x82", "\\xe2\\x82", 8 },		    /* ends early */
	{ "\xf3\xa0\x81\x81", "\\U000e0041", 10 },	    /* tag character */
	{ "💩", "💩", 2 },
	{ "a\tb", "a b", 3 },
	{ "", "", 0 },
};

START_TEST(escapes_for_terminals)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_uint_eq(fdp_escape_string(out, escapes[_i].raw),
			  escapes[_i].columns);
	ck_assert_uint_eq(fdp_escape_string(NULL, escapes[_i].raw),
			  escapes[_i].columns);
	fclose(out);
	ck_assert_str_eq(text, escapes[_i].shown);
	free(text);
}
END_TEST

/* Nothing that the target controls can reach the terminal unescaped. */
START_TEST(escapes_everywhere)
{
	static const char evil[] = "\033]0;evil\007\xff";
	struct fdp_module module = { .path = evil, .build_id = "00" };
	struct fdp_frame frames[] = {
		{ .kind = FDP_FRAME_NATIVE,
		  .function = evil,
		  .file = evil,
		  .module = &module },
		{ .kind = FDP_FRAME_PYTHON,
		  .function = evil,
		  .file = evil,
		  .qualname = evil,
		  .source = evil },
	};
	const char *missing[] = { evil };
	struct fdp_report_thread all[] = {
		{ .tid = 7, .name = evil, .crashed = true, FRAMES(frames) },
		{ .tid = 8, .name = evil, FRAMES(frames) },
		{ .tid = 9, .name = evil, FRAMES(frames) },
	};
	struct fdp_report report = unknown_report();
	char *text;

	report.id = report.process.comm = report.process.cmdline = evil;
	report.process.exe = report.process.cwd = report.process.cgroup = evil;
	report.cause.kind = "abort";
	report.cause.text = evil;
	report.python.implementation = report.python.version = evil;
	report.capture.method = evil;
	report.capture.missing = missing;
	report.capture.missing_count = 1;
	report.threads = all;
	report.thread_count = 3;
	report.modules = &module;
	report.module_count = 1;
	for (int brief = 0; brief < 2; brief++) {
		text = render(&report, brief, false);
		ck_assert_ptr_nonnull(strstr(text, "\\x1b]0;evil\\x07\\xff"));
		for (const char *at = text; *at; at++)
			ck_assert_msg(*at == '\n' || (*at >= ' ' && *at < 127),
				      "byte %d in %s", *at, text);
		free(text);
	}
	text = render_json(&report);
	ck_assert_ptr_nonnull(strstr(text, "\"\\u001B]0;evil\\u0007\\uFFFD\""));
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

/* What stands in parentheses behind a thread's name. */
static const char *one_import[] = { "pkg.\033mod", "pkg" };

static const struct {
	struct fdp_report_thread thread;
	int free_threaded;
	const char *text;
} state_rows[] = {
	{ { .tid = 7, .name = "python3" },
	  0,
	  "\nThread 7 \"python3\" (main thread), most" },
	{ { .tid = 7, .name = "python3", .python_name = "MainThread" },
	  0,
	  "\nThread 7 \"python3\" (main thread), most" },
	{ { .tid = 7, .name = "python3", .python_name = "chief" },
	  0,
	  "\nThread 7 \"python3\" (main thread, named \"chief\"), most" },
	{ { .tid = 8, .name = "w", .python_name = "w" },
	  0,
	  "\nThread 8 \"w\", most" },
	{ { .tid = 8, .python_name = "MainThread", .holds_gil = 1 },
	  0,
	  "\nThread 8 (named \"MainThread\", holds the GIL), most" },
	{ { .tid = 8, .name = "w", .python_name = "\033\"" },
	  0,
	  "\nThread 8 \"w\" (named \"\\x1b\"\"), most" },
	{ { .tid = 8, .is_foreign = 1 },
	  0,
	  "\nThread 8 (unknown to Python), most" },
	{ { .tid = 8,
	    .is_foreign = FDP_UNKNOWN,
	    .is_collecting = FDP_UNKNOWN,
	    .is_daemon = 1 },
	  0,
	  "\nThread 8, most" },
	{ { .tid = 8, .attachment = "attached" }, 0, "\nThread 8, most" },
	{ { .tid = 8, .attachment = "attached" },
	  1,
	  "\nThread 8 (attached), most" },
	{ { .tid = 7,
	    .holds_gil = 1,
	    .is_collecting = 1,
	    .imports = one_import,
	    .import_count = 2 },
	  0,
	  "\nThread 7 (main thread, holds the GIL, collecting garbage, "
	  "importing pkg.\\x1bmod), most" },
};

START_TEST(thread_states)
{
	struct fdp_report report = unknown_report();
	struct fdp_report_thread thread = state_rows[_i].thread;
	char *text;

	report.python.free_threaded = state_rows[_i].free_threaded;
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, false, false);
	ck_assert_msg(strstr(text, state_rows[_i].text), "%s", text);
	free(text);
}
END_TEST

START_TEST(foreign_threads_are_counted)
{
	static const char *const words[] = {
		"Python:    CPython, GIL held by nobody\n",
		"Python:    CPython, GIL held by nobody, 1 thread unknown to "
		"it\n",
		"Python:    CPython, GIL held by nobody, 2 threads unknown to "
		"it\n",
	};
	struct fdp_report_thread thread = { .tid = 7 };
	struct fdp_report report = unknown_report();

	report.python.implementation = "CPython";
	report.python.free_threaded = 0;
	report.threads = &thread;
	report.thread_count = 1;
	for (long count = 0; count < 3; count++) {
		char *text;

		report.python.foreign_threads = count;
		text = render(&report, false, false);
		ck_assert_msg(strstr(text, words[count]), "%s", text);
		free(text);
	}
}
END_TEST

START_TEST(extensions_are_listed)
{
	struct fdp_extension all[] = { { "a.b", "/x/b\n.so" },
				       { "c", "/x/c.so" } };
	struct fdp_report report = unknown_report();
	char *text;

	report.python.extensions = all;
	text = render(&report, false, false);
	ck_assert_ptr_null(strstr(text, "Extension"));
	free(text);
	report.python.extension_count = 2;
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(text, "\nExtension modules that are not "
					   "Python's own (name, file):\n"
					   "  a.b  /x/b\\x0a.so\n"
					   "  c  /x/c.so\n"));
	free(text);
}
END_TEST

/* Two that wait for each other, and one for itself. */
static struct fdp_report locked_report(void)
{
	static pid_t tids[] = { 8, 9, 10 };
	static struct fdp_deadlock deadlocks[] = { { tids, 2 },
						   { tids + 2, 1 } };
	static struct fdp_report_thread threads[] = {
		{ .tid = 8,
		  .name = "a",
		  .waits = { .kind = "rlock",
			     .text = "waits for RLock 0x10 held by thread "
				     "9" } },
		{ .tid = 9,
		  .holds_gil = 1,
		  FRAMES(native_frames),
		  .waits = { .kind = "mutex",
			     .text = "waits for mutex 0x20 held by thread 8 "
				     "\"a\"" } },
		{ .tid = 10,
		  .waits = { .kind = "mutex",
			     .text = "waits for mutex 0x30 that it holds "
				     "itself" } },
	};
	struct fdp_report report = unknown_report();

	report.kind = "dump";
	report.cause.kind = "deadlock";
	report.cause.text = "of what follows";
	report.threads = threads;
	report.thread_count = 3;
	report.deadlocks = deadlocks;
	report.deadlock_count = 2;
	return report;
}

static const char deadlock_begin[] =
	"\n"
	"Deadlock:  thread 8 \"a\" waits for RLock 0x10 held by thread 9\n"
	"           thread 9 waits for mutex 0x20 held by thread 8 \"a\"\n"
	"Deadlock:  thread 10 waits for mutex 0x30 that it holds itself\n";

START_TEST(deadlocks_come_first)
{
	struct fdp_report report = locked_report();
	char *text = render(&report, false, false);

	ck_assert_ptr_nonnull(strstr(text, ": 2 deadlocks of 3 threads\n"));
	ck_assert_ptr_nonnull(strstr(text, deadlock_begin));
	ck_assert_ptr_null(strstr(text, "of what follows"));
	ck_assert_ptr_nonnull(strstr(
		text, "\nThread 8 \"a\", waits for RLock 0x10 held by thread "
		      "9, most recent call first:\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "\nThread 9 (holds the GIL), waits for mutex"));
	free(text);
	report.deadlock_count = 1;
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(text, ": deadlock of 2 threads\n"));
	free(text);
}
END_TEST

/* A crash with one has a cause of its own. */
START_TEST(deadlock_of_a_crash)
{
	struct fdp_report report = locked_report();
	char *text;

	report.kind = "crash";
	report.cause.kind = "abort";
	report.cause.text = "An abort.";
	for (int brief = 0; brief < 2; brief++) {
		text = render(&report, brief, false);
		ck_assert_ptr_nonnull(strstr(text, "Cause:     An abort.\n"));
		ck_assert_ptr_nonnull(strstr(text, deadlock_begin + 1));
		free(text);
	}
}
END_TEST

static const struct {
	struct fdp_watch watch;
	const char *text;
} watch_rows[] = {
	{ { true, 3, 6, 5.94, 4 },
	  "\nThread 8, has not moved in 3 dumps (6.0 s, 5.9 s of CPU), most" },
	{ { true, 2, 2, FDP_UNKNOWN, 4 },
	  "\nThread 8, has not moved in 2 dumps (2.0 s), most" },
	{ { true, 1, 0, 0.1, 2 },
	  "\nThread 8, has moved, but for its outermost 2 frames (0.1 s of "
	  "CPU), most" },
	{ { true, 1, 0, FDP_UNKNOWN, 1 },
	  "\nThread 8, has moved, but for its outermost 1 frame, most" },
	{ { true, 1, 0, 0.1, 0 },
	  "\nThread 8, has moved (0.1 s of CPU), most" },
	{ { true, 1, 0, 0.1, FDP_UNKNOWN }, "\nThread 8, most" },
	{ { false, 0, 0, 0, 0 }, "\nThread 8, most" },
};

START_TEST(what_has_not_moved)
{
	struct fdp_report_thread thread = { .tid = 8 };
	struct fdp_report report = unknown_report();
	char *text;

	thread.watch = watch_rows[_i].watch;
	report.kind = "dump";
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(text, watch_rows[_i].text));
	free(text);
}
END_TEST

/* Equal stacks are shown once, and what all of them wait for. */
START_TEST(equal_waits_are_said_once)
{
	struct fdp_report_thread threads[] = {
		{ .tid = 8 },
		{ .tid = 9, .waits = { "gil", "waits for the GIL", 0, 0, 0 } },
		{ .tid = 10, .waits = { "gil", "waits for the GIL", 0, 0, 0 } },
	};
	struct fdp_report report = unknown_report();
	char *text;

	report.kind = "dump";
	report.threads = threads;
	report.thread_count = 3;
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(
		text, "Threads 9, 10: the same stack, waits for the GIL, "));
	free(text);
	threads[2].waits.text = "waits for another";
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(text, "10: the same stack, most recent"));
	free(text);
	threads[1].waits.text = NULL;
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(text, "10: the same stack, most recent"));
	free(text);
}
END_TEST

/* A process that lives: no signal, and how its hang is known. */
START_TEST(tells_of_hangs)
{
	const char *evidence[] = { "seen \033[1m", "and more" };
	struct fdp_looked_at threads[] = { { 4713, 2, 0.25 } };
	struct fdp_report report = whole_report();
	_cleanup_free_ char *text = NULL, *json = NULL;

	report.kind = "hang";
	report.cause.kind = "gil-held";
	report.watch.looks = 9;
	report.watch.seconds = 10.5;
	report.watch.tid = 4713;
	report.watch.evidence = evidence;
	report.watch.evidence_count = 2;
	report.watch.threads = threads;
	report.watch.thread_count = 1;
	text = render(&report, false, false);
	json = render_json(&report);
	ck_assert_ptr_nonnull(strstr(text, " hangs: a thread keeps the GIL\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nWatched:   seen \\x1b[1m\n"
					   "           and more\n"
					   "Moved:     thread 4713 ran for "
					   "0.250 s, at 2 of 8 looks its "
					   "frames had moved\n"));
	ck_assert_ptr_nonnull(strstr(json, "\"signal\":null"));
	ck_assert_ptr_nonnull(
		strstr(json, "\"watch\":{\"looks\":9,\"seconds\":10.5,\"tid\":"
			     "4713,\"evidence\":[\"seen \\u001B[1m\",\"and "
			     "more\"],\"threads\":[{\"tid\":4713,\"changes\":2,"
			     "\"run_s\":0.25}]}"));
}
END_TEST

START_TEST(says_that_the_disk_is_full)
{
	struct fdp_text_options options = { 0 };
	struct fdp_report report = whole_report();
	FILE *out = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(out);
	setvbuf(out, NULL, _IONBF, 0);
	ck_assert_int_eq(fdp_render_text(&report, &options, out), -EIO);
	fclose(out);
	out = fopen("/dev/full", "w");
	ck_assert_ptr_nonnull(out);
	setvbuf(out, NULL, _IONBF, 0);
	ck_assert_int_eq(fdp_render_json(&report, out), -EIO);
	fclose(out);
}
END_TEST

static const struct {
	int64_t time_us;
	const char *text; /* NULL: cannot be written */
} times[] = {
	{ 0, "1970-01-01T00:00:00.000000Z" },
	{ 1795183459000007, "2026-11-20T14:04:19.000007Z" },
	{ INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z" },
	{ INT64_C(253402300800000000), NULL },
	{ INT64_MAX, NULL },
	{ FDP_UNKNOWN, NULL },
	{ INT64_MIN, NULL },
};

START_TEST(formats_times)
{
	char text[FDP_TIME_SIZE];
	bool known = fdp_time_format(times[_i].time_us, text);

	ck_assert_int_eq(known, times[_i].text != NULL);
	if (known)
		ck_assert_str_eq(text, times[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("render");
	TCase *tcase = tcase_create("render");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, text_is_golden);
	tcase_add_test(tcase, tells_of_handlers);
	tcase_add_test(tcase, unknown_is_not_invented);
	tcase_add_test(tcase, headline_without_names);
	tcase_add_test(tcase, colors_only_on_request);
	tcase_add_loop_test(tcase, escapes_for_terminals, 0,
			    (int)ARRAY_SIZE(escapes));
	tcase_add_test(tcase, escapes_everywhere);
	tcase_add_loop_test(tcase, thread_states, 0,
			    (int)ARRAY_SIZE(state_rows));
	tcase_add_test(tcase, foreign_threads_are_counted);
	tcase_add_test(tcase, extensions_are_listed);
	tcase_add_test(tcase, deadlocks_come_first);
	tcase_add_test(tcase, deadlock_of_a_crash);
	tcase_add_test(tcase, equal_waits_are_said_once);
	tcase_add_loop_test(tcase, what_has_not_moved, 0,
			    (int)ARRAY_SIZE(watch_rows));
	tcase_add_test(tcase, tells_of_hangs);
	tcase_add_test(tcase, says_that_the_disk_is_full);
	tcase_add_loop_test(tcase, formats_times, 0, (int)ARRAY_SIZE(times));
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
