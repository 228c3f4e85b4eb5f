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
	struct source_file files[FILES_MAX];
	size_t next;
};

int fdp_sources_new(int proc_directory, struct fdp_sources **ret_sources)
{
	struct fdp_sources *sources = calloc(1, sizeof(*sources));

	if (!sources)
		return -ENOMEM;
	sources->proc_directory = proc_directory;
	*ret_sources = sources;
	return 0;
}

static void file_done(struct source_file *file)
{
	free(file->path);
	free(file->text);
	memset(file, 0, sizeof(*file));
}

void fdp_sources_free(struct fdp_sources *sources)
{
	if (!sources)
		return;
	for (size_t i = 0; i < FILES_MAX; i++)
		file_done(&sources->files[i]);
	free(sources);
}

static int open_source(struct fdp_sources *sources, const char *path)
{
	char full[PATH_MAX];
	int length, fd;

	length = snprintf(full, sizeof(full), "%s/%s",
			  path[0] == '/' ? "root" : "cwd", path);
	if (length < 0 || (size_t)length >= sizeof(full))
		return -ENAMETOOLONG;
	fd = fdp_open_regular(sources->proc_directory, full);
	/* /proc/PID/root may be closed to us where the file is not. */
	if (fd == -EACCES && path[0] == '/')
		fd = fdp_open_regular(AT_FDCWD, path);
	return fd;
}

/* Read and not mapped: somebody may truncate it while we look. */
static int read_source(struct source_file *file, int fd)
{
	_cleanup_free_ char *text = NULL;
	struct stat status;
	ssize_t got;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size <= 0 || status.st_size > SOURCE_FILE_MAX)
		return -EFBIG;
	text = malloc((size_t)status.st_size);
	if (!text)
		return -ENOMEM;
	got = pread(fd, text, (size_t)status.st_size, 0);
	if (got <= 0)
		return got < 0 ? -errno : -ENODATA;
	file->text = TAKE_PTR(text);
	file->written_us = (int64_t)status.st_mtim.tv_sec * US_PER_S +
			   status.st_mtim.tv_nsec / NS_PER_US;
	file->size = (size_t)got;
	file->known_line = 1;
	return 0;
}

static struct source_file *file_of(struct fdp_sources *sources,
				   const char *path)
{
	_cleanup_close_ int fd = -1;
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
	fd = open_source(sources, path);
	if (fd >= 0)
		read_source(file, fd);
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

int fdp_sources_line(struct fdp_sources *sources, const char *question,
		     char **ret_line, size_t *ret_size)
{
	struct source_file *file;
	const char *text;
	char *path, *copy;
	size_t size = 0;
	long line = strtol(question, &path, 10);

	if (line < 1 || *path != '/')
		return -EINVAL;
	file = file_of(sources, path + 1);
	if (!file)
		return -ENOMEM;
	text = file->text ? find_line(file, line, &size) : NULL;
	if (!text)
		return -ENOENT;
	if (size && text[size - 1] == '\r')
		size--;
	if (size > SOURCE_LINE_MAX)
		return -EFBIG;
	copy = strndup(text, size);
	if (!copy)
		return -ENOMEM;
	*ret_line = copy;
	*ret_size = strlen(copy);
	return 0;
}

int fdp_sources_time(struct fdp_sources *sources, const char *path,
		     char **ret_time, size_t *ret_size)
{
	struct source_file *file = file_of(sources, path);
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
