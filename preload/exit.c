/*
 * Ends of the process that could overtake a crash.  While one thread reports,
 * another one that calls exit() would change what the process dies of; without
 * us the crash would have been over by then.
 */
#include "handler.h"
#include "ours.h"
#include "real.h"

static void wait_for_crash(void)
{
	const struct fdp_fork_page *page = fdp_state.page;

	if (!page || !__atomic_load_n(&page->owner, __ATOMIC_SEQ_CST) ||
	    !fdp_is_our_process())
		return;
	fdp_handle_exit();
}

FDP_EXPORT void _exit(int status)
{
	wait_for_crash();
	FDP_REAL(_exit)(status);
	__builtin_unreachable();
}

FDP_EXPORT void _Exit(int status)
{
	wait_for_crash();
	FDP_REAL(_Exit)(status);
	__builtin_unreachable();
}

/* exit() and the end of main(): libc calls an _exit() of its own. */
__attribute__((destructor)) static void before_exit(void)
{
	wait_for_crash();
}
