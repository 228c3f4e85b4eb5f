#include "glance.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../native/modules.h"
#include "../report.h"
#include "../system_call.h"
#include "glance_frames.h"
#include "glance_owner.h"
#include "locks.h"
#include "runtime.h"

/* Sub-interpreters that are looked at. */
#define INTERPRETERS_MAX 64

/*
 * The place of the thread's number in glibc's struct pthread: behind the
 * thread control block, which x86-64 pads to 704 bytes, and a list.  It is
 * believed only if it is the number of a thread.
 */
#define PTHREAD_TID 720

struct fdp_glance {
	struct fdp_report report; /* for its arena and modules */
	struct fdp_runtime runtime;
	const struct fdp_glance_offsets *more;
	struct fdp_glance_codes codes;
	uint64_t rlock_type; /* PyRLock_Type, once one was seen */
};

static void glance_cleanup(struct fdp_glance **glance)
{
	fdp_glance_free(*glance);
}

void fdp_glance_free(struct fdp_glance *glance)
{
	if (!glance)
		return;
	fdp_glance_codes_done(&glance->codes);
	fdp_report_done(&glance->report);
	free(glance);
}

int fdp_glance_new(struct fdp_target *target, struct fdp_glance **ret_glance)
{
	__attribute__((cleanup(glance_cleanup))) struct fdp_glance *glance =
		calloc(1, sizeof(*glance));
	int r = glance ? fdp_modules_read(target, &glance->report) : -ENOMEM;

	if (r == 0)
		r = fdp_runtime_find(target, &glance->report, &glance->runtime);
	if (r < 0)
		return r;
	glance->more = fdp_glance_offsets(&glance->runtime.offsets);
	if (!glance->more)
		return -ENOTSUP;
	*ret_glance = TAKE_PTR(glance);
	return 0;
}

void fdp_sight_free(struct fdp_sight *look)
{
	if (!look)
		return;
	free(look->threads);
	free(look);
}

static void look_cleanup(struct fdp_sight **look)
{
	fdp_sight_free(*look);
}

/* Of one look. */
struct glancing {
	struct fdp_glance *glance;
	struct fdp_target *target;
	struct fdp_sight *look;
	uint64_t gil, gil_holder; /* addresses; 0: not known */
	struct fdp_glance_frames frames;
	struct fdp_glance_state {
		uint64_t state, pointer; /* PyThreadState, pthread_t */
		struct fdp_sight_thread *thread;
	} states[FDP_SIGHT_THREADS_MAX];
	size_t state_count;
};

static int read_word(struct glancing *glancing, uint64_t address,
		     uint32_t field, uint64_t *ret_value)
{
	if (field == FDP_ABSENT)
		return -ENOENT;
	return fdp_target_read_u64(glancing->target, address + field,
				   ret_value);
}

static const char *thread_fact(struct glancing *glancing, pid_t tid,
			       const char *file)
{
	const char *value;
	char key[64];

	snprintf(key, sizeof(key), "thread/%d/%s", (int)tid, file);
	if (fdp_target_fact(glancing->target, key, &value, NULL) < 0)
		return NULL;
	return value;
}

/* Where the kernel counts nothing else: in hundredths of a second. */
static uint64_t coarse_time(struct glancing *glancing, pid_t tid)
{
	const char *text = thread_fact(glancing, tid, "stat");
	const char *close = text ? strrchr(text, ')') : NULL;
	unsigned long long user, system;

	if (!close || sscanf(close,
			     ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
			     "%llu %llu",
			     &user, &system) != 2)
		return 0;
	return (user + system) * 10000000;
}

static void read_times(struct glancing *glancing,
		       struct fdp_sight_thread *thread)
{
	const char *text = thread_fact(glancing, thread->tid, "schedstat");
	unsigned long long run, queue;

	if (text && sscanf(text, "%llu %llu", &run, &queue) == 2) {
		thread->run_ns = run;
		thread->queue_ns = queue;
	} else {
		thread->run_ns = coarse_time(glancing, thread->tid);
	}
}

/* What it waits in; false: in nothing, or nobody may know. */
static bool read_call(struct glancing *glancing,
		      struct fdp_sight_thread *thread,
		      struct fdp_system_call *ret_call)
{
	const char *text = thread_fact(glancing, thread->tid, "syscall");

	thread->call = FDP_SIGHT_NO_CALL;
	if (!text || fdp_system_call_parse(text, ret_call) < 0 ||
	    !ret_call->inside)
		return false;
	thread->call = ret_call->number;
	thread->argument = ret_call->arguments[0];
	return true;
}

/* The GIL of an interpreter, and which thread state has it. */
static void read_gil(struct glancing *glancing, uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets =
		&glancing->glance->runtime.offsets;
	struct fdp_sight *look = glancing->look;
	uint64_t gil = glancing->glance->runtime.address + offsets->runtime.gil;
	uint32_t locked;

	if (offsets->runtime.gil == FDP_ABSENT &&
	    read_word(glancing, interpreter, offsets->interpreter.gil, &gil) <
		    0)
		return;
	if (fdp_target_read_u32(glancing->target, gil + offsets->gil.locked,
				&locked) < 0 ||
	    read_word(glancing, gil, offsets->gil.holder,
		      &glancing->gil_holder) < 0 ||
	    read_word(glancing, gil, offsets->gil.switch_number,
		      &look->gil.switch_number) < 0)
		return;
	glancing->gil = gil;
	look->gil.known = true;
	look->gil.locked = locked == 1;
}

/* Whose thread state has POINTER as its pthread_t. */
static struct fdp_sight_thread *thread_of(struct glancing *glancing,
					  uint64_t state, uint64_t pointer)
{
	const struct fdp_python_offsets *offsets =
		&glancing->glance->runtime.offsets;
	const struct fdp_sight_thread *thread = NULL;
	uint64_t native;
	uint32_t tid;

	if (fdp_target_read_u32(glancing->target, pointer + PTHREAD_TID,
				&tid) == 0)
		thread = fdp_sight_thread(glancing->look, (pid_t)tid);
	if (!thread &&
	    read_word(glancing, state, offsets->thread.native_thread_id,
		      &native) == 0 &&
	    native <= INT32_MAX)
		thread = fdp_sight_thread(glancing->look, (pid_t)native);
	return (struct fdp_sight_thread *)thread;
}

static void add_state(struct glancing *glancing, uint64_t state)
{
	const struct fdp_python_offsets *offsets =
		&glancing->glance->runtime.offsets;
	struct fdp_glance_state *entry =
		&glancing->states[glancing->state_count];

	entry->state = state;
	if (read_word(glancing, state, offsets->thread.thread_id,
		      &entry->pointer) < 0)
		return;
	entry->thread = thread_of(glancing, state, entry->pointer);
	if (!entry->thread)
		return;
	if (state == glancing->gil_holder)
		glancing->look->gil.holder = entry->thread->tid;
	/* Sub-interpreters have states of their own for one thread. */
	if (!entry->thread->is_python)
		glancing->state_count++;
	entry->thread->is_python = true;
}

static void read_states(struct glancing *glancing, uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets =
		&glancing->glance->runtime.offsets;
	uint64_t state, back;
	uint64_t base = interpreter;
	uint32_t field = offsets->interpreter.threads_head;

	/* Some belong to no thread: so many steps, and not states. */
	for (size_t i = 0;
	     i < FDP_SIGHT_THREADS_MAX &&
	     glancing->state_count < FDP_SIGHT_THREADS_MAX &&
	     read_word(glancing, base, field, &state) == 0 && state;
	     i++) {
		if (read_word(glancing, state, offsets->thread.interpreter,
			      &back) < 0 ||
		    back != interpreter)
			return;
		add_state(glancing, state);
		base = state;
		field = offsets->thread.next;
	}
}

/* The newest comes first; the last one is the main interpreter. */
static void read_interpreters(struct glancing *glancing)
{
	const struct fdp_runtime *runtime = &glancing->glance->runtime;
	uint64_t all[INTERPRETERS_MAX];
	uint64_t base = runtime->address;
	uint32_t field = runtime->offsets.runtime.interpreters_head;
	size_t count = 0;

	while (count < INTERPRETERS_MAX &&
	       read_word(glancing, base, field, &all[count]) == 0 &&
	       all[count]) {
		base = all[count++];
		field = runtime->offsets.interpreter.next;
	}
	if (count)
		read_gil(glancing, all[count - 1]);
	while (count)
		read_states(glancing, all[--count]);
}

static const struct fdp_glance_state *
state_of(const struct glancing *glancing, const struct fdp_sight_thread *thread)
{
	for (size_t i = 0; i < glancing->state_count; i++)
		if (glancing->states[i].thread == thread)
			return &glancing->states[i];
	return NULL;
}

/* The thread whose pthread_t is POINTER, or 0. */
static pid_t tid_of(const struct glancing *glancing, uint64_t pointer)
{
	for (size_t i = 0; i < glancing->state_count; i++)
		if (glancing->states[i].pointer == pointer)
			return glancing->states[i].thread->tid;
	return 0;
}

static bool is_of_gil(const struct glancing *glancing, uint64_t address)
{
	const struct fdp_python_offsets *offsets =
		&glancing->glance->runtime.offsets;

	return glancing->gil && address - glancing->gil < offsets->gil.size;
}

static void wants_lock(const struct glancing *glancing,
		       struct fdp_sight_thread *thread, uint64_t lock,
		       uint64_t owner)
{
	thread->wants = FDP_WANTS_LOCK;
	thread->wanted = lock;
	thread->owner = tid_of(glancing, owner);
}

static void find_parked(struct glancing *glancing,
			struct fdp_sight_thread *thread)
{
	struct fdp_python_lock lock = fdp_python_lock_parked(
		glancing->target, &glancing->glance->runtime.offsets,
		thread->argument);

	if (lock.kind == FDP_PYTHON_RLOCK)
		wants_lock(glancing, thread, lock.address, lock.owner);
}

static void find_lock_owner(struct glancing *glancing,
			    struct fdp_sight_thread *thread)
{
	const struct fdp_glance_state *state = state_of(glancing, thread);
	struct fdp_glance_search search = {
		.target = glancing->target,
		.offsets = &glancing->glance->runtime.offsets,
		.more = glancing->glance->more,
		.type = &glancing->glance->rlock_type,
		.lock = thread->argument,
	};
	uint64_t owner;

	if (!state || fdp_glance_find_lock(&search, state->state, &owner) < 0)
		return;
	wants_lock(glancing, thread, thread->argument, owner);
}

/* What a thread that waits in a futex waits for. */
static void find_owner(struct glancing *glancing,
		       struct fdp_sight_thread *thread,
		       const struct fdp_system_call *call)
{
	enum fdp_system_call_kind kind = fdp_system_call_kind(call->number);
	pid_t owner;

	if (kind != FDP_CALL_FUTEX && kind != FDP_CALL_RESTART)
		return;
	if (is_of_gil(glancing, thread->argument)) {
		thread->wants = FDP_WANTS_GIL;
		thread->wanted = glancing->gil;
		thread->owner = glancing->look->gil.locked
					? glancing->look->gil.holder
					: 0;
		return;
	}
	owner = fdp_glance_mutex_owner(glancing->target, thread->argument,
				       call->arguments[1]);
	if (owner && fdp_sight_thread(glancing->look, owner)) {
		thread->wants = FDP_WANTS_MUTEX;
		thread->wanted = thread->argument;
		thread->owner = owner;
		return;
	}
	if (glancing->glance->more->minor < FDP_PARKED_MINOR_FIRST)
		find_lock_owner(glancing, thread);
	else
		find_parked(glancing, thread);
}

static void look_at_frames(struct glancing *glancing)
{
	const struct fdp_sight *look = glancing->look;

	for (size_t i = 0; i < glancing->state_count; i++) {
		struct fdp_sight_thread *thread = glancing->states[i].thread;
		bool closely = thread->tid == look->main ||
			       thread->tid == look->gil.holder;

		fdp_glance_frames_read(&glancing->frames,
				       glancing->states[i].state, closely,
				       thread);
	}
}

static void look_at_threads(struct glancing *glancing)
{
	struct fdp_sight *look = glancing->look;

	for (size_t i = 0; i < look->thread_count; i++) {
		struct fdp_sight_thread *thread = &look->threads[i];
		struct fdp_system_call call;

		read_times(glancing, thread);
		if (read_call(glancing, thread, &call))
			find_owner(glancing, thread, &call);
	}
}

static struct fdp_sight *look_new(const struct fdp_target *target)
{
	__attribute__((cleanup(look_cleanup))) struct fdp_sight *look =
		calloc(1, sizeof(*look));
	size_t count = target->thread_count;

	if (!look)
		return NULL;
	look->main = target->pid;
	look->truncated = count > FDP_SIGHT_THREADS_MAX;
	look->thread_count = look->truncated ? FDP_SIGHT_THREADS_MAX : count;
	look->threads = calloc(look->thread_count + 1, sizeof(*look->threads));
	if (!look->threads)
		return NULL;
	for (size_t i = 0; i < look->thread_count; i++)
		look->threads[i].tid = target->threads[i].tid;
	return TAKE_PTR(look);
}

int fdp_glance_take(struct fdp_glance *glance, struct fdp_target *target,
		    struct fdp_sight **ret_look)
{
	__attribute__((cleanup(look_cleanup))) struct fdp_sight *look =
		look_new(target);
	_cleanup_free_ struct glancing *glancing = calloc(1, sizeof(*glancing));
	uint64_t first;
	int r;

	if (!look || !glancing)
		return -ENOMEM;
	/* Whether it can be asked at all. */
	r = fdp_target_read_u64(target, glance->runtime.address, &first);
	if (r < 0)
		return r;
	glancing->glance = glance;
	glancing->target = target;
	glancing->look = look;
	glancing->frames = (struct fdp_glance_frames){
		.target = target,
		.offsets = &glance->runtime.offsets,
		.more = glance->more,
		.codes = &glance->codes,
		.left = FDP_GLANCE_ALL_FRAMES_MAX,
	};
	read_interpreters(glancing);
	look_at_frames(glancing);
	look_at_threads(glancing);
	*ret_look = TAKE_PTR(look);
	return 0;
}
