#include "capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "cache.h"
#include "crash.h"
#include "know.h"
#include "live.h"
#include "ptrace.h"
#include "served.h"
#include "sources.h"

/*
 * How much of a stack is copied: of the crashed thread all that can be (an
 * overflow of a huge stack is what we are here for), of others what a default
 * stack holds.
 */
#define STACK_MAX_CRASHED (256 * 1024 * 1024)
#define STACK_MAX_OTHER (8 * 1024 * 1024)

/* Below sp lies the red zone, which belongs to the running function. */
#define RED_ZONE 128

/* The crashed thread and all others that /proc lists. */
static int set_threads(struct fdp_target *target, const struct fdp_crash *crash,
		       struct fdp_procfs *procfs)
{
	_cleanup_free_ pid_t *tids = NULL;
	ssize_t count = fdp_procfs_threads(procfs, &tids);

	if (count < 0)
		count = 0;
	target->threads = fdp_arena_array(&target->arena, (size_t)count + 1,
					  sizeof(*target->threads));
	if (!target->threads)
		return -ENOMEM;
	fdp_crash_set_thread(&target->threads[0], crash);
	target->thread_count = 1;
	for (ssize_t i = 0; i < count; i++) {
		struct fdp_thread *thread =
			&target->threads[target->thread_count];

		if (tids[i] == (pid_t)crash->tid)
			continue;
		thread->tid = tids[i];
		fdp_know_name(target, thread);
		target->thread_count++;
	}
	return 0;
}

static void note_request(struct fdp_target *target,
			 const struct fdp_capture_request *request)
{
	char time[32];

	snprintf(time, sizeof(time), "%llu",
		 (unsigned long long)(request->crash->realtime_ns / 1000));
	fdp_know_note(target, "report/time", time);
	fdp_know_note(target, "report/id", request->id);
}

static void copy_stack(struct fdp_target *target,
		       const struct fdp_registers *registers, uint64_t limit)
{
	uint64_t sp = registers->general[FDP_REGISTER_SP] - RED_ZONE;
	const struct fdp_map *map = fdp_target_map(target, sp);

	/* An overflown stack: sp stands just below its mapping. */
	if (!map || !map->readable)
		map = fdp_target_map(target, sp + 0x10000);
	if (!map || !map->readable)
		return;
	if (sp < map->start)
		sp = map->start;
	if (map->end - sp < limit)
		limit = map->end - sp;
	fdp_target_prefetch(target, sp, limit);
}

static void copy_stacks(struct fdp_target *target)
{
	for (size_t i = 0; i < target->thread_count; i++)
		if (target->threads[i].has_registers)
			copy_stack(target, &target->threads[i].registers,
				   i == 0 ? STACK_MAX_CRASHED
					  : STACK_MAX_OTHER);
	/* The handler that had it first may have run on another stack. */
	if (target->noted.present &&
	    !fdp_cache_find(target->cache,
			    target->noted.registers.general[FDP_REGISTER_SP]))
		copy_stack(target, &target->noted.registers, STACK_MAX_CRASHED);
}

/*
 * Lists the threads of TARGET and stops them with STOP, which returns how many
 * it could not stop; WHY says what that means.  Frees TARGET on failure.
 */
static int stop_threads(struct fdp_target *target,
			const struct fdp_crash *crash,
			struct fdp_procfs *procfs,
			ssize_t (*stop)(struct fdp_target *), const char *why)
{
	int r = set_threads(target, crash, procfs);
	ssize_t missing = r < 0 ? r : stop(target);
	char text[256];

	if (missing < 0) {
		fdp_target_free(target);
		return (int)missing;
	}
	if (missing) {
		snprintf(text, sizeof(text),
			 "registers of %zd of %zu threads: %s", missing,
			 target->thread_count, why);
		fdp_know_note(target, "capture/missing", text);
	}
	return 0;
}

/* The live target with all threads stopped, or why it cannot be had. */
static int open_live(const struct fdp_capture_request *request,
		     struct fdp_target **ret_target)
{
	struct fdp_procfs *procfs = NULL;
	struct fdp_target *target;
	int r;

	r = fdp_live_allowed(request->pid, request->crash->context_address);
	if (r == 0)
		r = fdp_sources_procfs_new(request->pid, &procfs);
	if (r == 0)
		r = fdp_live_new(request->pid, procfs, &target);
	if (r < 0)
		return r;
	r = stop_threads(target, request->crash, procfs, fdp_ptrace_stop,
			 "they did not stop in time");
	if (r == 0)
		*ret_target = target;
	return r;
}

static int open_served(const struct fdp_capture_request *request,
		       struct fdp_target **ret_target)
{
	struct fdp_procfs *procfs = NULL;
	struct fdp_target *target;
	int r;

	r = fdp_sources_procfs_new(request->pid, &procfs);
	if (r == 0)
		r = fdp_served_new(request->pid, request->session,
				   request->control, request->deadline_ns,
				   procfs, &target);
	if (r < 0)
		return r;
	r = stop_threads(target, request->crash, procfs, fdp_served_park,
			 "they block the signal that would park them");
	if (r == 0)
		*ret_target = target;
	return r;
}

int fdp_capture_open(const struct fdp_capture_request *request,
		     struct fdp_target **ret_target)
{
	struct fdp_target *target = NULL;
	int r = request->served ? -EPERM : open_live(request, &target);

	/* It may only have been too early. */
	if (r == -EPERM && !request->served &&
	    fdp_served_ping(request->session, request->crash->context_address,
			    request->deadline_ns) == 0)
		r = open_live(request, &target);
	if (r < 0)
		r = open_served(request, &target);
	if (r < 0)
		return r;
	fdp_crash_set_fault(target, request->crash);
	note_request(target, request);
	fdp_know_note(target, "capture/method", target->ops->name);
	fdp_know_process(target);
	r = fdp_know_maps(target);
	if (r == -ENOMEM) {
		fdp_target_free(target);
		return r;
	}
	if (r < 0)
		fdp_know_note(
			target, "capture/missing",
			"the memory map of the process could not be read");
	fdp_know_interrupted_call(target, &target->threads[0]);
	copy_stacks(target);
	*ret_target = target;
	return 0;
}

static ssize_t no_read(void *backend, uint64_t address, void *buffer,
		       size_t size)
{
	(void)backend;
	(void)address;
	(void)buffer;
	(void)size;
	return -ESRCH;
}

static int frame_fact(void *backend, const char *key, char **ret_value,
		      size_t *ret_size)
{
	return backend ? fdp_procfs_fact(backend, key, ret_value, ret_size)
		       : -ENOENT;
}

static void frame_free(void *backend)
{
	fdp_procfs_free(backend);
}

static const struct fdp_target_ops frame_ops = {
	.name = "frame",
	.read = no_read,
	.fact = frame_fact,
	.free = frame_free,
};

int fdp_capture_dead(pid_t pid, struct fdp_target **ret_target)
{
	*ret_target = fdp_target_new(&frame_ops, NULL);
	if (!*ret_target)
		return -ENOMEM;
	(*ret_target)->pid = pid;
	return 0;
}

int fdp_capture_frame(const struct fdp_capture_request *request,
		      struct fdp_target **ret_target)
{
	struct fdp_procfs *procfs = NULL;
	struct fdp_target *target;

	/* Without /proc (the process is gone already) frame 1 still counts. */
	if (fdp_sources_procfs_new(request->pid, &procfs) < 0)
		procfs = NULL;
	target = fdp_target_new(&frame_ops, procfs);
	if (!target)
		return -ENOMEM;
	target->pid = request->pid;
	target->threads =
		fdp_arena_alloc(&target->arena, sizeof(*target->threads));
	if (!target->threads) {
		fdp_target_free(target);
		return -ENOMEM;
	}
	target->thread_count = 1;
	fdp_crash_set_thread(&target->threads[0], request->crash);
	fdp_crash_set_fault(target, request->crash);
	note_request(target, request);
	fdp_know_note(target, "capture/method", target->ops->name);
	fdp_know_process(target);
	fdp_know_maps(target);
	fdp_know_interrupted_call(target, &target->threads[0]);
	*ret_target = target;
	return 0;
}
