#include "proc.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "util.h"

#define CHUNK 4096

/* Maps of the largest programs have some megabytes. */
#define SIZE_MAX_ ((size_t)64 << 20)

char *fdp_proc_read_path(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *content = NULL;
	size_t size = 0, capacity = 0, got;

	if (!file)
		return NULL;
	do {
		if (capacity - size < CHUNK) {
			char *more = realloc(content, 2 * capacity + 2 * CHUNK);

			if (!more)
				return NULL;
			content = more;
			capacity = 2 * capacity + 2 * CHUNK;
		}
		got = fread(content + size, 1, CHUNK - 1, file);
		size += got;
	} while (got > 0 && size < SIZE_MAX_);
	if (ferror(file))
		return NULL;
	content[size] = '\0';
	return TAKE_PTR(content);
}

static void make_path(pid_t pid, const char *name, char path[static PATH_MAX])
{
	if (pid)
		snprintf(path, PATH_MAX, "/proc/%d/%s", (int)pid, name);
	else
		snprintf(path, PATH_MAX, "/proc/self/%s", name);
}

char *fdp_proc_read(pid_t pid, const char *name)
{
	char path[PATH_MAX];

	make_path(pid, name, path);
	return fdp_proc_read_path(path);
}

char *fdp_proc_link(pid_t pid, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t length;

	make_path(pid, name, path);
	length = readlink(path, target, sizeof(target) - 1);
	return length < 0 ? NULL : strndup(target, (size_t)length);
}

bool fdp_proc_field(const char *status, const char *field, int base,
		    uint64_t *ret_value)
{
	const size_t length = strlen(field);

	while (status && *status) {
		if (strncmp(status, field, length) == 0) {
			*ret_value = strtoull(status + length, NULL, base);
			return true;
		}
		status = strchr(status, '\n');
		status += status ? 1 : 0;
	}
	return false;
}

static bool parse_mapping(char *line, struct fdp_mapping *ret_mapping)
{
	static const char deleted[] = " (deleted)";
	const size_t mark = sizeof(deleted) - 1;
	char permissions[5];
	size_t length;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%*x %4s %*x %x:%x %" SCNu64 " %n",
		   &ret_mapping->start, permissions, &ret_mapping->major,
		   &ret_mapping->minor, &ret_mapping->inode, &path) < 5 ||
	    path == 0)
		return false;
	line += path;
	length = strlen(line);
	ret_mapping->deleted =
		length > mark && strcmp(line + length - mark, deleted) == 0;
	if (ret_mapping->deleted)
		line[length - mark] = '\0';
	ret_mapping->path = line;
	ret_mapping->readable = permissions[0] == 'r';
	return true;
}

bool fdp_proc_next_mapping(char **maps, struct fdp_mapping *ret_mapping)
{
	while (**maps) {
		char *line = *maps;
		char *end = strchr(line, '\n');

		*maps = end ? end + 1 : line + strlen(line);
		if (end)
			*end = '\0';
		if (parse_mapping(line, ret_mapping))
			return true;
	}
	return false;
}

const char *fdp_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
