#include "fdpcap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../base/util.h"
#include "cache.h"
#include "crash.h"
#include "facts.h"
#include "maps.h"

/* One record: the largest is a fact, the text of a /proc file. */
#define RECORD_MAX (32 * 1024 * 1024)

/* All records together, unpacked: a cache full of pages and its facts. */
#define CAPTURE_MAX (INT64_C(1) << 30)

#define THREADS_MAX 131072

static void gzclose_cleanup(gzFile *file)
{
	if (*file)
		gzclose(*file);
}

/* Whatever was not recorded cannot be known. */
static ssize_t replay_read(void *backend, uint64_t address, void *buffer,
			   size_t size)
{
	(void)backend;
	(void)address;
	(void)buffer;
	(void)size;
	return 0;
}

static int replay_fact(void *backend, const char *key, char **ret_value,
		       size_t *ret_size)
{
	(void)backend;
	(void)key;
	(void)ret_value;
	(void)ret_size;
	return -ENOENT;
}

static void replay_free(void *backend)
{
	(void)backend;
}

static const struct fdp_target_ops replay_ops = {
	.name = "replay",
	.read = replay_read,
	.fact = replay_fact,
	.free = replay_free,
};

static int get_fault(struct fdp_target *target, const char *bytes, size_t size)
{
	struct fdp_fault *fault = &target->fault;
	struct fdpcap_fault saved;

	if (size < sizeof(saved))
		return -EBADMSG;
	memcpy(&saved, bytes, sizeof(saved));
	target->pid = saved.pid;
	fault->signal = saved.signal;
	fault->code = saved.code;
	fault->sender_pid = saved.sender_pid;
	fault->sender_uid = saved.sender_uid;
	fault->system_call = saved.system_call;
	fault->address = saved.address;
	fault->error = saved.error;
	fault->trap = saved.trap;
	if (size == sizeof(saved))
		return 0;
	fault->abort_message = fdp_arena_copy(
		&target->arena, bytes + sizeof(saved), size - sizeof(saved));
	return fault->abort_message ? 0 : -ENOMEM;
}

struct loader {
	struct fdp_target *target;
	size_t thread_capacity;
	int64_t total;
};

static int get_thread(struct loader *loader, const char *bytes, size_t size)
{
	struct fdp_target *target = loader->target;
	struct fdpcap_thread saved;
	struct fdp_thread *thread;
	void *grown;

	if (size != sizeof(saved) || target->thread_count >= THREADS_MAX)
		return -EBADMSG;
	memcpy(&saved, bytes, sizeof(saved));
	grown = fdp_arena_grow(&target->arena, target->threads,
			       target->thread_count, &loader->thread_capacity,
			       sizeof(*thread));
	if (!grown)
		return -ENOMEM;
	target->threads = grown;
	thread = &target->threads[target->thread_count];
	memset(thread, 0, sizeof(*thread));
	thread->tid = saved.tid;
	thread->crashed = target->thread_count == 0;
	thread->has_registers = saved.has_registers != 0;
	memcpy(thread->name, saved.name, sizeof(saved.name));
	memcpy(thread->registers.general, saved.general, sizeof(saved.general));
	thread->registers.flags = saved.flags;
	thread->registers.thread_pointer = saved.thread_pointer;
	target->thread_count++;
	return 0;
}

static int get_fact(struct fdp_target *target, const char *bytes, size_t size)
{
	const char *end = memchr(bytes, '\0', size);
	size_t key;

	if (!end)
		return -EBADMSG;
	key = (size_t)(end - bytes) + 1;
	return fdp_target_note(target, bytes, bytes + key, size - key);
}

static int get_page(struct fdp_target *target, uint64_t address,
		    const char *bytes, size_t size)
{
	if (size != FDP_PAGE_SIZE || address % FDP_PAGE_SIZE)
		return -EBADMSG;
	return fdp_cache_add(target->cache, address, (const uint8_t *)bytes);
}

static int get_record(struct loader *loader, const struct fdpcap_record *record,
		      const char *bytes)
{
	switch (record->type) {
	case FDPCAP_FAULT:
		return get_fault(loader->target, bytes, record->size);
	case FDPCAP_THREAD:
		return get_thread(loader, bytes, record->size);
	case FDPCAP_FACT:
		return get_fact(loader->target, bytes, record->size);
	case FDPCAP_PAGE:
		return get_page(loader->target, record->address, bytes,
				record->size);
	default:
		return -EBADMSG;
	}
}

/* 1: a record was read; 0: it was the end. */
static int load_record(struct loader *loader, gzFile file)
{
	_cleanup_free_ char *bytes = NULL;
	struct fdpcap_record record;
	int r;

	if (gzfread(&record, 1, sizeof(record), file) != sizeof(record))
		return -EBADMSG;
	if (record.type == FDPCAP_END)
		return record.size ? -EBADMSG : 0;
	loader->total += record.size;
	if (record.size > RECORD_MAX || loader->total > CAPTURE_MAX)
		return -E2BIG;
	/* The NUL makes a fact's value and key strings wherever they end. */
	bytes = calloc(1, (size_t)record.size + 1);
	if (!bytes)
		return -ENOMEM;
	if (gzfread(bytes, 1, record.size, file) != record.size)
		return -EBADMSG;
	r = get_record(loader, &record, bytes);
	return r < 0 ? r : 1;
}

static int load(struct fdp_target *target, gzFile file)
{
	struct loader loader = { .target = target };
	char magic[sizeof(FDPCAP_MAGIC) - 1];
	const char *maps;
	size_t size;
	int r;

	if (gzfread(magic, 1, sizeof(magic), file) != sizeof(magic) ||
	    memcmp(magic, FDPCAP_MAGIC, sizeof(magic)) != 0)
		return -EBADMSG;
	do
		r = load_record(&loader, file);
	while (r > 0);
	if (r < 0)
		return r;
	if (target->thread_count == 0)
		return -EBADMSG;
	/* A dump of a process that lives. */
	if (target->fault.signal == 0)
		target->threads[0].crashed = false;
	fdp_crash_load_handlers(target);
	if (fdp_target_fact(target, "proc/maps", &maps, &size) < 0)
		return 0;
	r = fdp_maps_load(target, maps, size);
	return r == -ENOMEM ? r : 0;
}

int fdp_replay_new(int fd, struct fdp_target **ret_target)
{
	__attribute__((cleanup(gzclose_cleanup))) gzFile file = NULL;
	struct fdp_target *target;
	int copy = dup(fd);
	int r;

	if (copy < 0)
		return -errno;
	file = gzdopen(copy, "rb");
	target = file ? fdp_target_new(&replay_ops, NULL) : NULL;
	if (!target) {
		if (!file)
			close(copy);
		return -ENOMEM;
	}
	r = load(target, file);
	if (r < 0) {
		fdp_target_free(target);
		return r;
	}
	*ret_target = target;
	return 0;
}
