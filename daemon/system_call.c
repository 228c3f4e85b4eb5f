#include "system_call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* Takes " 0x..." from *TEXT. */
static bool take_word(const char **text, uint64_t *ret_word)
{
	unsigned long long word;
	char *end;

	if (!STARTS_WITH(*text, " 0x"))
		return false;
	errno = 0;
	word = strtoull(*text + 1, &end, 16);
	if (errno || end == *text + strlen(" 0x"))
		return false;
	*text = end;
	*ret_word = word;
	return true;
}

static bool take_number(const char **text, int64_t *ret_number)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(*text, &end, 10);
	if (errno || end == *text || number < -1)
		return false;
	*text = end;
	*ret_number = number;
	return true;
}

int fdp_system_call_parse(const char *text, struct fdp_system_call *ret_call)
{
	struct fdp_system_call call = { .number = -1 };
	size_t count;

	if (strcmp(text, "running") == 0) {
		*ret_call = call;
		return 0;
	}
	if (!take_number(&text, &call.number))
		return -EBADMSG;
	call.inside = call.number >= 0;
	count = call.inside ? ARRAY_SIZE(call.arguments) : 0;
	for (size_t i = 0; i < count; i++)
		if (!take_word(&text, &call.arguments[i]))
			return -EBADMSG;
	if (!take_word(&text, &call.sp) || !take_word(&text, &call.pc) || *text)
		return -EBADMSG;
	*ret_call = call;
	return 0;
}

void fdp_system_call_format(const struct fdp_system_call *call,
			    char text[FDP_SYSTEM_CALL_TEXT])
{
	const uint64_t *a = call->arguments;

	if (!call->inside)
		snprintf(text, FDP_SYSTEM_CALL_TEXT, "running");
	else
		snprintf(text, FDP_SYSTEM_CALL_TEXT,
			 "%" PRId64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
			 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
			 " 0x%" PRIx64,
			 call->number, a[0], a[1], a[2], a[3], a[4], a[5],
			 call->sp, call->pc);
}
