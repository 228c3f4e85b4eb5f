/* What a call may not change on the side. */
#include "conform.h"
#include "processor.h"

/* No call sets it. */
#define ODD_ERROR 7777

_Thread_local int last_error;
static _Thread_local struct modes before;

void observe_begin(void)
{
	modes_set_odd();
	before = modes_get();
	errno = ODD_ERROR;
}

void observe_end(void)
{
	struct modes after = modes_get();

	modes_set_usual();
	last_error = errno == ODD_ERROR ? 0 : errno;
	if (after.x87_control != before.x87_control ||
	    after.x87_status != before.x87_status)
		say("changed x87: control %04x to %04x, status %04x to %04x",
		    before.x87_control, after.x87_control, before.x87_status,
		    after.x87_status);
	if (after.mxcsr != before.mxcsr)
		say("changed mxcsr: %08x to %08x", before.mxcsr, after.mxcsr);
	if (after.backwards)
		say("changed direction flag");
}
