/*
 * Reports on disk.  openat, linkat and getpid's siblings are the real ones; the
 * two below stand in for a file system without O_TMPFILE or without links.
 */
#include "../../daemon/store.h"
#include "suite.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char top[] = "/tmp/fdp-check-store-XXXXXX";
static char store[PATH_MAX];
static bool no_tmpfile, no_link;

int openat(int directory, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	if (no_tmpfile && (flags & __O_TMPFILE)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return syscall(SYS_openat, directory, path, flags, mode);
}

int linkat(int from, const char *path, int to, const char *name, int flags)
{
	if (no_link) {
		errno = EPERM;
		return -1;
	}
	return syscall(SYS_linkat, from, path, to, name, flags);
}

static const struct way {
	const char *name;
	bool no_tmpfile, no_link;
} ways[] = {
	{ "O_TMPFILE", false, false },
	{ "hidden name, link", true, false },
	{ "hidden name, rename", true, true },
};
#define WAYS ((int)(sizeof(ways) / sizeof(ways[0])))

static void use_way(int i)
{
	no_tmpfile = ways[i].no_tmpfile;
	no_link = ways[i].no_link;
}

static void setup(void)
{
	strcpy(top + strlen(top) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(store, sizeof(store), "%s/store", top);
	no_tmpfile = false;
	no_link = false;
}

static void remove_tree(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char name[PATH_MAX + NAME_MAX];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name) < 0)
			remove_tree(name);
	}
	if (directory)
		closedir(directory);
	rmdir(path);
}

static void teardown(void)
{
	umask(022);
	remove_tree(top);
}

static unsigned mode_of(int directory, const char *name)
{
	struct stat st;

	ck_assert_int_eq(fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode;
}

/* Entries of the directory; SHOWN only those without a leading dot. */
static int count_entries(const char *path, bool shown)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)))
		count += !shown || entry->d_name[0] != '.';
	closedir(directory);
	return shown ? count : count - 2;
}

static int open_store(void)
{
	int fd = fdp_store_open(store);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(published)
{
	int directory = open_store();
	struct fdp_store_file file = FDP_STORE_FILE_NONE;
	char content[8] = "";
	int fd;

	use_way(_i);
	ck_assert_int_eq(fdp_store_create(directory, &file), 0);
	ck_assert_int_eq(file.hidden != NULL, ways[_i].no_tmpfile);
	ck_assert_int_eq(write(file.fd, "report", 6), 6);
	ck_assert_int_eq(count_entries(store, true), 0);
	ck_assert_int_eq(fdp_store_publish(directory, &file, "a.txt"), 0);
	fdp_store_discard(directory, &file);
	ck_assert_int_eq(file.fd, -1);
	fdp_store_discard(directory, &file);

	ck_assert_int_eq(count_entries(store, false), 1);
	ck_assert_uint_eq(mode_of(directory, "a.txt"), S_IFREG | 0600);
	fd = openat(directory, "a.txt", O_RDONLY);
	ck_assert_int_eq(read(fd, content, sizeof(content)), 6);
	ck_assert_str_eq(content, "report");
	close(fd);
	close(directory);
}
END_TEST

START_TEST(discarded)
{
	int directory = open_store();
	struct fdp_store_file file = FDP_STORE_FILE_NONE;
	int fd;

	use_way(_i);
	fdp_store_discard(directory, &file);
	ck_assert_int_eq(fdp_store_create(directory, &file), 0);
	fd = file.fd;
	fdp_store_discard(directory, &file);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(count_entries(store, false), 0);
	close(directory);
}
END_TEST

enum planted { A_FILE, A_SYMLINK, A_DANGLING, A_FIFO, A_DIRECTORY };

static void plant(int directory, enum planted what)
{
	char target[PATH_MAX];
	int fd;

	snprintf(target, sizeof(target), "%s/victim", top);
	switch (what) {
	case A_SYMLINK:
		fd = open(target, O_CREAT | O_WRONLY | O_EXCL, 0600);
		ck_assert_int_ge(fd, 0);
		close(fd);
		/* fall through */
	case A_DANGLING:
		ck_assert_int_eq(symlinkat(target, directory, "a.txt"), 0);
		break;
	case A_FILE:
		fd = openat(directory, "a.txt", O_CREAT | O_WRONLY, 0640);
		ck_assert_int_ge(fd, 0);
		close(fd);
		break;
	case A_FIFO:
		ck_assert_int_eq(mkfifoat(directory, "a.txt", 0600), 0);
		break;
	case A_DIRECTORY:
		ck_assert_int_eq(mkdirat(directory, "a.txt", 0700), 0);
		break;
	}
}

START_TEST(name_taken)
{
	int directory = open_store();
	struct fdp_store_file file = FDP_STORE_FILE_NONE;
	enum planted what = _i % (A_DIRECTORY + 1);
	char victim[PATH_MAX];
	struct stat st;
	unsigned mode;

	use_way(_i / (A_DIRECTORY + 1));
	plant(directory, what);
	mode = mode_of(directory, "a.txt");
	ck_assert_int_eq(fdp_store_create(directory, &file), 0);
	ck_assert_int_eq(write(file.fd, "report", 6), 6);
	ck_assert_int_eq(fdp_store_publish(directory, &file, "a.txt"), -EEXIST);
	ck_assert_uint_eq(mode_of(directory, "a.txt"), mode);
	snprintf(victim, sizeof(victim), "%s/victim", top);
	if (what == A_SYMLINK) {
		ck_assert_int_eq(stat(victim, &st), 0);
		ck_assert_int_eq(st.st_size, 0);
	} else {
		ck_assert_int_eq(stat(victim, &st), -1);
	}

	/* The file is still good for another name. */
	ck_assert_int_eq(fdp_store_publish(directory, &file, "b.txt"), 0);
	fdp_store_discard(directory, &file);
	ck_assert_int_eq(count_entries(store, false), 2);
	close(directory);
}
END_TEST

static const struct bad_name {
	const char *name;
	int error;
} bad_names[] = {
	{ "../a.txt", -EINVAL }, { "/tmp/a.txt", -EINVAL }, { "x/y", -EINVAL },
	{ "", -ENOENT },	 { ".", -EEXIST },	    { "..", -EEXIST },
};

START_TEST(name_refused)
{
	int directory = open_store();
	struct fdp_store_file file = FDP_STORE_FILE_NONE;

	ck_assert_int_eq(fdp_store_create(directory, &file), 0);
	ck_assert_int_eq(
		fdp_store_publish(directory, &file, bad_names[_i].name),
		bad_names[_i].error);
	fdp_store_discard(directory, &file);
	ck_assert_int_eq(count_entries(store, false), 0);
	close(directory);
}
END_TEST

static const mode_t umasks[] = { 0, 022, 077, 0777 };
#define UMASKS ((int)(sizeof(umasks) / sizeof(umasks[0])))

START_TEST(modes)
{
	struct fdp_store_file file = FDP_STORE_FILE_NONE;
	mode_t before = umask(umasks[_i % UMASKS]);
	int directory;

	snprintf(store, sizeof(store), "%s/state/deep/store", top);
	directory = open_store();
	use_way(_i / UMASKS);
	ck_assert_int_eq(fdp_store_create(directory, &file), 0);
	ck_assert_int_eq(fdp_store_publish(directory, &file, "a.txt"), 0);
	fdp_store_discard(directory, &file);
	/* The umask is back. */
	ck_assert_uint_eq(umask(before), umasks[_i % UMASKS]);

	ck_assert_uint_eq(mode_of(directory, "a.txt"), S_IFREG | 0600);
	ck_assert_uint_eq(mode_of(directory, "."), S_IFDIR | 0700);
	ck_assert_uint_eq(mode_of(directory, ".."), S_IFDIR | 0700);
	ck_assert_uint_eq(mode_of(directory, "../.."), S_IFDIR | 0700);
	close(directory);
}
END_TEST

static const struct directory_row {
	const char *path; /* below top */
	mode_t mode;	  /* of the directory beforehand; 0: not there */
	const char *link; /* made beforehand, to "real" */
	int error;
	mode_t top;  /* of the directory around it, if not 0700 */
	uid_t owner; /* of the link, if it is somebody else's */
} directories[] = {
	{ "store", 0, NULL, 0, 0, 0 },
	{ "store/", 0, NULL, 0, 0, 0 },
	{ "//store//", 0, NULL, 0, 0, 0 },
	{ "./store", 0, NULL, 0, 0, 0 },
	{ "a/../store", 0, NULL, 0, 0, 0 },
	{ "store", 0700, NULL, 0, 0, 0 },
	{ "store", 0755, NULL, 0, 0, 0 },
	{ "store", 0770, NULL, -EPERM, 0, 0 },
	{ "store", 0702, NULL, -EPERM, 0, 0 },
	{ "store", 01777, NULL, -EPERM, 0, 0 },
	{ "link", 0, "link", 0, 0, 0 },
	{ "link/", 0, "link", 0, 0, 0 },
	{ "link", 0, "link", 0, 0775, 0 },
	{ "link", 0, "link", -ENOTDIR, 0777, 0 },
	{ "link", 0, "link", -ENOTDIR, 01777, 0 },
	{ "link", 0, "link", -ENOTDIR, 0, 65534 },
	{ "link/store", 0, "link", 0, 0, 0 },
	{ "link/store", 0, "link", 0, 01777, 0 },
};

START_TEST(directory_checked)
{
	const struct directory_row *row = &directories[_i];
	char path[PATH_MAX], name[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top, row->path);
	if (row->mode) {
		ck_assert_int_eq(mkdir(path, 0700), 0);
		ck_assert_int_eq(chmod(path, row->mode), 0);
	}
	if (row->link) {
		snprintf(name, sizeof(name), "%s/real", top);
		ck_assert_int_eq(mkdir(name, 0700), 0);
		snprintf(name, sizeof(name), "%s/%s", top, row->link);
		ck_assert_int_eq(symlink("real", name), 0);
	}
	if (row->top)
		ck_assert_int_eq(chmod(top, row->top), 0);
	if (row->owner && geteuid() != 0)
		return; /* only root can give it away */
	if (row->owner)
		ck_assert_int_eq(lchown(name, row->owner, row->owner), 0);
	fd = fdp_store_open(path);
	if (row->error) {
		ck_assert_int_eq(fd, row->error);
		return;
	}
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
}
END_TEST

START_TEST(not_a_directory)
{
	char path[PATH_MAX];
	int fd;

	ck_assert_int_eq(fdp_store_open(""), -EINVAL);
	ck_assert_int_eq(fdp_store_open("/"), -EINVAL);
	snprintf(path, sizeof(path), "%s/fifo", top);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(fdp_store_open(path), -ENOTDIR);
	snprintf(path, sizeof(path), "%s/fifo/store", top);
	ck_assert_int_eq(fdp_store_open(path), -ENOTDIR);

	/* A relative path starts where the process is. */
	ck_assert_int_eq(chdir(top), 0);
	fd = fdp_store_open("here/store");
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(access("here/store", F_OK), 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

/* Needs root to give a directory away; without it, one of root's will do. */
START_TEST(not_ours)
{
	const uid_t other = 12345;
	int fd;

	if (geteuid() != 0) {
		fd = fdp_store_open("/etc");
		ck_assert_int_ge(fd, 0);
		ck_assert_int_lt(
			fdp_store_create(fd, &(struct fdp_store_file){ 0 }), 0);
		close(fd);
		return;
	}
	ck_assert_int_eq(mkdir(store, 0700), 0);
	ck_assert_int_eq(chown(store, other, other), 0);
	ck_assert_int_eq(fdp_store_open(store), -EPERM);

	/* Its owner may use it, and what root has may be opened. */
	ck_assert_int_eq(chmod(top, 0711), 0);
	ck_assert_int_eq(seteuid(other), 0);
	fd = fdp_store_open(store);
	ck_assert_int_ge(fd, 0);
	close(fd);
	fd = fdp_store_open("/etc");
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

static const struct stem_row {
	long long time_us;
	const char *comm;
	int pid;
	const char *stem;
} stems[] = {
	{ 1795183459123456, "python3.12", 4711,
	  "20261120T140419.123456Z-python3.12-4711" },
	{ 0, "a", 1, "19700101T000000.000000Z-a-1" },
	{ 1, "a", 1, "19700101T000000.000001Z-a-1" },
	{ -1, "a", 1, "19691231T235959.999999Z-a-1" },
	{ 0, "", 1, "19700101T000000.000000Z--1" },
	{ 0, "../../etc/passwd", 1,
	  "19700101T000000.000000Z-.._.._etc_passwd-1" },
	{ 0, "a b\n\t\x1b[31m;$(x)", 1,
	  "19700101T000000.000000Z-a_b____31m___x_-1" },
	{ 0, "\xc3\xa4\xff", 1, "19700101T000000.000000Z-___-1" },
	{ 0, "A-Z_a.z-09", 2147483647,
	  "19700101T000000.000000Z-A-Z_a.z-09-2147483647" },
	{ 0, "0123456789012345678901234567890123456789tail", 1,
	  "19700101T000000.000000Z-"
	  "0123456789012345678901234567890123456789-1" },
};

START_TEST(stem)
{
	char name[96];

	fdp_store_stem(stems[_i].time_us, stems[_i].comm, stems[_i].pid, name);
	ck_assert_str_eq(name, stems[_i].stem);
}
END_TEST

/* Whatever the time says, the result is a file name that fits. */
START_TEST(stem_extremes)
{
	static const long long times[] = { LLONG_MIN, LLONG_MAX };
	char name[96];

	memset(name, 'x', sizeof(name));
	fdp_store_stem(times[_i],
		       "////////////////////////////////////////////"
		       "////////////////",
		       INT_MIN, name);
	ck_assert_ptr_nonnull(memchr(name, '\0', sizeof(name)));
	ck_assert_ptr_null(strchr(name, '/'));
	ck_assert_ptr_nonnull(strstr(name, "-2147483648"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("store");
	TCase *files = tcase_create("files");
	TCase *names = tcase_create("names");

	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_loop_test(files, published, 0, WAYS);
	tcase_add_loop_test(files, discarded, 0, WAYS);
	tcase_add_loop_test(files, name_taken, 0, WAYS * (A_DIRECTORY + 1));
	tcase_add_loop_test(files, name_refused, 0,
			    sizeof(bad_names) / sizeof(bad_names[0]));
	tcase_add_loop_test(files, modes, 0, WAYS * UMASKS);
	tcase_add_loop_test(files, directory_checked, 0,
			    sizeof(directories) / sizeof(directories[0]));
	tcase_add_test(files, not_a_directory);
	tcase_add_test(files, not_ours);
	suite_add_tcase(s, files);

	tcase_add_loop_test(names, stem, 0, sizeof(stems) / sizeof(stems[0]));
	tcase_add_loop_test(names, stem_extremes, 0, 2);
	suite_add_tcase(s, names);
	return s;
}

int main(void)
{
	return fdp_suite_run(suite());
}
