#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "../base/util.h"
#include "archive.h"
#include "rooted.h"

/* Larger files are data or generated; a report can do without their text. */
#define SOURCE_FILE_MAX (16 * 1024 * 1024)

/* A line longer than this is not shown whole by anybody. */
#define SOURCE_LINE_MAX 4096

#define US_PER_S 1000000
#define NS_PER_US 1000

/* Files kept open at once; the oldest makes room. */
#define FILES_MAX 32

struct source_file {
	char *path;
	char *text; /* NULL: cannot be read */
	int64_t written_us;
	size_t size;
	/* Where the search for a line may begin: the last answer. */
	size_t known_offset;
	long known_line;
};

struct fdp_sources {
	int proc_directory;
	struct fdp_archive_limits archive_limits;
	struct source_file files[FILES_MAX];
	size_t next;
};

static void file_done(struct source_file *file)
{
	free(file->path);
	free(file->text);
	memset(file, 0, sizeof(*file));
}

static void sources_free(void *backend)
{
	struct fdp_sources *sources = backend;

	for (size_t i = 0; i < FILES_MAX; i++)
		file_done(&sources->files[i]);
	free(sources);
}

/* Through the process's own directories.  A descriptor, or -errno. */
static int look_for(struct fdp_sources *sources, const char *path,
		    char **ret_member)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	_cleanup_close_ int root =
		openat(sources->proc_directory, "root", flags);
	_cleanup_close_ int here = -1;

	if (root < 0)
		return -errno;
	if (path[0] == '/')
		return fdp_rooted_find(root, root, path, ret_member);
	here = openat(sources->proc_directory, "cwd", flags);
	return here < 0 ? -errno
			: fdp_rooted_find(root, here, path, ret_member);
}

/* *ret_member: what it is called in the archive that was opened, or "". */
static int open_source(struct fdp_sources *sources, const char *path,
		       char **ret_member)
{
	_cleanup_free_ char *member = NULL;
	_cleanup_close_ int handle = look_for(sources, path, &member);
	int fd;

	/* /proc/PID/root may be closed to us where the file is not. */
	if (handle == -EACCES && path[0] == '/') {
		_cleanup_close_ int root =
			open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		handle = root < 0 ? -errno
				  : fdp_rooted_find(root, root, path, &member);
	}
	if (handle < 0)
		return handle;
	fd = fdp_reopen_regular(handle);
	if (fd >= 0)
		*ret_member = TAKE_PTR(member);
	return fd;
}

/* Read and not mapped: somebody may truncate it while we look. */
static int read_file(int fd, uint64_t size, char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	ssize_t got;

	if (size == 0 || size > SOURCE_FILE_MAX)
		return -EFBIG;
	text = malloc((size_t)size);
	if (!text)
		return -ENOMEM;
	got = pread(fd, text, (size_t)size, 0);
	if (got <= 0)
		return got < 0 ? -errno : -ENODATA;
	*ret_text = TAKE_PTR(text);
	*ret_size = (size_t)got;
	return 0;
}

/* What linecache takes for the end of a line: "\n", "\r\n" and "\r". */
static void unify_newlines(char *text, size_t *size)
{
	size_t to = 0;

	if (!memchr(text, '\r', *size))
		return;
	for (size_t from = 0; from < *size; from++) {
		if (text[from] == '\r') {
			if (from + 1 < *size && text[from + 1] == '\n')
				continue;
			text[from] = '\n';
		}
		text[to++] = text[from];
	}
	*size = to;
}

/* Before the first line of files of some editors; no part of it. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

static void tidy(char *text, size_t *size)
{
	size_t length = strlen(byte_order_mark);

	if (*size >= length && memcmp(text, byte_order_mark, length) == 0) {
		*size -= length;
		memmove(text, text + length, *size);
	}
	unify_newlines(text, size);
}

static int64_t to_us(struct statx_timestamp stamp)
{
	return stamp.tv_sec * US_PER_S + stamp.tv_nsec / NS_PER_US;
}

/*
 * When what stands there was written or put there, whichever was later: who
 * unpacks or copies a new version often gives it back the time that it had.  A
 * change of mode or of links is none of both.
 */
static int64_t time_of(const struct statx *status)
{
	int64_t written = to_us(status->stx_mtime);
	int64_t born = status->stx_mask & STATX_BTIME ? to_us(status->stx_btime)
						      : written;

	return born > written ? born : written;
}

static int read_source(struct fdp_sources *sources, struct source_file *file)
{
	_cleanup_free_ char *member = NULL;
	_cleanup_close_ int fd = open_source(sources, file->path, &member);
	struct statx status;
	int r;

	if (fd < 0)
		return fd;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME,
		  &status) < 0)
		return -errno;
	r = member[0]
		    ? fdp_archive_read(fd, member, SOURCE_FILE_MAX,
				       &sources->archive_limits, &file->text,
				       &file->size)
		    : read_file(fd, status.stx_size, &file->text, &file->size);
	if (r < 0)
		return r;
	tidy(file->text, &file->size);
	file->written_us = time_of(&status);
	file->known_line = 1;
	return 0;
}

static struct source_file *file_of(struct fdp_sources *sources,
				   const char *path)
{
	struct source_file *file;

	for (size_t i = 0; i < FILES_MAX; i++) {
		file = &sources->files[i];
		if (file->path && strcmp(file->path, path) == 0)
			return file;
	}
	file = &sources->files[sources->next];
	sources->next = (sources->next + 1) % FILES_MAX;
	file_done(file);
	file->path = strdup(path);
	if (!file->path)
		return NULL;
	read_source(sources, file);
	return file;
}

/* The text of LINE, or NULL; remembers the place for the next search. */
static const char *find_line(struct source_file *file, long line,
			     size_t *ret_size)
{
	const char *end = file->text + file->size;
	const char *at = file->text;
	const char *newline;
	long number = 1;

	if (line >= file->known_line) {
		at += file->known_offset;
		number = file->known_line;
	}
	for (; number < line; number++) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			return NULL;
		at = newline + 1;
	}
	if (at >= end)
		return NULL;
	file->known_offset = (size_t)(at - file->text);
	file->known_line = line;
	newline = memchr(at, '\n', (size_t)(end - at));
	*ret_size = (size_t)((newline ? newline : end) - at);
	return at;
}

static int source_line(void *backend, const char *question, char **ret_line,
		       size_t *ret_size)
{
	struct source_file *file;
	const char *text;
	char *path, *copy;
	size_t size = 0;
	long line = strtol(question, &path, 10);

	if (line < 1 || *path != '/')
		return -EINVAL;
	file = file_of(backend, path + 1);
	if (!file)
		return -ENOMEM;
	text = file->text ? find_line(file, line, &size) : NULL;
	if (!text)
		return -ENOENT;
	if (size > SOURCE_LINE_MAX)
		return -EFBIG;
	copy = strndup(text, size);
	if (!copy)
		return -ENOMEM;
	*ret_line = copy;
	*ret_size = strlen(copy);
	return 0;
}

static int source_time(void *backend, const char *path, char **ret_time,
		       size_t *ret_size)
{
	struct source_file *file = file_of(backend, path);
	int length;

	if (!file)
		return -ENOMEM;
	if (!file->text)
		return -ENOENT;
	length = asprintf(ret_time, "%" PRId64, file->written_us);
	if (length < 0)
		return -ENOMEM;
	*ret_size = (size_t)length;
	return 0;
}

static const struct fdp_procfs_sources source_ops = {
	.line = source_line,
	.time = source_time,
	.free = sources_free,
};

int fdp_sources_procfs_new(pid_t pid, struct fdp_procfs **ret_procfs)
{
	_cleanup_free_ struct fdp_sources *sources =
		calloc(1, sizeof(*sources));
	int r = sources ? fdp_procfs_new(pid, ret_procfs) : -ENOMEM;

	if (r < 0)
		return r;
	sources->proc_directory = fdp_procfs_directory(*ret_procfs);
	sources->archive_limits = (struct fdp_archive_limits){
		.entries_left = FDP_ARCHIVE_ENTRIES_MAX,
		.bytes_left = FDP_ARCHIVE_BYTES_MAX,
	};
	fdp_procfs_set_sources(*ret_procfs, &source_ops, TAKE_PTR(sources));
	return 0;
}
