/* Members of zip archives, and what is no archive or lies. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zip.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/archive.h"
#include "suite.h"

#define LONGEST 100000

/* Longer than the window that archive.c keeps of a file. */
#define FAR_SIZE 40000

static char far_text[FAR_SIZE];

static const struct member {
	const char *name, *text;
	int method; /* 0: stored */
} members[] = {
	{ "package/", "", 0 },
	{ "package/__init__.py", "", Z_DEFLATED },
	{ "package/module.py", "import this\n", Z_DEFLATED },
	{ "stored.py", "import that\n", 0 },
	{ "far.py", far_text, 0 },
	{ "gr\xc3\xb6\xc3\x9f"
	  "e.py",
	  "x = 1\n", Z_DEFLATED },
};

static void add_member(zipFile archive, const struct member *member)
{
	const zip_fileinfo info = { .dosDate = 0 };

	ck_assert_int_eq(zipOpenNewFileInZip(archive, member->name, &info, NULL,
					     0, NULL, 0, NULL, member->method,
					     Z_DEFAULT_COMPRESSION),
			 ZIP_OK);
	ck_assert_int_eq(zipWriteInFileInZip(archive, member->text,
					     (unsigned)strlen(member->text)),
			 ZIP_OK);
	ck_assert_int_eq(zipCloseFileInZip(archive), ZIP_OK);
}

/* An archive of all members, in memory; PREFIX stands before it. */
static int make_archive(const char *prefix)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);
	char path[64];
	zipFile archive;

	ck_assert_int_ge(fd, 0);
	memset(far_text, 'f', sizeof(far_text) - 1);
	ck_assert_int_eq(write(fd, prefix, strlen(prefix)),
			 (ssize_t)strlen(prefix));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	archive = zipOpen(path, *prefix ? APPEND_STATUS_CREATEAFTER
					: APPEND_STATUS_CREATE);
	ck_assert_ptr_nonnull(archive);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		add_member(archive, &members[i]);
	ck_assert_int_eq(zipClose(archive, NULL), ZIP_OK);
	return fd;
}

static struct fdp_archive_limits all_limits(void)
{
	return (struct fdp_archive_limits){ FDP_ARCHIVE_ENTRIES_MAX,
					    FDP_ARCHIVE_BYTES_MAX };
}

static int try_read(int fd, const char *name, char **ret_text, size_t *ret_size)
{
	struct fdp_archive_limits limits = all_limits();

	return fdp_archive_read(fd, name, LONGEST, &limits, ret_text, ret_size);
}

static void check_member(int fd, const struct member *member)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	ck_assert_int_eq(try_read(fd, member->name, &text, &size), 0);
	ck_assert_uint_eq(size, strlen(member->text));
	ck_assert_mem_eq(text, member->text, size);
}

START_TEST(test_members)
{
	_cleanup_close_ int fd = make_archive("");

	check_member(fd, &members[_i]);
}
END_TEST

/* As zipapp makes them, with an interpreter's line. */
START_TEST(test_prefix)
{
	_cleanup_close_ int fd = make_archive("#!/usr/bin/env python3\n");

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		check_member(fd, &members[i]);
}
END_TEST

static const char *const strangers[] = {
	"",
	"package",
	"module.py",
	"Stored.py",
	"stored.py/x",
	"stored.p",
	"package//module.py",
	"/stored.py",
	"../stored.py",
};

START_TEST(test_strangers)
{
	_cleanup_close_ int fd = make_archive("");
	char *text;
	size_t size;

	ck_assert_int_eq(try_read(fd, strangers[_i], &text, &size), -ENOENT);
}
END_TEST

START_TEST(test_long_name)
{
	_cleanup_close_ int fd = make_archive("");
	char name[8192], *text;
	size_t size;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(try_read(fd, name, &text, &size), -ENOENT);
}
END_TEST

START_TEST(test_limits)
{
	_cleanup_close_ int fd = make_archive("");
	struct fdp_archive_limits limits = { 3, FDP_ARCHIVE_BYTES_MAX };
	char *text;
	size_t size;

	/* It is the fifth. */
	ck_assert_int_eq(
		fdp_archive_read(fd, "far.py", LONGEST, &limits, &text, &size),
		-EFBIG);
	limits = all_limits();
	ck_assert_int_eq(fdp_archive_read(fd, "far.py", FAR_SIZE - 2, &limits,
					  &text, &size),
			 -EFBIG);
	limits.bytes_left = FAR_SIZE;
	ck_assert_int_eq(
		fdp_archive_read(fd, "far.py", LONGEST, &limits, &text, &size),
		0);
	free(text);
	ck_assert_int_eq(
		fdp_archive_read(fd, "far.py", LONGEST, &limits, &text, &size),
		-EFBIG);
}
END_TEST

/* A part of a header of the directory, and what it is made to say. */
static const struct lie {
	size_t offset; /* in the entry */
	uint8_t bytes[4];
	size_t count;
	int answer;
} lies[] = {
	{ 8, { 1 }, 1, -ENOTSUP },			 /* encrypted */
	{ 10, { 12 }, 1, -ENOTSUP },			 /* bzip2 */
	{ 10, { 14 }, 1, -ENOTSUP },			 /* LZMA */
	{ 24, { 0xff, 0xff, 0xff, 0x7f }, 4, -EFBIG },	 /* a bomb */
	{ 24, { 0xff, 0xff, 0, 0 }, 4, -EBADMSG },	 /* longer than it is */
	{ 16, { 1, 2, 3, 4 }, 4, -EBADMSG },		 /* another sum */
	{ 42, { 0xff, 0xff, 0xff, 0x7f }, 4, -EBADMSG }, /* lies elsewhere */
};

/* The directory's entry of the member called NAME, from the start. */
static off_t find_entry(const uint8_t *bytes, size_t size, const char *name)
{
	const uint8_t signature[] = { 'P', 'K', 1, 2 };
	const size_t name_at = 46;

	for (size_t i = 0; i + name_at + strlen(name) <= size; i++)
		if (memcmp(bytes + i, signature, sizeof(signature)) == 0 &&
		    memcmp(bytes + i + name_at, name, strlen(name)) == 0)
			return (off_t)i;
	ck_abort_msg("%s is not there", name);
}

/* All bytes of FD, malloc'ed. */
static uint8_t *bytes_of(int fd, size_t *ret_size)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc((size_t)size);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(pread(fd, bytes, (size_t)size, 0), size);
	*ret_size = (size_t)size;
	return bytes;
}

START_TEST(test_lies)
{
	_cleanup_close_ int fd = make_archive("");
	const struct lie *lie = &lies[_i];
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size, got;
	off_t entry;
	char *text;

	bytes = bytes_of(fd, &size);
	entry = find_entry(bytes, size, "package/module.py");
	ck_assert_int_eq(
		pwrite(fd, lie->bytes, lie->count, entry + (off_t)lie->offset),
		(ssize_t)lie->count);
	ck_assert_int_eq(try_read(fd, "package/module.py", &text, &got),
			 lie->answer);
}
END_TEST

/* Whatever it is: an answer, and no text but the true one. */
static void check_damaged(int fd)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = try_read(fd, "package/module.py", &text, &size);

	ck_assert_int_le(r, 0);
	if (r == 0) {
		ck_assert_uint_eq(size, strlen("import this\n"));
		ck_assert_mem_eq(text, "import this\n", size);
	}
}

/* Each byte, but those of a large member. */
START_TEST(test_damaged_bytes)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	_cleanup_close_ int fd = make_archive("");
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;

	bytes = bytes_of(fd, &size);
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == 'f' && i > 0 && bytes[i - 1] == 'f')
			continue;
		ck_assert_int_eq(pwrite(fd, &values[_i], 1, (off_t)i), 1);
		check_damaged(fd);
		ck_assert_int_eq(pwrite(fd, &bytes[i], 1, (off_t)i), 1);
	}
}
END_TEST

START_TEST(test_truncated)
{
	_cleanup_close_ int fd = make_archive("");
	off_t size = lseek(fd, 0, SEEK_END);

	while (size > 0) {
		size -= size > FAR_SIZE ? 1 : 97;
		ck_assert_int_eq(ftruncate(fd, size > 0 ? size : 0), 0);
		check_damaged(fd);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("archive");
	TCase *tcase = tcase_create("archive");

	tcase_add_loop_test(tcase, test_members, 0, ARRAY_SIZE(members));
	tcase_add_test(tcase, test_prefix);
	tcase_add_loop_test(tcase, test_strangers, 0, ARRAY_SIZE(strangers));
	tcase_add_test(tcase, test_long_name);
	tcase_add_test(tcase, test_limits);
	tcase_add_loop_test(tcase, test_lies, 0, ARRAY_SIZE(lies));
	tcase_add_loop_test(tcase, test_damaged_bytes, 0, 5);
	tcase_add_test(tcase, test_truncated);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
