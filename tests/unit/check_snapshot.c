/* Copies of the memory of a process: a child that has other bytes than we. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/capture/snapshot.h"
#include "fake_target.h"
#include "suite.h"

#define PAGE FDP_PAGE_SIZE

struct fixture {
	struct fdp_target *target;
	struct fdp_snapshot *snapshot;
	pid_t child;
	uint8_t *memory;
	size_t pages;
};

/* Whether the child has the page, and may read it. */
typedef bool good_page(size_t page);

static uint8_t byte_of(size_t page)
{
	return (uint8_t)(1 + page % 251);
}

/* In the child: what only it has. */
static void fill(const struct fixture *fixture, good_page *good)
{
	for (size_t i = 0; i < fixture->pages; i++)
		if (good(i))
			memset(fixture->memory + i * PAGE, byte_of(i), PAGE);
}

static void start_child(struct fixture *fixture, good_page *good)
{
	int ready[2];
	char byte;

	ck_assert_int_eq(pipe(ready), 0);
	fixture->child = fork();
	ck_assert_int_ge(fixture->child, 0);
	if (fixture->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fill(fixture, good);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

/* PAGES at MEMORY, which become the child's; those that are not GOOD cannot be
 * read. */
static void setup_at(struct fixture *fixture, uint8_t *memory, size_t pages,
		     good_page *good)
{
	*fixture = (struct fixture){ .memory = memory, .pages = pages };
	ck_assert_ptr_ne(memory, MAP_FAILED);
	start_child(fixture, good);
	fixture->target = fake_target_new();
	fixture->snapshot = fdp_snapshot_new(fixture->child);
	ck_assert_ptr_nonnull(fixture->snapshot);
}

static void setup(struct fixture *fixture, size_t pages, good_page *good)
{
	uint8_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < pages; i++)
		if (!good(i))
			mprotect(memory + i * PAGE, PAGE, PROT_NONE);
	setup_at(fixture, memory, pages, good);
}

static void end_child(struct fixture *fixture)
{
	if (fixture->child <= 0)
		return;
	kill(fixture->child, SIGKILL);
	ck_assert_int_eq(waitpid(fixture->child, NULL, 0), fixture->child);
	fixture->child = 0;
}

static void teardown(struct fixture *fixture)
{
	end_child(fixture);
	fdp_snapshot_free(fixture->snapshot);
	fdp_target_free(fixture->target);
}

static uint64_t address_of(const struct fixture *fixture, size_t page)
{
	return (uint64_t)(uintptr_t)fixture->memory + page * PAGE;
}

static void add(struct fixture *fixture, uint64_t at, uint64_t size)
{
	ck_assert_int_eq(fdp_snapshot_add(fixture->snapshot,
					  address_of(fixture, 0) + at, size),
			 0);
}

static void take(struct fixture *fixture)
{
	fdp_snapshot_take(fixture->snapshot);
	ck_assert_int_eq(fdp_snapshot_apply(fixture->snapshot, fixture->target),
			 0);
}

static void prepare_and_take(struct fixture *fixture)
{
	ck_assert_int_eq(fdp_snapshot_prepare(fixture->snapshot, 0), 0);
	take(fixture);
}

/* True if the cache has PAGE, and then as the child has it. */
static bool has_page(const struct fixture *fixture, size_t page)
{
	const struct fdp_page *found = fdp_cache_find(
		fixture->target->cache, address_of(fixture, page));
	uint8_t expected[PAGE];

	if (!found)
		return false;
	memset(expected, byte_of(page), sizeof(expected));
	ck_assert(found->bytes && !found->asked);
	ck_assert_mem_eq(found->bytes, expected, PAGE);
	return true;
}

static size_t count_pages(const struct fixture *fixture)
{
	size_t cursor = 0;
	size_t count = 0;

	while (fdp_cache_next(fixture->target->cache, &cursor))
		count++;
	return count;
}

#define RANGES_MAX 8

/* Pages: r can be read, - cannot, a blank is not mapped; x was copied. */
static const struct row {
	const char *what, *memory, *copied;
	struct {
		uint64_t at, size;
	} ranges[RANGES_MAX];
	size_t count;
} rows[] = {
	{ "none", "rr", "..", { { 0, 0 } }, 0 },
	{ "whole", "rrrr", "xxxx", { { 0, 4 * PAGE } }, 1 },
	{ "one byte", "rrrr", ".x..", { { PAGE + 100, 1 } }, 1 },
	{ "last byte", "rrrr", "...x", { { 4 * PAGE - 1, 1 } }, 1 },
	{ "two bytes in two pages",
	  "rrrr",
	  ".xx.",
	  { { 2 * PAGE - 1, 2 } },
	  1 },
	{ "nothing", "rr", "..", { { PAGE, 0 } }, 1 },
	{ "not to be read", "--", "..", { { 0, 2 * PAGE } }, 1 },
	{ "not there", "  ", "..", { { 0, 2 * PAGE } }, 1 },
	{ "ends early", "rr-", "xx.", { { 0, 3 * PAGE } }, 1 },
	{ "ends where there is nothing", "rr ", "xx.", { { 0, 3 * PAGE } }, 1 },
	{ "begins with nothing", "-rr", "...", { { 0, 3 * PAGE } }, 1 },
	{ "a hole, and nothing behind it",
	  "r-r",
	  "x..",
	  { { 0, 3 * PAGE } },
	  1 },
	{ "each for itself",
	  "r- r",
	  "x..x",
	  { { 0, PAGE }, { PAGE, PAGE }, { 2 * PAGE, PAGE }, { 3 * PAGE, 9 } },
	  4 },
	{ "the first",
	  "-rr",
	  ".xx",
	  { { 0, PAGE }, { PAGE, PAGE }, { 2 * PAGE, PAGE } },
	  3 },
	{ "the last",
	  "rr-",
	  "xx.",
	  { { 0, 2 * PAGE }, { 2 * PAGE, PAGE } },
	  2 },
	{ "a part, and others behind it",
	  "rr-rr",
	  ".x.xx",
	  { { PAGE, 2 * PAGE }, { 3 * PAGE, PAGE }, { 4 * PAGE, PAGE } },
	  3 },
	{ "parts of two",
	  "r-r-r",
	  "x.x.x",
	  { { 0, 2 * PAGE }, { 2 * PAGE, 2 * PAGE }, { 4 * PAGE, PAGE } },
	  3 },
	{ "parts of none",
	  "-r-rr",
	  "....x",
	  { { 0, 2 * PAGE }, { 2 * PAGE, 2 * PAGE }, { 4 * PAGE, PAGE } },
	  3 },
	{ "downwards",
	  "rrr",
	  "xxx",
	  { { 2 * PAGE, PAGE }, { PAGE, PAGE }, { 0, PAGE } },
	  3 },
	{ "twice",
	  "rrrr",
	  "xxx.",
	  { { 0, 2 * PAGE }, { PAGE, 2 * PAGE }, { 0, PAGE }, { 10, 20 } },
	  4 },
	{ "nothing between",
	  "rr-r",
	  "xx.x",
	  { { 0, PAGE },
	    { PAGE, 0 },
	    { PAGE, PAGE },
	    { 0, 0 },
	    { 2 * PAGE, PAGE },
	    { PAGE, 0 },
	    { 3 * PAGE, PAGE } },
	  7 },
};

static const char *row_memory;

static bool is_readable(size_t page)
{
	return row_memory[page] == 'r';
}

START_TEST(test_ranges)
{
	const struct row *row = &rows[_i];
	const size_t pages = strlen(row->memory);
	struct fixture fixture;
	uint8_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	row_memory = row->memory;
	for (size_t i = 0; i < pages; i++) {
		if (row->memory[i] == '-')
			mprotect(memory + i * PAGE, PAGE, PROT_NONE);
		if (row->memory[i] == ' ')
			munmap(memory + i * PAGE, PAGE);
	}
	setup_at(&fixture, memory, pages, is_readable);
	for (size_t i = 0; i < row->count; i++)
		add(&fixture, row->ranges[i].at, row->ranges[i].size);
	prepare_and_take(&fixture);
	for (size_t i = 0; i < pages; i++)
		ck_assert_msg(has_page(&fixture, i) == (row->copied[i] == 'x'),
			      "%s: page %zu", row->what, i);
	teardown(&fixture);
}
END_TEST

/* Three calls for as many. */
#define THOUSANDS 3000
#define BATCH 1024

static bool is_any(size_t page)
{
	(void)page;
	return true;
}

static bool is_none(size_t page)
{
	(void)page;
	return false;
}

static bool is_not_third(size_t page)
{
	return page % 3 != 2;
}

static bool is_not_first(size_t page)
{
	return page % BATCH != 0;
}

static bool is_not_last(size_t page)
{
	return page % BATCH != BATCH - 1;
}

static bool is_at_edge(size_t page)
{
	return page % BATCH == 0 || page % BATCH == BATCH - 1;
}

static bool is_not_second(size_t page)
{
	return page / BATCH != 1;
}

static good_page *const patterns[] = {
	is_any,	     is_none,	 is_not_third,	is_not_first,
	is_not_last, is_at_edge, is_not_second,
};

START_TEST(test_thousands)
{
	good_page *good = patterns[_i];
	struct fixture fixture;

	setup(&fixture, THOUSANDS, good);
	for (size_t i = 0; i < THOUSANDS; i++)
		add(&fixture, i * PAGE + i % PAGE, 1);
	prepare_and_take(&fixture);
	for (size_t i = 0; i < THOUSANDS; i++)
		ck_assert_msg(has_page(&fixture, i) == good(i), "page %zu", i);
	teardown(&fixture);
}
END_TEST

/* What is added when it is too late to make room, as stacks are. */
static const struct {
	size_t before, extra, after;
} late_rows[] = {
	{ 0, 0, 1 },	    { 0, 10, 10 },     { 10, 0, 10 },
	{ 10, 5, 5 },	    { 10, 5, 6 },      { 1, 0, THOUSANDS - 1 },
	{ 100, 100, 2000 }, { 1000, 2000, 0 },
};

START_TEST(test_late)
{
	const size_t before = late_rows[_i].before;
	const size_t all = before + late_rows[_i].after;
	struct fixture fixture;

	setup(&fixture, all + 1, is_any);
	for (size_t i = 0; i < before; i++)
		add(&fixture, i * PAGE, PAGE);
	ck_assert_int_eq(fdp_snapshot_prepare(fixture.snapshot,
					      late_rows[_i].extra * PAGE),
			 0);
	for (size_t i = before; i < all; i++)
		add(&fixture, i * PAGE, PAGE);
	take(&fixture);
	for (size_t i = 0; i <= all; i++)
		ck_assert_msg(has_page(&fixture, i) == (i < all), "page %zu",
			      i);
	teardown(&fixture);
}
END_TEST

/* The kernel takes a limit of 0 for none. */
static void limit_memory(bool limited)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_DATA, &limit), 0);
	limit.rlim_cur = limited ? PAGE : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_DATA, &limit), 0);
}

/* No room can be had: what there is room for is copied, in order. */
START_TEST(test_no_room)
{
	struct fixture fixture;

	setup(&fixture, 200, is_any);
	add(&fixture, 0, 10 * PAGE);
	ck_assert_int_eq(fdp_snapshot_prepare(fixture.snapshot, 5 * PAGE), 0);
	add(&fixture, 10 * PAGE, 4 * PAGE);
	add(&fixture, 14 * PAGE, 100 * PAGE);
	add(&fixture, 114 * PAGE, PAGE);
	limit_memory(true);
	fdp_snapshot_take(fixture.snapshot);
	limit_memory(false);
	ck_assert_int_eq(fdp_snapshot_apply(fixture.snapshot, fixture.target),
			 0);
	for (size_t i = 0; i < 200; i++)
		ck_assert_msg(has_page(&fixture, i) == (i < 14), "page %zu", i);
	teardown(&fixture);
}
END_TEST

/* Ranges that go round at the end of the address space are none. */
START_TEST(test_overflow)
{
	struct fixture fixture;
	uint64_t start;

	setup(&fixture, 4, is_any);
	start = address_of(&fixture, 0);
	const struct {
		uint64_t address, size;
	} ranges[] = {
		{ UINT64_MAX, 0 },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },
		{ UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX - 127, 64 * 1024 },
		{ UINT64_MAX - PAGE + 1, PAGE },
		{ 100, UINT64_MAX },
		{ start, UINT64_MAX },
		{ start + 100, UINT64_MAX },
		{ start + 100, UINT64_MAX - PAGE + 2 },
		{ start + 100, UINT64_MAX - start },
		{ start + 100, UINT64_MAX - start - 99 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		ck_assert_int_eq(fdp_snapshot_add(fixture.snapshot,
						  ranges[i].address,
						  ranges[i].size),
				 0);
	add(&fixture, 2 * PAGE, PAGE);
	prepare_and_take(&fixture);
	ck_assert(has_page(&fixture, 2));
	ck_assert_uint_eq(count_pages(&fixture), 1);
	teardown(&fixture);
}
END_TEST

/* Where no process has anything. */
START_TEST(test_odd_addresses)
{
	static const uint64_t addresses[] = {
		0,
		1,
		UINT64_C(0x800000000000),
		UINT64_C(0xffff800000000000),
		UINT64_MAX - 3 * PAGE,
	};
	struct fixture fixture;

	setup(&fixture, 1, is_any);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		ck_assert_int_eq(
			fdp_snapshot_add(fixture.snapshot, addresses[i], PAGE),
			0);
	add(&fixture, 0, PAGE);
	prepare_and_take(&fixture);
	ck_assert(has_page(&fixture, 0));
	ck_assert_uint_eq(count_pages(&fixture), 1);
	teardown(&fixture);
}
END_TEST

/* More than there is memory for. */
START_TEST(test_too_much)
{
	struct fixture fixture;

	setup(&fixture, 1, is_any);
	ck_assert_int_eq(
		fdp_snapshot_prepare(fixture.snapshot, UINT64_C(1) << 60),
		-ENOMEM);
	add(&fixture, 0, UINT64_C(1) << 60);
	ck_assert_int_eq(fdp_snapshot_prepare(fixture.snapshot, 0), -ENOMEM);
	teardown(&fixture);
}
END_TEST

/* A file that is shorter than its mapping: its end cannot be read. */
START_TEST(test_short_file)
{
	struct fixture fixture;
	_cleanup_close_ int fd = memfd_create("short", MFD_CLOEXEC);
	uint8_t first[PAGE];

	memset(first, byte_of(0), sizeof(first));
	ck_assert_int_eq(write(fd, first, sizeof(first)), sizeof(first));
	setup_at(&fixture,
		 mmap(NULL, 3 * (size_t)PAGE, PROT_READ, MAP_PRIVATE, fd, 0), 3,
		 is_none);
	add(&fixture, 0, 3 * PAGE);
	add(&fixture, PAGE, PAGE);
	prepare_and_take(&fixture);
	ck_assert(has_page(&fixture, 0));
	ck_assert_uint_eq(count_pages(&fixture), 1);
	teardown(&fixture);
}
END_TEST

/* What the cache has already stays. */
START_TEST(test_known_page)
{
	struct fixture fixture;
	const struct fdp_page *page;
	uint8_t bytes[PAGE];

	setup(&fixture, 2, is_any);
	memset(bytes, 0xee, sizeof(bytes));
	ck_assert_int_eq(fdp_cache_add(fixture.target->cache,
				       address_of(&fixture, 0), bytes),
			 0);
	add(&fixture, 0, 2 * PAGE);
	prepare_and_take(&fixture);
	page = fdp_cache_find(fixture.target->cache, address_of(&fixture, 0));
	ck_assert_mem_eq(page->bytes, bytes, PAGE);
	ck_assert(has_page(&fixture, 1));
	teardown(&fixture);
}
END_TEST

/* It has died before it could be copied. */
START_TEST(test_gone)
{
	struct fixture fixture;

	setup(&fixture, THOUSANDS, is_any);
	for (size_t i = 0; i < THOUSANDS; i++)
		add(&fixture, i * PAGE, PAGE);
	ck_assert_int_eq(fdp_snapshot_prepare(fixture.snapshot, 0), 0);
	end_child(&fixture);
	take(&fixture);
	ck_assert_uint_eq(count_pages(&fixture), 0);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tests = tcase_create("snapshot");

	tcase_add_loop_test(tests, test_ranges, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, test_thousands, 0,
			    (int)ARRAY_SIZE(patterns));
	tcase_add_loop_test(tests, test_late, 0, (int)ARRAY_SIZE(late_rows));
	tcase_add_test(tests, test_no_room);
	tcase_add_test(tests, test_overflow);
	tcase_add_test(tests, test_odd_addresses);
	tcase_add_test(tests, test_too_much);
	tcase_add_test(tests, test_short_file);
	tcase_add_test(tests, test_known_page);
	tcase_add_test(tests, test_gone);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
