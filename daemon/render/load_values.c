#include "load_values.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#define US_PER_S 1000000

void fdp_load_fail(struct fdp_load *load, const char *key, const char *wanted)
{
	if (load->error)
		return;
	load->error = -EBADMSG;
	snprintf(load->why, FDP_LOAD_WHY_SIZE, "'%s' in %s is not %s", key,
		 load->place, wanted);
}

void *fdp_load_array(struct fdp_load *load, size_t count, size_t size)
{
	void *array = load->error ? NULL
				  : fdp_arena_array(&load->report->arena,
						    count + 1, size);

	if (!array && !load->error)
		load->error = -ENOMEM;
	return array;
}

/* NULL if it is missing, null, or something is wrong already. */
static json_t *find(const struct fdp_load *load, const json_t *object,
		    const char *key)
{
	json_t *value = json_object_get(object, key);

	return load->error || json_is_null(value) ? NULL : value;
}

static const char *copy(struct fdp_load *load, const char *key,
			const json_t *value)
{
	const char *text;

	if (!json_is_string(value)) {
		fdp_load_fail(load, key, "a string");
		return NULL;
	}
	text = fdp_arena_copy(&load->report->arena, json_string_value(value),
			      json_string_length(value));
	if (!text)
		load->error = -ENOMEM;
	return text;
}

const char *fdp_load_string(struct fdp_load *load, const json_t *object,
			    const char *key)
{
	const json_t *value = find(load, object, key);

	return value ? copy(load, key, value) : NULL;
}

json_t *fdp_load_object(struct fdp_load *load, const json_t *object,
			const char *key)
{
	json_t *value = find(load, object, key);

	if (value && !json_is_object(value)) {
		fdp_load_fail(load, key, "an object");
		return NULL;
	}
	return value;
}

json_t *fdp_load_list(struct fdp_load *load, const json_t *object,
		      const char *key)
{
	json_t *value = find(load, object, key);

	if (value && !json_is_array(value)) {
		fdp_load_fail(load, key, "an array");
		return NULL;
	}
	return value;
}

int64_t fdp_load_number(struct fdp_load *load, const json_t *object,
			const char *key, int64_t unknown)
{
	const json_t *value = find(load, object, key);

	if (!value)
		return unknown;
	if (!json_is_integer(value)) {
		fdp_load_fail(load, key, "a whole number");
		return unknown;
	}
	return json_integer_value(value);
}

int64_t fdp_load_count(struct fdp_load *load, const json_t *object,
		       const char *key, int64_t most)
{
	int64_t count = fdp_load_number(load, object, key, FDP_UNKNOWN);

	if (count < FDP_UNKNOWN || count > most) {
		fdp_load_fail(load, key, "in the range that it can have");
		return FDP_UNKNOWN;
	}
	return count;
}

double fdp_load_real(struct fdp_load *load, const json_t *object,
		     const char *key)
{
	const json_t *value = find(load, object, key);

	if (!value)
		return FDP_UNKNOWN;
	if (!json_is_number(value) || json_number_value(value) < 0) {
		fdp_load_fail(load, key, "a number from 0");
		return FDP_UNKNOWN;
	}
	return json_number_value(value);
}

int fdp_load_flag(struct fdp_load *load, const json_t *object, const char *key)
{
	const json_t *value = find(load, object, key);

	if (!value)
		return FDP_UNKNOWN;
	if (!json_is_boolean(value)) {
		fdp_load_fail(load, key, "true or false");
		return FDP_UNKNOWN;
	}
	return json_is_true(value);
}

bool fdp_load_address(struct fdp_load *load, const json_t *object,
		      const char *key, uint64_t *ret_address)
{
	const json_t *value = find(load, object, key);
	const char *text = json_string_value(value);
	char *end;

	*ret_address = 0;
	if (!value)
		return false;
	if (!text || strncmp(text, "0x", 2) != 0 || !text[2] ||
	    strlen(text) > strlen("0x0123456789abcdef")) {
		fdp_load_fail(load, key, "an address such as 0x7f00");
		return false;
	}
	*ret_address = strtoull(text, &end, 16);
	if (*end)
		fdp_load_fail(load, key, "an address such as 0x7f00");
	return !*end;
}

int64_t fdp_load_time(struct fdp_load *load, const json_t *object,
		      const char *key)
{
	const json_t *value = find(load, object, key);
	const char *text = json_string_value(value), *rest;
	struct tm parts;
	unsigned microseconds;
	int used = 0;

	if (!value)
		return FDP_UNKNOWN;
	memset(&parts, 0, sizeof(parts));
	rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
	if (!rest || sscanf(rest, ".%6uZ%n", &microseconds, &used) != 1 ||
	    !used || rest[used] || timegm(&parts) < 0) {
		fdp_load_fail(load, key,
			      "a time such as 2026-11-20T14:04:19.123456Z");
		return FDP_UNKNOWN;
	}
	return (int64_t)timegm(&parts) * US_PER_S + microseconds;
}

const char **fdp_load_strings(struct fdp_load *load, const json_t *object,
			      const char *key, size_t *ret_count)
{
	const json_t *list = fdp_load_list(load, object, key);
	size_t count = json_array_size(list);
	const char **strings = fdp_load_array(load, count, sizeof(*strings));

	*ret_count = 0;
	for (size_t i = 0; strings && i < count && !load->error; i++) {
		strings[i] = copy(load, key, json_array_get(list, i));
		*ret_count = i + 1;
	}
	if (load->error)
		*ret_count = 0;
	return strings;
}
