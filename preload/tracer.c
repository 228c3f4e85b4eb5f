#include "tracer.h"

#include <stdbool.h>
#include <sys/prctl.h>

#include "state.h"
#include "sys.h"

void fdp_tracer_name(uint32_t pid)
{
	struct fdp_fork_page *page = fdp_state.page;
	uint32_t before = __atomic_load_n(&page->tracer, __ATOMIC_RELAXED);

	if (!pid || before == pid || before == FDP_TRACER_CHOSEN)
		return;
	/* Only one at a time, and the program's choice is the last. */
	if (__atomic_compare_exchange_n(&page->tracer, &before, pid, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		fdp_sys(SYS_prctl, PR_SET_PTRACER, pid, 0, 0, 0);
}
