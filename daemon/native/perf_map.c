#include "perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/util.h"

/* Half a million functions of 120 bytes; what is behind that is not read. */
#define FILE_SIZE_MAX (64 * 1024 * 1024)

/*
 * Entries looked at before an address.  Memory of code that was thrown away is
 * used again, so entries overlap; the one that was written last is right.
 */
#define LOOK_BACK_MAX 256

struct entry {
	uint64_t start, size;
	const char *name; /* in text */
};

struct fdp_perf_map {
	char *text;
	struct entry *entries; /* by start, then as written */
	size_t count;
};

/* In the text, an entry that was written later lies behind. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a;
	const struct entry *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->name > right->name) - (left->name < right->name);
}

/* A number in hex and the space behind it. */
static bool take_number(char **text, uint64_t *ret_value)
{
	char *end;

	/* strtoull() would also take spaces, signs and nothing at all. */
	if (strspn(*text, "0123456789abcdefABCDEF") == 0)
		return false;
	errno = 0;
	*ret_value = strtoull(*text, &end, 16);
	if (errno || *end != ' ')
		return false;
	*text = end + 1;
	return true;
}

static bool parse_line(char *line, struct entry *ret_entry)
{
	uint64_t end;

	if (!take_number(&line, &ret_entry->start) ||
	    !take_number(&line, &ret_entry->size) ||
	    __builtin_add_overflow(ret_entry->start, ret_entry->size, &end))
		return false;
	ret_entry->name = line;
	return *line != '\0' && ret_entry->size > 0;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t count = 1;

	for (size_t i = 0; i < size; i++)
		count += text[i] == '\n';
	return count;
}

int fdp_perf_map_parse(char *text, size_t size, struct fdp_perf_map **ret_map)
{
	struct fdp_perf_map *map = calloc(1, sizeof(*map));
	char *line = text;
	char *end = text + size;

	if (!map) {
		free(text);
		return -ENOMEM;
	}
	*end = '\0';
	map->text = text;
	map->entries = calloc(count_lines(text, size), sizeof(*map->entries));
	if (!map->entries) {
		fdp_perf_map_free(map);
		return -ENOMEM;
	}
	while (line < end) {
		char *newline = memchr(line, '\n', (size_t)(end - line));

		newline = newline ? newline : end;
		*newline = '\0';
		if (parse_line(line, &map->entries[map->count]))
			map->count++;
		line = newline + (newline < end);
	}
	if (map->count)
		qsort(map->entries, map->count, sizeof(*map->entries),
		      compare_entries);
	*ret_map = map;
	return 0;
}

void fdp_perf_map_free(struct fdp_perf_map *map)
{
	if (!map)
		return;
	free(map->entries);
	free(map->text);
	free(map);
}

const char *fdp_perf_map_find(const struct fdp_perf_map *map, uint64_t address,
			      uint64_t *ret_offset)
{
	const struct entry *best = NULL;
	size_t low = 0;
	size_t high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->entries[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i > 0 && low - i < LOOK_BACK_MAX; i--) {
		const struct entry *entry = &map->entries[i - 1];

		if (address - entry->start < entry->size &&
		    (!best || entry->name > best->name))
			best = entry;
	}
	if (!best)
		return NULL;
	*ret_offset = address - best->start;
	return best->name;
}

/* The effective user of the process, from its status. */
static int process_user(struct fdp_target *target, uid_t *ret_user)
{
	const char *status;
	const char *line;
	unsigned int real, effective;
	int r = fdp_target_fact(target, "proc/status", &status, NULL);

	if (r < 0)
		return r;
	line = strstr(status, "\nUid:");
	if (!line || sscanf(line, "\nUid:\t%u\t%u", &real, &effective) != 2)
		return -ENODATA;
	*ret_user = effective;
	return 0;
}

/* The process's own number, which another pid namespace may have given it. */
static unsigned int own_pid(struct fdp_target *target)
{
	unsigned int pid = (unsigned int)target->pid;
	const char *status;
	const char *at;

	if (fdp_target_fact(target, "proc/status", &status, NULL) < 0)
		return pid;
	at = strstr(status, "\nNSpid:");
	at = at ? at + strlen("\nNSpid:") : "";
	while (*at == '\t') {
		char *end;
		unsigned long number = strtoul(at + 1, &end, 10);

		if (end == at + 1 || number > INT32_MAX)
			break;
		pid = (unsigned int)number;
		at = end;
	}
	return pid;
}

static int check_owner(struct fdp_target *target, const struct stat *status)
{
	uid_t user;
	int r;

	if (!S_ISREG(status->st_mode))
		return -EPERM;
	if (status->st_uid == 0)
		return 0;
	r = process_user(target, &user);
	if (r < 0)
		return r;
	return status->st_uid == user ? 0 : -EPERM;
}

static int open_map(struct fdp_target *target, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/tmp/perf-%u.map", own_pid(target));
	fd = open(path,
		  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	r = check_owner(target, &status);
	if (r < 0)
		return r;
	*ret_size = status.st_size < FILE_SIZE_MAX ? (size_t)status.st_size
						   : FILE_SIZE_MAX;
	return TAKE_FD(fd);
}

int fdp_perf_map_new(struct fdp_target *target, struct fdp_perf_map **ret_map)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t size = 0;
	ssize_t got;

	fd = open_map(target, &size);
	if (fd < 0)
		return fd;
	text = malloc(size + 1);
	if (!text)
		return -ENOMEM;
	/* The process may still be writing: what there is now is enough. */
	got = pread(fd, text, size, 0);
	if (got < 0)
		return -errno;
	return fdp_perf_map_parse(TAKE_PTR(text), (size_t)got, ret_map);
}
