/*
 * Crashes made by hand, for the cause: a process with a library (code,
 * constants and data), a heap, a thread's stack with its guard page, the main
 * stack and a mapped file; and a table row for what happened in it.
 */
#ifndef FDP_TESTS_UNIT_CRASHES_H
#define FDP_TESTS_UNIT_CRASHES_H

#include "../../daemon/target.h"
#include "reports.h"

#define PID 4711
#define CODE 0x400010
#define STACK 0x7f0000100000
#define STACK_END 0x7f0000900000
#define MAIN_STACK 0x7ffd00000000

extern struct fdp_frame in_demo[5];
extern struct fdp_frame in_libc[3];
extern struct fdp_frame in_abort[5];
extern struct fdp_frame in_shim[4];
extern struct fdp_frame bad_pc[3];
extern struct fdp_frame in_python[2];

#define BYTES(...)                                                             \
	.code = { __VA_ARGS__ }, .code_size = sizeof((uint8_t[]){ __VA_ARGS__ })

/* Page faults: user mode, and what was tried. */
#define READ .trap = 14, .error = 4
#define WRITE .trap = 14, .error = 6
#define FETCH .trap = 14, .error = 20

struct set_register {
	bool is_set;
	int number;
	uint64_t value;
};

#define IS(name, number)                                                       \
	{                                                                      \
		true, FDP_REGISTER_##name, (number)                            \
	}

/* What happened, and what must and must not be said of it. */
struct cause_case {
	const char *what;
	struct fdp_fault fault;
	struct set_register set[3]; /* the others are harmless */
	bool no_registers;
	uint8_t code[8];
	size_t code_size;
	struct fdp_frame *frames;
	size_t frame_count;
	const char *kind;
	const char *words[4];	 /* each is in the sentence */
	const char *unwanted[2]; /* none of these is */
};

/* Registers that are neither small nor wild nor in a mapping, but for SET. */
void set_registers(struct fdp_thread *thread, const struct set_register *set);

/* The process; THREAD is borrowed.  For fdp_target_free(). */
struct fdp_target *make_target(const struct fdp_fault *fault,
			       struct fdp_thread *thread);

/* fdp_cause_find() for what TARGET died of. */
int find_cause(struct fdp_target *target, struct fdp_report *report);

/* Fails the test unless TEST is explained as it says. */
void explain(const struct cause_case *test);

#endif
