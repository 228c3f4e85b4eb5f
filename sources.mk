# What is built from what: one file per line, sorted.  `make lint` finds a file
# that is in no list.

# Reached from the signal handler: linked alone and measured by
# check-signal-safe.
HANDLER_SRCS := \
	preload/answer.c \
	preload/arch/x86_64_entry.S \
	preload/ask.c \
	preload/by_name.c \
	preload/die.c \
	preload/disposition.c \
	preload/emergency.c \
	preload/frame.c \
	preload/handler.c \
	preload/notes.c \
	preload/park.c \
	preload/record.c \
	preload/route.c \
	preload/serve.c \
	preload/session.c \
	preload/state.c \
	preload/strict.c \
	preload/tracer.c \
	proto/decode.c

# The rest of the shim.
PRELOAD_SRCS := \
	preload/altstack.c \
	preload/answering.c \
	preload/api_alive.c \
	preload/api_dump.c \
	preload/api_enable.c \
	preload/api_exit.c \
	preload/api_register.c \
	preload/arch/x86_64_abort.S \
	preload/channel.c \
	preload/config.c \
	preload/connect.c \
	preload/direct.c \
	preload/environment.c \
	preload/exec.c \
	preload/exit.c \
	preload/foreign.c \
	preload/init.c \
	preload/life.c \
	preload/lookup.c \
	preload/masks.c \
	preload/prctl.c \
	preload/real.c \
	preload/sigaltstack.c \
	preload/signals.c \
	preload/spawn.c \
	preload/standback.c \
	preload/symbols.c \
	preload/threads.c \
	preload/waiting.c \
	preload/wishes.c

PROTO_SRCS := \
	proto/decode.c

# The daemon proper: libc and nothing else.
DAEMON_SRCS := \
	daemon/alarms.c \
	daemon/analyst.c \
	daemon/annotations.c \
	daemon/answers.c \
	daemon/base/fds.c \
	daemon/base/file.c \
	daemon/capture/procfs.c \
	daemon/clients.c \
	daemon/control.c \
	daemon/daemon.c \
	daemon/death.c \
	daemon/dumps.c \
	daemon/ending.c \
	daemon/finish.c \
	daemon/heartbeats.c \
	daemon/job.c \
	daemon/later.c \
	daemon/listener.c \
	daemon/lives.c \
	daemon/log.c \
	daemon/looks.c \
	daemon/loop.c \
	daemon/main.c \
	daemon/native/mincore.c \
	daemon/outputs.c \
	daemon/reaper.c \
	daemon/requests.c \
	daemon/session.c \
	daemon/settings.c \
	daemon/stalls.c \
	daemon/store.c \
	daemon/storing.c \
	daemon/watchers.c \
	daemon/wire.c

# What makes reports: a module that the daemon loads.
ANALYSIS_SRCS := \
	daemon/analysis/analyse.c \
	daemon/analysis/annotations.c \
	daemon/analysis/c_stack.c \
	daemon/analysis/cause.c \
	daemon/analysis/cause_memory.c \
	daemon/analysis/cause_protection.c \
	daemon/analysis/cause_stack.c \
	daemon/analysis/cause_where.c \
	daemon/analysis/command_line.c \
	daemon/analysis/deadlocks.c \
	daemon/analysis/death.c \
	daemon/analysis/from_frame.c \
	daemon/analysis/handlers.c \
	daemon/analysis/hang.c \
	daemon/analysis/hang_text.c \
	daemon/analysis/head.c \
	daemon/analysis/identity.c \
	daemon/analysis/merge.c \
	daemon/analysis/mutex.c \
	daemon/analysis/noted.c \
	daemon/analysis/operand.c \
	daemon/analysis/order.c \
	daemon/analysis/owners.c \
	daemon/analysis/process.c \
	daemon/analysis/secrets.c \
	daemon/analysis/signals.c \
	daemon/analysis/sources.c \
	daemon/analysis/states.c \
	daemon/analysis/subject.c \
	daemon/analysis/task_cycles.c \
	daemon/analysis/threads.c \
	daemon/analysis/waits.c \
	daemon/analysis/waits_read.c \
	daemon/analysis/waits_text.c \
	daemon/analysis/watch.c \
	daemon/analysis/watched.c \
	daemon/base/arena.c \
	daemon/base/proc.c \
	daemon/capture/archive.c \
	daemon/capture/asking.c \
	daemon/capture/cache.c \
	daemon/capture/capture.c \
	daemon/capture/copies.c \
	daemon/capture/crash.c \
	daemon/capture/details.c \
	daemon/capture/facts.c \
	daemon/capture/gregs.c \
	daemon/capture/know.c \
	daemon/capture/live.c \
	daemon/capture/living.c \
	daemon/capture/looks.c \
	daemon/capture/maps.c \
	daemon/capture/nonblocking.c \
	daemon/capture/pause.c \
	daemon/capture/ptrace.c \
	daemon/capture/ranges.c \
	daemon/capture/record.c \
	daemon/capture/replay.c \
	daemon/capture/rooted.c \
	daemon/capture/served.c \
	daemon/capture/sight.c \
	daemon/capture/snapshot.c \
	daemon/capture/sources.c \
	daemon/capture/target.c \
	daemon/native/accessors.c \
	daemon/native/calls.c \
	daemon/native/debug_file.c \
	daemon/native/debug_info.c \
	daemon/native/demangle.c \
	daemon/native/dynamic.c \
	daemon/native/elf.c \
	daemon/native/file.c \
	daemon/native/frame_table.c \
	daemon/native/guess.c \
	daemon/native/modules.c \
	daemon/native/perf_map.c \
	daemon/native/resume.c \
	daemon/native/scan.c \
	daemon/native/scopes.c \
	daemon/native/symbol_table.c \
	daemon/native/symbols.c \
	daemon/native/unwind.c \
	daemon/native/walk.c \
	daemon/python/attributes.c \
	daemon/python/builtin_types.c \
	daemon/python/cframes.c \
	daemon/python/chain.c \
	daemon/python/classic.c \
	daemon/python/class_names.c \
	daemon/python/class_search.c \
	daemon/python/clause_27.c \
	daemon/python/code.c \
	daemon/python/containers.c \
	daemon/python/debug_layouts.c \
	daemon/python/debug_offsets.c \
	daemon/python/error_syntax_27.c \
	daemon/python/error_text.c \
	daemon/python/error_text_27.c \
	daemon/python/error_types.c \
	daemon/python/error_words_27.c \
	daemon/python/exception.c \
	daemon/python/exceptions.c \
	daemon/python/exceptions_27.c \
	daemon/python/executed.c \
	daemon/python/extensions.c \
	daemon/python/frames.c \
	daemon/python/gil.c \
	daemon/python/glance.c \
	daemon/python/glance_frames.c \
	daemon/python/glance_offsets.c \
	daemon/python/glance_owner.c \
	daemon/python/greenlet_fields.c \
	daemon/python/greenlet_find.c \
	daemon/python/greenlet_library.c \
	daemon/python/greenlet_offsets.c \
	daemon/python/greenlet_scan.c \
	daemon/python/greenlets.c \
	daemon/python/holder.c \
	daemon/python/imports.c \
	daemon/python/instances.c \
	daemon/python/lines.c \
	daemon/python/loaded.c \
	daemon/python/locals.c \
	daemon/python/locks.c \
	daemon/python/newest.c \
	daemon/python/numbers.c \
	daemon/python/object_head.c \
	daemon/python/object_head_fields.c \
	daemon/python/offsets.c \
	daemon/python/offsets_early.c \
	daemon/python/offsets_free.c \
	daemon/python/offsets_late.c \
	daemon/python/printable.c \
	daemon/python/python.c \
	daemon/python/quoted.c \
	daemon/python/represent.c \
	daemon/python/represent_27.c \
	daemon/python/represent_arrays.c \
	daemon/python/represent_containers.c \
	daemon/python/represent_objects.c \
	daemon/python/roots.c \
	daemon/python/runtime.c \
	daemon/python/stacks.c \
	daemon/python/strays.c \
	daemon/python/strings.c \
	daemon/python/table.c \
	daemon/python/task_chain.c \
	daemon/python/task_edges.c \
	daemon/python/task_fields.c \
	daemon/python/task_find.c \
	daemon/python/task_offsets.c \
	daemon/python/tasks.c \
	daemon/python/thread_ids.c \
	daemon/python/thread_names.c \
	daemon/python/threads.c \
	daemon/python/tracebacks.c \
	daemon/python/types.c \
	daemon/python/unicode_errors.c \
	daemon/python/validity.c \
	daemon/python/version.c \
	daemon/python/writer.c \
	daemon/registers.c \
	daemon/render/alike.c \
	daemon/render/anchors.c \
	daemon/render/compat.c \
	daemon/render/compat_native.c \
	daemon/render/error_tree.c \
	daemon/render/escape.c \
	daemon/render/expression.c \
	daemon/render/fold.c \
	daemon/render/json.c \
	daemon/render/json_exceptions.c \
	daemon/render/json_frames.c \
	daemon/render/json_greenlets.c \
	daemon/render/json_tasks.c \
	daemon/render/json_values.c \
	daemon/render/load.c \
	daemon/render/load_greenlets.c \
	daemon/render/load_tasks.c \
	daemon/render/load_threads.c \
	daemon/render/load_values.c \
	daemon/render/points.c \
	daemon/render/text.c \
	daemon/render/text_exceptions.c \
	daemon/render/text_greenlets.c \
	daemon/render/text_head.c \
	daemon/render/text_last.c \
	daemon/render/text_lines.c \
	daemon/render/text_signal.c \
	daemon/render/text_source.c \
	daemon/render/text_stack.c \
	daemon/render/text_state.c \
	daemon/render/text_syntax.c \
	daemon/render/text_tasks.c \
	daemon/render/text_threads.c \
	daemon/render/text_waits.c \
	daemon/render/timestamp.c \
	daemon/render/version.c \
	daemon/render/view.c \
	daemon/render/width.c \
	daemon/report.c \
	daemon/reporter.c \
	daemon/system_call.c \
	daemon/system_call_x86_64.c \
	daemon/worker/annotate.c \
	daemon/worker/compat.c \
	daemon/worker/confine.c \
	daemon/worker/death.c \
	daemon/worker/decode.c \
	daemon/worker/dump.c \
	daemon/worker/dump_once.c \
	daemon/worker/dump_options.c \
	daemon/worker/family.c \
	daemon/worker/frame.c \
	daemon/worker/living.c \
	daemon/worker/look.c \
	daemon/worker/refused.c \
	daemon/worker/table.c \
	daemon/worker/through.c \
	daemon/worker/user.c \
	daemon/worker/watch.c \
	daemon/worker/watcher.c \
	daemon/worker/worker.c \
	daemon/worker/writer.c

CLI_SRCS := \
	cli/analyse.c \
	cli/attempt.c \
	cli/decode.c \
	cli/doctor.c \
	cli/doctor_crash.c \
	cli/doctor_debug.c \
	cli/doctor_place.c \
	cli/doctor_process.c \
	cli/doctor_products.c \
	cli/doctor_reporter.c \
	cli/doctor_rights.c \
	cli/doctor_settings.c \
	cli/dump.c \
	cli/elf_file.c \
	cli/find.c \
	cli/findings.c \
	cli/findings_json.c \
	cli/main.c \
	cli/preload.c \
	cli/run.c \
	cli/say.c \
	cli/show.c \
	cli/show_options.c \
	cli/values.c

# What it has in common with the daemon.
CLI_DAEMON_SRCS := \
	daemon/base/arena.c \
	daemon/base/proc.c \
	daemon/registers.c \
	daemon/render/alike.c \
	daemon/render/anchors.c \
	daemon/render/error_tree.c \
	daemon/render/escape.c \
	daemon/render/expression.c \
	daemon/render/fold.c \
	daemon/render/load.c \
	daemon/render/load_greenlets.c \
	daemon/render/load_tasks.c \
	daemon/render/load_threads.c \
	daemon/render/load_values.c \
	daemon/render/points.c \
	daemon/render/text.c \
	daemon/render/text_exceptions.c \
	daemon/render/text_greenlets.c \
	daemon/render/text_head.c \
	daemon/render/text_last.c \
	daemon/render/text_lines.c \
	daemon/render/text_signal.c \
	daemon/render/text_source.c \
	daemon/render/text_stack.c \
	daemon/render/text_state.c \
	daemon/render/text_syntax.c \
	daemon/render/text_tasks.c \
	daemon/render/text_threads.c \
	daemon/render/text_waits.c \
	daemon/render/timestamp.c \
	daemon/render/version.c \
	daemon/render/view.c \
	daemon/render/width.c \
	daemon/report.c \
	daemon/reporter.c \
	daemon/settings.c \
	daemon/store.c

# The package; not compiled.
PYTHON_SRCS := \
	python/fdpreload/__init__.py \
	python/fdpreload/__main__.py \
	python/fdpreload/_arguments.py \
	python/fdpreload/_command.py \
	python/fdpreload/_extensions.py \
	python/fdpreload/_files.py \
	python/fdpreload/_functions.py \
	python/fdpreload/_install.py \
	python/fdpreload/_interpreter.py \
	python/fdpreload/_library.py \
	python/fdpreload/_names.py \
	python/fdpreload/_options.py \
	python/fdpreload/_original.py \
	python/fdpreload/_places.py \
	python/fdpreload/_run.py \
	python/fdpreload/_signatures.py \
	python/fdpreload/_timeouts.py \
	python/fdpreload/_version.py

# Each a program of its own, and what they share.
UNIT_SRCS := \
	tests/unit/check_anchors.c \
	tests/unit/check_archive.c \
	tests/unit/check_calls.c \
	tests/unit/check_capture.c \
	tests/unit/check_cause.c \
	tests/unit/check_cause_signals.c \
	tests/unit/check_chain.c \
	tests/unit/check_class_names.c \
	tests/unit/check_compat.c \
	tests/unit/check_crash.c \
	tests/unit/check_deadlocks.c \
	tests/unit/check_death.c \
	tests/unit/check_dynamic.c \
	tests/unit/check_ending.c \
	tests/unit/check_exceptions.c \
	tests/unit/check_exceptions_27.c \
	tests/unit/check_executed.c \
	tests/unit/check_extensions.c \
	tests/unit/check_frames.c \
	tests/unit/check_glance.c \
	tests/unit/check_guess.c \
	tests/unit/check_greenlets.c \
	tests/unit/check_handlers.c \
	tests/unit/check_hang.c \
	tests/unit/check_lines.c \
	tests/unit/check_load.c \
	tests/unit/check_loaded.c \
	tests/unit/check_locals.c \
	tests/unit/check_looks.c \
	tests/unit/check_maps.c \
	tests/unit/check_merge.c \
	tests/unit/check_modules.c \
	tests/unit/check_names.c \
	tests/unit/check_newest.c \
	tests/unit/check_noted.c \
	tests/unit/check_offsets.c \
	tests/unit/check_order.c \
	tests/unit/check_owners.c \
	tests/unit/check_pause.c \
	tests/unit/check_process.c \
	tests/unit/check_proto.c \
	tests/unit/check_python.c \
	tests/unit/check_render.c \
	tests/unit/check_render_exceptions.c \
	tests/unit/check_render_greenlets.c \
	tests/unit/check_render_json.c \
	tests/unit/check_render_stack.c \
	tests/unit/check_represent.c \
	tests/unit/check_rooted.c \
	tests/unit/check_snapshot.c \
	tests/unit/check_states.c \
	tests/unit/check_store.c \
	tests/unit/check_strays.c \
	tests/unit/check_strings.c \
	tests/unit/check_system_call.c \
	tests/unit/check_tasks.c \
	tests/unit/check_thread_names.c \
	tests/unit/check_unwind.c \
	tests/unit/check_values.c \
	tests/unit/check_waits.c \
	tests/unit/check_watch.c

UNIT_HELPER_SRCS := \
	tests/unit/crashes.c \
	tests/unit/fake_objects.c \
	tests/unit/fake_python.c \
	tests/unit/fake_target.c \
	tests/unit/reports.c \
	tests/unit/suite.c

CRASHER_SRCS := \
	tests/crashers/c_stack.c \
	tests/crashers/handlers.c \
	tests/crashers/library.c \
	tests/crashers/memory.c \
	tests/crashers/module.c \
	tests/crashers/overflow.c \
	tests/crashers/processor.c \
	tests/crashers/sent.c \
	tests/crashers/smashed.c \
	tests/crashers/table.c \
	tests/crashers/threads.c

FUZZ_SRCS := \
	tests/fuzz/fuzz.c

DAMAGE_SRCS := \
	tests/damage/damage.c

BENCH_SRCS := \
	bench/elsewhere.c \
	bench/faults.c \
	bench/forks.c \
	bench/masks.c \
	bench/operations.c \
	bench/spin.c \
	bench/starts.c \
	bench/step.c \
	bench/threads.c

# One program, beside C++.
DEATHS_SRCS := \
	tests/deaths/arrange.c \
	tests/deaths/die.c \
	tests/deaths/foreign.c \
	tests/deaths/handlers.c \
	tests/deaths/paint.c \
	tests/deaths/places.c \
	tests/deaths/say.c \
	tests/deaths/sent.c \
	tests/deaths/ways.c

# One program that observes signals, and what it starts and loads.
SIGNALS_SRCS := \
	tests/signals/causes.c \
	tests/signals/child.c \
	tests/signals/facts.c \
	tests/signals/main.c \
	tests/signals/names.c \
	tests/signals/observe.c \
	tests/signals/processor.c \
	tests/signals/say.c \
	tests/signals/section.c \
	tests/signals/senders.c \
	tests/signals/setters.c \
	tests/signals/suite_aborts.c \
	tests/signals/suite_altstack.c \
	tests/signals/suite_dispositions.c \
	tests/signals/suite_exec.c \
	tests/signals/suite_handlers.c \
	tests/signals/suite_inherit.c \
	tests/signals/suite_leaving.c \
	tests/signals/suite_loading.c \
	tests/signals/suite_many.c \
	tests/signals/suite_masks.c \
	tests/signals/suite_nesting.c \
	tests/signals/suite_pending.c \
	tests/signals/suite_pointers.c \
	tests/signals/suite_restart.c \
	tests/signals/suite_sequences.c \
	tests/signals/suite_start.c \
	tests/signals/suite_vfork.c \
	tests/signals/suite_waiting.c

SIGNALS_HELPER_SRCS := \
	tests/signals/library.c \
	tests/signals/show.c \
	tests/signals/tls.c

# Beside it: each a program or a library of its own.
DEATHS_OTHER_SRCS := \
	tests/deaths/deep.c \
	tests/deaths/launch.c \
	tests/deaths/threads.c

DEMO_SRCS := \
	demo/_demo.c

MAN_PAGES := \
	fdpreload-report.5 \
	fdpreload-traceback.7 \
	fdpreload.1 \
	fdpreload.7 \
	fdpreloadd.8
