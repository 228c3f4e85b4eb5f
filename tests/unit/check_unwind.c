/*
 * Unwinding and naming, tried on ourselves: the target is this very process,
 * whose stack we know.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/gregs.h"
#include "../../daemon/capture/maps.h"
#include "../../daemon/native/modules.h"
#include "../../daemon/native/symbols.h"
#include "../../daemon/native/unwind.h"
#include "suite.h"

#define DEPTH 50

/* A function of its own under its own name, whatever the optimizer thinks. */
#define UNCHANGED __attribute__((noipa))

/* Words of memory, from ADDRESS to END, that all read as we like. */
static struct {
	uint64_t address, end, value;
} overlay;

static ssize_t self_read(void *backend, uint64_t address, void *buffer,
			 size_t size)
{
	struct iovec local = { buffer, size };
	struct iovec remote = { (void *)(uintptr_t)address, size };
	ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

	(void)backend;
	if (got < 0)
		return errno == EFAULT ? 0 : -errno;
	for (uint64_t at = overlay.address; at < overlay.end;
	     at += sizeof(overlay.value))
		if (at >= address &&
		    at + sizeof(overlay.value) <= address + (uint64_t)got)
			memcpy((char *)buffer + (at - address), &overlay.value,
			       sizeof(overlay.value));
	return got;
}

static int self_fact(void *backend, const char *key, char **ret_value,
		     size_t *ret_size)
{
	(void)backend;
	(void)key;
	(void)ret_value;
	(void)ret_size;
	return -ENOENT;
}

static void self_free(void *backend)
{
	(void)backend;
}

static const struct fdp_target_ops self_ops = {
	.name = "self",
	.read = self_read,
	.fact = self_fact,
	.free = self_free,
};

static struct fdp_target *target;
static struct fdp_report report;
static struct fdp_unwinder *unwinder;
static struct fdp_symbols *symbols;
static struct fdp_report report_before;

static void load_maps(void)
{
	static char text[4 * 1024 * 1024];
	_cleanup_close_ int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t got;

	ck_assert_int_ge(fd, 0);
	while ((got = read(fd, text + size, sizeof(text) - size)) > 0)
		size += (size_t)got;
	ck_assert_int_eq(got, 0);
	ck_assert_int_eq(fdp_maps_load(target, text, size), 0);
}

static void setup(void)
{
	memset(&report, 0, sizeof(report));
	memset(&overlay, 0, sizeof(overlay));
	target = fdp_target_new(&self_ops, NULL);
	ck_assert_ptr_nonnull(target);
	target->pid = getpid();
	load_maps();
	ck_assert_int_eq(fdp_modules_read(target, &report), 0);
	ck_assert_int_eq(fdp_unwinder_new(target, &report, &unwinder), 0);
	ck_assert_int_eq(fdp_symbols_new(target, &report, 0, &symbols), 0);
}

static void teardown(void)
{
	fdp_symbols_free(symbols);
	fdp_unwinder_free(unwinder);
	fdp_target_free(target);
	fdp_report_done(&report);
}

typedef void change_fn(struct fdp_registers *registers);

/* The named stack at CONTEXT, whose registers CHANGE may alter first. */
static struct fdp_native_stack unwind_from(const ucontext_t *context,
					   change_fn *change)
{
	struct fdp_thread thread = { .tid = 7, .has_registers = true };
	struct fdp_native_stack stack;
	uint64_t gregs[FDP_GREGS];

	memcpy(gregs, context->uc_mcontext.gregs, sizeof(gregs));
	fdp_gregs_to_registers(gregs, 0, &thread.registers);
	if (change)
		change(&thread.registers);
	ck_assert_int_eq(fdp_unwind(unwinder, &thread, &stack), 0);
	ck_assert_int_eq(fdp_symbols_name(symbols, &stack), 0);
	ck_assert_int_eq(stack.tid, 7);
	return stack;
}

static bool is_function(const struct fdp_frame *frame, const char *name)
{
	return frame->function && strcmp(frame->function, name) == 0;
}

static size_t count_function(const struct fdp_native_stack *stack,
			     const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->frame_count; i++)
		count += is_function(&stack->frames[i], name);
	return count;
}

static change_fn *change_registers;
static struct fdp_native_stack found;

/* What is done to the stack that was found before it is unwound again. */
static void (*damage)(const struct fdp_frame *frames);

UNCHANGED static void capture(void)
{
	ucontext_t context;

	ck_assert_int_eq(getcontext(&context), 0);
	found = unwind_from(&context, change_registers);
	if (!damage)
		return;
	/* What was read is kept. */
	report_before = report;
	fdp_symbols_free(symbols);
	fdp_unwinder_free(unwinder);
	fdp_target_free(target);
	setup();
	damage(found.frames);
	found = unwind_from(&context, NULL);
	fdp_report_done(&report_before);
}

UNCHANGED static int recurse(int depth)
{
	volatile int kept = depth;

	if (depth == 0)
		capture();
	else
		recurse(depth - 1);
	return kept;
}

static inline __attribute__((always_inline)) void inlined_call(void)
{
	capture();
}

UNCHANGED static int calls_inlined(void)
{
	volatile int kept = 1;

	inlined_call();
	return kept;
}

static void check_ranges(const struct fdp_native_stack *stack)
{
	for (size_t i = 0; i + 1 < stack->frame_count; i++) {
		const struct fdp_frame *frame = &stack->frames[i];
		const struct fdp_frame *caller = &stack->frames[i + 1];

		ck_assert_int_eq(frame->kind, FDP_FRAME_NATIVE);
		ck_assert_uint_lt(frame->stack_low, frame->stack_high);
		if (frame->inlined)
			ck_assert_uint_eq(frame->stack_low, caller->stack_low);
		else
			ck_assert_uint_eq(frame->stack_high, caller->stack_low);
	}
}

START_TEST(recursion)
{
	recurse(DEPTH);
	ck_assert(!found.truncated);
	ck_assert(is_function(&found.frames[0], "capture"));
	ck_assert_uint_eq(count_function(&found, "recurse"), DEPTH + 1);
	ck_assert_uint_eq(count_function(&found, "fdp_suite_run"), 1);
	ck_assert(found.frames[0].exact_pc);
	ck_assert(!found.frames[1].exact_pc);
	ck_assert_uint_gt(found.frames[1].offset, 0);
	ck_assert_ptr_nonnull(found.frames[1].module);
	check_ranges(&found);
}
END_TEST

/* Lines and inlined calls are in the debug information, if there is any. */
START_TEST(inlined)
{
	size_t at = 1;

	calls_inlined();
	ck_assert(is_function(&found.frames[0], "capture"));
	if (found.frames[0].line != FDP_UNKNOWN) {
		ck_assert(found.frames[1].inlined);
		ck_assert(is_function(&found.frames[1], "inlined_call"));
		ck_assert_int_gt(found.frames[1].line, 0);
		ck_assert_int_gt(found.frames[2].line, found.frames[1].line);
		ck_assert_uint_eq(found.frames[1].pc, found.frames[2].pc);
		at = 2;
	}
	ck_assert(is_function(&found.frames[at], "calls_inlined"));
	ck_assert(!found.frames[at].inlined);
	check_ranges(&found);
}
END_TEST

/* As after a call of 0: the return address has just been pushed. */
static void call_null(struct fdp_registers *registers)
{
	uint64_t *sp = &registers->general[FDP_REGISTER_SP];
	uint64_t *pc = &registers->general[FDP_REGISTER_PC];

	*sp -= sizeof(*sp);
	overlay.address = *sp;
	overlay.end = *sp + sizeof(*sp);
	overlay.value = *pc;
	*pc = 0;
}

START_TEST(call_of_null)
{
	change_registers = call_null;
	recurse(DEPTH);
	ck_assert(!found.truncated);
	ck_assert_uint_eq(found.frames[0].pc, 0);
	ck_assert_ptr_null(found.frames[0].module);
	ck_assert_ptr_null(found.frames[0].function);
	ck_assert(is_function(&found.frames[1], "capture"));
	ck_assert_uint_eq(count_function(&found, "recurse"), DEPTH + 1);
}
END_TEST

static void lose_all(struct fdp_registers *registers)
{
	registers->general[FDP_REGISTER_PC] = 0x41414141;
	registers->general[FDP_REGISTER_SP] = 0x42424242;
	registers->general[FDP_REGISTER_RBP] = 0x43434343;
}

START_TEST(smashed)
{
	change_registers = lose_all;
	recurse(DEPTH);
	ck_assert(found.truncated);
	ck_assert_uint_eq(found.frame_count, 1);
	ck_assert_uint_eq(found.frames[0].pc, 0x41414141);
	ck_assert_ptr_null(found.frames[0].function);
}
END_TEST

/* Frames 1 and so on are those of recurse(). */
#define SMASHED 5
#define LAST_SMASHED 10
#define FAR 40

static uint64_t anchors[3];
static uint64_t caller_low; /* of the frame that is found by its anchor */

static void overwrite(uint64_t from, uint64_t to, uint64_t value)
{
	overlay.address = from;
	overlay.end = to;
	overlay.value = value;
}

/* Only where it returns to. */
static void smash_return(const struct fdp_frame *frames)
{
	uint64_t end = frames[SMASHED].stack_high;

	overwrite(end - 8, end, 0x4141414141414141);
}

static void zero_return(const struct fdp_frame *frames)
{
	uint64_t end = frames[SMASHED].stack_high;

	overwrite(end - 8, end, 0);
}

/* As if these frames were evaluations of Python code. */
static void anchor_in(const struct fdp_frame *frames, size_t one, size_t two)
{
	anchors[0] = frames[one].stack_low + 8;
	anchors[1] = frames[two].stack_low + 8;
	anchors[2] = frames[FAR].stack_low + 8;
	fdp_unwinder_anchors(unwinder, anchors, ARRAY_SIZE(anchors), true);
	for (size_t i = 0; i < report.module_count; i++)
		if (report.modules[i].start <= frames[1].pc &&
		    frames[1].pc < report.modules[i].end)
			report.modules[i].is_interpreter = true;
}

static void zero_with_anchors(const struct fdp_frame *frames)
{
	zero_return(frames);
	anchor_in(frames, 2, LAST_SMASHED);
}

static void zero_with_evaluations(const struct fdp_frame *frames)
{
	zero_return(frames);
	fdp_unwinder_anchors(unwinder, NULL, 0, true);
}

/* All up to the anchor of a frame, of which only what is above that is left. */
static void smash_to_anchor(const struct fdp_frame *frames)
{
	overwrite(frames[SMASHED].stack_high - 8,
		  frames[LAST_SMASHED].stack_low + 8, 0x4141414141414141);
	anchor_in(frames, 2, LAST_SMASHED);
	caller_low = frames[LAST_SMASHED + 1].stack_low;
}

static const struct {
	const char *what;
	void (*damage)(const struct fdp_frame *frames);
	size_t lost; /* frames of recurse() */
	size_t gaps;
	enum fdp_found how;
} smashes[] = {
	{ "a return address", smash_return, 1, 1, FDP_FOUND_SCAN },
	{ "a zero is an end", zero_return, DEPTH + 1 - SMASHED, 0,
	  FDP_FOUND_NOT },
	{ "but not where Python knows more", zero_with_anchors, 1, 1,
	  FDP_FOUND_SCAN },
	{ "or only that there is more", zero_with_evaluations, 1, 1,
	  FDP_FOUND_SCAN },
	{ "up to an anchor", smash_to_anchor, LAST_SMASHED - SMASHED, 1,
	  FDP_FOUND_ANCHOR },
};

START_TEST(goes_on_behind_a_gap)
{
	size_t gap = SMASHED + 1;

	damage = smashes[_i].damage;
	recurse(DEPTH);
	ck_assert(!found.truncated);
	ck_assert_uint_eq(found.gaps, smashes[_i].gaps);
	ck_assert_uint_eq(found.guessed, smashes[_i].how == FDP_FOUND_SCAN);
	ck_assert_msg(count_function(&found, "recurse") ==
			      DEPTH + 1 - smashes[_i].lost,
		      "%s: %zu frames", smashes[_i].what,
		      count_function(&found, "recurse"));
	ck_assert_uint_eq(count_function(&found, "fdp_suite_run"), found.gaps);
	if (!found.gaps)
		return;
	ck_assert_int_eq(found.frames[gap].kind, FDP_FRAME_GAP);
	ck_assert_int_eq(found.frames[gap].found, smashes[_i].how);
	ck_assert_uint_gt(found.frames[gap].gap_bytes, 0);
	ck_assert_uint_eq(found.frames[gap].stack_high,
			  found.frames[gap + 1].stack_low);
	ck_assert_uint_eq(found.frames[gap].stack_high -
				  found.frames[gap].stack_low,
			  found.frames[gap].gap_bytes);
	if (smashes[_i].how == FDP_FOUND_ANCHOR)
		ck_assert_uint_eq(found.frames[gap + 1].stack_low, caller_low);
}
END_TEST

static uint64_t handler_context;

static void handler(int number, siginfo_t *info, void *context)
{
	volatile int kept = number;

	(void)info;
	handler_context = (uintptr_t)context;
	capture();
	(void)kept;
}

UNCHANGED static int interrupted(void)
{
	volatile int kept = raise(SIGUSR1);

	return kept;
}

/*
 * A way back from a handler that is not libc's byte for byte, and says in its
 * table what it is.  Saved at the stack pointer: the ucontext.
 */
void own_restorer(void);
__asm__(".macro saved register, offset\n"
	"	.cfi_escape 0x10, \\register, 3, 0x77, "
	"(\\offset & 0x7f) | 0x80, \\offset >> 7\n"
	".endm\n"
	"	.pushsection .text\n"
	"	.type own_restorer, @function\n"
	"	.cfi_startproc\n"
	"	.cfi_signal_frame\n"
	"	.cfi_escape 0x0f, 4, 0x77, (160 & 0x7f) | 0x80, 160 >> 7, 6\n"
	"	saved 12, 72\n"
	"	saved 13, 80\n"
	"	saved 14, 88\n"
	"	saved 15, 96\n"
	"	saved 6, 120\n"	 /* rbp */
	"	saved 3, 128\n"	 /* rbx */
	"	saved 7, 160\n"	 /* rsp */
	"	saved 16, 168\n" /* rip */
	"	nop\n"
	"own_restorer:\n"
	"	mov $15, %eax\n"
	"	syscall\n"
	"	.cfi_endproc\n"
	"	.popsection\n");

/* The kernel's struct sigaction. */
struct kernel_action {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#define KERNEL_SA_RESTORER 0x04000000ul

/* On a stack of its own, which may lie anywhere. */
static void install(int flags, void (*restorer)(void))
{
	static char room[256 * 1024];
	const stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | flags };
	struct kernel_action raw = {
		.handler = handler,
		.flags = KERNEL_SA_RESTORER | SA_SIGINFO | (unsigned)flags,
		.restorer = restorer,
	};

	ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
	if (restorer)
		ck_assert_int_eq(
			syscall(SYS_rt_sigaction, SIGUSR1, &raw, NULL, 8), 0);
	else
		ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
}

static const struct {
	int flags;
	void (*restorer)(void);
} ways[] = {
	{ 0, NULL },
	{ SA_ONSTACK, NULL },
	{ 0, own_restorer },
	{ SA_ONSTACK, own_restorer },
};

START_TEST(signal_handler)
{
	size_t at = 0;

	install(ways[_i].flags, ways[_i].restorer);
	interrupted();
	ck_assert(!found.truncated);
	while (at < found.frame_count && !found.frames[at].is_signal_return)
		at++;
	ck_assert_uint_lt(at + 1, found.frame_count);
	ck_assert(is_function(&found.frames[at - 1], "handler"));
	ck_assert(is_function(&found.frames[at], "<signal handler called>"));
	ck_assert_uint_eq(found.frames[at].stack_low, handler_context);
	ck_assert(found.frames[at].exact_pc);
	ck_assert(found.frames[at + 1].exact_pc);
	ck_assert(!found.frames[at + 2].exact_pc);
	ck_assert_uint_eq(count_function(&found, "<signal handler called>"), 1);
	ck_assert_uint_eq(count_function(&found, "interrupted"), 1);
	ck_assert_uint_eq(count_function(&found, "fdp_suite_run"), 1);
}
END_TEST

/*
 * The second faults in its first instruction, which is also where the first
 * would return to, had it not called a function that does not; their frames
 * have different sizes.
 */
void calls_no_return(void);
int faults_at_once(void);
void captures_and_leaves(void);
__asm__("	.pushsection .text\n"
	"	.type calls_no_return, @function\n"
	"calls_no_return:\n"
	"	.cfi_startproc\n"
	"	sub $0x28, %rsp\n"
	"	.cfi_def_cfa_offset 0x30\n"
	"	call captures_and_leaves\n"
	"	.cfi_endproc\n"
	"	.size calls_no_return, . - calls_no_return\n"
	"	.type faults_at_once, @function\n"
	"faults_at_once:\n"
	"	.cfi_startproc\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	"	.size faults_at_once, . - faults_at_once\n"
	"	.popsection\n");

static sigjmp_buf before_fault;

UNCHANGED void captures_and_leaves(void)
{
	capture();
	siglongjmp(before_fault, 1);
}

static void leaving_handler(int number)
{
	(void)number;
	calls_no_return();
}

UNCHANGED static int calls_what_faults(void)
{
	volatile int kept = 0;

	if (sigsetjmp(before_fault, 1) == 0)
		kept = faults_at_once();
	return kept;
}

START_TEST(fault_at_the_first_instruction)
{
	size_t at = 0;

	ck_assert(signal(SIGILL, leaving_handler) != SIG_ERR);
	calls_what_faults();
	ck_assert(!found.truncated);
	while (at < found.frame_count && !found.frames[at].is_signal_return)
		at++;
	ck_assert_uint_eq(count_function(&found, "calls_no_return"), 1);
	ck_assert_uint_lt(at + 2, found.frame_count);
	ck_assert(is_function(&found.frames[at + 1], "faults_at_once"));
	ck_assert_uint_eq(found.frames[at + 1].offset, 0);
	ck_assert(is_function(&found.frames[at + 2], "calls_what_faults"));
	ck_assert_uint_eq(count_function(&found, "fdp_suite_run"), 1);
}
END_TEST

START_TEST(no_registers)
{
	const struct fdp_thread thread = { .tid = 7 };
	struct fdp_native_stack stack;

	ck_assert_int_eq(fdp_unwind(unwinder, &thread, &stack), -ENODATA);
}
END_TEST

/* Noted names are used as they are, whatever the files say. */
START_TEST(noted_names)
{
	static const char noted[] = "inner\t\t/a b.c\t3\t1\n"
				    "outer\t5\t\t\t\n";
	struct fdp_frame frames[] = { { .pc = 0x1000 },
				      { .pc = 0x2001 },
				      { .pc = 0x3000, .exact_pc = true } };
	struct fdp_native_stack stack = { .frames = frames, .frame_count = 3 };

	fdp_target_note(target, "symbol/1000", "\t\t\t\t\n", 5);
	fdp_target_note(target, "symbol/2000", noted, sizeof(noted) - 1);
	fdp_target_note(target, "symbol/3000", "torn\t9", 6);
	ck_assert_int_eq(fdp_symbols_name(symbols, &stack), 0);
	ck_assert_uint_eq(stack.frame_count, 4);
	ck_assert_ptr_null(stack.frames[0].function);
	ck_assert_int_eq(stack.frames[0].line, FDP_UNKNOWN);
	ck_assert_str_eq(stack.frames[1].function, "inner");
	ck_assert_str_eq(stack.frames[1].file, "/a b.c");
	ck_assert_int_eq(stack.frames[1].line, 3);
	ck_assert(stack.frames[1].inlined);
	ck_assert_str_eq(stack.frames[2].function, "outer");
	/* Noted for the byte before the return address. */
	ck_assert_uint_eq(stack.frames[2].offset, 6);
	ck_assert_ptr_null(stack.frames[2].file);
	ck_assert(!stack.frames[2].inlined);
	ck_assert_ptr_null(stack.frames[3].function);
}
END_TEST

/* A replay has the notes and not the files. */
START_TEST(same_from_notes)
{
	struct fdp_native_stack first;
	const char *text;
	char key[32];

	recurse(1);
	first = found;
	snprintf(key, sizeof(key), "symbol/%llx",
		 (unsigned long long)first.frames[1].pc - 1);
	ck_assert_int_eq(fdp_target_fact(target, key, &text, NULL), 0);
	ck_assert_int_eq(strncmp(text, "recurse\t", strlen("recurse\t")), 0);
}
END_TEST

START_TEST(too_late)
{
	struct fdp_frame frame = { .pc = (uint64_t)(uintptr_t)&recurse };
	struct fdp_native_stack stack = { .frames = &frame, .frame_count = 1 };
	struct fdp_symbols *late;

	ck_assert_int_eq(fdp_symbols_new(target, &report, 1, &late), 0);
	ck_assert_int_eq(fdp_symbols_name(late, &stack), 0);
	ck_assert_uint_eq(stack.frame_count, 1);
	ck_assert_ptr_null(stack.frames[0].function);
	ck_assert_uint_eq(report.capture.missing_count, 1);
	fdp_symbols_free(late);
}
END_TEST

static Suite *unwind_suite(void)
{
	Suite *suite = suite_create("unwind");
	TCase *tests = tcase_create("unwind");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, recursion);
	tcase_add_test(tests, inlined);
	tcase_add_test(tests, call_of_null);
	tcase_add_test(tests, smashed);
	tcase_add_loop_test(tests, goes_on_behind_a_gap, 0,
			    (int)ARRAY_SIZE(smashes));
	tcase_add_loop_test(tests, signal_handler, 0, (int)ARRAY_SIZE(ways));
	tcase_add_test(tests, fault_at_the_first_instruction);
	tcase_add_test(tests, no_registers);
	tcase_add_test(tests, noted_names);
	tcase_add_test(tests, same_from_notes);
	tcase_add_test(tests, too_late);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(unwind_suite());
}
