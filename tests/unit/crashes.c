#include "crashes.h"

#include <check.h>
#include <signal.h>
#include <string.h>

#include "../../daemon/analysis/cause.h"
#include "../../daemon/base/util.h"
#include "fake_target.h"

static struct fdp_map maps[] = {
	{ .start = 0x400000,
	  .end = 0x401000,
	  .readable = true,
	  .executable = true,
	  .path = "/usr/lib/_demo.so" },
	{ .start = 0x401000,
	  .end = 0x402000,
	  .readable = true,
	  .path = "/usr/lib/_demo.so" },
	{ .start = 0x402000,
	  .end = 0x403000,
	  .readable = true,
	  .writable = true,
	  .path = "/usr/lib/_demo.so" },
	{ .start = 0x900000,
	  .end = 0x910000,
	  .readable = true,
	  .writable = true,
	  .path = "[heap]" },
	{ .start = 0x7e0000000000,
	  .end = 0x7e0000002000,
	  .readable = true,
	  .writable = true,
	  .shared = true,
	  .path = "/dev/shm/ring" },
	{ .start = STACK - 0x1000, .end = STACK, .path = "" },
	{ .start = STACK,
	  .end = STACK_END,
	  .readable = true,
	  .writable = true,
	  .path = "" },
	{ .start = MAIN_STACK,
	  .end = 0x7ffd00800000,
	  .readable = true,
	  .writable = true,
	  .path = "[stack]" },
};

struct fdp_frame in_demo[] = {
	NATIVE("crash_here", demo, 0x10),
	NATIVE("cfunction_call", libpython, 0x100),
	PYTHON("handler", 42),
	NATIVE("_PyEval_EvalFrameDefault", libpython, 0x200),
	NATIVE("__libc_start_main", libc, 0x100),
};

struct fdp_frame in_libc[] = {
	NATIVE("strlen", libc, 0x10),
	NATIVE("crash_here", demo, 0x020),
	PYTHON("handler", 42),
};

struct fdp_frame in_abort[] = {
	NATIVE("__pthread_kill_implementation", libc, 0x10),
	NATIVE("raise", libc, 0x200),
	NATIVE("abort", libc, 0x300),
	NATIVE("check_invariant", demo, 0x030),
	PYTHON("handler", 42),
};

/* The shim looks before libc's abort() does, and may be asked to. */
struct fdp_frame in_shim[] = {
	NATIVE("abort", shim, 0x010),
	NATIVE("__assert_fail", libc, 0x020),
	NATIVE("check_invariant", demo, 0x030),
	PYTHON("handler", 42),
};

/* A call through a bad pointer: the pc itself, then who called. */
struct fdp_frame bad_pc[] = {
	{ .kind = FDP_FRAME_NATIVE, .line = FDP_UNKNOWN },
	NATIVE("call_back", demo, 0x040),
	PYTHON("handler", 42),
};

struct fdp_frame in_python[] = {
	PYTHON("handler", 42),
	PYTHON("<module>", 50),
};

void set_registers(struct fdp_thread *thread, const struct set_register *set)
{
	thread->has_registers = true;
	for (int i = 0; i < FDP_REGISTER_COUNT; i++)
		thread->registers.general[i] = 0x300000000000 + 0x1000u * i;
	thread->registers.general[FDP_REGISTER_PC] = CODE;
	thread->registers.general[FDP_REGISTER_SP] = STACK + 0x400000;
	for (size_t i = 0; i < 3; i++) {
		if (set[i].is_set)
			thread->registers.general[set[i].number] = set[i].value;
	}
}

struct fdp_target *make_target(const struct fdp_fault *fault,
			       struct fdp_thread *thread)
{
	struct fdp_target *target = fake_target_new();

	target->pid = PID;
	target->fault = *fault;
	target->threads = thread;
	target->thread_count = 1;
	target->maps = maps;
	target->map_count = ARRAY_SIZE(maps);
	return target;
}

int find_cause(struct fdp_target *target, struct fdp_report *report)
{
	struct fdp_subject subject;
	int r = fdp_subject_init(target, report, &subject);

	return r < 0 ? r : fdp_cause_find(target, &subject, report);
}

void explain(const struct cause_case *test)
{
	struct fdp_thread thread = { .tid = PID, .crashed = true };
	struct fdp_report_thread stack = { .tid = PID,
					   .crashed = true,
					   .frames = test->frames,
					   .frame_count = test->frame_count };
	struct fdp_report report = { .threads = &stack, .thread_count = 1 };
	struct fdp_target *target = make_target(&test->fault, &thread);

	if (!test->no_registers)
		set_registers(&thread, test->set);
	memcpy(report.code_bytes, test->code, sizeof(test->code));
	report.code_byte_count = test->code_size;
	ck_assert_int_eq(find_cause(target, &report), 0);
	ck_assert_msg(strcmp(report.cause.kind, test->kind) == 0,
		      "%s: %s is not %s (%s)", test->what, report.cause.kind,
		      test->kind, report.cause.text);
	for (size_t i = 0; i < 4 && test->words[i]; i++)
		ck_assert_msg(strstr(report.cause.text, test->words[i]),
			      "%s: \"%s\" is not in \"%s\"", test->what,
			      test->words[i], report.cause.text);
	for (size_t i = 0; i < 2 && test->unwanted[i]; i++)
		ck_assert_msg(!strstr(report.cause.text, test->unwanted[i]),
			      "%s: \"%s\" is in \"%s\"", test->what,
			      test->unwanted[i], report.cause.text);
	fdp_target_free(target);
	fdp_report_done(&report);
}
