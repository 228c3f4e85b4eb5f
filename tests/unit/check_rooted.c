/* Files below another root directory, through links of all kinds. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/base/file.h"
#include "../../daemon/base/util.h"
#include "../../daemon/capture/rooted.h"
#include "suite.h"

static char top[64];
static int root = -1, here = -1;

static void write_file(const char *path)
{
	_cleanup_close_ int fd =
		openat(root, path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, path, strlen(path)), (ssize_t)strlen(path));
}

static const struct {
	const char *path, *target;
} links[] = {
	{ "absolute", "/srv/app" },
	{ "srv/up", "../../../../../srv/app/file" },
	{ "srv/app/self", "self" },
	{ "srv/one", "two" },
	{ "srv/two", "/srv/one" },
	{ "outside", "/etc/passwd" },
	{ "chain", "absolute/../app/file" },
	{ "archive", "/srv/app/lib.zip" },
	{ "dangling", "/srv/nothing" },
};

static void set_up(void)
{
	strcpy(top, "/tmp/fdpreload-rooted-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	root = open(top, O_PATH | O_DIRECTORY);
	ck_assert_int_ge(root, 0);
	ck_assert_int_eq(mkdirat(root, "srv", 0700), 0);
	ck_assert_int_eq(mkdirat(root, "srv/app", 0700), 0);
	here = openat(root, "srv", O_PATH | O_DIRECTORY);
	write_file("srv/app/file");
	write_file("srv/app/lib.zip");
	ck_assert_int_eq(mkfifoat(root, "srv/fifo", 0600), 0);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		ck_assert_int_eq(
			symlinkat(links[i].target, root, links[i].path), 0);
}

static void tear_down(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		unlinkat(root, links[i].path, 0);
	unlinkat(root, "srv/fifo", 0);
	unlinkat(root, "srv/app/file", 0);
	unlinkat(root, "srv/app/lib.zip", 0);
	unlinkat(root, "srv/app", AT_REMOVEDIR);
	unlinkat(root, "srv", AT_REMOVEDIR);
	close(root);
	close(here);
	ck_assert_int_eq(rmdir(top), 0);
}

static const struct {
	const char *path;
	int answer;	  /* 0 or -errno */
	const char *file; /* which was found */
	const char *rest;
} rows[] = {
	{ "/srv/app/file", 0, "srv/app/file", "" },
	{ "//srv/./app//file", 0, "srv/app/file", "" },
	{ "app/file", 0, "srv/app/file", "" },
	{ "./app/../app/file", 0, "srv/app/file", "" },
	{ "../../../srv/app/file", 0, "srv/app/file", "" },
	{ "/absolute/file", 0, "srv/app/file", "" },
	{ "../absolute/file", 0, "srv/app/file", "" },
	{ "up", 0, "srv/app/file", "" },
	{ "/chain", 0, "srv/app/file", "" },
	{ "/srv/app/lib.zip/package/module.py", 0, "srv/app/lib.zip",
	  "package/module.py" },
	{ "app/lib.zip//m.py", 0, "srv/app/lib.zip", "m.py" },
	{ "/archive/m.py", 0, "srv/app/lib.zip", "m.py" },
	{ "/outside", -ENOENT, NULL, NULL },
	{ "/dangling", -ENOENT, NULL, NULL },
	{ "/nothing", -ENOENT, NULL, NULL },
	{ "", -EINVAL, NULL, NULL },
	{ "/", -EINVAL, NULL, NULL },
	{ "/srv/app", -EINVAL, NULL, NULL },
	{ "/srv/fifo", -EINVAL, NULL, NULL },
	{ "/srv/app/self", -ELOOP, NULL, NULL },
	{ "one", -ELOOP, NULL, NULL },
};

START_TEST(test_rows)
{
	_cleanup_free_ char *rest = NULL;
	_cleanup_close_ int handle =
		fdp_rooted_find(root, here, rows[_i].path, &rest);
	_cleanup_close_ int fd = -1;
	char text[64] = "";

	if (rows[_i].answer < 0) {
		ck_assert_int_eq(handle, rows[_i].answer);
		ck_assert_ptr_null(rest);
		return;
	}
	ck_assert_int_ge(handle, 0);
	ck_assert_str_eq(rest, rows[_i].rest);
	fd = fdp_reopen_regular(handle);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, rows[_i].file);
}
END_TEST

START_TEST(test_too_long)
{
	char path[8192], *rest = NULL;

	for (size_t i = 0; i < sizeof(path); i += 2)
		memcpy(path + i, "./", 2);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(fdp_rooted_find(root, here, path, &rest),
			 -ENAMETOOLONG);
	memset(path, 'n', 4000);
	path[4000] = '\0';
	ck_assert_int_lt(fdp_rooted_find(root, here, path, &rest), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rooted");
	TCase *tcase = tcase_create("rooted");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_rows, 0, ARRAY_SIZE(rows));
	tcase_add_test(tcase, test_too_long);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
