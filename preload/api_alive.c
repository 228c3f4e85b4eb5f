/* Signs of life, and what is to be said of it: fdpreload.h. */
#include <string.h>

#include "api.h"
#include "ask.h"
#include "real.h"

/* 0, or -EINVAL if TEXT is not there, empty where it may not be, or too long.
 */
static int copy(const char *text, char *to, size_t size)
{
	size_t length = text ? strnlen(text, size) : 0;

	if (!text || length == size)
		return -EINVAL;
	memcpy(to, text, length);
	return 0;
}

FDP_EXPORT int fdp_api_heartbeat(const char *name, uint64_t timeout_us)
{
	struct fdp_request request = {
		.operation = FDP_HEARTBEAT,
		.timeout_us = timeout_us,
	};
	int r = copy(name, request.name, sizeof(request.name));

	if (r < 0 || timeout_us > FDPRELOAD_TIMEOUT_MAX)
		return -EINVAL;
	r = fdp_ask(&request, -1, FDP_ASK_AND_WAIT);
	return r < 0 ? r : 0;
}

FDP_EXPORT int fdp_api_annotate(const char *key, const char *value)
{
	struct fdp_annotation annotation = { .flags = 0 };
	int r = copy(key, annotation.key, sizeof(annotation.key));

	if (r == 0 && value)
		r = copy(value, annotation.value, sizeof(annotation.value));
	if (r < 0 || !annotation.key[0])
		return -EINVAL;
	if (!value)
		annotation.flags = FDP_ANNOTATION_REMOVE;
	return fdp_tell(&annotation);
}
