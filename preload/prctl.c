/*
 * prctl(): who enters seccomp's strict mode has to be known before, and whom
 * the program lets trace it is not for us to change.
 */
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "handler.h"
#include "ours.h"
#include "real.h"
#include "record.h"
#include "tracer.h"

/* The daemon's silence: there is no poll in that mode. */
#define SILENCE_S 1

static void enter_strict(struct fdp_record *record)
{
	const struct timeval silence = { .tv_sec = SILENCE_S };

	fdp_state.page->strict = 1;
	if (!fdp_is_our_process() || !fdp_channel_is_ours() ||
	    fdp_state.page->pid != fdp_state.origin_pid) {
		record->strict = FDP_STRICT_ALONE;
		return;
	}
	fdp_sys(SYS_setsockopt, fdp_state.channel, SOL_SOCKET, SO_RCVTIMEO,
		&silence, sizeof(silence));
	record->strict = FDP_STRICT_CHANNEL;
}

/* Whoever it names, or nobody: from now on it is the program's affair. */
static void note_choice(void)
{
	if (!fdp_state.page)
		fdp_state.tracer_chosen = true;
	else if (fdp_is_our_process())
		__atomic_store_n(&fdp_state.page->tracer, FDP_TRACER_CHOSEN,
				 __ATOMIC_SEQ_CST);
}

FDP_EXPORT int prctl(int option, ...)
{
	struct fdp_record *record = NULL;
	unsigned long a, b, c, d;
	va_list list;
	int r;

	va_start(list, option);
	a = va_arg(list, unsigned long);
	b = va_arg(list, unsigned long);
	c = va_arg(list, unsigned long);
	d = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_PTRACER)
		note_choice();
	/* What a forked child does for itself it does before a filter. */
	if (option == PR_SET_NO_NEW_PRIVS && fdp_state.signals)
		fdp_is_our_process();
	if (option == PR_SET_SECCOMP && a == SECCOMP_MODE_STRICT &&
	    fdp_state.signals)
		record = fdp_record_self();
	if (record)
		enter_strict(record);
	r = FDP_REAL(prctl)(option, a, b, c, d);
	if (record && r < 0)
		record->strict = FDP_STRICT_NO;
	return r;
}
