#include "procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/util.h"

/* The largest file of /proc we take: maps of some 100,000 mappings. */
#define PROC_FILE_MAX (16 * 1024 * 1024)

/* More threads than a process may have by default (kernel.threads-max). */
#define THREADS_MAX 131072

struct fdp_procfs {
	int directory;				     /* /proc/PID */
	const struct fdp_procfs_sources *source_ops; /* or NULL */
	void *sources;
};

int fdp_procfs_new(pid_t pid, struct fdp_procfs **ret_procfs)
{
	struct fdp_procfs *procfs = calloc(1, sizeof(*procfs));
	char path[64];
	int r;

	if (!procfs)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	procfs->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (procfs->directory < 0) {
		r = -errno;
		fdp_procfs_free(procfs);
		return r;
	}
	*ret_procfs = procfs;
	return 0;
}

int fdp_procfs_directory(const struct fdp_procfs *procfs)
{
	return procfs->directory;
}

void fdp_procfs_set_sources(struct fdp_procfs *procfs,
			    const struct fdp_procfs_sources *ops, void *backend)
{
	procfs->source_ops = ops;
	procfs->sources = backend;
}

void fdp_procfs_free(struct fdp_procfs *procfs)
{
	if (!procfs)
		return;
	if (procfs->source_ops)
		procfs->source_ops->free(procfs->sources);
	if (procfs->directory >= 0)
		close(procfs->directory);
	free(procfs);
}

/* All of a file whose size is not known before. */
static int read_all(int fd, char **ret_value, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t capacity = 0;
	size_t size = 0;

	for (;;) {
		ssize_t got;

		if (capacity - size < 2) {
			size_t wanted = capacity ? capacity * 2 : 4096;
			char *grown = realloc(text, wanted);

			if (!grown)
				return -ENOMEM;
			text = grown;
			capacity = wanted;
		}
		got = read(fd, text + size, capacity - size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0 || size + (size_t)got > PROC_FILE_MAX)
			break;
		size += (size_t)got;
	}
	text[size] = '\0';
	*ret_value = TAKE_PTR(text);
	*ret_size = size;
	return 0;
}

static int proc_file(struct fdp_procfs *procfs, const char *name,
		     char **ret_value, size_t *ret_size)
{
	_cleanup_close_ int fd = openat(procfs->directory, name,
					O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	return read_all(fd, ret_value, ret_size);
}

static int proc_link(struct fdp_procfs *procfs, const char *name,
		     char **ret_value, size_t *ret_size)
{
	_cleanup_free_ char *value = malloc(PATH_MAX + 1);
	ssize_t size;

	if (!value)
		return -ENOMEM;
	size = readlinkat(procfs->directory, name, value, PATH_MAX);
	if (size < 0)
		return -errno;
	value[size] = '\0';
	*ret_value = TAKE_PTR(value);
	*ret_size = (size_t)size;
	return 0;
}

static int drop_newline(char *value, size_t *size)
{
	if (*size && value[*size - 1] == '\n')
		value[--*size] = '\0';
	return 0;
}

/* thread/<tid>/<file>: without the newline at the end. */
static int thread_file(struct fdp_procfs *procfs, const char *name,
		       char **ret_value, size_t *ret_size)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "task/%s", name);
	r = proc_file(procfs, path, ret_value, ret_size);
	return r < 0 ? r : drop_newline(*ret_value, ret_size);
}

/* process/<pid>/comm: of any process, and nothing else of it. */
static int other_name(const char *key, char **ret_value, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	char *end;
	long pid = strtol(key, &end, 10);
	int r;

	if (pid <= 0 || strcmp(end, "/comm") != 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = read_all(fd, ret_value, ret_size);
	return r < 0 ? r : drop_newline(*ret_value, ret_size);
}

/* The kernel's boot time from /proc/stat; start times are counted from it. */
static int boot_time(char **ret_value, size_t *ret_size)
{
	_cleanup_close_ int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	const char *line;
	size_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = read_all(fd, &text, &size);
	if (r < 0)
		return r;
	line = strstr(text, "\nbtime ");
	if (!line)
		return -ENOENT;
	r = asprintf(ret_value, "%llu000000",
		     strtoull(line + strlen("\nbtime "), NULL, 10));
	if (r < 0)
		return -ENOMEM;
	*ret_size = (size_t)r;
	return 0;
}

/* What systemd has told the process; of the rest of its environment nothing. */
static int watchdog_time(struct fdp_procfs *procfs, char **ret_value,
			 size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = proc_file(procfs, "environ", &text, &size);

	if (r < 0)
		return r;
	for (const char *at = text; at < text + size; at += strlen(at) + 1) {
		if (!STARTS_WITH(at, "WATCHDOG_USEC="))
			continue;
		*ret_value = strdup(at + strlen("WATCHDOG_USEC="));
		if (!*ret_value)
			return -ENOMEM;
		*ret_size = strlen(*ret_value);
		return 0;
	}
	return -ENOENT;
}

int fdp_procfs_fact(struct fdp_procfs *procfs, const char *key,
		    char **ret_value, size_t *ret_size)
{
	if (STARTS_WITH(key, "proc/"))
		return proc_file(procfs, key + strlen("proc/"), ret_value,
				 ret_size);
	if (STARTS_WITH(key, "link/"))
		return proc_link(procfs, key + strlen("link/"), ret_value,
				 ret_size);
	if (STARTS_WITH(key, "thread/"))
		return thread_file(procfs, key + strlen("thread/"), ret_value,
				   ret_size);
	if (procfs->source_ops && STARTS_WITH(key, "source/"))
		return procfs->source_ops->line(procfs->sources,
						key + strlen("source/"),
						ret_value, ret_size);
	if (procfs->source_ops && STARTS_WITH(key, "source-time/"))
		return procfs->source_ops->time(procfs->sources,
						key + strlen("source-time/"),
						ret_value, ret_size);
	if (strcmp(key, "host/boot-time-us") == 0)
		return boot_time(ret_value, ret_size);
	if (strcmp(key, "process/watchdog-us") == 0)
		return watchdog_time(procfs, ret_value, ret_size);
	if (STARTS_WITH(key, "process/"))
		return other_name(key + strlen("process/"), ret_value,
				  ret_size);
	return -ENOENT;
}

static int compare_tids(const void *a, const void *b)
{
	pid_t left = *(const pid_t *)a;
	pid_t right = *(const pid_t *)b;

	return (left > right) - (left < right);
}

static void closedir_cleanup(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

ssize_t fdp_procfs_threads(struct fdp_procfs *procfs, pid_t **ret_tids)
{
	__attribute__((cleanup(closedir_cleanup))) DIR *directory = NULL;
	_cleanup_free_ pid_t *tids = NULL;
	struct dirent *entry;
	size_t count = 0;
	int fd = openat(procfs->directory, "task",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(directory)) && count < THREADS_MAX) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid <= 0)
			continue;
		if (count % 256 == 0) {
			pid_t *grown =
				reallocarray(tids, count + 256, sizeof(*tids));
			if (!grown)
				return -ENOMEM;
			tids = grown;
		}
		tids[count++] = tid;
	}
	if (count)
		qsort(tids, count, sizeof(*tids), compare_tids);
	*ret_tids = TAKE_PTR(tids);
	return (ssize_t)count;
}
