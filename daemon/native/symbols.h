/*
 * Names for addresses: function, source line and inlined calls by libdw,
 * demangled by libiberty; JIT code from /tmp/perf-PID.map.
 *
 * Answers are noted in the target as the fact symbol/<address in hex>, the
 * address being the pc or, of a return address, one byte before it.  One line
 * for each frame, innermost first:
 *
 *   <function> TAB <offset, decimal> TAB <file> TAB <line> TAB <1 if inlined>
 *
 * An empty field is unknown.  A replay uses these and only then local files,
 * and those only where the build-id is equal.
 */
#ifndef FDP_NATIVE_SYMBOLS_H
#define FDP_NATIVE_SYMBOLS_H

#include "../analysis/stack.h"
#include "../report.h"
#include "../target.h"

struct fdp_symbols;

/*
 * DEADLINE_NS on CLOCK_MONOTONIC: after it no new file is opened and only
 * noted or cached names are given (0: no deadline).  0 or -ENOMEM.
 */
int fdp_symbols_new(struct fdp_target *target, struct fdp_report *report,
		    uint64_t deadline_ns, struct fdp_symbols **ret_symbols);

/*
 * Names every frame of STACK in place: function, offset, file, line.  The pc of
 * a frame without exact_pc is looked up one byte earlier: it is a return
 * address or stands behind a breakpoint.  Inlined calls become frames of their
 * own before the frame that contains them (inlined = true, same pc and stack
 * range).  0 or -ENOMEM.
 */
int fdp_symbols_name(struct fdp_symbols *symbols,
		     struct fdp_native_stack *stack);

void fdp_symbols_free(struct fdp_symbols *symbols);

#endif
