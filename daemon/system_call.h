/*
 * The system call that a thread waits in.
 *
 * As a fact it is the text of /proc/PID/task/TID/syscall, whoever makes it: the
 * kernel, or capture/ from the registers of a thread that it has stopped.
 */
#ifndef FDP_SYSTEM_CALL_H
#define FDP_SYSTEM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target.h"

#define FDP_SYSTEM_CALL_ARGUMENTS 6

/* Bytes of the longest text, with its NUL. */
#define FDP_SYSTEM_CALL_TEXT 200

struct fdp_system_call {
	bool inside;	/* false: the thread runs, or waits in no call */
	int64_t number; /* of the call; -1 if in none */
	uint64_t arguments[FDP_SYSTEM_CALL_ARGUMENTS];
	uint64_t sp, pc; /* 0 of a thread that runs */
};

/*
 * "running"; "-1 0xsp 0xpc"; or the number of the call in decimal and eight
 * words in hexadecimal.  0; -EBADMSG if TEXT is anything else.
 */
int fdp_system_call_parse(const char *text, struct fdp_system_call *ret_call);

/* The opposite. */
void fdp_system_call_format(const struct fdp_system_call *call,
			    char text[FDP_SYSTEM_CALL_TEXT]);

/* What a call is to whoever wants to say what its caller waits for. */
enum fdp_system_call_kind {
	FDP_CALL_OTHER,
	FDP_CALL_FUTEX,
	FDP_CALL_DESCRIPTOR, /* the first argument is the number of one */
	FDP_CALL_WAIT4,
	FDP_CALL_WAITID,
	FDP_CALL_RESTART, /* of another call: fdp_system_call_resolve() */
};

/*
 * What follows is the processor's and the kernel's, x86-64; another processor
 * is another file with the same functions.
 */

/* Of the calls that can wait; NULL of all others. */
const char *fdp_system_call_name(int64_t number);
enum fdp_system_call_kind fdp_system_call_kind(int64_t number);

/* futex(), or one that may continue it. */
bool fdp_system_call_may_be_futex(int64_t number);

/*
 * The call NUMBER, whose arguments are still in REGISTERS.
 */
void fdp_system_call_take(const struct fdp_registers *registers, int64_t number,
			  struct fdp_system_call *ret_call);

/*
 * From the registers with which a signal handler was called: they say that a
 * call was interrupted, or is to be made again, if the code at pc agrees.
 * False: nothing is known.
 */
bool fdp_system_call_interrupted(struct fdp_target *target,
				 const struct fdp_registers *registers,
				 struct fdp_system_call *ret_call);

/*
 * restart_syscall() continues a call that was interrupted before, with the
 * arguments of that: makes CALL what it was, if the code says so.
 */
void fdp_system_call_resolve(struct fdp_target *target,
			     struct fdp_system_call *call);

#endif
