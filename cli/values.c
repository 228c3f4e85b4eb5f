#include "values.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../daemon/base/util.h"
#include "../proto/values.h"

/* Of the shim: preload/config.h. */
#define DEADLINE_MS_MIN 100
#define DEADLINE_MS_MAX 60000

static const char *const reported[] = { "SEGV", "BUS", "FPE",  "ILL",
					"ABRT", "SYS", "TRAP", NULL };

static bool is_word(const char *const *words, const char *text, size_t length)
{
	for (; *words; words++)
		if (strlen(*words) == length &&
		    strncmp(*words, text, length) == 0)
			return true;
	return false;
}

/* With or without "SIG". */
static bool is_signal(const char *text, size_t length)
{
	size_t prefix = length > 3 && STARTS_WITH(text, "SIG") ? 3 : 0;

	return is_word(reported, text + prefix, length - prefix);
}

static bool is_signal_list(const char *text)
{
	size_t length;

	do {
		length = strcspn(text, ",");
		if (!is_signal(text, length))
			return false;
		text += length;
	} while (*text++);
	return true;
}

static bool is_deadline(const char *text)
{
	size_t length = strspn(text, "0123456789");
	long number = length && length < 9 && !text[length] ? atol(text) : 0;

	return number >= DEADLINE_MS_MIN && number <= DEADLINE_MS_MAX;
}

bool fdp_value_is_good(enum fdp_value_kind kind, const char *const *words,
		       const char *text)
{
	bool chain;

	switch (kind) {
	case FDP_VALUE_NONE:
		return true;
	case FDP_VALUE_WORD:
		return is_word(words, text, strlen(text));
	case FDP_VALUE_DEADLINE:
		return is_deadline(text);
	case FDP_VALUE_SECONDS:
		return fdp_value_seconds(text) != 0;
	case FDP_VALUE_WATCH:
		return fdp_value_watch(text) != 0;
	case FDP_VALUE_SIGNALS:
		return is_signal_list(text);
	case FDP_VALUE_DUMP_SIGNAL:
		return fdp_value_dump_signal(text, &chain) != 0;
	case FDP_VALUE_PATH:
		return *text;
	case FDP_VALUE_PROGRAM:
		return access(text, X_OK) == 0;
	}
	return false;
}

char *fdp_value_make(enum fdp_value_kind kind, const char *text)
{
	_cleanup_free_ char *here = NULL;
	char *full;

	if ((kind != FDP_VALUE_PATH && kind != FDP_VALUE_PROGRAM) ||
	    text[0] == '/')
		return strdup(text);
	here = getcwd(NULL, 0);
	return here && asprintf(&full, "%s/%s", here, text) >= 0 ? full : NULL;
}
