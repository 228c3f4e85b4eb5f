#include "text.h"

#include <string.h>

#include "../base/util.h"
#include "escape.h"
#include "timestamp.h"

/* Width of "Directory: ". */
#define LABEL_WIDTH 11

/* The kinds of cause.h in few words, for the headline. */
static const struct kind_words {
	const char *kind;
	const char *words;
	const char *before; /* the place; NULL: none is said */
} kinds[] = {
	{ "null-dereference", "null pointer dereference", " in " },
	{ "stack-overflow", "stack overflow", " in " },
	{ "write-to-read-only", "write to read-only memory", " in " },
	{ "jump-to-unmapped", "jump to unmapped memory", " from " },
	{ "jump-to-non-executable", "jump to memory that is not code",
	  " from " },
	{ "non-canonical-address", "use of a wild pointer", " in " },
	{ "unmapped-address", "access to unmapped memory", " in " },
	{ "access-denied", "access to protected memory", " in " },
	{ "misaligned-access", "misaligned memory access", " in " },
	{ "past-end-of-file", "access past the end of a mapped file", " in " },
	{ "memory-failure", "hardware memory failure", " in " },
	{ "arithmetic", "arithmetic error", " in " },
	{ "illegal-instruction", "illegal instruction", " in " },
	{ "abort", "abort", " from " },
	{ "forbidden-system-call", "forbidden system call", " from " },
	{ "trap", "breakpoint or trap", " in " },
	{ "signal-sent", "the signal was sent", NULL },
	{ "no-handler", "no handler ran", NULL },
	{ "watchdog", "it hung, and systemd's watchdog ended it", NULL },
	{ "deadlock", "deadlock", NULL },
	{ "heartbeat-missed", "a heartbeat was missed", NULL },
	{ "gil-held", "a thread keeps the GIL", NULL },
	{ "busy-loop", "the main thread is busy and stands still", NULL },
	{ "event-loop-blocked", "its event loop is blocked", NULL },
	{ "unknown", "cause unknown", " in " },
};

static const struct kind_words *find_kind(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	}
	return NULL;
}

static void write_program(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	const char *name = report->process.comm;

	if (!name && report->process.exe)
		name = fdp_path_basename(report->process.exe);
	fdp_escape_string(text->out, name ? name : "A process");
	fprintf(text->out, " (pid %ld)", (long)report->process.pid);
}

/* A thread that was given no name has that of the process: the tid says more.
 */
static bool has_own_name(const struct fdp_report *report,
			 const struct fdp_report_thread *thread)
{
	if (!thread->name)
		return false;
	return !report->process.comm ||
	       strcmp(thread->name, report->process.comm) != 0;
}

static void write_thread(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	const struct fdp_report_thread *thread = report->threads;

	if (report->thread_count == 0 || thread->tid == report->process.pid)
		return;
	fputs(" in thread ", text->out);
	if (has_own_name(report, thread))
		fdp_escape_string(text->out, thread->name);
	else
		fprintf(text->out, "%ld", (long)thread->tid);
}

static void write_python_place(FILE *out, const struct fdp_frame *frame)
{
	const char *name = fdp_frame_name(frame);

	fdp_escape_string(out, name ? name : "?");
	fputs(" (", out);
	fdp_escape_string(out,
			  frame->file ? fdp_path_basename(frame->file) : "?");
	if (frame->line > 0)
		fprintf(out, ":%d", frame->line);
	putc(')', out);
}

static void write_native_place(FILE *out, const struct fdp_frame *frame)
{
	if (!frame->function && frame->module && frame->module->path) {
		fdp_escape_string(out, fdp_path_basename(frame->module->path));
		fprintf(out, "+0x%llx",
			(unsigned long long)(frame->pc - frame->module->bias));
		return;
	}
	if (!frame->function) {
		fprintf(out, "0x%llx", (unsigned long long)frame->pc);
		return;
	}
	putc('`', out);
	fdp_escape_string(out, frame->function);
	putc('`', out);
	if (frame->module && frame->module->path) {
		fputs(" (", out);
		fdp_escape_string(out, fdp_path_basename(frame->module->path));
		putc(')', out);
	}
}

/* The sender of a signal is its cause; si_pid is 0 from outside. */
static void write_sender(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	if (!report->signal.has_sender || report->signal.sender_pid <= 0)
		return;
	if (report->signal.sender_pid == report->process.pid)
		fputs(" by the process itself", text->out);
	else
		fprintf(text->out, " by process %ld (uid %ld)",
			report->signal.sender_pid, report->signal.sender_uid);
}

static void write_kind(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	const struct kind_words *kind = find_kind(report->cause.kind);
	const struct fdp_frame *place = NULL;

	if (report->thread_count > 0)
		place = fdp_thread_culprit(&report->threads[0]);
	if (!kind)
		return;
	fprintf(text->out, ": %s", kind->words);
	if (!kind->before) {
		if (strcmp(kind->kind, "signal-sent") == 0)
			write_sender(text);
	} else if (place) {
		fputs(kind->before, text->out);
		if (place->kind == FDP_FRAME_PYTHON)
			write_python_place(text->out, place);
		else
			write_native_place(text->out, place);
	}
}

static void write_death(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	const char *description = report->signal.description;

	fputs(" died of ", text->out);
	/* What its parent sees, and then what it was about. */
	if (report->died_of.number &&
	    report->died_of.number != report->signal.number) {
		fdp_text_signal_name(text->out, report->died_of.name,
				     report->died_of.number);
		fputs(" after ", text->out);
	}
	fdp_text_signal_name(text->out, report->signal.name,
			     report->signal.number);
	if (description)
		fprintf(text->out, " (%s)", description);
	write_thread(text);
	write_kind(text);
}

static void write_living(const struct fdp_text *text)
{
	const struct kind_words *kind = find_kind(text->report->cause.kind);
	size_t count = text->report->thread_count;

	if (kind && strcmp(kind->kind, "deadlock") == 0 &&
	    text->report->deadlock_count) {
		fdp_text_deadlock_words(text);
		return;
	}
	if (kind) {
		fprintf(text->out, " %s: %s",
			text->report->watch.looks ? "hangs" : "stalls",
			kind->words);
		return;
	}
	fprintf(text->out, ": the stack%s of its %zu thread%s",
		count == 1 ? "" : "s", count, count == 1 ? "" : "s");
}

void fdp_text_headline(const struct fdp_text *text)
{
	fdp_text_style(text, FDP_STYLE_HEADLINE);
	write_program(text);
	if (fdp_report_has_signal(text->report))
		write_death(text);
	else
		write_living(text);
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
}

FILE *fdp_text_label(const struct fdp_text *text, const char *name)
{
	fprintf(text->out, "%-*s", LABEL_WIDTH, name);
	return text->out;
}

static void write_line(const struct fdp_text *text, const char *name,
		       const char *value)
{
	if (!value)
		return;
	fdp_escape_string(fdp_text_label(text, name), value);
	putc('\n', text->out);
}

static void write_wrapped(const struct fdp_text *text, const char *name,
			  const char *value)
{
	if (!value)
		return;
	fdp_text_label(text, name);
	fdp_text_wrap(text, LABEL_WIDTH, LABEL_WIDTH, value);
	putc('\n', text->out);
}

void fdp_text_cause(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	/* Of a deadlock itself more is said than that it is one. */
	if (!report->cause.kind || report->watch.looks ||
	    strcmp(report->cause.kind, "deadlock") != 0)
		write_wrapped(text, "Cause:", report->cause.text);
	write_wrapped(text, "Handler:", report->handler_text);
	fdp_text_deadlocks(text);
}

/* What of the looks at it is no sentence of the cause. */
static void write_watch(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	for (size_t i = 0; i < report->watch.evidence_count; i++)
		write_wrapped(text,
			      i ? "" : "Watched:", report->watch.evidence[i]);
	for (size_t i = 0; i < report->watch.thread_count; i++) {
		const struct fdp_looked_at *thread = &report->watch.threads[i];

		fprintf(fdp_text_label(text, i ? "" : "Moved:"),
			"thread %d ran for %.3f s, at %u of %u looks its "
			"frames had moved\n",
			(int)thread->tid, thread->run_s, thread->changes,
			report->watch.looks - 1);
	}
}

static void write_time(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	char time[FDP_TIME_SIZE];
	FILE *out;

	if (!fdp_time_format(report->time_us, time))
		return;
	out = fdp_text_label(text, "Time:");
	fputs(time, out);
	if (report->process.uptime_s >= 0)
		fprintf(out, ", %.1f s after the start of the process",
			report->process.uptime_s);
	putc('\n', out);
}

static void write_ids(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	FILE *out = fdp_text_label(text, "Process:");

	fprintf(out, "pid %ld", (long)report->process.pid);
	if (report->process.ppid >= 0)
		fprintf(out, ", parent %ld", (long)report->process.ppid);
	if (report->process.uid >= 0)
		fprintf(out, ", uid %ld", report->process.uid);
	if (report->process.gid >= 0)
		fprintf(out, ", gid %ld", report->process.gid);
	putc('\n', out);
}

static const struct fdp_report_thread *
find_thread(const struct fdp_report *report, long tid)
{
	for (size_t i = 0; i < report->thread_count; i++) {
		if (report->threads[i].tid == tid)
			return &report->threads[i];
	}
	return NULL;
}

static void write_gil(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	long tid = report->python.gil_holder_tid;
	const struct fdp_report_thread *thread = find_thread(report, tid);

	if (tid >= 0) {
		fprintf(text->out, ", GIL held by thread %ld", tid);
		if (thread && thread->crashed)
			fputs(" (the crashed one)", text->out);
	} else if (report->thread_count > 0 &&
		   report->threads[0].holds_gil == 0) {
		fputs(", GIL held by nobody", text->out);
	}
}

/* False if the memory of the process was never seen. */
static bool was_read(const struct fdp_report *report)
{
	const char *method = report->capture.method;

	return !method ||
	       (strcmp(method, "frame") != 0 && strcmp(method, "none") != 0);
}

static void write_python(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	FILE *out = fdp_text_label(text, "Python:");

	if (!report->python.implementation) {
		fputs(was_read(report) ? "not found\n" : "not read\n", out);
		return;
	}
	fdp_escape_string(out, report->python.implementation);
	if (report->python.version) {
		putc(' ', out);
		fdp_escape_string(out, report->python.version);
	}
	if (report->python.free_threaded == 1)
		fputs(" free-threaded", out);
	write_gil(text);
	if (report->python.foreign_threads > 0)
		fprintf(out, ", %ld thread%s unknown to it",
			report->python.foreign_threads,
			report->python.foreign_threads == 1 ? "" : "s");
	if (report->python.gc_collecting == 1)
		fputs(", collecting garbage", out);
	if (report->python.finalizing == 1)
		fputs(", shutting down", out);
	putc('\n', out);
}

static const char *method_words(const char *method, bool crashed)
{
	static const struct {
		const char *method;
		const char *words;
	} table[] = {
		{ "live", "live (read directly)" },
		{ "nonblocking", "nonblocking (read while it ran: Python's "
				 "frames alone)" },
		{ "served", "served (by the crashed thread itself)" },
		{ "frame", "frame (only what the signal handler sent)" },
		{ "none", "nothing (the process was dead)" },
	};

	if (!crashed && strcmp(method, "served") == 0)
		return "served (by the thread that asks)";
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (strcmp(table[i].method, method) == 0)
			return table[i].words;
	}
	return method;
}

static void write_capture(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	FILE *out = fdp_text_label(text, "Captured:");

	if (report->capture.method) {
		fdp_escape_string(out,
				  method_words(report->capture.method,
					       fdp_report_has_signal(report)));
		fputs(", ", out);
	}
	if (report->capture.hold_ms >= 0)
		fprintf(out,
			fdp_report_has_signal(report)
				? "process held for %.1f ms, "
				: "threads stopped for %.3f ms, ",
			report->capture.hold_ms);
	fputs(report->capture.complete ? "complete\n" : "not complete\n", out);
	for (size_t i = 0; i < report->capture.missing_count; i++)
		write_wrapped(text,
			      i ? "" : "Missing:", report->capture.missing[i]);
}

static void write_notes(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	for (size_t i = 0; i < report->note_count; i++) {
		FILE *out = fdp_text_label(text, i ? "" : "Notes:");

		fdp_escape_string(out, report->notes[i].key);
		fputs(": ", out);
		fdp_escape_string(out, report->notes[i].value);
		putc('\n', out);
	}
}

void fdp_text_facts(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	if (fdp_report_has_signal(report))
		fdp_text_signal(text);
	write_watch(text);
	write_time(text);
	write_ids(text);
	write_line(text, "Command:", report->process.cmdline);
	write_line(text, "Program:", report->process.exe);
	write_line(text, "Directory:", report->process.cwd);
	write_line(text, "Cgroup:", report->process.cgroup);
	write_notes(text);
	write_python(text);
	write_capture(text);
	write_line(text, "Report:", report->id);
}
