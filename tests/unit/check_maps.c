/* /proc/PID/maps taken apart: what the kernel writes, and what it never would.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/maps.h"
#include "suite.h"

#define LINE "7f0000000000-7f0000001000 r-xp 00002000 08:01 42 "

struct one_line {
	const char *text;
	struct fdp_map map;
};

static const struct one_line good[] = {
	{ LINE "/usr/lib/libc.so.6\n",
	  { .start = 0x7f0000000000,
	    .end = 0x7f0000001000,
	    .offset = 0x2000,
	    .inode = 42,
	    .readable = true,
	    .executable = true,
	    .path = "/usr/lib/libc.so.6" } },
	{ "7ffc0000-7ffd0000 rw-p 00000000 00:00 0                  [stack]",
	  { .start = 0x7ffc0000,
	    .end = 0x7ffd0000,
	    .readable = true,
	    .writable = true,
	    .path = "[stack]" } },
	{ "1000-2000 ---s 00000000 00:00 0 \n",
	  { .start = 0x1000, .end = 0x2000, .shared = true, .path = "" } },
	{ "1000-2000 ---p 00000000 00:00 0\n",
	  { .start = 0x1000, .end = 0x2000, .path = "" } },
	{ "1000-2000 -w-p 0 fd:00 18446744073709551615 /a b  c \n",
	  { .start = 0x1000,
	    .end = 0x2000,
	    .inode = UINT64_MAX,
	    .writable = true,
	    .path = "/a b  c " } },
	{ "1000-2000 ---p 0 0:0 7 /lib/x.so (deleted)\n",
	  { .start = 0x1000,
	    .end = 0x2000,
	    .inode = 7,
	    .deleted = true,
	    .path = "/lib/x.so" } },
	{ "1000-2000 ---p 0 0:0 7 /lib/x.so (deleted) (deleted)\n",
	  { .start = 0x1000,
	    .end = 0x2000,
	    .inode = 7,
	    .deleted = true,
	    .path = "/lib/x.so (deleted)" } },
	{ "1000-2000 ---p 0 0:0 0 [anon: x (deleted)\n",
	  { .start = 0x1000, .end = 0x2000, .path = "[anon: x (deleted)" } },
	{ "1000-2000 ---p 0 0:0 7 /a\\012b\\040c\\01\n",
	  { .start = 0x1000,
	    .end = 0x2000,
	    .inode = 7,
	    .path = "/a\nb\\040c\\01" } },
	{ "1000-2000 ---p 0 0:0 7 /caf\xc3\xa9\xff\n",
	  { .start = 0x1000,
	    .end = 0x2000,
	    .inode = 7,
	    .path = "/caf\xc3\xa9\xff" } },
	{ "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
	  "[vsyscall]\n",
	  { .start = 0xffffffffff600000,
	    .end = 0xffffffffff601000,
	    .executable = true,
	    .path = "[vsyscall]" } },
};

static const char *const bad[] = {
	"",
	"\n",
	"\n\n\n",
	"nonsense\n",
	"-2000 r--p 0 0:0 0 /a\n",
	"1000- r--p 0 0:0 0 /a\n",
	"1000-2000 r--p 0 0:0\n",
	"1000-2000 r--p 0 0:0 \n",
	"1000-2000 r--p 0 00 0 /a\n",
	"1000-2000 r--q 0 0:0 0 /a\n",
	"1000-2000 R--p 0 0:0 0 /a\n",
	"1000-2000 rwx 0 0:0 0 /a\n",
	"1000-2000 r--p 0 0:0 0x /a\n",
	"1000-2000 r--p 0 0:0 a /a\n",
	"1000-2000r--p 0 0:0 0 /a\n",
	"1000 2000 r--p 0 0:0 0 /a\n",
	"2000-1000 r--p 0 0:0 0 /a\n",
	"1000-1000 r--p 0 0:0 0 /a\n",
	"1001-2000 r--p 0 0:0 0 /a\n",
	"1000-2001 r--p 0 0:0 0 /a\n",
	"10000000000001000-2000 r--p 0 0:0 0 /a\n",
	"1000-10000000000002000 r--p 0 0:0 0 /a\n",
	"1000-2000 r--p 10000000000000000 0:0 0 /a\n",
	"1000-2000 r--p 0 0:0 18446744073709551616 /a\n",
	"ABCD000-ABCE000 r--p 0 0:0 0 /a\n",
};

static struct fdp_arena arena;

/* A copy without anything behind it, so that an overrun is seen. */
static ssize_t parse(const char *text, size_t size, struct fdp_map **ret_maps)
{
	char *exact = malloc(size ? size : 1);
	ssize_t count;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, text, size);
	count = fdp_maps_parse(&arena, exact, size, ret_maps);
	free(exact);
	return count;
}

static void teardown(void)
{
	fdp_arena_done(&arena);
}

START_TEST(good_line)
{
	const struct one_line *row = &good[_i];
	struct fdp_map *maps;

	ck_assert_int_eq(parse(row->text, strlen(row->text), &maps), 1);
	ck_assert_uint_eq(maps->start, row->map.start);
	ck_assert_uint_eq(maps->end, row->map.end);
	ck_assert_uint_eq(maps->offset, row->map.offset);
	ck_assert_uint_eq(maps->inode, row->map.inode);
	ck_assert_int_eq(maps->readable, row->map.readable);
	ck_assert_int_eq(maps->writable, row->map.writable);
	ck_assert_int_eq(maps->executable, row->map.executable);
	ck_assert_int_eq(maps->shared, row->map.shared);
	ck_assert_int_eq(maps->deleted, row->map.deleted);
	ck_assert_str_eq(maps->path, row->map.path);
}
END_TEST

/* A bad line is left out, and the good ones around it are not. */
START_TEST(bad_line)
{
	struct fdp_map *maps;
	char text[512];
	int size = snprintf(text, sizeof(text), "%s", bad[_i]);

	ck_assert_int_eq(parse(text, (size_t)size, &maps), 0);
	size = snprintf(text, sizeof(text), "%s%s\n%s", LINE "/first\n",
			bad[_i],
			"7f0000001000-7f0000002000 r--p 0 0:0 1 /second");
	ck_assert_int_eq(parse(text, (size_t)size, &maps), 2);
	ck_assert_str_eq(maps[0].path, "/first");
	ck_assert_str_eq(maps[1].path, "/second");
}
END_TEST

/* Every prefix of a line, as a cut-off file would give. */
START_TEST(every_prefix)
{
	const char *text = LINE "/usr/lib/libc.so.6 (deleted)\n";
	size_t numbers =
		strlen("7f0000000000-7f0000001000 r-xp 00002000 08:01 4");
	struct fdp_map *maps;

	for (size_t size = 0; size <= strlen(text); size++)
		ck_assert_int_eq(parse(text, size, &maps), size >= numbers);
}
END_TEST

START_TEST(ascending_without_overlap)
{
	const char *text = "3000-5000 r--p 0 0:0 1 /a\n"
			   "4000-6000 r--p 0 0:0 1 /overlaps\n"
			   "1000-2000 r--p 0 0:0 1 /below\n"
			   "5000-6000 r--p 0 0:0 1 /b\n"
			   "5000-6000 r--p 0 0:0 1 /again\n";
	struct fdp_map *maps;

	ck_assert_int_eq(parse(text, strlen(text), &maps), 2);
	ck_assert_str_eq(maps[0].path, "/a");
	ck_assert_str_eq(maps[1].path, "/b");
}
END_TEST

START_TEST(nul_ends_a_path)
{
	static const char text[] = LINE "/a\0b\n";
	struct fdp_map *maps;

	ck_assert_int_eq(parse(text, sizeof(text) - 1, &maps), 1);
	ck_assert_str_eq(maps->path, "/a");
}
END_TEST

START_TEST(too_many_lines)
{
	size_t size = 2 * 1024 * 1024;
	char *text = malloc(size);
	struct fdp_map *maps;

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', size);
	ck_assert_int_eq(fdp_maps_parse(&arena, text, size, &maps), -E2BIG);
	free(text);
}
END_TEST

START_TEST(load_into_target)
{
	const char *text = LINE "/a\n7f0000001000-7f0000002000 r--p 0 0:0 1 /b";
	struct fdp_target target = { 0 };

	ck_assert_int_eq(fdp_maps_load(&target, text, strlen(text)), 0);
	ck_assert_uint_eq(target.map_count, 2);
	ck_assert_str_eq(target.maps[1].path, "/b");
	fdp_arena_done(&target.arena);
}
END_TEST

static Suite *maps_suite(void)
{
	Suite *suite = suite_create("maps");
	TCase *tests = tcase_create("maps");

	tcase_add_checked_fixture(tests, NULL, teardown);
	tcase_add_loop_test(tests, good_line, 0, (int)ARRAY_SIZE(good));
	tcase_add_loop_test(tests, bad_line, 0, (int)ARRAY_SIZE(bad));
	tcase_add_test(tests, every_prefix);
	tcase_add_test(tests, ascending_without_overlap);
	tcase_add_test(tests, nul_ends_a_path);
	tcase_add_test(tests, too_many_lines);
	tcase_add_test(tests, load_into_target);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(maps_suite());
}
