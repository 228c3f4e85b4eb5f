/*
 * The cause in words: what the processor and the kernel said, explained by the
 * registers, the mappings and the merged stack.  Never a guess that the facts
 * contradict; a signal that was sent is never called a memory error.
 */
#ifndef FDP_ANALYSIS_CAUSE_H
#define FDP_ANALYSIS_CAUSE_H

#include "../report.h"
#include "../target.h"
#include "subject.h"

/*
 * Sets report->cause, report->signal and report->died_of from the fault of
 * SUBJECT, its thread's registers, target->maps and target->fault, and
 * report->threads[0] (which may have no frames).  cause.kind is one of:
 *
 *   null-dereference stack-overflow write-to-read-only jump-to-unmapped
 *   jump-to-non-executable non-canonical-address unmapped-address
 *   access-denied misaligned-access past-end-of-file memory-failure
 *   arithmetic illegal-instruction abort forbidden-system-call trap
 *   signal-sent unknown
 *
 * (no-handler is death.h's.)
 *
 * 0 or -ENOMEM.
 */
int fdp_cause_find(struct fdp_target *target, const struct fdp_subject *subject,
		   struct fdp_report *report);

/* "SIGSEGV" for 11, or NULL. */
const char *fdp_signal_name(int signal);

/* "SEGV_MAPERR" for (11, 1), "SI_TKILL" for (any, -6), or NULL. */
const char *fdp_signal_code_name(int signal, int code);

/* "Segmentation fault" for 11, or NULL. */
const char *fdp_signal_description(int signal);

#endif
