#include "fake_target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096
#define BUCKETS 1024

struct page {
	struct page *next;
	uint64_t address;
	uint8_t bytes[PAGE];
};

struct fake {
	struct page *buckets[BUCKETS];
};

static struct page **bucket_of(struct fake *fake, uint64_t address)
{
	return &fake->buckets[address / PAGE % BUCKETS];
}

static struct page *find_page(struct fake *fake, uint64_t address)
{
	struct page *page = *bucket_of(fake, address);

	address -= address % PAGE;
	while (page && page->address != address)
		page = page->next;
	return page;
}

static struct page *need_page(struct fake *fake, uint64_t address)
{
	struct page *page = find_page(fake, address);
	struct page **bucket = bucket_of(fake, address);

	if (page)
		return page;
	page = calloc(1, sizeof(*page));
	if (!page)
		abort();
	page->address = address - address % PAGE;
	page->next = *bucket;
	*bucket = page;
	return page;
}

static size_t room_at(uint64_t address, size_t size)
{
	size_t room = PAGE - address % PAGE;

	return room < size ? room : size;
}

static ssize_t fake_read(void *backend, uint64_t address, void *buffer,
			 size_t size)
{
	size_t done = 0;

	while (done < size) {
		struct page *page = find_page(backend, address + done);
		size_t room = room_at(address + done, size - done);

		if (!page)
			break;
		memcpy((uint8_t *)buffer + done,
		       page->bytes + (address + done) % PAGE, room);
		done += room;
	}
	return (ssize_t)done;
}

static int fake_fact(void *backend, const char *key, char **ret_value,
		     size_t *ret_size)
{
	(void)backend;
	(void)key;
	(void)ret_value;
	(void)ret_size;
	return -ENOENT;
}

static void fake_free(void *backend)
{
	struct fake *fake = backend;

	for (size_t i = 0; i < BUCKETS; i++) {
		struct page *page = fake->buckets[i];

		while (page) {
			struct page *next = page->next;

			free(page);
			page = next;
		}
	}
	free(fake);
}

static const struct fdp_target_ops fake_ops = {
	.name = "fake",
	.read = fake_read,
	.fact = fake_fact,
	.free = fake_free,
};

struct fdp_target *fake_target_new(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct fdp_target *target = fdp_target_new(&fake_ops, fake);

	if (!fake || !target)
		abort();
	return target;
}

void fake_target_write(struct fdp_target *target, uint64_t address,
		       const void *bytes, size_t size)
{
	size_t done = 0;

	do {
		struct page *page = need_page(target->backend, address + done);
		size_t room = room_at(address + done, size - done);

		if (room)
			memcpy(page->bytes + (address + done) % PAGE,
			       (const uint8_t *)bytes + done, room);
		done += room;
	} while (done < size);
}

void fake_target_write_u64(struct fdp_target *target, uint64_t address,
			   uint64_t value)
{
	fake_target_write(target, address, &value, sizeof(value));
}

void fake_target_write_u32(struct fdp_target *target, uint64_t address,
			   uint32_t value)
{
	fake_target_write(target, address, &value, sizeof(value));
}

void fake_target_fact(struct fdp_target *target, const char *key,
		      const char *value)
{
	if (fdp_target_note(target, key, value, strlen(value)) < 0)
		abort();
}
