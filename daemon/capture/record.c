#include "fdpcap.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "cache.h"
#include "facts.h"

static void gzclose_cleanup(gzFile *file)
{
	if (*file)
		gzclose(*file);
}

static int put(gzFile file, const void *bytes, size_t size)
{
	return gzfwrite(bytes, 1, size, file) == size ? 0 : -EIO;
}

static int put_record(gzFile file, enum fdpcap_type type, uint64_t address,
		      size_t size)
{
	struct fdpcap_record record = {
		.type = type,
		.size = (uint32_t)size,
		.address = address,
	};

	return put(file, &record, sizeof(record));
}

static int put_fault(gzFile file, const struct fdp_target *target)
{
	const struct fdp_fault *fault = &target->fault;
	const char *message = fault->abort_message ? fault->abort_message : "";
	struct fdpcap_fault saved = {
		.pid = target->pid,
		.signal = fault->signal,
		.code = fault->code,
		.sender_pid = fault->sender_pid,
		.sender_uid = fault->sender_uid,
		.system_call = fault->system_call,
		.address = fault->address,
		.error = fault->error,
		.trap = fault->trap,
	};
	int r;

	r = put_record(file, FDPCAP_FAULT, 0, sizeof(saved) + strlen(message));
	if (r == 0)
		r = put(file, &saved, sizeof(saved));
	return r < 0 ? r : put(file, message, strlen(message));
}

static int put_thread(gzFile file, const struct fdp_thread *thread)
{
	struct fdpcap_thread saved = {
		.tid = thread->tid,
		.crashed = thread->crashed,
		.has_registers = thread->has_registers,
		.flags = thread->registers.flags,
		.thread_pointer = thread->registers.thread_pointer,
	};
	int r;

	memcpy(saved.name, thread->name, sizeof(saved.name));
	memcpy(saved.general, thread->registers.general, sizeof(saved.general));
	r = put_record(file, FDPCAP_THREAD, 0, sizeof(saved));
	return r < 0 ? r : put(file, &saved, sizeof(saved));
}

static int put_fact(gzFile file, const struct fdp_fact *fact)
{
	size_t key = strlen(fact->key) + 1;
	int r = put_record(file, FDPCAP_FACT, 0, key + fact->size);

	if (r == 0)
		r = put(file, fact->key, key);
	return r < 0 ? r : put(file, fact->value, fact->size);
}

static int put_page(gzFile file, const struct fdp_page *page)
{
	int r = put_record(file, FDPCAP_PAGE, page->address, FDP_PAGE_SIZE);

	return r < 0 ? r : put(file, page->bytes, FDP_PAGE_SIZE);
}

static int put_all(gzFile file, struct fdp_target *target)
{
	struct fdp_page *page;
	size_t cursor = 0;
	int r = put(file, FDPCAP_MAGIC, strlen(FDPCAP_MAGIC));

	if (r == 0)
		r = put_fault(file, target);
	for (size_t i = 0; r == 0 && i < target->thread_count; i++)
		r = put_thread(file, &target->threads[i]);
	for (struct fdp_fact *fact = target->facts->last; r == 0 && fact;
	     fact = fact->previous)
		if (fact->value)
			r = put_fact(file, fact);
	while (r == 0 && (page = fdp_cache_next(target->cache, &cursor)))
		if (page->asked && page->bytes)
			r = put_page(file, page);
	return r < 0 ? r : put_record(file, FDPCAP_END, 0, 0);
}

int fdp_record(struct fdp_target *target, int fd)
{
	__attribute__((cleanup(gzclose_cleanup))) gzFile file = NULL;
	int copy = dup(fd);
	int r;

	if (copy < 0)
		return -errno;
	file = gzdopen(copy, "wb6");
	if (!file) {
		close(copy);
		return -ENOMEM;
	}
	r = put_all(file, target);
	if (r == 0 && gzflush(file, Z_FINISH) != Z_OK)
		r = -EIO;
	return r;
}
