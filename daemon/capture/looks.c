#include "looks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "cache.h"
#include "copies.h"

/* Pages that the first look reads once; frames often lie side by side. */
#define PAGES 16

/*
 * Where frames of the stack have been seen before is copied too, as they are
 * likely to be there again; but no more than so many ranges, and for each frame
 * that is there now, as that makes copying slow.
 */
#define SEEN_MAX 512
#define SEEN_MAX_EACH 4

struct page {
	uint64_t address;
	bool valid;
	uint8_t bytes[FDP_PAGE_SIZE];
};

struct fdp_looks {
	pid_t pid;
	const struct fdp_stacks_ops *ops;
	void *reader;

	uint64_t stack;		   /* the one that was looked at last */
	struct fdp_ranges seen;	   /* of it, in all looks so far */
	struct fdp_ranges around;  /* code objects, names, line tables */
	struct fdp_ranges read;	   /* of the copy that is CHOSEN */
	size_t chosen;		   /* the first one that holds a stack */
	struct fdp_copies copies;  /* of what was seen */
	struct fdp_copies details; /* before and after them */
	struct fdp_chain first, other;
	struct page pages[PAGES];
};

struct fdp_looks *fdp_looks_new(pid_t pid, const struct fdp_stacks_ops *ops,
				void *reader)
{
	struct fdp_looks *looks = calloc(1, sizeof(*looks));

	if (!looks)
		return NULL;
	looks->pid = pid;
	looks->ops = ops;
	looks->reader = reader;
	return looks;
}

void fdp_looks_free(struct fdp_looks *looks)
{
	if (!looks)
		return;
	fdp_ranges_done(&looks->seen);
	fdp_ranges_done(&looks->around);
	fdp_ranges_done(&looks->read);
	fdp_copies_done(&looks->copies);
	fdp_copies_done(&looks->details);
	free(looks->first.links);
	free(looks->other.links);
	free(looks);
}

static int read_page(pid_t pid, uint64_t address, struct page *page)
{
	struct iovec local = { page->bytes, FDP_PAGE_SIZE };
	struct iovec remote = { (void *)(uintptr_t)address, FDP_PAGE_SIZE };
	ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	page->address = address;
	page->valid = got == FDP_PAGE_SIZE;
	return page->valid ? 0 : got < 0 ? -errno : -EFAULT;
}

static int page_at(struct fdp_looks *looks, uint64_t address,
		   const struct page **ret_page)
{
	struct page *page = &looks->pages[address / FDP_PAGE_SIZE % PAGES];
	int r = 0;

	if (!page->valid || page->address != address)
		r = read_page(looks->pid, address, page);
	*ret_page = page;
	return r;
}

/* The process as it is now: struct fdp_memory. */
static int read_now(void *argument, uint64_t address, void *buffer, size_t size)
{
	struct fdp_looks *looks = argument;
	uint8_t *to = buffer;

	fdp_ranges_add(&looks->seen, address, size);
	while (size > 0) {
		uint64_t offset = address % FDP_PAGE_SIZE;
		size_t here = FDP_PAGE_SIZE - offset;
		const struct page *page;
		int r = page_at(looks, address - offset, &page);

		if (r < 0)
			return r;
		here = here < size ? here : size;
		memcpy(to, page->bytes + offset, here);
		address += here;
		to += here;
		size -= here;
	}
	return 0;
}

/* A copy: struct fdp_memory. */
struct copy {
	struct fdp_looks *looks;
	size_t number;
};

static int read_copy(void *argument, uint64_t address, void *buffer,
		     size_t size)
{
	const struct copy *copy = argument;
	struct fdp_looks *looks = copy->looks;
	const uint8_t *bytes =
		fdp_copies_find(&looks->copies, copy->number, address, size);

	/* What is not there now is copied the next time. */
	if (!bytes) {
		fdp_ranges_add(&looks->seen, address, size);
		return -EAGAIN;
	}
	if (copy->number == looks->chosen)
		fdp_ranges_add(&looks->read, address, size);
	memcpy(buffer, bytes, size);
	return 0;
}

static int look_now(struct fdp_looks *looks)
{
	const struct fdp_memory memory = { read_now, looks };

	if (looks->seen.count > SEEN_MAX + SEEN_MAX_EACH * looks->first.count)
		fdp_ranges_clear(&looks->seen);
	for (size_t i = 0; i < PAGES; i++)
		looks->pages[i].valid = false;
	return looks->ops->walk(looks->reader, &memory, looks->stack,
				&looks->first);
}

/* Names between two copies of what they are made of. */
static int take_copies(struct fdp_looks *looks)
{
	int r;

	fdp_ranges_merge(&looks->seen, 0);
	fdp_ranges_merge(&looks->around, 0);
	r = fdp_copies_prepare(&looks->copies, &looks->seen, FDP_LOOKS_COPIES);
	if (r == 0)
		r = fdp_copies_prepare(&looks->details, &looks->around, 2);
	if (r == 0)
		r = fdp_copies_take(&looks->details, looks->pid, 0, 1);
	if (r == 0)
		r = fdp_copies_take(&looks->copies, looks->pid, 0,
				    FDP_LOOKS_COPIES);
	if (r == 0)
		r = fdp_copies_take(&looks->details, looks->pid, 1, 1);
	return r;
}

/* The code objects are those that the memory knows. */
static bool are_details_same(const struct fdp_looks *looks,
			     struct fdp_details *details)
{
	for (size_t i = 0; i < looks->around.count; i++) {
		const struct fdp_range *range = &looks->around.all[i];

		for (size_t copy = 0; copy < 2; copy++) {
			const uint8_t *bytes =
				fdp_copies_find(&looks->details, copy,
						range->address, range->size);

			if (!fdp_details_same(details, range->address, bytes,
					      range->size))
				return false;
		}
	}
	return true;
}

/* The first that is a frame: its instruction may be another each time. */
static size_t innermost(const struct fdp_chain *chain)
{
	size_t i = 0;

	while (i < chain->count && !chain->links[i].code)
		i++;
	return i;
}

/* How many links at the end of both are the same. */
static size_t count_same(const struct fdp_chain *a, const struct fdp_chain *b)
{
	size_t most = a->count < b->count ? a->count : b->count;
	bool equal = a->count == b->count;
	size_t moves = equal ? innermost(a) : a->count;
	size_t same = 0;

	while (same < most) {
		const struct fdp_link *left = &a->links[a->count - same - 1];
		const struct fdp_link *right = &b->links[b->count - same - 1];

		if (left->frame != right->frame || left->code != right->code)
			break;
		if (left->instruction != right->instruction &&
		    a->count - same - 1 != moves)
			break;
		same++;
	}
	return same;
}

/* Walks over copy NUMBER.  How many links it has in common, or -errno. */
static ssize_t compare_copy(struct fdp_looks *looks, size_t number,
			    bool *ret_whole)
{
	struct copy copy = { looks, number };
	const struct fdp_memory memory = { read_copy, &copy };
	size_t same;
	int r = looks->ops->walk(looks->reader, &memory, looks->stack,
				 &looks->other);

	if (r < 0)
		return r;
	same = count_same(&looks->first, &looks->other);
	*ret_whole = same == looks->first.count && same == looks->other.count;
	return (ssize_t)same;
}

/*
 * How many links all copies that hold a stack have in common, or -errno if none
 * of them does.  *WHOLE if each one is what was seen first.
 */
static ssize_t compare_copies(struct fdp_looks *looks, bool *whole)
{
	ssize_t same = -EAGAIN;

	*whole = true;
	looks->chosen = 0;
	for (size_t i = 0; i < FDP_LOOKS_COPIES; i++) {
		bool equal = false;
		ssize_t here;

		if (same < 0) {
			looks->chosen = i;
			fdp_ranges_clear(&looks->read);
		}
		here = compare_copy(looks, i, &equal);
		if (here == -ENOMEM)
			return here;
		*whole &= equal;
		if (here >= 0 && (same < 0 || here < same))
			same = here;
	}
	return looks->read.lost ? -ENOMEM : same;
}

static int compare(struct fdp_looks *looks, struct fdp_details *details,
		   struct fdp_look *look)
{
	ssize_t same = compare_copies(looks, &look->whole);
	const struct fdp_chain *first = &looks->first;

	if (same < 0)
		return (int)same;
	if (!are_details_same(looks, details)) {
		fdp_details_forget(details, first);
		return -EAGAIN;
	}
	look->empty = first->count == 0;
	look->outer = (size_t)same;
	look->first =
		same > 0 ? first->links[first->count - (size_t)same].frame : 0;
	return 0;
}

int fdp_looks_look(struct fdp_looks *looks, struct fdp_details *details,
		   uint64_t stack, struct fdp_look *ret_look)
{
	int r;

	if (stack != looks->stack)
		fdp_ranges_clear(&looks->seen);
	looks->stack = stack;
	r = look_now(looks);
	fdp_ranges_clear(&looks->around);
	if (r == 0)
		r = fdp_details_want(details, &looks->first, &looks->around);
	if (r == 0)
		r = take_copies(looks);
	/* Where something was may be nothing any more. */
	if (r == -EFAULT)
		fdp_ranges_clear(&looks->seen);
	return r < 0 ? r : compare(looks, details, ret_look);
}

int fdp_looks_put(struct fdp_looks *looks, struct fdp_details *details,
		  bool keep)
{
	int r = 0;

	fdp_ranges_merge(&looks->read, 0);
	for (size_t i = 0; r == 0 && i < looks->read.count; i++) {
		const struct fdp_range *range = &looks->read.all[i];

		r = fdp_details_put(
			details, range->address,
			fdp_copies_find(&looks->copies, looks->chosen,
					range->address, range->size),
			range->size);
	}
	if (r == 0 && keep) {
		fdp_details_keep(details, &looks->read);
		fdp_details_keep(details, &looks->around);
	}
	return r;
}
