/*
 * What the parts of the cause share: cause.c decides by signal, the others
 * know one kind of trouble each.
 */
#ifndef FDP_ANALYSIS_CAUSE_INTERNAL_H
#define FDP_ANALYSIS_CAUSE_INTERNAL_H

#include "../report.h"
#include "../target.h"

struct fdp_operand;

struct fdp_cause {
	const struct fdp_target *target;
	struct fdp_report *report;
	const struct fdp_fault *fault;
	const struct fdp_registers *registers;	/* NULL: not known */
	const struct fdp_report_thread *thread; /* crashed; NULL: not known */
};

/* Room for the name of a function or a file and its module. */
#define FDP_CAUSE_NAME_SIZE 320

/* Room for what the registers have to do with it. */
#define FDP_CAUSE_WORDS_SIZE 512

/* x86 trap number of a page fault: only then the error code says anything. */
#define FDP_TRAP_PAGE_FAULT 14

/* Sets kind and sentence; 0 or -ENOMEM. */
int fdp_cause_say(struct fdp_cause *cause, const char *kind, const char *format,
		  ...) __attribute__((format(printf, 3, 4)));

/*
 * cause.c: what glibc said before it aborted, without the full stop at its end;
 * *RET_LENGTH is 0 if it said nothing.
 */
const char *fdp_cause_message(const struct fdp_fault *fault, int *ret_length);

/* cause.c: true if the address of FAULT means anything. */
bool fdp_cause_has_address(const struct fdp_fault *fault);

/* cause_memory.c: SIGSEGV and SIGBUS that the processor raised. */
int fdp_cause_segmentation(struct fdp_cause *cause);
int fdp_cause_bus(struct fdp_cause *cause);

/*
 * cause_protection.c: faults for which the processor told no address; si_addr
 * is then 0, and means nothing.
 */
bool fdp_cause_is_protection_fault(const struct fdp_fault *fault);
int fdp_cause_protection_fault(struct fdp_cause *cause);

/* Says that an address was not aligned; WHY goes behind a comma. */
int fdp_cause_misaligned(struct fdp_cause *cause, const char *why);

/*
 * cause_stack.c: says so and returns 1 if the stack is used up; 0 if it is not,
 * or -ENOMEM.
 */
int fdp_cause_stack_overflow(struct fdp_cause *cause);

/* cause_where.c: words for places. */

/* "`f` (mod.so)", "mod.so+0x1139" or "f (app.py:12)". */
void fdp_cause_name(const struct fdp_frame *frame,
		    char buffer[static FDP_CAUSE_NAME_SIZE]);

/* "r--p /usr/lib/libx.so", "rw-p anonymous memory". */
void fdp_cause_mapping(const struct fdp_map *map,
		       char buffer[static FDP_CAUSE_NAME_SIZE]);

/*
 * A sentence that says where it happened, with Python's own view of it, after
 * a space: " In `f` of mod.so, called from app.py:42 in handler."  "" if
 * nothing is known.
 */
void fdp_cause_where(const struct fdp_cause *cause,
		     char buffer[static 4 * FDP_CAUSE_NAME_SIZE]);

/*
 * The same, beginning with CALLER, one of the thread's frames; "" if it is
 * NULL.
 */
void fdp_cause_caller_where(const struct fdp_cause *cause,
			    const struct fdp_frame *caller,
			    char buffer[static 4 * FDP_CAUSE_NAME_SIZE]);

/* "rax was 0", "rcx was 0x20"; of registers that are known. */
void fdp_cause_register(const struct fdp_cause *cause, int number, char *buffer,
			size_t size);

/* "rax was 0 (address = rax + 0x10)"; "" if no register takes part. */
void fdp_cause_operand(const struct fdp_cause *cause,
		       const struct fdp_operand *operand,
		       char buffer[static FDP_CAUSE_WORDS_SIZE]);

/* The first frame that is not the bad pc itself; NULL if there is none. */
const struct fdp_frame *fdp_cause_caller(const struct fdp_cause *cause);

/* 43201 as "43,201". */
void fdp_cause_count(size_t count, char buffer[static 32]);

/* True if no program can have ADDRESS: bits 47 to 63 differ. */
bool fdp_cause_is_non_canonical(uint64_t address);

#endif
