#include "served.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "../control.h"
#include "../wire.h"
#include "cache.h"
#include "gregs.h"
#include "know.h"

/* The largest file of /proc that a shim may send us. */
#define FILE_MAX (16 * 1024 * 1024)

/* Offset of uc_mcontext.gregs in an x86-64 ucontext. */
#define CONTEXT_GREGS 40

struct served {
	int session;
	int control;
	uint32_t sequence;
	uint64_t deadline_ns;
	int error; /* the session failed: nothing is asked any more */
	struct fdp_procfs *procfs;
	union fdp_packet packet;
};

/* A forked child crashes too; its session is the daemon's affair. */
static void pass_on(struct served *served, struct fdp_sender *sender)
{
	const struct fdp_control_message join = {
		.type = FDP_CONTROL_JOIN,
		.pid = sender->pid,
		.uid = sender->uid,
		.gid = sender->gid,
	};

	if (served->control >= 0 && sender->fds[0] >= 0)
		fdp_control_send(served->control, &join, sender->fds[0]);
}

/* Waits for the answer of TYPE to the last question. */
static int await_answer(struct served *served, int type)
{
	int r;

	do {
		struct fdp_sender sender = { .fds = { -1, -1 } };

		r = fdp_wire_await(served->session, served->deadline_ns,
				   &served->packet, &sender);
		if (r == FDP_JOIN)
			pass_on(served, &sender);
		for (size_t i = 0; i < ARRAY_SIZE(sender.fds); i++)
			fdp_close_cleanup(&sender.fds[i]);
		if (r < 0) {
			served->error = r;
			return r;
		}
	} while (r != type ||
		 served->packet.header.sequence != served->sequence);
	return 0;
}

static int ask(struct served *served, const void *question, size_t size)
{
	int r = served->error ? served->error
			      : fdp_wire_send(served->session, question, size);

	if (r < 0)
		served->error = r;
	return r;
}

static ssize_t read_once(struct served *served, uint64_t address, void *buffer,
			 size_t size)
{
	struct fdp_read question = {
		.header = fdp_header_make(FDP_READ, sizeof(question),
					  ++served->sequence),
		.address = address,
		.size = size,
	};
	const struct fdp_data *answer = &served->packet.data;
	int r = ask(served, &question, sizeof(question));

	if (r == 0)
		r = await_answer(served, FDP_DATA);
	if (r < 0)
		return r;
	if (answer->error)
		return 0;
	if (answer->size != size || answer->address != address)
		return served->error = -EBADMSG;
	memcpy(buffer, answer + 1, size);
	return (ssize_t)size;
}

/* One bad byte spoils a whole answer: then page by page. */
static ssize_t read_pages(struct served *served, uint64_t address,
			  uint8_t *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t here = FDP_PAGE_SIZE - (address + done) % FDP_PAGE_SIZE;
		ssize_t got;

		here = here < size - done ? here : size - done;
		got = read_once(served, address + done, buffer + done, here);
		if (got < 0)
			return got;
		if (got == 0)
			break;
		done += here;
	}
	return (ssize_t)done;
}

static ssize_t served_read(void *backend, uint64_t address, void *buffer,
			   size_t size)
{
	struct served *served = backend;
	uint8_t *bytes = buffer;
	size_t done = 0;

	while (done < size) {
		size_t step =
			size - done < FDP_DATA_MAX ? size - done : FDP_DATA_MAX;
		ssize_t got =
			read_once(served, address + done, bytes + done, step);
		if (got == 0)
			got = read_pages(served, address + done, bytes + done,
					 step);
		if (got < 0)
			return got;
		done += (size_t)got;
		if ((size_t)got < step)
			break;
	}
	return (ssize_t)done;
}

/* A file of its own /proc directory, from the process itself. */
static int ask_file(struct served *served, const char *name, char **ret_value,
		    size_t *ret_size)
{
	struct fdp_file question = {
		.header = fdp_header_make(FDP_FILE, sizeof(question),
					  ++served->sequence),
	};
	const struct fdp_data *answer = &served->packet.data;
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r;

	if (strlen(name) >= sizeof(question.name))
		return -ENAMETOOLONG;
	memcpy(question.name, name, strlen(name) + 1);
	if (fdp_decode(&question, sizeof(question)) != FDP_FILE)
		return -EINVAL;
	r = ask(served, &question, sizeof(question));
	do {
		char *grown;

		if (r == 0)
			r = await_answer(served, FDP_DATA);
		if (r == 0 && answer->error)
			r = -ENOENT;
		if (r == 0 && size > FILE_MAX)
			r = served->error = -EFBIG;
		if (r < 0)
			return r;
		grown = realloc(text, size + answer->size + 1);
		if (!grown)
			return served->error = -ENOMEM;
		text = grown;
		memcpy(text + size, answer + 1, answer->size);
		size += answer->size;
	} while (answer->size);
	text[size] = '\0';
	*ret_value = TAKE_PTR(text);
	*ret_size = size;
	return 0;
}

static int served_fact(void *backend, const char *key, char **ret_value,
		       size_t *ret_size)
{
	struct served *served = backend;
	int r = fdp_procfs_fact(served->procfs, key, ret_value, ret_size);

	if ((r == -EACCES || r == -EPERM) && STARTS_WITH(key, "proc/"))
		r = ask_file(served, key + strlen("proc/"), ret_value,
			     ret_size);
	return r;
}

static void served_free(void *backend)
{
	struct served *served = backend;

	fdp_procfs_free(served->procfs);
	free(served);
}

static const struct fdp_target_ops served_ops = {
	.name = "served",
	.read = served_read,
	.fact = served_fact,
	.free = served_free,
};

int fdp_served_new(pid_t pid, int session, int control, uint64_t deadline_ns,
		   struct fdp_procfs *procfs, struct fdp_target **ret_target)
{
	struct served *served = calloc(1, sizeof(*served));
	struct fdp_target *target;

	if (!served) {
		fdp_procfs_free(procfs);
		return -ENOMEM;
	}
	served->session = session;
	served->control = control;
	served->deadline_ns = deadline_ns;
	served->procfs = procfs;
	target = fdp_target_new(&served_ops, served);
	if (!target)
		return -ENOMEM;
	target->pid = pid;
	*ret_target = target;
	return 0;
}

int fdp_served_ping(int session, uint64_t address, uint64_t deadline_ns)
{
	_cleanup_free_ struct served *served = calloc(1, sizeof(*served));
	char byte;
	ssize_t got;

	if (!served)
		return -ENOMEM;
	served->session = session;
	served->control = -1;
	served->deadline_ns = deadline_ns;
	got = read_once(served, address, &byte, 1);
	return got < 0 ? (int)got : 0;
}

/* The registers of THREAD from the ucontext that its handler was given. */
static int read_context(struct fdp_target *target, const struct fdp_slot *slot,
			struct fdp_thread *thread)
{
	uint64_t gregs[FDP_GREGS];
	int r = fdp_target_read(target, slot->context + CONTEXT_GREGS, gregs,
				sizeof(gregs));
	if (r < 0)
		return r;
	fdp_gregs_to_registers(gregs, slot->thread_pointer, &thread->registers);
	thread->has_registers = true;
	return 0;
}

/* Has COUNT threads parked; *ret_slots is where their slots are. */
static int ask_to_park(struct served *served, const struct fdp_thread *threads,
		       size_t count, uint64_t *ret_slots)
{
	struct fdp_park question;
	uint32_t size = (uint32_t)(offsetof(struct fdp_park, tids) +
				   count * sizeof(question.tids[0]));
	int r;

	memset(&question, 0, sizeof(question));
	question.header = fdp_header_make(FDP_PARK, size, ++served->sequence);
	question.count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		question.tids[i] = (uint32_t)threads[i].tid;
	r = ask(served, &question, size);
	if (r == 0)
		r = await_answer(served, FDP_PARKED);
	if (r < 0)
		return r;
	if (served->packet.parked.count != count)
		return served->error = -EBADMSG;
	*ret_slots = served->packet.parked.slots;
	return 0;
}

/* False: the thread is not parked, or was never heard of. */
static bool read_parked(struct fdp_target *target, uint64_t address,
			struct fdp_thread *thread)
{
	struct fdp_slot slot;

	if (fdp_target_read(target, address, &slot, sizeof(slot)) < 0 ||
	    slot.state != FDP_SLOT_PARKED || slot.tid != (uint32_t)thread->tid)
		return false;
	if (read_context(target, &slot, thread) < 0)
		return false;
	fdp_know_interrupted_call(target, thread);
	return true;
}

ssize_t fdp_served_park(struct fdp_target *target)
{
	/* The crashed one is the first, and it is the one that serves us. */
	size_t others = target->thread_count - 1;
	size_t batches = (others + FDP_PARK_MAX - 1) / FDP_PARK_MAX;
	_cleanup_free_ uint64_t *slots = calloc(batches + 1, sizeof(*slots));
	ssize_t missing = 0;

	if (!slots)
		return -ENOMEM;
	/* All first: a page that was read is not read again. */
	for (size_t i = 0; i < batches; i++) {
		size_t first = i * FDP_PARK_MAX;
		size_t count = others - first;
		int r = ask_to_park(
			target->backend, &target->threads[first + 1],
			count < FDP_PARK_MAX ? count : FDP_PARK_MAX, &slots[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < others; i++) {
		uint64_t slot = slots[i / FDP_PARK_MAX] +
				i % FDP_PARK_MAX * sizeof(struct fdp_slot);

		missing += !read_parked(target, slot, &target->threads[i + 1]);
	}
	return missing;
}
