#include "maps.h"

#include <errno.h>
#include <string.h>

#include "cache.h"

/* vm.max_map_count is 65530, and few systems go beyond sixteen times that. */
#define MAPS_MAX (1024 * 1024)

#define DELETED " (deleted)"
#define ESCAPED_NEWLINE "\\012"

/* What is left of a line. */
struct text {
	const char *at;
	const char *end;
};

static bool take_char(struct text *text, char wanted)
{
	if (text->at == text->end || *text->at != wanted)
		return false;
	text->at++;
	return true;
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

/* At least one digit, and no more than fit. */
static bool take_number(struct text *text, unsigned int base,
			uint64_t *ret_value)
{
	const char *first = text->at;
	uint64_t value = 0;

	for (; text->at < text->end; text->at++) {
		int digit = digit_value(*text->at);

		if (digit < 0 || (unsigned int)digit >= base)
			break;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret_value = value;
	return text->at > first;
}

static bool take_permission(struct text *text, char set, char unset,
			    bool *ret_set)
{
	*ret_set = take_char(text, set);
	return *ret_set || take_char(text, unset);
}

static bool take_permissions(struct text *text, struct fdp_map *map)
{
	return take_permission(text, 'r', '-', &map->readable) &&
	       take_permission(text, 'w', '-', &map->writable) &&
	       take_permission(text, 'x', '-', &map->executable) &&
	       take_permission(text, 's', 'p', &map->shared);
}

static bool take_numbers(struct text *text, struct fdp_map *map)
{
	uint64_t device;

	return take_number(text, 16, &map->start) && take_char(text, '-') &&
	       take_number(text, 16, &map->end) && take_char(text, ' ') &&
	       take_permissions(text, map) && take_char(text, ' ') &&
	       take_number(text, 16, &map->offset) && take_char(text, ' ') &&
	       take_number(text, 16, &device) && take_char(text, ':') &&
	       take_number(text, 16, &device) && take_char(text, ' ') &&
	       take_number(text, 10, &map->inode);
}

static void unescape(char *path)
{
	const char *from = path;
	char *to = path;

	while (*from) {
		if (strncmp(from, ESCAPED_NEWLINE, strlen(ESCAPED_NEWLINE)) ==
		    0) {
			*to++ = '\n';
			from += strlen(ESCAPED_NEWLINE);
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* Only a file can be deleted: "[name (deleted)" is a name somebody chose. */
static void split_deleted(char *path, struct fdp_map *map)
{
	size_t length = strlen(path);
	size_t suffix = strlen(DELETED);

	if (path[0] != '/' || length <= suffix ||
	    strcmp(path + length - suffix, DELETED) != 0)
		return;
	path[length - suffix] = '\0';
	map->deleted = true;
}

static int take_path(struct fdp_arena *arena, struct text *text,
		     struct fdp_map *map)
{
	char *path;

	map->path = "";
	while (take_char(text, ' '))
		;
	if (text->at == text->end)
		return 0;
	path = fdp_arena_copy(arena, text->at, (size_t)(text->end - text->at));
	if (!path)
		return -ENOMEM;
	split_deleted(path, map);
	unescape(path);
	map->path = path;
	return 0;
}

static bool is_valid(const struct fdp_map *map, uint64_t lowest)
{
	return map->start >= lowest && map->start < map->end &&
	       map->start % FDP_PAGE_SIZE == 0 && map->end % FDP_PAGE_SIZE == 0;
}

/* 1 if LINE is a mapping not below LOWEST, 0 if it is not, or -ENOMEM. */
static int parse_line(struct fdp_arena *arena, struct text line,
		      uint64_t lowest, struct fdp_map *ret_map)
{
	struct fdp_map map = { 0 };
	int r;

	if (!take_numbers(&line, &map) || !is_valid(&map, lowest))
		return 0;
	if (line.at < line.end && *line.at != ' ')
		return 0;
	r = take_path(arena, &line, &map);
	if (r < 0)
		return r;
	*ret_map = map;
	return 1;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t count = 1;

	for (size_t i = 0; i < size; i++)
		count += text[i] == '\n';
	return count;
}

ssize_t fdp_maps_parse(struct fdp_arena *arena, const char *text, size_t size,
		       struct fdp_map **ret_maps)
{
	const char *end = text + size;
	size_t lines = count_lines(text, size);
	struct fdp_map *maps;
	size_t count = 0;
	uint64_t lowest = 0;

	if (lines > MAPS_MAX)
		return -E2BIG;
	maps = fdp_arena_array(arena, lines, sizeof(*maps));
	if (!maps)
		return -ENOMEM;
	for (const char *at = text; at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		struct text line = { at, newline ? newline : end };
		int r = parse_line(arena, line, lowest, &maps[count]);

		if (r < 0)
			return r;
		if (r > 0)
			lowest = maps[count++].end;
		at = newline ? newline + 1 : end;
	}
	*ret_maps = maps;
	return (ssize_t)count;
}

int fdp_maps_load(struct fdp_target *target, const char *text, size_t size)
{
	struct fdp_map *maps;
	ssize_t count = fdp_maps_parse(&target->arena, text, size, &maps);

	if (count < 0)
		return (int)count;
	target->maps = maps;
	target->map_count = (size_t)count;
	return 0;
}
