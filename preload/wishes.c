#include "wishes.h"

#include "../proto/values.h"
#include "api.h"
#include "api_exit.h"
#include "ask.h"
#include "config.h"
#include "ours.h"
#include "pinned.h"
#include "state.h"

static bool is_one(const char *value)
{
	return value && value[0] == '1' && !value[1];
}

/* Nobody waits for the answer: the daemon is just starting. */
static void dump_later(const char *seconds)
{
	struct fdp_request request = {
		.operation = FDP_LATER,
		.timeout_us = fdp_value_seconds(seconds),
	};

	if (!request.timeout_us)
		return;
	if (is_one(fdp_config_setting("FDPRELOAD_DUMP_REPEAT")))
		request.flags |= FDP_REQUEST_REPEAT;
	if (is_one(fdp_config_setting("FDPRELOAD_DUMP_EXIT")) &&
	    fdp_exit_arrange(&request) == 0)
		request.flags |= FDP_REQUEST_EXIT;
	fdp_ask(&request, fdp_state.output, FDP_ASK_AND_GO);
}

static void dump_on_signal(const char *value)
{
	bool chain;
	int signum = fdp_value_dump_signal(value, &chain);

	if (!signum || fdp_api_register(signum, fdp_state.output,
					FDPRELOAD_ALL_THREADS |
						(chain ? FDPRELOAD_CHAIN : 0),
					0) < 0)
		return;
	/* Those of the reporter know already what the program wants. */
	if (!fdp_is_our_signal(signum))
		fdp_pin(signum);
}

void fdp_wishes_fulfil(void)
{
	const char *after = fdp_config_setting("FDPRELOAD_DUMP_AFTER");
	const char *signal = fdp_config_setting("FDPRELOAD_DUMP_SIGNAL");

	if (fdp_state.output < 0)
		return;
	if (after)
		dump_later(after);
	if (signal)
		dump_on_signal(signal);
}
