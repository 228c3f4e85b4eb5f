/*
 * Greenlets among all objects that the garbage collector has: doubly linked
 * lists, one for each age.  Of an object two links and its type are looked at,
 * past the page cache: they lie all over the heap, and would be most of a
 * recording.
 *
 * Of a process that lives this is done while it runs, before it is stopped: its
 * lists change.  So they are read youngest first, in which way objects move,
 * and each from its end, where a new one comes; where a list breaks off it is
 * read from its other end too, and once more.  What is found is looked at again
 * by whoever reads it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "greenlets_internal.h"

/* Pages that are kept: a power of two, 8 MiB. */
#define PAGES_KEPT 2048
#define PAGE_SIZE 4096

/* Lists that change while they are read; of a process that stands still. */
#define TRIES 64
#define TRIES_STOPPED 1

/* How often one that runs is asked whether it has collected: for some 5 ms. */
#define COLLECTING_ASKED 5000

/* Bytes that a list may be before its place: displacement(). */
#define UNALIGNED 4

/* Flags in the lowest bits of a link. */
#define LINK_FLAGS UINT64_C(3)

struct page {
	uint64_t address; /* 0: none */
	size_t size;	  /* bytes that could be read */
	uint8_t bytes[PAGE_SIZE];
};

struct scan {
	const struct fdp_greenlet_reader *reader;
	struct fdp_greenlet_finds *finds;
	struct page *pages;
	size_t pages_left, objects_left;
	struct fdp_table types; /* by address: whether it is of the class */
	struct fdp_table found;
};

/* True if a limit was reached. */
static bool is_full(const struct scan *scan)
{
	return scan->finds->doubts & FDP_GREENLETS_FULL;
}

/* What a table has, which cannot have NULL. */
static char yes, no;

/* The page at START, or NULL if there have been enough. */
static const struct page *page_at(struct scan *scan, uint64_t start)
{
	struct page *page = &scan->pages[start / PAGE_SIZE % PAGES_KEPT];
	ssize_t got;

	if (page->address == start)
		return page;
	if (scan->pages_left == 0) {
		scan->finds->doubts |= FDP_GREENLETS_FULL;
		return NULL;
	}
	scan->pages_left--;
	got = fdp_target_skim(scan->reader->target, start, page->bytes,
			      PAGE_SIZE);
	page->size = got > 0 ? (size_t)got : 0;
	page->address = start;
	return page;
}

/* What lies on two pages is none of an object, and that of no list either. */
static int read_word(struct scan *scan, uint64_t address, uint64_t *ret_word)
{
	uint64_t start = address - address % PAGE_SIZE;
	const struct page *page = page_at(scan, start);

	if (!page || address - start + sizeof(*ret_word) > page->size)
		return -EFAULT;
	memcpy(ret_word, page->bytes + (address - start), sizeof(*ret_word));
	return 0;
}

/* Whether TYPE is the library's class, or below it.  1, 0 or -ENOMEM. */
static int is_greenlet_type(struct scan *scan, uint64_t type)
{
	const struct fdp_greenlet_reader *reader = scan->reader;
	void *known = fdp_table_find(&scan->types, type, 0);
	uint64_t base = type;
	int r;

	if (known)
		return known == &yes;
	for (int i = 0; base && base != reader->library.class; i++)
		if (i == FDP_GREENLET_BASES_MAX ||
		    read_word(scan, base + reader->offsets->type.base, &base) <
			    0)
			base = 0;
	known = base ? &yes : &no;
	r = fdp_table_add(&scan->types, type, 0, known);
	return r < 0 ? r : known == &yes;
}

/* 0 or -ENOMEM. */
static int add_find(struct scan *scan, uint64_t address)
{
	struct fdp_greenlet_finds *finds = scan->finds;
	size_t wanted = finds->capacity ? 2 * finds->capacity : 64;
	int r;

	if (finds->count == FDP_GREENLETS_MAX) {
		finds->doubts |= FDP_GREENLETS_MANY;
		return 0;
	}
	r = fdp_table_add(&scan->found, address, 0, &yes);
	if (r <= 0)
		return r;
	if (finds->count == finds->capacity) {
		uint64_t *grown =
			reallocarray(finds->addresses, wanted, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		finds->addresses = grown;
		finds->capacity = wanted;
	}
	finds->addresses[finds->count++] = address;
	return 0;
}

/* What lies behind the links at NODE, if it is a greenlet.  0 or -ENOMEM. */
static int look_at(struct scan *scan, uint64_t node)
{
	const struct fdp_greenlet_reader *reader = scan->reader;
	uint64_t object = node + reader->objects->head;
	uint64_t type;
	int r;

	if (read_word(scan, object + reader->offsets->object.type, &type) < 0)
		return 0;
	r = is_greenlet_type(scan, type);
	return r > 0 ? add_find(scan, object) : r;
}

/* Which link leads on, and which one back. */
enum direction { NEXT, PREVIOUS };

/* The process is not stopped: it is going to be. */
static bool runs(const struct scan *scan)
{
	const struct fdp_target *target = scan->reader->target;

	return target->running || target->thread_count == 0 ||
	       !target->threads[0].has_registers;
}

static int read_links(struct scan *scan, uint64_t node, uint64_t links[2])
{
	if (read_word(scan, node, &links[NEXT]) < 0 ||
	    read_word(scan, node + 8, &links[PREVIOUS]) < 0)
		return -EFAULT;
	links[NEXT] &= ~LINK_FLAGS;
	links[PREVIOUS] &= ~LINK_FLAGS;
	return 0;
}

/*
 * A collection uses the links back for something else, and has a part of the
 * objects elsewhere: those of the list at HEAD that links on lead to, which may
 * be a circle.  0 or -ENOMEM.
 */
static int walk_blindly(struct scan *scan, uint64_t head)
{
	uint64_t links[2];
	uint64_t node = head;

	while (read_links(scan, node, links) == 0 && links[NEXT] != head) {
		node = links[NEXT];
		if (scan->objects_left == 0) {
			scan->finds->doubts |= FDP_GREENLETS_FULL;
			return 0;
		}
		scan->objects_left--;
		if (look_at(scan, node) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * The list whose head is at HEAD.  Each of its nodes points back, or it is
 * none; so a circle ends at the first node that is in it twice.  1; 0: it broke
 * off; -ENOMEM.
 */
static int walk(struct scan *scan, uint64_t head, enum direction direction)
{
	uint64_t last = head;
	uint64_t links[2];
	uint64_t node;

	if (read_links(scan, head, links) < 0)
		return 0;
	for (node = links[direction]; node != head; node = links[direction]) {
		if (scan->objects_left == 0) {
			scan->finds->doubts |= FDP_GREENLETS_FULL;
			return 0;
		}
		scan->objects_left--;
		if (read_links(scan, node, links) < 0 ||
		    links[!direction] != last)
			return 0;
		if (look_at(scan, node) < 0)
			return -ENOMEM;
		last = node;
	}
	return 1;
}

/* What is kept of pages may be old by now. */
static void forget_pages(struct scan *scan)
{
	for (size_t i = 0; i < PAGES_KEPT; i++)
		scan->pages[i].address = 0;
}

/* As walk(), from both ends and, if it changes meanwhile, again. */
static int walk_well(struct scan *scan, uint64_t head)
{
	int tries = runs(scan) ? TRIES : TRIES_STOPPED;
	int r = 0;

	for (int i = 0; r == 0 && i < tries && !is_full(scan); i++) {
		forget_pages(scan);
		r = walk(scan, head, PREVIOUS);
		if (r == 0 && !is_full(scan))
			r = walk(scan, head, NEXT);
	}
	return r;
}

/* Whether it collects now, past what is kept of pages. */
static bool is_collecting(const struct scan *scan, uint64_t collecting)
{
	uint32_t word;

	return fdp_target_skim(scan->reader->target, collecting, &word,
			       sizeof(word)) == sizeof(word) &&
	       word == 1;
}

/* One that runs is soon done with it. */
static void await_collection(const struct scan *scan, uint64_t collecting)
{
	int asked = runs(scan) ? COLLECTING_ASKED : 0;

	while (asked-- > 0 && is_collecting(scan, collecting))
		;
}

/* True if what is at HEAD may be that of a list: its neighbours say so. */
static bool is_head(struct scan *scan, uint64_t head)
{
	uint64_t links[2], next[2], previous[2];

	return read_links(scan, head, links) == 0 &&
	       read_links(scan, links[NEXT], next) == 0 &&
	       read_links(scan, links[PREVIOUS], previous) == 0 &&
	       next[PREVIOUS] == head && previous[NEXT] == head;
}

/*
 * How much before their places the lists are.  Debian's 3.13.5 has them where
 * they are not aligned, and the frozen ones where they should be.  The oldest
 * list is asked, which hardly ever changes.
 */
static uint32_t displacement(struct scan *scan, uint64_t collecting)
{
	uint64_t oldest =
		collecting + (uint64_t)fdp_greenlet_generation(
				     scan->reader->objects, FDP_FROZEN - 1);

	return !is_head(scan, oldest) && is_head(scan, oldest - UNALIGNED)
		       ? UNALIGNED
		       : 0;
}

/* As walk_well(), and what there is of it if it cannot be. */
static int read_list(struct scan *scan, uint64_t head, uint64_t collecting)
{
	int r = walk_well(scan, head);

	if (r != 0 || is_full(scan))
		return r;
	if (!is_collecting(scan, collecting)) {
		scan->finds->doubts |= FDP_GREENLETS_BROKEN;
		return 0;
	}
	scan->finds->doubts |= FDP_GREENLETS_COLLECTING;
	return walk_blindly(scan, head);
}

/* All lists, counted from the word at COLLECTING.  0 or -ENOMEM. */
static int scan_lists(struct scan *scan, uint64_t collecting)
{
	const struct fdp_greenlet_offsets *objects = scan->reader->objects;
	uint32_t displaced = displacement(scan, collecting);
	int r = 0;

	await_collection(scan, collecting);
	if (is_collecting(scan, collecting))
		scan->finds->doubts |= FDP_GREENLETS_COLLECTING;
	for (int i = 0; r >= 0 && i < FDP_GENERATIONS; i++)
		r = read_list(
			scan,
			collecting +
				(uint64_t)fdp_greenlet_generation(objects, i) -
				(i < FDP_FROZEN ? displaced : 0),
			collecting);
	return r < 0 ? r : 0;
}

static int scan_all(struct scan *scan)
{
	const struct fdp_python_offsets *offsets = scan->reader->offsets;
	const struct fdp_python *python = scan->reader->python;
	uint64_t last = 0;
	int r = 0;

	if (offsets->runtime.gc_collecting != FDP_ABSENT)
		return scan_lists(scan, python->runtime_address +
						offsets->runtime.gc_collecting);
	for (size_t i = 0; r == 0 && i < python->stack_count; i++) {
		uint64_t interpreter = python->stacks[i].interpreter;

		if (interpreter != last)
			r = scan_lists(
				scan,
				interpreter +
					offsets->interpreter.gc_collecting);
		last = interpreter;
	}
	return r;
}

int fdp_greenlets_scan(const struct fdp_greenlet_reader *reader,
		       struct fdp_greenlet_finds *finds)
{
	struct scan scan = {
		.reader = reader,
		.finds = finds,
		.pages = calloc(PAGES_KEPT, sizeof(*scan.pages)),
		.pages_left = FDP_GREENLET_PAGES_MAX,
		.objects_left = FDP_GREENLET_OBJECTS_MAX,
	};
	int r = scan.pages ? scan_all(&scan) : -ENOMEM;

	finds->objects = FDP_GREENLET_OBJECTS_MAX - scan.objects_left;
	free(scan.pages);
	fdp_table_done(&scan.types);
	fdp_table_done(&scan.found);
	return r;
}
