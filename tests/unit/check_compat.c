/* What faulthandler would have written: limits, escapes, headers, order. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/render/compat.h"
#include "../../daemon/render/compat_native.h"
#include "suite.h"

#define FRAME(name, path, number)                                              \
	{                                                                      \
		.kind = FDP_FRAME_PYTHON, .function = (name), .file = (path),  \
		.line = (number)                                               \
	}

static struct fdp_frame two[] = {
	FRAME("inner", "/srv/a.py", 3),
	FRAME("<module>", "/srv/a.py", 9),
};
static struct fdp_frame strange[] = {
	FRAME("größe", "/srv/\xd0\xb2\xf0\x9f\x98\x80.py", FDP_UNKNOWN),
	FRAME(NULL, NULL, 1),
	FRAME("tab\there", "quote\"\\.py", 2),
};

#define STACK(id, pointer, in, list)                                           \
	{                                                                      \
		.tid = (id), .thread_pointer = (pointer), .interpreter = (in), \
		.frames = (list), .frame_count = ARRAY_SIZE(list)              \
	}

static char *render(int minor, struct fdp_python_stack *stacks, size_t count,
		    bool collecting, const struct fdp_compat_options *options)
{
	const struct fdp_python python = {
		.minor = minor,
		.stacks = stacks,
		.stack_count = count,
		.gc_collecting = collecting,
	};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(fdp_render_compat(&python, options, out), 0);
	fclose(out);
	return text;
}

static void expect(int minor, struct fdp_python_stack *stacks, size_t count,
		   bool collecting, const struct fdp_compat_options *options,
		   const char *expected)
{
	char *text = render(minor, stacks, count, collecting, options);

	ck_assert_str_eq(text, expected);
	free(text);
}

#define TWO                                                                    \
	"  File \"/srv/a.py\", line 3 in inner\n"                              \
	"  File \"/srv/a.py\", line 9 in <module>\n"

START_TEST(threads_in_pythons_order)
{
	struct fdp_python_stack stacks[] = {
		STACK(12, 0x7f0000000012, 1, two), STACK(11, 0x11, 1, two),
		STACK(99, 0x99, 2, two), /* of another interpreter */
	};
	const struct fdp_compat_options options = {
		.current = 11,
		.names_current = true,
		.all_threads = true,
		.signal = SIGSEGV,
	};

	expect(12, stacks, 3, true, &options,
	       "Fatal Python error: Segmentation fault\n\n"
	       "Thread 0x00007f0000000012 (most recent call first):\n" TWO "\n"
	       "Current thread 0x0000000000000011 (most recent call first):\n"
	       "  Garbage-collecting\n" TWO);
}
END_TEST

/* Headers have names from 3.14 on, as the kernel knows them. */
START_TEST(named_threads)
{
	struct fdp_python_stack stacks[] = {
		STACK(12, 0x12, 1, two),
		STACK(13, 0x13, 1, two),
		STACK(11, 0x11, 1, two),
	};
	const struct fdp_thread threads[] = {
		{ .tid = 11, .name = "python3.14" },
		{ .tid = 12, .name = "worker \xff" },
		{ .tid = 13, .name = "" },
	};
	const struct fdp_compat_options options = {
		.current = 11,
		.names_current = true,
		.all_threads = true,
		.threads = threads,
		.thread_count = ARRAY_SIZE(threads),
	};

	expect(14, stacks, 3, false, &options,
	       "Thread 0x0000000000000012 [worker \xff] "
	       "(most recent call first):\n" TWO "\n"
	       "Thread 0x0000000000000013 (most recent call first):\n" TWO "\n"
	       "Current thread 0x0000000000000011 [python3.14] "
	       "(most recent call first):\n" TWO);
	expect(13, stacks + 2, 1, false, &options,
	       "Current thread 0x0000000000000011 "
	       "(most recent call first):\n" TWO);
}
END_TEST

/* The backport to 2.7: names in angle brackets, and strings are bytes. */
START_TEST(two_seven)
{
	struct fdp_frame frames[] = { FRAME("f", "/srv/gr\xc3\xb6.py", 3) };
	struct fdp_python_stack stacks[] = {
		STACK(11, 0x11, 1, frames),
		STACK(12, 0x12, 1, frames),
	};
	const struct fdp_thread threads[] = {
		{ .tid = 11, .name = "python2.7" },
	};
	const struct fdp_python python = {
		.major = 2,
		.minor = 7,
		.stacks = stacks,
		.stack_count = 2,
	};
	const struct fdp_compat_options options = {
		.current = 11,
		.names_current = true,
		.all_threads = true,
		.signal = SIGSEGV,
		.threads = threads,
		.thread_count = ARRAY_SIZE(threads),
	};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	stacks[1].frame_count = 0;
	ck_assert_int_eq(fdp_render_compat(&python, &options, out), 0);
	fclose(out);
	ck_assert_str_eq(text,
			 "Fatal Python error: Segmentation fault\n\n"
			 "Current thread 0x0000000000000011 <python2.7> "
			 "(most recent call first):\n"
			 "  File \"/srv/gr\\xc3\\xb6.py\", line 3 in f\n\n"
			 "Thread 0x0000000000000012 "
			 "(most recent call first):\n");
	free(text);
}
END_TEST

/* A watchdog is no thread of the program: nobody is current. */
START_TEST(nobody_is_current)
{
	struct fdp_python_stack stacks[] = {
		STACK(99, 0x99, 2, two),
		STACK(11, 0x11, 1, two),
	};
	const struct fdp_compat_options options = {
		.header = "Timeout (0:00:01)!\n",
		.current = 11,
		.all_threads = true,
		.skip = 1,
	};

	expect(9, stacks, 2, true, &options,
	       "Timeout (0:00:01)!\n"
	       "Thread 0x0000000000000011 (most recent call first):\n"
	       "  File \"/srv/a.py\", line 9 in <module>\n");
}
END_TEST

/* From 3.14 on threads have names; one that has none, or is not known. */
START_TEST(names_of_threads)
{
	struct fdp_python_stack stacks[] = { STACK(13, 0x13, 1, two),
					     STACK(12, 0x12, 1, two),
					     STACK(11, 0x11, 1, two),
					     STACK(0, 0x10, 1, two) };
	const struct fdp_thread threads[] = {
		{ .tid = 11, .name = "python3.14" },
		{ .tid = 12, .name = "" },
		{ .tid = 13, .name = "w\xc3\xb6\t1]" },
		{ .tid = 0, .name = "nobody" },
	};
	struct fdp_compat_options options = {
		.current = 11,
		.names_current = true,
		.all_threads = true,
		.threads = threads,
		.thread_count = ARRAY_SIZE(threads),
	};
	char *text;

	expect(14, stacks, ARRAY_SIZE(stacks), false, &options,
	       "Thread 0x0000000000000013 [w\xc3\xb6\t1]] (most recent call "
	       "first):\n" TWO "\n"
	       "Thread 0x0000000000000012 (most recent call first):\n" TWO "\n"
	       "Current thread 0x0000000000000011 [python3.14] (most recent "
	       "call first):\n" TWO "\n"
	       "Thread 0x0000000000000010 (most recent call first):\n" TWO);
	text = render(13, stacks, ARRAY_SIZE(stacks), false, &options);
	ck_assert_ptr_null(strchr(text, '['));
	free(text);
}
END_TEST

/* Whose thread asked is not known: the main interpreter is the last. */
START_TEST(the_main_interpreter)
{
	struct fdp_python_stack stacks[] = {
		STACK(99, 0x99, 2, two),
		STACK(11, 0x11, 1, two),
	};
	const struct fdp_compat_options options = { .all_threads = true };

	expect(13, stacks, 2, false, &options,
	       "Thread 0x0000000000000011 (most recent call first):\n" TWO);
}
END_TEST

START_TEST(one_thread)
{
	struct fdp_python_stack stacks[] = {
		STACK(12, 0x12, 1, two),
		STACK(11, 0x11, 1, strange),
	};
	struct fdp_compat_options options = { .current = 11 };

	expect(11, stacks, 2, true, &options,
	       "Stack (most recent call first):\n"
	       "  File \"/srv/\\u0432\\U0001f600.py\", line ??? in "
	       "gr\\xf6\\xdfe\n"
	       "  File ???, line 1 in ???\n"
	       "  File \"quote\"\\.py\", line 2 in tab\\x09here\n");
	options.current = 13;
	expect(11, stacks, 2, true, &options,
	       "Stack (most recent call first):\n");
}
END_TEST

static const struct {
	int minor;
	const char *text;
} empties[] = {
	{ 7, "" },
	{ 8, "<no Python frame>\n" },
	{ 9, "<no Python frame>\n" },
	{ 10, "  <no Python frame>\n" },
	{ 13, "  <no Python frame>\n" },
};

START_TEST(no_frame)
{
	struct fdp_python_stack stack = { .tid = 11, .interpreter = 1 };
	const struct fdp_compat_options options = { .current = 11 };
	char expected[128];

	snprintf(expected, sizeof(expected),
		 "Stack (most recent call first):\n%s", empties[_i].text);
	expect(empties[_i].minor, &stack, 1, false, &options, expected);
}
END_TEST

static size_t count(const char *text, const char *what)
{
	size_t found = 0;

	while ((text = strstr(text, what))) {
		found++;
		text += strlen(what);
	}
	return found;
}

/* 100 frames, and from 3.13 on nothing says that there are more. */
START_TEST(many_frames)
{
	struct fdp_frame frames[101];
	struct fdp_python_stack stack = STACK(11, 0x11, 1, frames);
	const struct fdp_compat_options options = { .current = 11 };
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(frames); i++)
		frames[i] = two[0];
	for (int minor = 12; minor <= 13; minor++) {
		text = render(minor, &stack, 1, false, &options);
		ck_assert_uint_eq(count(text, "  File "), 100);
		ck_assert_uint_eq(count(text, "  ...\n"), minor == 12);
		free(text);
	}
	stack.frame_count = 100;
	text = render(12, &stack, 1, false, &options);
	ck_assert_uint_eq(count(text, "..."), 0);
	free(text);
}
END_TEST

static const struct {
	long limit;
	size_t threads, said;
} limits[] = {
	{ 0, 100, 100 }, { 0, 101, 100 }, { 2, 3, 2 },
	{ 3, 3, 3 },	 { -1, 3, 0 },
};

START_TEST(many_threads)
{
	struct fdp_python_stack stacks[101];
	const struct fdp_compat_options options = {
		.all_threads = true,
		.max_threads = limits[_i].limit,
	};
	bool cut = limits[_i].said < limits[_i].threads;
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		stacks[i] = (struct fdp_python_stack)STACK((pid_t)i + 1, i + 1,
							   1, two);
	text = render(12, stacks, limits[_i].threads, false, &options);
	ck_assert_uint_eq(count(text, "Thread 0x"), limits[_i].said);
	ck_assert_uint_eq(
		count(text, "\n\n...\n") + (strcmp(text, "...\n") == 0), cut);
	free(text);
}
END_TEST

START_TEST(long_strings)
{
	char name[1200] = "";
	char *text;
	struct fdp_frame frames[] = { FRAME(name, "f", 1) };
	struct fdp_python_stack stack = STACK(11, 0x11, 1, frames);
	const struct fdp_compat_options options = { .current = 11 };

	for (int i = 0; i < 500; i++)
		strcat(name, "é");
	text = render(12, &stack, 1, false, &options);
	ck_assert_uint_eq(count(text, "\\xe9"), 500);
	ck_assert_ptr_null(strstr(text, "..."));
	free(text);
	strcat(name, "x");
	text = render(12, &stack, 1, false, &options);
	ck_assert_uint_eq(count(text, "\\xe9"), 500);
	ck_assert_ptr_nonnull(strstr(text, "\\xe9...\n"));
	free(text);
}
END_TEST

static const struct {
	uint64_t us;
	const char *text;
} timeouts[] = {
	{ 1, "Timeout (0:00:00.000001)!\n" },
	{ 500000, "Timeout (0:00:00.500000)!\n" },
	{ 1000000, "Timeout (0:00:01)!\n" },
	{ UINT64_C(3661000000), "Timeout (1:01:01)!\n" },
	{ UINT64_C(90000000001), "Timeout (25:00:00.000001)!\n" },
	{ UINT64_C(3155760000000000), "Timeout (876600:00:00)!\n" },
};

START_TEST(timeout_header)
{
	char text[FDP_COMPAT_TIMEOUT_SIZE];

	fdp_compat_timeout(timeouts[_i].us, text);
	ck_assert_str_eq(text, timeouts[_i].text);
}
END_TEST

static const struct {
	int signal, minor;
	const char *name;
} fatals[] = {
	{ SIGBUS, 13, "Fatal Python error: Bus error\n\n" },
	{ SIGILL, 13, "Fatal Python error: Illegal instruction\n\n" },
	{ SIGFPE, 12, "Fatal Python error: Floating point exception\n\n" },
	{ SIGFPE, 13, "Fatal Python error: Floating-point exception\n\n" },
	{ SIGABRT, 8, "Fatal Python error: Aborted\n\n" },
	{ SIGSYS, 8, "Fatal Python error from unexpected signum: 31\n\n" },
};

START_TEST(fatal_header)
{
	char text[FDP_COMPAT_FATAL_SIZE];

	ck_assert_str_eq(
		fdp_compat_fatal(fatals[_i].signal, fatals[_i].minor, text),
		fatals[_i].name);
}
END_TEST

static const struct fdp_module library = { .bias = 0x7f0000000000,
					   .path = "/usr/lib/lib\033a.so" };
static const struct fdp_module program = { .path = "/usr/bin/python3.14" };

#define NATIVE(address, in, name, distance)                                    \
	{                                                                      \
		.kind = FDP_FRAME_NATIVE, .pc = (address), .module = (in),     \
		.function = (name), .offset = (distance)                       \
	}

/* A name, none in a file that is loaded anywhere or in its place, no file. */
static struct fdp_frame native[] = {
	NATIVE(0x7f0000001234, &library, "deep_\tx", 0x34),
	NATIVE(0x7f0000001234, &library, NULL, 0x34),
	NATIVE(0x7f0000001200, &library, "start", 0),
	NATIVE(0x612345, &program, NULL, 0),
	NATIVE(0x612345, &program, "Py_BytesMain", 0x45),
	NATIVE(0x10, NULL, NULL, 0),
};

#define NATIVE_TEXT                                                            \
	"Current thread's C stack trace (most recent call first):\n"           \
	"  Binary file \"/usr/lib/lib\\x1ba.so\", "                            \
	"at deep_ x+0x34 [0x7f0000001234]\n"                                   \
	"  Binary file \"/usr/lib/lib\\x1ba.so\", "                            \
	"at +0x1234 [0x7f0000001234]\n"                                        \
	"  Binary file \"/usr/lib/lib\\x1ba.so\", "                            \
	"at start+0x0 [0x7f0000001200]\n"                                      \
	"  Binary file \"/usr/bin/python3.14\" [0x612345]\n"                   \
	"  Binary file \"/usr/bin/python3.14\", "                              \
	"at Py_BytesMain+0x45 [0x612345]\n"                                    \
	"  Binary file '<unknown>' [0x10]\n"

static const struct {
	struct fdp_c_stack stack;
	const char *text;
} c_stacks[] = {
	{ { native, ARRAY_SIZE(native), false }, NATIVE_TEXT },
	{ { native, ARRAY_SIZE(native), true },
	  NATIVE_TEXT "  <truncated rest of calls>\n" },
	{ { NULL, 0, false },
	  "Current thread's C stack trace (most recent call first):\n"
	  "  <system returned no stack trace>\n" },
};

START_TEST(c_stack)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(fdp_render_c_stack(&c_stacks[_i].stack, out), 0);
	fclose(out);
	ck_assert_str_eq(text, c_stacks[_i].text);
	free(text);
}
END_TEST

/* Behind the threads and before the modules. */
START_TEST(c_stack_of_a_death)
{
	struct fdp_python_stack stack = STACK(11, 0x11, 1, two);
	char first[] = "a", second[] = "b.c";
	char *modules[] = { first, second };
	const struct fdp_c_stack shown = { native + 5, 1, false };
	const struct fdp_compat_options options = {
		.signal = SIGBUS,
		.current = 11,
		.c_stack = &shown,
		.extensions = modules,
		.extension_count = ARRAY_SIZE(modules),
	};

	expect(14, &stack, 1, false, &options,
	       "Fatal Python error: Bus error\n\n"
	       "Stack (most recent call first):\n" TWO "\n"
	       "Current thread's C stack trace (most recent call first):\n"
	       "  Binary file '<unknown>' [0x10]\n\n"
	       "Extension modules: a, b.c (total: 2)\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compat");
	TCase *test = tcase_create("compat");

	tcase_add_test(test, threads_in_pythons_order);
	tcase_add_test(test, named_threads);
	tcase_add_test(test, two_seven);
	tcase_add_test(test, nobody_is_current);
	tcase_add_test(test, names_of_threads);
	tcase_add_test(test, the_main_interpreter);
	tcase_add_test(test, one_thread);
	tcase_add_loop_test(test, no_frame, 0, ARRAY_SIZE(empties));
	tcase_add_test(test, many_frames);
	tcase_add_loop_test(test, many_threads, 0, ARRAY_SIZE(limits));
	tcase_add_test(test, long_strings);
	tcase_add_loop_test(test, timeout_header, 0, ARRAY_SIZE(timeouts));
	tcase_add_loop_test(test, fatal_header, 0, ARRAY_SIZE(fatals));
	tcase_add_loop_test(test, c_stack, 0, ARRAY_SIZE(c_stacks));
	tcase_add_test(test, c_stack_of_a_death);
	suite_add_tcase(suite, test);
	return fdp_suite_run(suite);
}
