/*
 * x86-64: from the kernel's register layouts to struct fdp_registers.  Another
 * processor is another file with the same functions.
 */
#ifndef FDP_CAPTURE_GREGS_H
#define FDP_CAPTURE_GREGS_H

#include <sys/user.h>

#include "../../proto/proto.h"
#include "../target.h"

/* From gregs[] of a ucontext, which has no fs base. */
void fdp_gregs_to_registers(const uint64_t gregs[FDP_GREGS],
			    uint64_t thread_pointer,
			    struct fdp_registers *ret_registers);

/* From what ptrace gives. */
void fdp_user_to_registers(const struct user_regs_struct *user,
			   struct fdp_registers *ret_registers);

/*
 * The number of the system call that a thread waited in when ptrace stopped it,
 * or -1.
 */
int64_t fdp_user_system_call(const struct user_regs_struct *user);

/* The error code and trap number of a fault, also from gregs[]. */
uint64_t fdp_gregs_error(const uint64_t gregs[FDP_GREGS]);
uint64_t fdp_gregs_trap(const uint64_t gregs[FDP_GREGS]);

#endif
