/*
 * A fault that a handler had first: when the note is believed, and what the
 * report is about then.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "../../daemon/analysis/analyse.h"
#include "../../daemon/analysis/noted.h"
#include "../../daemon/base/util.h"
#include "fake_target.h"
#include "suite.h"

#define PID 4711
#define OTHER 4712

/* The code: a handler, what it interrupted, and libc's way back. */
#define HANDLER 0x400100
#define FAULTED 0x400200
#define CALLER 0x400300
#define RESTORER 0x400800

/* The stack on which the handler runs, and that of the thread. */
#define SIGNAL_STACK UINT64_C(0x900000)
#define CONTEXT (SIGNAL_STACK + 0x190)
#define STACK UINT64_C(0x7f0000000000)
#define SP (STACK + 0x1000)

#define KERNEL_UCONTEXT_SIZE 304

static struct fdp_map maps[] = {
	{ .start = 0x400000,
	  .end = 0x401000,
	  .readable = true,
	  .executable = true,
	  .inode = 1,
	  .path = "/srv/_demo.so" },
	{ .start = SIGNAL_STACK,
	  .end = SIGNAL_STACK + 0x1000,
	  .readable = true,
	  .writable = true,
	  .path = "" },
	{ .start = STACK,
	  .end = STACK + 0x2000,
	  .readable = true,
	  .writable = true,
	  .path = "" },
};

static struct fdp_thread threads[2];
static struct fdp_target *target;
static siginfo_t segv;

/* Two words of a frame pointer's chain. */
static void link_frame(uint64_t at, uint64_t next, uint64_t return_address)
{
	fake_target_write_u64(target, at, next);
	fake_target_write_u64(target, at + 8, return_address);
}

/* What the kernel writes for the handler. */
static void write_ucontext(uint64_t context, uint64_t pc, uint64_t sp)
{
	ucontext_t saved;

	memset(&saved, 0, sizeof(saved));
	saved.uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
	saved.uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
	saved.uc_mcontext.gregs[REG_RBP] = SP + 0x100;
	saved.uc_mcontext.gregs[REG_RAX] = 0xaaaa;
	fake_target_write(target, context, &saved, KERNEL_UCONTEXT_SIZE);
}

static void write_siginfo(uint64_t context)
{
	fake_target_write(target, context + KERNEL_UCONTEXT_SIZE, &segv,
			  sizeof(target->noted.siginfo));
}

static void set_thread(struct fdp_thread *thread, pid_t tid, uint64_t pc,
		       uint64_t sp, uint64_t rbp)
{
	*thread = (struct fdp_thread){ .tid = tid, .has_registers = true };
	thread->registers.general[FDP_REGISTER_PC] = pc;
	thread->registers.general[FDP_REGISTER_SP] = sp;
	thread->registers.general[FDP_REGISTER_RBP] = rbp;
	thread->registers.thread_pointer = 0x1000u * (unsigned)tid;
}

static void note_fault(void)
{
	struct fdp_noted_fault *noted = &target->noted;

	*noted = (struct fdp_noted_fault){
		.present = true,
		.tid = PID,
		.context_address = CONTEXT,
		.fault = { .signal = SIGSEGV,
			   .code = SEGV_MAPERR,
			   .address = 0x10,
			   .trap = 14,
			   .error = 4,
			   .handler = HANDLER },
	};
	noted->registers.general[FDP_REGISTER_PC] = FAULTED;
	noted->registers.general[FDP_REGISTER_SP] = SP;
	noted->registers.general[FDP_REGISTER_RBP] = SP + 0x100;
	noted->registers.general[FDP_REGISTER_RAX] = 0xaaaa;
	memcpy(noted->siginfo, &segv, sizeof(noted->siginfo));
}

/* A handler of SIGSEGV that has just called abort(). */
static void setup(void)
{
	static const uint8_t restorer[] = { 0x48, 0xc7, 0xc0, 0x0f, 0x00,
					    0x00, 0x00, 0x0f, 0x05 };

	memset(&segv, 0, sizeof(segv));
	segv.si_signo = SIGSEGV;
	segv.si_code = SEGV_MAPERR;
	segv.si_addr = (void *)0x10;
	target = fake_target_new();
	target->pid = PID;
	target->maps = maps;
	target->map_count = ARRAY_SIZE(maps);
	target->fault = (struct fdp_fault){ .signal = SIGABRT,
					    .code = SI_TKILL,
					    .sender_pid = PID,
					    .abort_message = "giving up" };
	set_thread(&threads[0], PID, HANDLER, SIGNAL_STACK + 0x100,
		   CONTEXT - 16);
	threads[0].crashed = true;
	set_thread(&threads[1], OTHER, CALLER, SP + 0x800, 0);
	target->threads = threads;
	target->thread_count = 2;
	fake_target_write(target, RESTORER, restorer, sizeof(restorer));
	link_frame(CONTEXT - 16, 0, RESTORER);
	write_ucontext(CONTEXT, FAULTED, SP);
	write_siginfo(CONTEXT);
	link_frame(SP + 0x100, 0, CALLER);
	note_fault();
}

static void teardown(void)
{
	fdp_target_free(target);
}

/* Stacks as the unwinder gives them, by where they lead. */
static struct fdp_frame through[] = {
	{ .pc = HANDLER, .stack_low = SIGNAL_STACK + 0x100 },
	{ .pc = RESTORER, .stack_low = CONTEXT, .is_signal_return = true },
	{ .pc = FAULTED, .stack_low = SP },
	{ .pc = CALLER, .stack_low = SP + 0x110 },
};
static struct fdp_frame other_context[] = {
	{ .pc = HANDLER, .stack_low = SIGNAL_STACK + 0x700 },
	{ .pc = RESTORER,
	  .stack_low = CONTEXT + 0x600,
	  .is_signal_return = true },
	{ .pc = FAULTED, .stack_low = SP },
};
static struct fdp_frame other_pc[] = {
	{ .pc = HANDLER, .stack_low = SIGNAL_STACK + 0x100 },
	{ .pc = RESTORER, .stack_low = CONTEXT, .is_signal_return = true },
	{ .pc = CALLER, .stack_low = SP },
};
static struct fdp_frame other_sp[] = {
	{ .pc = HANDLER, .stack_low = SIGNAL_STACK + 0x100 },
	{ .pc = RESTORER, .stack_low = CONTEXT, .is_signal_return = true },
	{ .pc = FAULTED, .stack_low = SP + 8 },
};
static struct fdp_frame no_signal[] = {
	{ .pc = HANDLER, .stack_low = SIGNAL_STACK + 0x100 },
	{ .pc = RESTORER, .stack_low = CONTEXT },
	{ .pc = FAULTED, .stack_low = SP },
};
/* The unwinder goes to the signal frame and no further. */
static struct fdp_frame ends_there[] = {
	{ .pc = HANDLER, .stack_low = SIGNAL_STACK + 0x100 },
	{ .pc = RESTORER, .stack_low = CONTEXT, .is_signal_return = true },
};
static struct fdp_frame deeper[] = {
	{ .pc = CALLER, .stack_low = SIGNAL_STACK + 0x10 },
	{ .pc = CALLER, .stack_low = SP + 0x110 },
};

#define STACK_OF(array) .frames = (array), .frame_count = ARRAY_SIZE(array)

static const struct {
	const char *what;
	struct fdp_frame *frames;
	size_t frame_count;
	bool truncated;
	pid_t tid; /* 0: PID */
	/* What the kernel is seen to have written; 0: as it did. */
	uint64_t rip, rsp, address;
	bool holds;
	uint64_t context; /* where it was found on the stack; 0: not */
} rows[] = {
	{ "on the stack", STACK_OF(through), .holds = true,
	  .context = CONTEXT },
	{ "on the stack, whose end is lost", STACK_OF(through),
	  .truncated = true, .holds = true, .context = CONTEXT },
	{ "left by longjmp, then a crash further down", STACK_OF(deeper) },
	{ "another signal's frame in the same place", STACK_OF(other_pc) },
	{ "the same, of the same code", STACK_OF(other_sp) },
	{ "a frame that is no signal's", STACK_OF(no_signal) },
	{ "another frame of the same thread", STACK_OF(other_context) },
	{ "another frame: it faulted again and waits", STACK_OF(other_context),
	  .tid = OTHER, .holds = true, .context = CONTEXT + 0x600 },
	{ "elsewhere", STACK_OF(through), .tid = OTHER, .holds = true,
	  .context = CONTEXT },
	{ "elsewhere, and left by longjmp", STACK_OF(deeper), .tid = OTHER },
	{ "lost before: memory has it", STACK_OF(deeper), .truncated = true,
	  .holds = true },
	{ "lost in the signal frame itself", STACK_OF(ends_there),
	  .truncated = true, .holds = true },
	{ "lost, and the pc was overwritten", STACK_OF(deeper),
	  .truncated = true, .rip = 1 },
	{ "lost, and the sp was overwritten", STACK_OF(deeper),
	  .truncated = true, .rsp = 1 },
	{ "lost, and the siginfo was overwritten", STACK_OF(deeper),
	  .truncated = true, .address = 1 },
	{ "registers not known", NULL, 0, .holds = true },
	{ "registers not known, elsewhere", NULL, 0, .tid = OTHER,
	  .holds = true },
	{ "registers not known, memory overwritten", NULL, 0, .rip = 1 },
};

START_TEST(holds)
{
	struct fdp_native_stack stack = { .tid = PID,
					  .frames = rows[_i].frames,
					  .frame_count = rows[_i].frame_count,
					  .truncated = rows[_i].truncated };
	struct fdp_noted_place place = { .context = 1 };

	if (rows[_i].tid)
		target->noted.tid = rows[_i].tid;
	if (rows[_i].address)
		segv.si_addr = (void *)rows[_i].address;
	write_ucontext(CONTEXT, rows[_i].rip ? rows[_i].rip : FAULTED,
		       rows[_i].rsp ? rows[_i].rsp : SP);
	write_siginfo(CONTEXT);
	ck_assert_msg(fdp_noted_holds(target, stack.frames ? &stack : NULL,
				      &place) == rows[_i].holds,
		      "%s", rows[_i].what);
	if (!rows[_i].holds)
		return;
	ck_assert_uint_eq(place.context, rows[_i].context);
	ck_assert_int_eq(place.is_on_stack, rows[_i].context != 0);
}
END_TEST

START_TEST(not_present)
{
	struct fdp_native_stack stack = { STACK_OF(through) };
	struct fdp_noted_place place;

	target->noted.present = false;
	ck_assert(!fdp_noted_holds(target, &stack, &place));
}
END_TEST

/* The claim comes from a process that may hold, and claim, anything. */
static const struct {
	const char *what;
	uint64_t context;
	bool context_written, siginfo_written;
} hostile[] = {
	{ "null", 0, false, false },
	{ "not mapped", 0x12340000, false, false },
	{ "not aligned, although all is there", CONTEXT + 0x404, true, true },
	{ "across the end of the memory", SIGNAL_STACK + 0x1000 - 100, false,
	  false },
	{ "the siginfo behind the end of the memory",
	  SIGNAL_STACK + 0x1000 - KERNEL_UCONTEXT_SIZE, true, false },
	{ "the end of all addresses", UINT64_MAX - 7, false, false },
	{ "the siginfo behind it", UINT64_MAX - KERNEL_UCONTEXT_SIZE + 1, false,
	  false },
};

START_TEST(hostile_context)
{
	struct fdp_noted_place place;

	target->noted.context_address = hostile[_i].context;
	if (hostile[_i].context_written)
		write_ucontext(hostile[_i].context, FAULTED, SP);
	if (hostile[_i].siginfo_written)
		write_siginfo(hostile[_i].context);
	ck_assert_msg(!fdp_noted_holds(target, NULL, &place), "%s",
		      hostile[_i].what);
}
END_TEST

/* The handler has returned: the last signal came where the first did. */
static const struct {
	const char *what;
	int signal, code;
	uint64_t address;
	pid_t sender;
	uint64_t pc, sp; /* added to those of the fault */
	pid_t tid;	 /* 0: PID */
	bool no_registers;
	bool holds;
} deferred[] = {
	{ "raise() that was blocked", SIGSEGV, SI_TKILL, .sender = PID,
	  .holds = true },
	{ "raise(), in a namespace of its own", SIGSEGV, SI_TKILL, .sender = 1,
	  .holds = true },
	{ "abort() that was blocked", SIGABRT, SI_TKILL, .sender = PID,
	  .holds = true },
	{ "kill(getpid())", SIGSEGV, SI_USER, .sender = PID, .holds = true },
	{ "kill() by another", SIGSEGV, SI_USER, .sender = 1 },
	{ "SIG_DFL, and the same again", SIGSEGV, SEGV_MAPERR, .address = 0x10,
	  .holds = true },
	{ "the same instruction, another address", SIGSEGV, SEGV_MAPERR,
	  .address = 0x18 },
	{ "the same instruction, another fault", SIGBUS, BUS_ADRERR,
	  .address = 0x10 },
	{ "another pc", SIGSEGV, SI_TKILL, .sender = PID, .pc = 1 },
	{ "another sp", SIGSEGV, SI_TKILL, .sender = PID, .sp = 8 },
	{ "another thread", SIGSEGV, SI_TKILL, .sender = PID, .tid = OTHER },
	{ "no registers", SIGSEGV, SI_TKILL, .sender = PID,
	  .no_registers = true },
};

static void defer(int row)
{
	uint64_t *general = threads[0].registers.general;

	target->noted.deferred = true;
	if (deferred[row].tid)
		target->noted.tid = deferred[row].tid;
	target->fault.signal = deferred[row].signal;
	target->fault.code = deferred[row].code;
	target->fault.address = deferred[row].address;
	target->fault.sender_pid = deferred[row].sender;
	general[FDP_REGISTER_PC] = FAULTED + deferred[row].pc;
	general[FDP_REGISTER_SP] = SP + deferred[row].sp;
	threads[0].has_registers = !deferred[row].no_registers;
}

START_TEST(deferred_signal)
{
	struct fdp_noted_place place = { .context = 1 };

	defer(_i);
	ck_assert_msg(fdp_noted_holds(target, NULL, &place) ==
			      deferred[_i].holds,
		      "%s", deferred[_i].what);
	if (!deferred[_i].holds)
		return;
	ck_assert(place.is_on_stack);
	ck_assert_uint_eq(place.context, 0);
}
END_TEST

/* The report, whose crashed thread has TID. */
static struct fdp_report report_of(pid_t tid)
{
	const struct fdp_analysis_hooks hooks = { .captured = NULL };
	struct fdp_report report;

	memset(&report, 0, sizeof(report));
	ck_assert_int_eq(fdp_analyse(target, &hooks, &report), 0);
	ck_assert_uint_eq(report.thread_count, 2);
	ck_assert_int_eq(report.threads[0].tid, tid);
	ck_assert(report.threads[0].crashed && !report.threads[1].crashed);
	ck_assert_int_eq(report.died_of.number, SIGABRT);
	ck_assert_int_eq(report.died_of.code, SI_TKILL);
	ck_assert_str_eq(report.died_of.name, "SIGABRT");
	ck_assert_str_eq(report.died_of.code_name, "SI_TKILL");
	return report;
}

static void check_noted(const struct fdp_report *report, pid_t tid)
{
	const struct fdp_report_thread *thread = &report->threads[0];

	ck_assert_int_eq(report->signal.number, SIGSEGV);
	ck_assert_int_eq(report->signal.code, SEGV_MAPERR);
	ck_assert(report->signal.has_address && !report->signal.has_sender);
	ck_assert_uint_eq(report->signal.address, 0x10);
	ck_assert_str_eq(report->cause.kind, "null-dereference");
	ck_assert_uint_eq(report->registers.general[FDP_REGISTER_PC], FAULTED);
	ck_assert_uint_eq(report->registers.general[FDP_REGISTER_SP], SP);
	ck_assert_uint_eq(report->registers.general[FDP_REGISTER_RAX], 0xaaaa);
	ck_assert_uint_eq(report->registers.thread_pointer,
			  0x1000u * (unsigned)tid);
	ck_assert_uint_ge(thread->frame_count, 2);
	ck_assert_uint_eq(thread->frames[0].pc, FAULTED);
	ck_assert(thread->frames[0].exact_pc);
	ck_assert_uint_eq(thread->frames[1].pc, CALLER);
}

START_TEST(reports_the_first_fault)
{
	struct fdp_report report = report_of(PID);

	check_noted(&report, PID);
	fdp_report_done(&report);
}
END_TEST

/* The handler's frames cannot be followed: from the noted registers on. */
START_TEST(reports_it_from_memory)
{
	struct fdp_report report;

	threads[0].registers.general[FDP_REGISTER_RBP] = 3;
	report = report_of(PID);
	check_noted(&report, PID);
	fdp_report_done(&report);
}
END_TEST

START_TEST(reports_it_elsewhere)
{
	struct fdp_report report;

	target->noted.tid = OTHER;
	threads[1].registers = threads[0].registers;
	threads[1].registers.thread_pointer = 0x1000 * OTHER;
	set_thread(&threads[0], PID, CALLER, SP + 0x800, 0);
	threads[0].crashed = true;
	report = report_of(OTHER);
	check_noted(&report, OTHER);
	ck_assert_int_eq(report.threads[1].tid, PID);
	ck_assert_uint_eq(report.threads[1].frames[0].pc, CALLER);
	fdp_report_done(&report);
}
END_TEST

START_TEST(reports_a_deferred_one)
{
	struct fdp_report report;

	defer(2); /* abort() */
	link_frame(SP + 0x110, 0, 0);
	threads[0].registers.general[FDP_REGISTER_RBP] = SP + 0x100;
	report = report_of(PID);
	check_noted(&report, PID);
	fdp_report_done(&report);
}
END_TEST

/* The note is about nothing: as if there were none. */
START_TEST(reports_the_last_signal)
{
	struct fdp_report report;

	write_ucontext(CONTEXT, FAULTED + 1, SP);
	report = report_of(PID);
	ck_assert_int_eq(report.signal.number, SIGABRT);
	ck_assert(report.signal.has_sender);
	ck_assert_str_eq(report.cause.kind, "abort");
	ck_assert_ptr_nonnull(strstr(report.cause.text, "giving up"));
	ck_assert_uint_eq(report.registers.general[FDP_REGISTER_PC], HANDLER);
	ck_assert_uint_eq(report.threads[0].frames[0].pc, HANDLER);
	fdp_report_done(&report);
}
END_TEST

/* glibc's message is about the abort() that a handler had first. */
START_TEST(keeps_the_abort_message)
{
	struct fdp_report report;

	target->noted.fault = (struct fdp_fault){ .signal = SIGABRT,
						  .code = SI_TKILL,
						  .sender_pid = PID };
	report = report_of(PID);
	ck_assert_str_eq(report.cause.kind, "abort");
	ck_assert_ptr_nonnull(strstr(report.cause.text, "giving up"));
	ck_assert_uint_eq(report.threads[0].frames[0].pc, FAULTED);
	fdp_report_done(&report);
}
END_TEST

/* A breakpoint's pc is behind it, whoever had the signal first. */
START_TEST(noted_trap)
{
	struct fdp_report report;

	target->noted.fault.signal = SIGTRAP;
	target->noted.fault.code = SI_KERNEL;
	report = report_of(PID);
	ck_assert_str_eq(report.cause.kind, "trap");
	ck_assert_uint_eq(report.threads[0].frames[0].pc, FAULTED);
	ck_assert(!report.threads[0].frames[0].exact_pc);
	fdp_report_done(&report);
}
END_TEST

/* From frame 1 alone: the shim is believed, but not against itself. */
static const struct {
	pid_t tid;
	bool deferred;
	int expected; /* signal */
} alone[] = {
	{ PID, false, SIGSEGV },
	{ OTHER, false, SIGSEGV },
	{ PID, true, SIGABRT }, /* it stands elsewhere */
};

START_TEST(from_frame_1_alone)
{
	struct fdp_report report;
	size_t count = alone[_i].tid == OTHER ? 2 : 1;

	memset(&report, 0, sizeof(report));
	target->thread_count = 1;
	target->noted.tid = alone[_i].tid;
	target->noted.deferred = alone[_i].deferred;
	fake_target_fact(target, "thread/4712/comm", "worker");
	ck_assert_int_eq(fdp_analyse_frame(target, "a reason", &report), 0);
	ck_assert_int_eq(report.signal.number, alone[_i].expected);
	ck_assert_int_eq(report.died_of.number, SIGABRT);
	ck_assert_uint_eq(report.thread_count, count);
	ck_assert_int_eq(report.threads[0].tid, alone[_i].tid);
	ck_assert(report.threads[0].crashed);
	ck_assert_uint_eq(report.threads[0].frame_count, 1);
	ck_assert_uint_eq(report.threads[0].frames[0].pc,
			  alone[_i].expected == SIGSEGV ? FAULTED : HANDLER);
	if (count == 2) {
		ck_assert_str_eq(report.threads[0].name, "worker");
		ck_assert(!report.threads[1].crashed);
	}
	fdp_report_done(&report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("noted");
	TCase *tests = tcase_create("noted");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, holds, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(tests, not_present);
	tcase_add_loop_test(tests, hostile_context, 0,
			    (int)ARRAY_SIZE(hostile));
	tcase_add_loop_test(tests, deferred_signal, 0,
			    (int)ARRAY_SIZE(deferred));
	tcase_add_test(tests, reports_the_first_fault);
	tcase_add_test(tests, reports_it_from_memory);
	tcase_add_test(tests, reports_it_elsewhere);
	tcase_add_test(tests, reports_a_deferred_one);
	tcase_add_test(tests, reports_the_last_signal);
	tcase_add_test(tests, keeps_the_abort_message);
	tcase_add_test(tests, noted_trap);
	tcase_add_loop_test(tests, from_frame_1_alone, 0,
			    (int)ARRAY_SIZE(alone));
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
