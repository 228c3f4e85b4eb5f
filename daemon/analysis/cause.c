#include "cause.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "cause_internal.h"
#include "operand.h"

/* glibc's messages are a line; what is longer is not one. */
#define MESSAGE_MAX 400

/* Codes that glibc 2.31 has no names for. */
#define CODE_SECCOMP 1

int fdp_cause_say(struct fdp_cause *cause, const char *kind, const char *format,
		  ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return -ENOMEM;
	}
	cause->report->cause.kind = kind;
	cause->report->cause.text =
		fdp_arena_copy(&cause->report->arena, text, (size_t)length);
	return cause->report->cause.text ? 0 : -ENOMEM;
}

static bool is_sent(const struct fdp_fault *fault)
{
	return fault->code <= 0;
}

/* The codes with which si_pid and si_uid are filled in. */
static bool has_sender(const struct fdp_fault *fault)
{
	return fault->code == SI_USER || fault->code == SI_QUEUE ||
	       fault->code == SI_TKILL || fault->code == SI_MESGQ;
}

/*
 * A fault has an address, but not where the processor told none: si_addr is 0
 * then and would be taken for a null pointer.  So with misaligned accesses.
 */
bool fdp_cause_has_address(const struct fdp_fault *fault)
{
	switch (fault->signal) {
	case SIGSEGV:
	case SIGBUS:
		return !is_sent(fault) && fault->code != SI_KERNEL &&
		       !(fault->signal == SIGBUS && fault->code == BUS_ADRALN &&
			 fault->address == 0);
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
		return !is_sent(fault) && fault->address != 0;
	default:
		return false;
	}
}

static void fill_signal(const struct fdp_fault *fault,
			struct fdp_report *report)
{
	report->signal.number = fault->signal;
	report->signal.code = fault->code;
	report->signal.name = fdp_signal_name(fault->signal);
	report->signal.description = fdp_signal_description(fault->signal);
	report->signal.code_name =
		fdp_signal_code_name(fault->signal, fault->code);
	report->signal.has_address = fdp_cause_has_address(fault);
	report->signal.address = fault->address;
	report->signal.has_sender = has_sender(fault);
	report->signal.sender_pid = fault->sender_pid;
	report->signal.sender_uid = (long)fault->sender_uid;
	report->signal.blocked = fault->blocked;
}

static const char *sending_call(int code)
{
	static const struct {
		int code;
		const char *words;
	} table[] = {
		{ SI_USER, " with kill()" },
		{ SI_QUEUE, " with sigqueue()" },
		{ SI_TKILL, " with raise(), pthread_kill() or tgkill()" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].code == code)
			return table[i].words;
	}
	return "";
}

/* The last part of the control group, "app.service"; or "its unit". */
static const char *unit_of(const struct fdp_report *report)
{
	const char *group = report->process.cgroup;
	const char *name = group ? fdp_path_basename(group) : "";

	return *name ? name : "its unit";
}

/*
 * systemd's watchdog is SIGABRT from process 1.  So is `systemctl kill -s
 * ABRT`, which nobody sends to a service with a watchdog by chance.
 */
static bool is_watchdog(const struct fdp_cause *cause)
{
	const struct fdp_fault *fault = cause->fault;

	return fault->signal == SIGABRT && fault->code == SI_USER &&
	       fault->sender_pid == 1 && fault->sender_uid == 0 &&
	       cause->report->process.watchdog_us > 0;
}

static int watchdog(struct fdp_cause *cause)
{
	cause->report->kind = "hang";
	return fdp_cause_say(
		cause, "watchdog",
		"systemd's watchdog sent SIGABRT: the process has not said "
		"WATCHDOG=1 for longer than WatchdogSec= of %s allows "
		"(%.3f s). It hung; it did not crash.",
		unit_of(cause->report),
		(double)cause->report->process.watchdog_us / 1e6);
}

static int signal_sent(struct fdp_cause *cause)
{
	static const char memory_signals[] = { SIGSEGV, SIGBUS, SIGFPE,
					       SIGILL };
	const struct fdp_fault *fault = cause->fault;
	const char *name = fdp_signal_name(fault->signal);
	const char *denial = "";

	if (memchr(memory_signals, fault->signal, sizeof(memory_signals)))
		denial = " It was sent on purpose: no instruction failed.";
	if (is_watchdog(cause))
		return watchdog(cause);
	name = name ? name : "The signal";
	if (!has_sender(fault))
		return fdp_cause_say(cause, "signal-sent",
				     "%s was raised by a timer or a finished "
				     "operation (code %d).%s",
				     name, fault->code, denial);
	if (fault->sender_pid == cause->target->pid)
		return fdp_cause_say(cause, "signal-sent",
				     "%s was sent by the process itself%s.%s",
				     name, sending_call(fault->code), denial);
	if (fault->sender_pid == 0)
		return fdp_cause_say(cause, "signal-sent",
				     "%s was sent by the kernel or from "
				     "outside this PID namespace%s.%s",
				     name, sending_call(fault->code), denial);
	return fdp_cause_say(cause, "signal-sent",
			     "%s was sent by process %ld (uid %lu)%s.%s", name,
			     (long)fault->sender_pid,
			     (unsigned long)fault->sender_uid,
			     sending_call(fault->code), denial);
}

const char *fdp_cause_message(const struct fdp_fault *fault, int *ret_length)
{
	const char *message = fault->abort_message;
	size_t length = message ? strnlen(message, MESSAGE_MAX) : 0;

	while (length > 0 && strchr("\r\n .", message[length - 1]))
		length--;
	*ret_length = (int)length;
	return message;
}

/* Who called abort(): the first frame that is not libc's. */
static const struct fdp_frame *aborter(const struct fdp_cause *cause)
{
	const struct fdp_frame *frame =
		cause->thread ? fdp_thread_culprit(cause->thread) : NULL;

	return frame && !fdp_module_is_system(frame->module) ? frame : NULL;
}

static int aborted(struct fdp_cause *cause)
{
	int length;
	const char *message = fdp_cause_message(cause->fault, &length);
	char where[4 * FDP_CAUSE_NAME_SIZE];

	fdp_cause_caller_where(cause, aborter(cause), where);
	if (length > 0)
		return fdp_cause_say(cause, "abort",
				     "The process aborted itself: %.*s.%s",
				     length, message, where);
	return fdp_cause_say(cause, "abort",
			     "The process aborted itself with abort().%s",
			     where);
}

static bool is_abort(const struct fdp_cause *cause)
{
	return cause->fault->signal == SIGABRT &&
	       cause->fault->code == SI_TKILL &&
	       cause->fault->sender_pid == cause->target->pid;
}

/* Names the divisor where the instruction shows it. */
static void division_words(const struct fdp_cause *cause, char *buffer,
			   size_t size)
{
	uint64_t value, mask;
	int divisor =
		fdp_operand_divisor(cause->report->code_bytes,
				    cause->report->code_byte_count, &mask);

	if (divisor == FDP_OPERAND_NONE || !cause->registers) {
		snprintf(buffer, size,
			 "Integer division by zero, or of the smallest number "
			 "by -1");
		return;
	}
	value = cause->registers->general[divisor] & mask;
	if (value == 0)
		snprintf(buffer, size, "Integer division by zero: %s%s was 0",
			 cause->registers->general[divisor] ? "the low half of "
							    : "",
			 fdp_register_names[divisor]);
	else
		snprintf(buffer, size,
			 "Integer division whose quotient does not fit: %s "
			 "was 0x%llx",
			 fdp_register_names[divisor],
			 (unsigned long long)value);
}

static int arithmetic(struct fdp_cause *cause)
{
	static const struct {
		int code;
		const char *words;
	} table[] = {
		{ FPE_INTOVF, "Integer overflow" },
		{ FPE_FLTDIV, "Floating-point division by zero" },
		{ FPE_FLTOVF, "Floating-point overflow" },
		{ FPE_FLTUND, "Floating-point underflow" },
		{ FPE_FLTRES, "Inexact floating-point result" },
		{ FPE_FLTINV, "Invalid floating-point operation" },
		{ FPE_FLTSUB, "Subscript out of range" },
	};
	char where[4 * FDP_CAUSE_NAME_SIZE];
	char division[128];
	const char *words = "Arithmetic error";

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].code == cause->fault->code)
			words = table[i].words;
	}
	if (cause->fault->code == FPE_INTDIV) {
		division_words(cause, division, sizeof(division));
		words = division;
	}
	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "arithmetic", "%s.%s", words, where);
}

static int illegal_instruction(struct fdp_cause *cause)
{
	static const struct {
		uint8_t size;
		uint8_t bytes[2];
		const char *words;
	} table[] = {
		{ 2,
		  { 0x0f, 0x0b },
		  "Illegal instruction ud2: the compiler put it where the "
		  "program must not come, or a built-in check failed" },
		{ 1,
		  { 0x62, 0 },
		  "Illegal instruction, an AVX-512 one by its first byte: this "
		  "processor or virtual machine may not have it" },
		{ 1,
		  { 0xc5, 0 },
		  "Illegal instruction, an AVX one by its first byte: this "
		  "processor or virtual machine may not have it" },
		{ 1,
		  { 0xc4, 0 },
		  "Illegal instruction, an AVX one by its first byte: this "
		  "processor or virtual machine may not have it" },
	};
	const struct fdp_report *report = cause->report;
	const char *words = "Illegal instruction: the processor does not know "
			    "what stands at pc";
	char where[4 * FDP_CAUSE_NAME_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (report->code_byte_count >= table[i].size &&
		    memcmp(report->code_bytes, table[i].bytes, table[i].size) ==
			    0) {
			words = table[i].words;
			break;
		}
	}
	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "illegal-instruction", "%s.%s", words,
			     where);
}

static int forbidden_system_call(struct fdp_cause *cause)
{
	_cleanup_free_ char *name = NULL;
	char where[4 * FDP_CAUSE_NAME_SIZE];

	if (cause->fault->code != CODE_SECCOMP)
		return fdp_cause_say(cause, "unknown",
				     "Bad system call (code %d).",
				     cause->fault->code);
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64,
						cause->fault->system_call);
	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "forbidden-system-call",
			     "Forbidden system call %d%s%s%s: a seccomp filter "
			     "(a sandbox or container policy) does not allow "
			     "it.%s",
			     cause->fault->system_call, name ? " (" : "",
			     name ? name : "", name ? ")" : "", where);
}

static int trap(struct fdp_cause *cause)
{
	static const struct {
		int code;
		const char *words;
	} table[] = {
		{ TRAP_BRKPT, "Breakpoint instruction" },
		{ SI_KERNEL, "Breakpoint instruction (int3)" },
		{ TRAP_TRACE, "Single step" },
		{ 4, "Hardware breakpoint or watchpoint" },
		{ 6, "Trap asked for by perf_event_open()" },
	};
	char where[4 * FDP_CAUSE_NAME_SIZE];
	const char *words = "Trap";

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].code == cause->fault->code)
			words = table[i].words;
	}
	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "trap", "%s, and no debugger took it.%s",
			     words, where);
}

static int by_signal(struct fdp_cause *cause)
{
	static const struct {
		int signal;
		int (*explain)(struct fdp_cause *cause);
	} table[] = {
		{ SIGSEGV, fdp_cause_segmentation },
		{ SIGBUS, fdp_cause_bus },
		{ SIGFPE, arithmetic },
		{ SIGILL, illegal_instruction },
		{ SIGSYS, forbidden_system_call },
		{ SIGTRAP, trap },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].signal == cause->fault->signal)
			return table[i].explain(cause);
	}
	return fdp_cause_say(cause, "unknown", "Signal %d, code %d.",
			     cause->fault->signal, cause->fault->code);
}

static void fill_death(const struct fdp_fault *fault, struct fdp_report *report)
{
	report->died_of.number = fault->signal;
	report->died_of.code = fault->code;
	report->died_of.name = fdp_signal_name(fault->signal);
	report->died_of.code_name =
		fdp_signal_code_name(fault->signal, fault->code);
}

int fdp_cause_find(struct fdp_target *target, const struct fdp_subject *subject,
		   struct fdp_report *report)
{
	struct fdp_cause cause = {
		.target = target,
		.report = report,
		.fault = &subject->fault,
	};

	if (subject->thread_count > 0 && subject->threads[0].crashed &&
	    subject->threads[0].has_registers)
		cause.registers = &subject->threads[0].registers;
	if (report->thread_count > 0 && report->threads[0].crashed)
		cause.thread = &report->threads[0];
	fill_signal(&subject->fault, report);
	fill_death(&target->fault, report);
	if (is_abort(&cause))
		return aborted(&cause);
	if (is_sent(&subject->fault))
		return signal_sent(&cause);
	return by_signal(&cause);
}
