#include "hang_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/util.h"
#include "../system_call.h"

/* A text that grows in a buffer, and is cut at its end. */
struct writer {
	char *text;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void say(struct writer *writer,
						      const char *format, ...)
{
	size_t left = writer->size - writer->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length =
		vsnprintf(writer->text + writer->used, left, format, arguments);
	va_end(arguments);
	if (length > 0)
		writer->used +=
			(size_t)length < left ? (size_t)length : left - 1;
}

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static const struct fdp_sight *last_of(const struct fdp_sights *looks)
{
	return looks->looks[looks->count - 1];
}

static const char *main_of(const struct fdp_sights *looks, pid_t tid)
{
	return last_of(looks)->main == tid ? ", the main thread," : "";
}

/* " in wait4() for process 12": where it is, if it waits in the kernel. */
static void say_call(struct writer *writer,
		     const struct fdp_sight_thread *thread)
{
	const char *name = fdp_system_call_name(thread->call);

	if (thread->call == FDP_SIGHT_NO_CALL)
		return;
	if (name)
		say(writer, " It is in %s()", name);
	else
		say(writer, " It is in system call %lld",
		    (long long)thread->call);
	switch (fdp_system_call_kind(thread->call)) {
	case FDP_CALL_DESCRIPTOR:
		say(writer, " of descriptor %lld",
		    (long long)(int)thread->argument);
		break;
	case FDP_CALL_WAIT4:
		if ((int)thread->argument > 0)
			say(writer, " for process %d", (int)thread->argument);
		else
			say(writer, " for a child process");
		break;
	case FDP_CALL_WAITID:
		say(writer, " for a child process");
		break;
	case FDP_CALL_OTHER:
	case FDP_CALL_FUTEX:
	case FDP_CALL_RESTART:
		break;
	}
	say(writer, ".");
}

/* What the thread that hangs does meanwhile. */
static void say_doing(struct writer *writer, const struct fdp_sights *looks,
		      pid_t tid)
{
	const struct fdp_sight_thread *thread =
		fdp_sight_thread(last_of(looks), tid);
	uint64_t run_ns = fdp_sights_movement(looks, tid).run_ns;

	if (thread)
		say_call(writer, thread);
	say(writer, " In that time it ran for %.3f s.", seconds(run_ns));
}

static void say_threads(struct writer *writer, size_t count)
{
	say(writer, count == 1 ? "%zu thread" : "%zu threads", count);
}

static void tell_gil(struct writer *writer, const struct fdp_sights *looks,
		     const struct fdp_hang *hang)
{
	say(writer, "Thread %d%s has held the GIL for %.3f s", (int)hang->tid,
	    main_of(looks, hang->tid), seconds(fdp_sights_ns(looks)));
	if (hang->waiting) {
		say(writer, " while ");
		say_threads(writer, hang->waiting);
		say(writer, " waited for it");
	}
	say(writer, ".");
	say_doing(writer, looks, hang->tid);
}

static void tell_busy(struct writer *writer, const struct fdp_sights *looks,
		      const struct fdp_hang *hang)
{
	say(writer,
	    "The main thread (%d) has stood at the same instruction for %.3f "
	    "s and burns processor time.",
	    (int)hang->tid, seconds(fdp_sights_ns(looks)));
	say_doing(writer, looks, hang->tid);
}

static void tell_loop(struct writer *writer, const struct fdp_sights *looks,
		      const struct fdp_hang *hang)
{
	say(writer,
	    "The asyncio event loop of thread %d%s has run one callback for "
	    "%.3f s, and nothing else meanwhile.",
	    (int)hang->tid, main_of(looks, hang->tid),
	    seconds(fdp_sights_ns(looks)));
	say_doing(writer, looks, hang->tid);
}

static void say_wait(struct writer *writer, const struct fdp_hang_wait *wait)
{
	say(writer, " thread %d waits for ", (int)wait->tid);
	switch (wait->wants) {
	case FDP_WANTS_GIL:
		say(writer, "the GIL");
		break;
	case FDP_WANTS_MUTEX:
		say(writer, "the mutex at 0x%llx",
		    (unsigned long long)wait->wanted);
		break;
	case FDP_WANTS_LOCK:
		say(writer, "an RLock (its lock at 0x%llx)",
		    (unsigned long long)wait->wanted);
		break;
	case FDP_WANTS_NOTHING:
		break;
	}
	say(writer, ", which thread %d has", (int)wait->owner);
}

static void tell_deadlock(struct writer *writer, const struct fdp_sights *looks,
			  const struct fdp_hang *hang)
{
	if (hang->cycle_count == 1)
		say(writer, "1 thread has waited for itself for %.3f s:",
		    seconds(fdp_sights_ns(looks)));
	else
		say(writer,
		    "%zu threads have waited for each other for %.3f s:",
		    hang->cycle_count, seconds(fdp_sights_ns(looks)));
	for (size_t i = 0; i < hang->cycle_count; i++) {
		say(writer, "%s", i ? ";" : "");
		say_wait(writer, &hang->cycle[i]);
	}
	say(writer, ".");
}

/* How it is known. */
static void give_evidence(struct writer *writer, const struct fdp_sights *looks,
			  const struct fdp_hang *hang)
{
	const struct fdp_sight *last = last_of(looks);

	say(writer, "Seen at all of %zu looks in %.3f s: ", looks->count,
	    seconds(fdp_sights_ns(looks)));
	switch (hang->kind) {
	case FDP_HANG_GIL:
		say(writer,
		    "the GIL is locked, thread %d has it, and it was not "
		    "handed over (switch %llu).\n",
		    (int)hang->tid,
		    (unsigned long long)last->gil.switch_number);
		break;
	case FDP_HANG_BUSY:
		say(writer,
		    "the main thread has the GIL or waits for it, its frames "
		    "stand where they stood, and their variables have not "
		    "changed.\n");
		break;
	case FDP_HANG_LOOP:
		say(writer,
		    "a callback runs (Handle._run) in the same round of the "
		    "loop (BaseEventLoop._run_once).\n");
		break;
	case FDP_HANG_DEADLOCK:
	case FDP_HANG_KINDS:
		say(writer,
		    "each of them waits in the kernel for the same thing, of "
		    "which memory says that the other has it.\n");
		break;
	}
}

/* That it hangs in other ways too. */
static void give_others(struct writer *writer, const struct fdp_sights *looks,
			const struct fdp_hang *hang)
{
	struct fdp_hang other = { .tid = 0 };

	if (hang->kind != FDP_HANG_LOOP &&
	    fdp_hang_find(looks, FDP_HANG_LOOP, 0, &other))
		say(writer,
		    "The asyncio event loop of thread %d does not run "
		    "either.\n",
		    (int)other.tid);
	if (hang->kind != FDP_HANG_GIL &&
	    fdp_hang_find(looks, FDP_HANG_GIL, 0, &other) && other.waiting) {
		say(writer, "Thread %d holds the GIL all the time, and ",
		    (int)other.tid);
		say_threads(writer, other.waiting);
		say(writer, " waited for it.\n");
	}
}

static void give_movement(struct writer *writer, const struct fdp_sights *looks,
			  const struct fdp_hang *hang)
{
	const struct fdp_sight *last = last_of(looks);
	size_t others = last->thread_count - 1, moved = 0, ran = 0;

	for (size_t i = 0; i < last->thread_count; i++) {
		struct fdp_hang_movement movement =
			fdp_sights_movement(looks, last->threads[i].tid);

		if (last->threads[i].tid == hang->tid)
			continue;
		moved += movement.changes > 0;
		ran += movement.run_ns > 0;
	}
	if (others == 0)
		say(writer, "There is no other thread.\n");
	else if (others == 1)
		say(writer, "The other thread %s, and its Python frames %s.\n",
		    ran ? "ran meanwhile" : "did not run",
		    moved ? "moved" : "stood");
	else
		say(writer,
		    "Of the other %zu threads %zu ran meanwhile, and the "
		    "Python frames of %zu moved.\n",
		    others, ran, moved);
	if (last->truncated)
		say(writer, "Only the first %d threads are looked at.\n",
		    FDP_SIGHT_THREADS_MAX);
}

static bool is_in_cycle(const struct fdp_hang *hang, pid_t tid)
{
	for (size_t i = 0; i < hang->cycle_count; i++)
		if (hang->cycle[i].tid == tid)
			return true;
	return tid == hang->tid;
}

static void add_thread(const struct fdp_sights *looks, pid_t tid,
		       struct fdp_watch_message *message)
{
	struct fdp_hang_movement movement = fdp_sights_movement(looks, tid);

	if (message->thread_count == FDP_WATCH_THREADS_MAX)
		return;
	message->threads[message->thread_count++] = (struct fdp_watch_thread){
		.tid = tid,
		.changes = (uint32_t)movement.changes,
		.run_ns = movement.run_ns,
	};
}

/* Those that hang, then the others that did anything, then the rest. */
static void add_threads(const struct fdp_sights *looks,
			const struct fdp_hang *hang,
			struct fdp_watch_message *message)
{
	const struct fdp_sight *last = last_of(looks);

	for (int rank = 0; rank < 3; rank++) {
		for (size_t i = 0; i < last->thread_count; i++) {
			pid_t tid = last->threads[i].tid;
			struct fdp_hang_movement movement =
				fdp_sights_movement(looks, tid);
			int its = is_in_cycle(hang, tid) ? 0
				  : movement.changes > 0 || movement.run_ns > 0
					  ? 1
					  : 2;

			if (its == rank)
				add_thread(looks, tid, message);
		}
	}
}

void fdp_hang_tell(const struct fdp_sights *looks, const struct fdp_hang *hang,
		   struct fdp_watch_message *ret_message)
{
	static void (*const tellers[FDP_HANG_KINDS])(
		struct writer * writer, const struct fdp_sights *looks,
		const struct fdp_hang *hang) = {
		[FDP_HANG_DEADLOCK] = tell_deadlock,
		[FDP_HANG_GIL] = tell_gil,
		[FDP_HANG_BUSY] = tell_busy,
		[FDP_HANG_LOOP] = tell_loop,
	};
	struct writer text = { ret_message->text, sizeof(ret_message->text),
			       0 };
	struct writer evidence = { ret_message->evidence,
				   sizeof(ret_message->evidence), 0 };

	memset(ret_message, 0, sizeof(*ret_message));
	ret_message->type = FDP_WATCH_HANG;
	ret_message->kind = hang->kind;
	ret_message->number = (uint32_t)hang->tid;
	ret_message->looks = (uint32_t)looks->count;
	ret_message->ns = fdp_sights_ns(looks);
	tellers[hang->kind](&text, looks, hang);
	give_evidence(&evidence, looks, hang);
	give_others(&evidence, looks, hang);
	give_movement(&evidence, looks, hang);
	add_threads(looks, hang, ret_message);
}
