#include "render.h"

#include <errno.h>
#include <jansson.h>

#include "../base/util.h"
#include "escape.h"
#include "json_exceptions.h"
#include "json_frames.h"
#include "json_greenlets.h"
#include "json_tasks.h"
#include "json_values.h"

/* Milliseconds and seconds with more digits than any clock has. */
#define REAL_DIGITS 12

/* ASCII: what a terminal would act on is escaped, whatever its script. */
#define DUMP_FLAGS                                                             \
	(JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY |                  \
	 JSON_REAL_PRECISION(REAL_DIGITS))

/* Writes VALUE and drops it; NULL: its maker had no memory. */
static int write_value(FILE *out, json_t *value)
{
	int r;

	if (!value)
		return -ENOMEM;
	r = json_dumpf(value, out, DUMP_FLAGS);
	json_decref(value);
	return r < 0 ? -EIO : 0;
}

static json_t *make_schema(const struct fdp_report *report)
{
	(void)report;
	return json_string("fdpreload.report/1");
}

static json_t *make_id(const struct fdp_report *report)
{
	return fdp_json_string(report->id);
}

static json_t *make_kind(const struct fdp_report *report)
{
	return fdp_json_string(report->kind);
}

static json_t *make_time(const struct fdp_report *report)
{
	return fdp_json_time(report->time_us);
}

static json_t *make_process(const struct fdp_report *report)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o}",
			 "pid", fdp_json_count(report->process.pid), "ppid",
			 fdp_json_count(report->process.ppid), "comm",
			 fdp_json_string(report->process.comm), "exe",
			 fdp_json_string(report->process.exe), "cmdline",
			 fdp_json_string(report->process.cmdline), "cwd",
			 fdp_json_string(report->process.cwd), "uid",
			 fdp_json_count(report->process.uid), "gid",
			 fdp_json_count(report->process.gid), "start_time",
			 fdp_json_time(report->process.start_time_us),
			 "uptime_s", fdp_json_real(report->process.uptime_s),
			 "cgroup", fdp_json_string(report->process.cgroup));
}

static json_t *make_code(const struct fdp_report *report, int code)
{
	return report->signal.code_unknown ? json_null() : json_integer(code);
}

static json_t *make_signal(const struct fdp_report *report)
{
	bool address = report->signal.has_address;
	bool sender = report->signal.has_sender;

	if (!fdp_report_has_signal(report))
		return json_null();
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
			 "number", report->signal.number, "name",
			 fdp_json_string(report->signal.name), "description",
			 fdp_json_string(report->signal.description), "code",
			 make_code(report, report->signal.code), "code_name",
			 fdp_json_string(report->signal.code_name), "address",
			 address ? fdp_json_address(report->signal.address)
				 : json_null(),
			 "sender_pid",
			 fdp_json_count(sender ? report->signal.sender_pid
					       : FDP_UNKNOWN),
			 "sender_uid",
			 fdp_json_count(sender ? report->signal.sender_uid
					       : FDP_UNKNOWN),
			 "blocked", report->signal.blocked);
}

/* A report that says nothing of it is about what the process died of. */
static json_t *make_died_of(const struct fdp_report *report)
{
	bool known = report->died_of.number != 0;

	if (!fdp_report_has_signal(report))
		return json_null();
	return json_pack("{s:i, s:o, s:o, s:o}", "number",
			 known ? report->died_of.number : report->signal.number,
			 "name",
			 fdp_json_string(known ? report->died_of.name
					       : report->signal.name),
			 "code",
			 make_code(report, known ? report->died_of.code
						 : report->signal.code),
			 "code_name",
			 fdp_json_string(known ? report->died_of.code_name
					       : report->signal.code_name));
}

static json_t *make_handler(const struct fdp_report *report)
{
	json_t *object;

	if (!report->handler_text)
		return json_null();
	object = fdp_json_handler(&report->handler);
	if (object &&
	    json_object_set_new(object, "text",
				fdp_json_string(report->handler_text)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *make_annotations(const struct fdp_report *report)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < report->note_count; i++) {
		size_t size;
		_cleanup_free_ char *key =
			fdp_utf8_replace(report->notes[i].key, &size);

		if (!key ||
		    json_object_set_new(
			    object, key,
			    fdp_json_string(report->notes[i].value)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *make_cause(const struct fdp_report *report)
{
	if (!fdp_report_has_signal(report) && !report->cause.kind)
		return json_null();
	return json_pack("{s:o, s:o}", "kind",
			 fdp_json_string(report->cause.kind), "text",
			 fdp_json_string(report->cause.text));
}

static json_t *make_evidence(const struct fdp_report *report)
{
	return fdp_json_strings(report->watch.evidence,
				report->watch.evidence_count);
}

static json_t *make_watched(const struct fdp_report *report)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < report->watch.thread_count; i++) {
		const struct fdp_looked_at *thread = &report->watch.threads[i];
		json_t *object = json_pack(
			"{s:i, s:i, s:f}", "tid", (int)thread->tid, "changes",
			(int)thread->changes, "run_s", thread->run_s);

		if (json_array_append_new(array, object) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *make_watch(const struct fdp_report *report)
{
	if (!report->watch.looks)
		return json_null();
	return json_pack("{s:i, s:f, s:i, s:o, s:o}", "looks",
			 (int)report->watch.looks, "seconds",
			 report->watch.seconds, "tid", (int)report->watch.tid,
			 "evidence", make_evidence(report), "threads",
			 make_watched(report));
}

static json_t *make_python(const struct fdp_report *report)
{
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "implementation",
		fdp_json_string(report->python.implementation), "version",
		fdp_json_string(report->python.version), "free_threaded",
		fdp_json_flag(report->python.free_threaded), "gil_holder_tid",
		fdp_json_count(report->python.gil_holder_tid), "gc_collecting",
		fdp_json_flag(report->python.gc_collecting), "finalizing",
		fdp_json_flag(report->python.finalizing), "foreign_threads",
		fdp_json_count(report->python.foreign_threads), "extensions",
		fdp_json_extensions(report->python.extensions,
				    report->python.extension_count));
}

static json_t *make_capture(const struct fdp_report *report)
{
	json_t *missing = json_array();

	for (size_t i = 0; i < report->capture.missing_count; i++) {
		if (json_array_append_new(
			    missing,
			    fdp_json_string(report->capture.missing[i])) < 0) {
			json_decref(missing);
			return NULL;
		}
	}
	return json_pack("{s:o, s:o, s:b, s:o}", "method",
			 fdp_json_string(report->capture.method), "hold_ms",
			 fdp_json_real(report->capture.hold_ms), "complete",
			 report->capture.complete, "missing", missing);
}

static json_t *make_registers(const struct fdp_report *report)
{
	const struct fdp_registers *registers = &report->registers;
	json_t *object;

	if (!report->has_registers)
		return json_null();
	object = json_pack("{s:o, s:o}", "eflags",
			   fdp_json_address(registers->flags), "fs_base",
			   fdp_json_address(registers->thread_pointer));
	for (size_t i = 0; object && i < FDP_REGISTER_COUNT; i++) {
		if (json_object_set_new(
			    object, fdp_register_names[i],
			    fdp_json_address(registers->general[i])) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* What lies at the pc. */
static json_t *make_code_bytes(const struct fdp_report *report)
{
	char text[2 * sizeof(report->code_bytes) + 1] = "";

	if (!report->code_byte_count)
		return json_null();
	for (size_t i = 0; i < report->code_byte_count; i++)
		snprintf(text + 2 * i, 3, "%02x", report->code_bytes[i]);
	return json_string(text);
}

/* What Python says of the thread. */
static int write_state(FILE *out, const struct fdp_report_thread *thread)
{
	int known = thread->is_foreign == FDP_UNKNOWN ? FDP_UNKNOWN
						      : !thread->is_foreign;
	const struct {
		const char *key;
		json_t *value;
	} members[] = {
		{ "python_thread", fdp_json_flag(known) },
		{ "python_name", fdp_json_string(thread->python_name) },
		{ "daemon", fdp_json_flag(thread->is_daemon) },
		{ "python_state", fdp_json_string(thread->attachment) },
		{ "collecting_garbage", fdp_json_flag(thread->is_collecting) },
		{ "importing",
		  fdp_json_strings(thread->imports, thread->import_count) },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		int written;

		fprintf(out, ",\"%s\":", members[i].key);
		written = write_value(out, members[i].value);
		r = r < 0 ? r : written;
	}
	return r;
}

/* The members one by one, since frames can be many. */
static int write_thread(FILE *out, struct fdp_json_frames *frames,
			const struct fdp_report_thread *thread)
{
	int r;

	fputs("{\"tid\":", out);
	r = write_value(out, thread->tid > 0 ? json_integer(thread->tid)
					     : json_null());
	fputs(",\"name\":", out);
	if (r == 0)
		r = write_value(out, fdp_json_string(thread->name));
	fprintf(out, ",\"crashed\":%s,\"holds_gil\":",
		thread->crashed ? "true" : "false");
	if (r == 0)
		r = write_value(out, fdp_json_flag(thread->holds_gil));
	if (r == 0)
		r = write_state(out, thread);
	fputs(",\"waits\":", out);
	if (r == 0)
		r = write_value(out, fdp_json_wait(&thread->waits));
	fputs(",\"watch\":", out);
	if (r == 0)
		r = write_value(out, fdp_json_watch(&thread->watch));
	fputs(",\"interpreters\":[", out);
	for (size_t i = 0; i < thread->interpreter_count; i++)
		fprintf(out, "%s%ld", i ? "," : "", thread->interpreters[i]);
	fputs("],\"merging\":", out);
	if (r == 0)
		r = write_value(out, fdp_json_merging(&thread->merging));
	fputs(",\"frames\":[", out);
	if (r == 0)
		r = fdp_json_frames_write_all(frames, out, thread->frames,
					      thread->frame_count);
	fputs("],", out);
	if (r == 0)
		r = fdp_json_exceptions_write(out, frames, &thread->exceptions);
	fputs("}", out);
	return r;
}

static int write_threads(FILE *out, const struct fdp_report *report)
{
	struct fdp_json_frames *frames = fdp_json_frames_new();
	int r = frames ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < report->thread_count; i++) {
		if (i > 0)
			putc(',', out);
		r = write_thread(out, frames, &report->threads[i]);
	}
	fdp_json_frames_free(frames);
	return r;
}

static int write_deadlocks(FILE *out, const struct fdp_report *report)
{
	for (size_t i = 0; i < report->deadlock_count; i++) {
		int r;

		if (i > 0)
			putc(',', out);
		r = write_value(out, fdp_json_deadlock(&report->deadlocks[i]));
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_foreign(FILE *out, const struct fdp_report *report)
{
	for (size_t i = 0; i < report->foreign_count; i++) {
		int r;

		if (i > 0)
			putc(',', out);
		r = write_value(out, fdp_json_foreign(&report->foreign[i]));
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_modules(FILE *out, const struct fdp_report *report)
{
	for (size_t i = 0; i < report->module_count; i++) {
		int r;

		if (i > 0)
			putc(',', out);
		r = write_value(out, fdp_json_module(&report->modules[i]));
		if (r < 0)
			return r;
	}
	return 0;
}

struct member {
	const char *name;
	/* One of the two: a value, or what stands between the brackets. */
	json_t *(*make)(const struct fdp_report *report);
	int (*write)(FILE *out, const struct fdp_report *report);
};

static int write_member(FILE *out, const struct fdp_report *report,
			const struct member *member)
{
	int r;

	fprintf(out, "\"%s\":", member->name);
	if (member->make)
		return write_value(out, member->make(report));
	putc('[', out);
	r = member->write(out, report);
	putc(']', out);
	return r;
}

int fdp_render_json(const struct fdp_report *report, FILE *output)
{
	static const struct member members[] = {
		{ .name = "schema", .make = make_schema },
		{ .name = "id", .make = make_id },
		{ .name = "kind", .make = make_kind },
		{ .name = "time", .make = make_time },
		{ .name = "process", .make = make_process },
		{ .name = "signal", .make = make_signal },
		{ .name = "died_of", .make = make_died_of },
		{ .name = "handler", .make = make_handler },
		{ .name = "foreign_handlers", .write = write_foreign },
		{ .name = "cause", .make = make_cause },
		{ .name = "watch", .make = make_watch },
		{ .name = "annotations", .make = make_annotations },
		{ .name = "python", .make = make_python },
		{ .name = "capture", .make = make_capture },
		{ .name = "deadlocks", .write = write_deadlocks },
		{ .name = "threads", .write = write_threads },
		{ .name = "tasks", .write = fdp_json_tasks_write },
		{ .name = "task_cycles", .write = fdp_json_cycles_write },
		{ .name = "greenlets", .write = fdp_json_greenlets_write },
		{ .name = "registers", .make = make_registers },
		{ .name = "code_bytes", .make = make_code_bytes },
		{ .name = "modules", .write = write_modules },
	};

	putc('{', output);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		int r;

		if (i > 0)
			putc(',', output);
		r = write_member(output, report, &members[i]);
		if (r < 0)
			return r;
	}
	fputs("}\n", output);
	return ferror(output) ? -EIO : 0;
}
