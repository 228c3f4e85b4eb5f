#include "load.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../base/util.h"
#include "load_values.h"

#define SCHEMA "fdpreload.report/1"

static void load_process(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "process");

	load->place = "process";
	report->process.pid =
		(pid_t)fdp_load_count(load, object, "pid", INT_MAX);
	report->process.ppid =
		(pid_t)fdp_load_count(load, object, "ppid", INT_MAX);
	report->process.comm = fdp_load_string(load, object, "comm");
	report->process.exe = fdp_load_string(load, object, "exe");
	report->process.cmdline = fdp_load_string(load, object, "cmdline");
	report->process.cwd = fdp_load_string(load, object, "cwd");
	report->process.uid =
		(long)fdp_load_count(load, object, "uid", UINT32_MAX);
	report->process.gid =
		(long)fdp_load_count(load, object, "gid", UINT32_MAX);
	report->process.start_time_us =
		fdp_load_time(load, object, "start_time");
	report->process.uptime_s = fdp_load_real(load, object, "uptime_s");
	report->process.cgroup = fdp_load_string(load, object, "cgroup");
}

static void load_signal(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "signal");

	load->place = "signal";
	if (!object)
		return;
	report->signal.number = (int)fdp_load_count(load, object, "number", 64);
	report->signal.name = fdp_load_string(load, object, "name");
	report->signal.description =
		fdp_load_string(load, object, "description");
	report->signal.code_unknown =
		json_is_null(json_object_get(object, "code"));
	report->signal.code =
		(int)fdp_load_number(load, object, "code", FDP_UNKNOWN);
	report->signal.code_name = fdp_load_string(load, object, "code_name");
	report->signal.has_address = fdp_load_address(load, object, "address",
						      &report->signal.address);
	report->signal.sender_pid =
		(long)fdp_load_count(load, object, "sender_pid", INT_MAX);
	report->signal.sender_uid =
		(long)fdp_load_count(load, object, "sender_uid", UINT32_MAX);
	report->signal.has_sender = report->signal.sender_pid >= 0;
	report->signal.blocked = fdp_load_flag(load, object, "blocked") == 1;
}

static void load_died_of(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "died_of");

	load->place = "died_of";
	if (!object)
		return;
	report->died_of.number =
		(int)fdp_load_count(load, object, "number", 64);
	report->died_of.name = fdp_load_string(load, object, "name");
	report->died_of.code =
		(int)fdp_load_number(load, object, "code", FDP_UNKNOWN);
	report->died_of.code_name = fdp_load_string(load, object, "code_name");
}

/* The module is one of the report's, or made of what is said of it. */
static const struct fdp_module *
handler_module(struct fdp_load *load, const json_t *object, uint64_t address)
{
	const char *path = fdp_load_string(load, object, "module");
	struct fdp_module *module;
	uint64_t offset;

	if (!path)
		return NULL;
	module = fdp_load_array(load, 1, sizeof(*module));
	if (!module)
		return NULL;
	fdp_load_address(load, object, "offset", &offset);
	module->path = path;
	module->bias = address - offset;
	return module;
}

static void load_handler_at(struct fdp_load *load, const json_t *object,
			    struct fdp_handler *handler)
{
	fdp_load_address(load, object, "address", &handler->address);
	handler->function = fdp_load_string(load, object, "symbol");
	handler->module = handler_module(load, object, handler->address);
}

static void load_handler(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "handler");

	load->place = "handler";
	if (!object)
		return;
	load_handler_at(load, object, &report->handler);
	report->handler_text = fdp_load_string(load, object, "text");
}

static void load_foreign_one(struct fdp_load *load, const json_t *object,
			     struct fdp_foreign_handler *foreign)
{
	static const char *const actions[] = { "handler", "default", "ignore" };
	const char *action = fdp_load_string(load, object, "action");

	foreign->signal = (int)fdp_load_count(load, object, "number", 64);
	foreign->name = fdp_load_string(load, object, "name");
	for (size_t i = 0; action && i < ARRAY_SIZE(actions); i++)
		if (strcmp(action, actions[i]) == 0)
			foreign->action = actions[i];
	if (!foreign->action)
		fdp_load_fail(load, "action", "handler, default or ignore");
	load_handler_at(load, object, &foreign->handler);
}

static void load_foreign(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *list = fdp_load_list(load, root, "foreign_handlers");
	size_t count = json_array_size(list);

	load->place = "foreign_handlers";
	report->foreign = fdp_load_array(load, count, sizeof(*report->foreign));
	for (size_t i = 0; report->foreign && i < count && !load->error; i++)
		load_foreign_one(load, json_array_get(list, i),
				 &report->foreign[i]);
	report->foreign_count = load->error ? 0 : count;
}

static void load_cause(struct fdp_load *load, const json_t *root)
{
	const json_t *object = fdp_load_object(load, root, "cause");

	load->place = "cause";
	load->report->cause.kind = fdp_load_string(load, object, "kind");
	load->report->cause.text = fdp_load_string(load, object, "text");
}

static void load_looked_at(struct fdp_load *load, const json_t *object)
{
	struct fdp_report *report = load->report;
	const json_t *list = fdp_load_list(load, object, "threads");
	size_t count = json_array_size(list);

	report->watch.threads =
		fdp_load_array(load, count, sizeof(*report->watch.threads));
	for (size_t i = 0; report->watch.threads && i < count; i++) {
		const json_t *one = json_array_get(list, i);

		report->watch.threads[i] = (struct fdp_looked_at){
			.tid = (pid_t)fdp_load_count(load, one, "tid", INT_MAX),
			.changes = (unsigned)fdp_load_count(load, one,
							    "changes", INT_MAX),
			.run_s = fdp_load_real(load, one, "run_s"),
		};
	}
	report->watch.thread_count = load->error ? 0 : count;
}

static void load_watch(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "watch");
	int64_t looks;

	load->place = "watch";
	if (!object)
		return;
	looks = fdp_load_count(load, object, "looks", INT_MAX);
	report->watch.looks = looks < 0 ? 0 : (unsigned)looks;
	report->watch.seconds = fdp_load_real(load, object, "seconds");
	report->watch.tid = (pid_t)fdp_load_count(load, object, "tid", INT_MAX);
	report->watch.evidence = fdp_load_strings(
		load, object, "evidence", &report->watch.evidence_count);
	load_looked_at(load, object);
}

static void load_annotations(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	json_t *object = fdp_load_object(load, root, "annotations");
	size_t count = json_object_size(object);
	const char *key;
	json_t *value;

	load->place = "annotations";
	report->notes = fdp_load_array(load, count, sizeof(*report->notes));
	if (!report->notes)
		return;
	json_object_foreach(object, key, value)
	{
		struct fdp_note *note = &report->notes[report->note_count];

		note->key = fdp_arena_strdup(&report->arena, key);
		note->value = fdp_load_string(load, object, key);
		if (!note->key)
			load->error = -ENOMEM;
		else if (!note->value)
			fdp_load_fail(load, key, "a string");
		if (load->error)
			return;
		report->note_count++;
	}
}

static void load_extensions(struct fdp_load *load, const json_t *python)
{
	struct fdp_report *report = load->report;
	const json_t *list = fdp_load_list(load, python, "extensions");
	size_t count = json_array_size(list);
	struct fdp_extension *all;

	if (!list)
		return;
	all = fdp_load_array(load, count, sizeof(*all));
	for (size_t i = 0; all && i < count && !load->error; i++) {
		const json_t *object = json_array_get(list, i);

		all[i].name = fdp_load_string(load, object, "name");
		all[i].file = fdp_load_string(load, object, "file");
		if (!all[i].name || !all[i].file)
			fdp_load_fail(load, "extensions",
				      "a list of names and files");
	}
	report->python.extensions = all;
	report->python.extension_count = all && !load->error ? count : 0;
}

static void load_python(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "python");

	load->place = "python";
	report->python.implementation =
		fdp_load_string(load, object, "implementation");
	report->python.version = fdp_load_string(load, object, "version");
	report->python.free_threaded =
		fdp_load_flag(load, object, "free_threaded");
	report->python.gil_holder_tid =
		(long)fdp_load_count(load, object, "gil_holder_tid", INT_MAX);
	report->python.gc_collecting =
		fdp_load_flag(load, object, "gc_collecting");
	report->python.finalizing = fdp_load_flag(load, object, "finalizing");
	report->python.foreign_threads =
		(long)fdp_load_count(load, object, "foreign_threads", INT_MAX);
	load_extensions(load, object);
}

static void load_capture(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "capture");

	load->place = "capture";
	report->capture.method = fdp_load_string(load, object, "method");
	report->capture.hold_ms = fdp_load_real(load, object, "hold_ms");
	report->capture.complete = fdp_load_flag(load, object, "complete") == 1;
	report->capture.missing = fdp_load_strings(
		load, object, "missing", &report->capture.missing_count);
}

static void load_tids(struct fdp_load *load, const json_t *object,
		      struct fdp_deadlock *deadlock)
{
	const json_t *list = fdp_load_list(load, object, "threads");
	size_t count = json_array_size(list);

	deadlock->tids = fdp_load_array(load, count, sizeof(*deadlock->tids));
	for (size_t i = 0; deadlock->tids && i < count; i++)
		deadlock->tids[i] =
			(pid_t)json_integer_value(json_array_get(list, i));
	deadlock->count = deadlock->tids ? count : 0;
}

static void load_deadlocks(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *list = fdp_load_list(load, root, "deadlocks");
	size_t count = json_array_size(list);

	load->place = "deadlocks";
	report->deadlocks =
		fdp_load_array(load, count, sizeof(*report->deadlocks));
	for (size_t i = 0; report->deadlocks && i < count; i++)
		load_tids(load, json_array_get(list, i), &report->deadlocks[i]);
	report->deadlock_count = load->error ? 0 : count;
}

static void load_registers(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *object = fdp_load_object(load, root, "registers");

	load->place = "registers";
	report->has_registers = object != NULL;
	fdp_load_address(load, object, "eflags", &report->registers.flags);
	fdp_load_address(load, object, "fs_base",
			 &report->registers.thread_pointer);
	for (size_t i = 0; i < FDP_REGISTER_COUNT; i++)
		fdp_load_address(load, object, fdp_register_names[i],
				 &report->registers.general[i]);
}

/* Two digits each. */
static void load_code(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const char *text = fdp_load_string(load, root, "code_bytes");
	unsigned byte;

	load->place = "report";
	while (text && *text) {
		if (report->code_byte_count == sizeof(report->code_bytes) ||
		    sscanf(text, "%2x", &byte) != 1 || !text[1]) {
			fdp_load_fail(load, "code_bytes",
				      "bytes in hexadecimal");
			return;
		}
		report->code_bytes[report->code_byte_count++] = (uint8_t)byte;
		text += 2;
	}
}

static void load_module(struct fdp_load *load, const json_t *object,
			struct fdp_module *module)
{
	module->path = fdp_load_string(load, object, "path");
	module->build_id = fdp_load_string(load, object, "build_id");
	fdp_load_address(load, object, "start", &module->start);
	fdp_load_address(load, object, "end", &module->end);
	/* Where it is not said it is nearly always that. */
	if (!fdp_load_address(load, object, "bias", &module->bias))
		module->bias = module->start;
	module->is_interpreter =
		fdp_load_flag(load, object, "interpreter") == 1;
}

static void load_modules(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;
	const json_t *list = fdp_load_list(load, root, "modules");
	size_t count = json_array_size(list);

	load->place = "modules";
	report->modules = fdp_load_array(load, count, sizeof(*report->modules));
	for (size_t i = 0; report->modules && i < count && !load->error; i++)
		load_module(load, json_array_get(list, i), &report->modules[i]);
	report->module_count = load->error ? 0 : count;
}

static void load_whole(struct fdp_load *load, const json_t *root)
{
	struct fdp_report *report = load->report;

	report->id = fdp_load_string(load, root, "id");
	report->kind = fdp_load_string(load, root, "kind");
	report->time_us = fdp_load_time(load, root, "time");
	load_process(load, root);
	load_signal(load, root);
	load_died_of(load, root);
	load_handler(load, root);
	load_foreign(load, root);
	load_cause(load, root);
	load_watch(load, root);
	load_annotations(load, root);
	load_python(load, root);
	load_capture(load, root);
	load_deadlocks(load, root);
	load_registers(load, root);
	load_code(load, root);
	load_modules(load, root);
	fdp_load_threads(load, root);
	fdp_load_tasks(load, root);
	fdp_load_greenlets(load, root);
}

static void check_schema(struct fdp_load *load, const json_t *root)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));

	if (schema && strcmp(schema, SCHEMA) == 0)
		return;
	load->error = -EBADMSG;
	snprintf(load->why, FDP_LOAD_WHY_SIZE, "its 'schema' is not " SCHEMA);
}

int fdp_report_load(const char *text, size_t size, struct fdp_report *report,
		    char ret_why[static FDP_LOAD_WHY_SIZE])
{
	struct fdp_load load = {
		.report = report,
		.place = "the report",
		.why = ret_why,
	};
	json_error_t error;
	json_t *root = json_loadb(
		text, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);

	if (!root) {
		snprintf(ret_why, FDP_LOAD_WHY_SIZE, "line %d: %s", error.line,
			 error.text);
		return -EBADMSG;
	}
	check_schema(&load, root);
	if (!load.error)
		load_whole(&load, root);
	json_decref(root);
	return load.error;
}
