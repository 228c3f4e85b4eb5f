/* The page cache, the facts, and captures on disk, sound and damaged. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/capture/fdpcap.h"
#include "../../daemon/capture/maps.h"
#include "suite.h"

/* A process whose memory is 4 pages at BASE, byte N being (N / 7) & 0xff. */
#define BASE UINT64_C(0x10000)
#define PAGES 4
#define SIZE (PAGES * FDP_PAGE_SIZE)

struct process {
	int reads;
	int facts;
	int error; /* once set, nothing can be read any more */
};

static uint8_t byte_at(uint64_t address)
{
	return (uint8_t)((address - BASE) / 7);
}

static ssize_t process_read(void *backend, uint64_t address, void *buffer,
			    size_t size)
{
	struct process *process = backend;
	uint8_t *out = buffer;
	size_t done = 0;

	process->reads++;
	if (process->error)
		return process->error;
	while (done < size && address + done >= BASE &&
	       address + done < BASE + SIZE) {
		out[done] = byte_at(address + done);
		done++;
	}
	return (ssize_t)done;
}

static int process_fact(void *backend, const char *key, char **ret_value,
			size_t *ret_size)
{
	struct process *process = backend;

	process->facts++;
	if (strcmp(key, "known") != 0)
		return -ENOENT;
	*ret_value = strdup("a\nb");
	*ret_size = 3;
	return 0;
}

static void process_free(void *backend)
{
	(void)backend;
}

static const struct fdp_target_ops ops = {
	.name = "process",
	.read = process_read,
	.fact = process_fact,
	.free = process_free,
};

static const char maps[] = "10000-14000 rw-p 00000000 00:00 0 \n";

static struct fdp_target *target_over(struct process *process)
{
	struct fdp_target *target = fdp_target_new(&ops, process);

	ck_assert_ptr_nonnull(target);
	ck_assert_int_ge(fdp_maps_load(target, maps, strlen(maps)), 0);
	return target;
}

START_TEST(reads_each_page_once)
{
	struct process process = { .reads = 0 };
	struct fdp_target *target = target_over(&process);
	uint8_t bytes[SIZE];

	ck_assert_int_eq(fdp_target_read(target, BASE, bytes, SIZE), 0);
	for (size_t i = 0; i < SIZE; i++)
		ck_assert_uint_eq(bytes[i], byte_at(BASE + i));
	ck_assert_int_eq(process.reads, 1); /* read ahead over the mapping */
	ck_assert_int_eq(fdp_target_read(target, BASE + 4090, bytes, 100), 0);
	ck_assert_uint_eq(bytes[99], byte_at(BASE + 4090 + 99));
	ck_assert_int_eq(process.reads, 1);
	fdp_target_free(target);
}
END_TEST

static const struct {
	uint64_t address;
	size_t size;
	int expected;
	ssize_t some;
} edges[] = {
	{ BASE, 1, 0, 1 },
	{ BASE + SIZE - 1, 1, 0, 1 },
	{ BASE + SIZE - 1, 2, -EFAULT, 1 },
	{ BASE + SIZE, 1, -EFAULT, 0 },
	{ BASE - 1, 2, -EFAULT, 0 },
	{ 0, 8, -EFAULT, 0 },
	{ UINT64_MAX - 3, 8, -EFAULT, 0 },
	{ BASE + SIZE - 100, 100, 0, 100 },
	{ BASE + SIZE - 5000, 6000, -EFAULT, 5000 },
};

START_TEST(stops_at_the_edges)
{
	struct process process = { .reads = 0 };
	struct fdp_target *target = target_over(&process);
	uint8_t bytes[8192];

	ck_assert_int_eq(fdp_target_read(target, edges[_i].address, bytes,
					 edges[_i].size),
			 edges[_i].expected);
	ck_assert_int_eq(fdp_target_read_some(target, edges[_i].address, bytes,
					      edges[_i].size),
			 edges[_i].some);
	fdp_target_free(target);
}
END_TEST

START_TEST(says_when_the_process_is_gone)
{
	struct process process = { .error = -ESRCH };
	struct fdp_target *target = target_over(&process);
	uint64_t value;

	ck_assert_int_eq(fdp_target_read_u64(target, BASE, &value), -ESRCH);
	fdp_target_free(target);
}
END_TEST

START_TEST(asks_each_fact_once)
{
	struct process process = { .reads = 0 };
	struct fdp_target *target = target_over(&process);
	const char *value;
	size_t size;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
			fdp_target_fact(target, "known", &value, &size), 0);
		ck_assert_str_eq(value, "a\nb");
		ck_assert_uint_eq(size, 3);
		ck_assert_int_eq(fdp_target_fact(target, "other", &value, NULL),
				 -ENOENT);
	}
	ck_assert_int_eq(process.facts, 2);
	ck_assert_int_eq(fdp_target_note(target, "other", "now", 3), 0);
	ck_assert_int_eq(fdp_target_fact(target, "other", &value, NULL), 0);
	ck_assert_str_eq(value, "now");
	fdp_target_free(target);
}
END_TEST

/* A capture of a process of which one page and one fact were asked for. */
static int make_capture(void)
{
	struct process process = { .reads = 0 };
	struct fdp_target *target = target_over(&process);
	int fd = memfd_create("capture", 0);
	const char *value;
	uint64_t word;

	target->pid = 4711;
	target->fault.signal = 11;
	target->fault.address = 0x10;
	target->fault.abort_message = "free(): invalid pointer";
	target->threads =
		fdp_arena_array(&target->arena, 2, sizeof(*target->threads));
	target->thread_count = 2;
	target->threads[0].tid = 4711;
	target->threads[0].crashed = true;
	target->threads[0].has_registers = true;
	target->threads[0].registers.general[FDP_REGISTER_PC] = 0xabc;
	strcpy(target->threads[0].name, "exactly 16 byte.");
	target->threads[1].tid = 4712;
	ck_assert_int_eq(
		fdp_target_note(target, "proc/maps", maps, strlen(maps)), 0);
	ck_assert_int_eq(fdp_target_fact(target, "known", &value, NULL), 0);
	ck_assert_int_eq(fdp_target_read_u64(target, BASE + 8, &word), 0);
	ck_assert_int_eq(fdp_record(target, fd), 0);
	fdp_target_free(target);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

START_TEST(replays_what_was_asked)
{
	_cleanup_close_ int fd = make_capture();
	struct fdp_target *target;
	const char *value;
	uint64_t word;

	ck_assert_int_eq(fdp_replay_new(fd, &target), 0);
	ck_assert_int_eq(target->pid, 4711);
	ck_assert_int_eq(target->fault.signal, 11);
	ck_assert_uint_eq(target->fault.address, 0x10);
	ck_assert_str_eq(target->fault.abort_message,
			 "free(): invalid pointer");
	ck_assert_uint_eq(target->thread_count, 2);
	ck_assert(target->threads[0].crashed && !target->threads[1].crashed);
	ck_assert_str_eq(target->threads[0].name, "exactly 16 byte.");
	ck_assert_uint_eq(target->threads[0].registers.general[FDP_REGISTER_PC],
			  0xabc);
	ck_assert(!target->threads[1].has_registers);
	ck_assert_uint_eq(target->map_count, 1);
	ck_assert_int_eq(fdp_target_fact(target, "known", &value, NULL), 0);
	ck_assert_str_eq(value, "a\nb");
	ck_assert_int_eq(fdp_target_read_u64(target, BASE + 16, &word), 0);
	ck_assert_uint_eq(word & 0xff, byte_at(BASE + 16));
	/* Read ahead, but never asked for: not in the file. */
	ck_assert_int_eq(fdp_target_read_u64(target, BASE + 2 * 4096, &word),
			 -EFAULT);
	fdp_target_free(target);
}
END_TEST

/* The bytes of a capture; the caller frees them. */
static uint8_t *capture_bytes(size_t *ret_size)
{
	_cleanup_close_ int fd = make_capture();
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc((size_t)size);

	ck_assert_int_eq(pread(fd, bytes, (size_t)size, 0), size);
	*ret_size = (size_t)size;
	return bytes;
}

static int load(const uint8_t *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create("damaged", 0);
	struct fdp_target *target = NULL;
	int r;

	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	lseek(fd, 0, SEEK_SET);
	r = fdp_replay_new(fd, &target);
	if (r == 0)
		fdp_target_free(target);
	return r;
}

START_TEST(refuses_every_truncation)
{
	size_t size;
	_cleanup_free_ uint8_t *bytes = capture_bytes(&size);

	ck_assert_int_eq(load(bytes, size), 0);
	/* The last bytes are the checksum of a stream that had its end. */
	for (size_t shorter = 0; shorter + 16 < size; shorter++)
		ck_assert_int_eq(load(bytes, shorter), -EBADMSG);
}
END_TEST

START_TEST(refuses_what_is_no_capture)
{
	static const char text[] = "{\"schema\": \"fdpreload.report/1\"}";

	ck_assert_int_eq(load((const uint8_t *)text, strlen(text)), -EBADMSG);
	ck_assert_int_eq(load((const uint8_t *)"fdpcap 2\n", 9), -EBADMSG);
	/* Not compressed is as good, but a thread there must be. */
	ck_assert_int_eq(load((const uint8_t *)"fdpcap 1\n\5\0\0\0\0\0\0\0"
					       "\0\0\0\0\0\0\0\0",
			      25),
			 -EBADMSG);
}
END_TEST

static const struct {
	uint32_t type, size;
	uint64_t address;
	int expected;
} records[] = {
	{ FDPCAP_PAGE, 4095, 0x1000, -EBADMSG },
	{ FDPCAP_PAGE, 4096, 0x1001, -EBADMSG },
	{ FDPCAP_THREAD, 1, 0, -EBADMSG },
	{ FDPCAP_FAULT, 1, 0, -EBADMSG },
	{ FDPCAP_FACT, 0, 0, -EBADMSG },
	{ FDPCAP_END, 1, 0, -EBADMSG },
	{ 99, 4, 0, -EBADMSG },
	{ FDPCAP_FACT, UINT32_MAX, 0, -E2BIG },
};

START_TEST(refuses_damaged_records)
{
	struct fdpcap_record record = {
		.type = records[_i].type,
		.size = records[_i].size,
		.address = records[_i].address,
	};
	uint8_t bytes[8192];

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, FDPCAP_MAGIC, 9);
	memcpy(bytes + 9, &record, sizeof(record));
	ck_assert_int_eq(load(bytes, sizeof(bytes)), records[_i].expected);
}
END_TEST

/* Damaged at random: refused or read, never anything else. */
START_TEST(survives_random_damage)
{
	size_t size;
	_cleanup_free_ uint8_t *bytes = capture_bytes(&size);
	int refused = 0;

	srandom(2);
	for (int round = 0; round < 5000; round++) {
		size_t at = (size_t)random() % size;
		uint8_t saved = bytes[at];

		bytes[at] ^= (uint8_t)(1 + random() % 255);
		refused += load(bytes, size) < 0;
		bytes[at] = saved;
	}
	ck_assert_int_gt(refused, 1000);
}
END_TEST

#define ADD_ROWS(tests, test, table)                                           \
	tcase_add_loop_test(tests, test, 0, (int)ARRAY_SIZE(table))

int main(void)
{
	Suite *suite = suite_create("capture");
	TCase *tests = tcase_create("capture");

	tcase_add_test(tests, reads_each_page_once);
	ADD_ROWS(tests, stops_at_the_edges, edges);
	tcase_add_test(tests, says_when_the_process_is_gone);
	tcase_add_test(tests, asks_each_fact_once);
	tcase_add_test(tests, replays_what_was_asked);
	tcase_add_test(tests, refuses_every_truncation);
	tcase_add_test(tests, refuses_what_is_no_capture);
	ADD_ROWS(tests, refuses_damaged_records, records);
	tcase_add_test(tests, survives_random_damage);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
