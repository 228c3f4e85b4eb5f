#include "guess.h"

#include <errno.h>
#include <string.h>
#include <ucontext.h>

#include "../base/util.h"

#define WORD sizeof(uint64_t)

/* Code looked at for an epilogue: seven pops and a ret take 14 bytes. */
#define EPILOGUE_MAX 48

/* An overflown stack pointer may stand this far below its mapping. */
#define BELOW_STACK_MAX 65536

/* mov $__NR_rt_sigreturn, %rax; syscall.  All C libraries write it so: gdb
 * looks for these bytes. */
static const uint8_t signal_return_code[] = { 0x48, 0xc7, 0xc0, 0x0f, 0x00,
					      0x00, 0x00, 0x0f, 0x05 };

/* The index in gregs[] of each register in DWARF numbering. */
static const uint8_t greg_of[FDP_REGISTER_COUNT] = {
	REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
	REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
	REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
};

/* DWARF numbers of the registers in the order of instruction codes. */
static const uint8_t dwarf_of[16] = { 0, 2, 1,	3,  7,	6,  4,	5,
				      8, 9, 10, 11, 12, 13, 14, 15 };

bool fdp_is_code(const struct fdp_target *target, uint64_t address)
{
	const struct fdp_map *map = fdp_target_map(target, address);

	return map && map->executable;
}

bool fdp_is_signal_return(struct fdp_target *target, uint64_t pc)
{
	uint8_t code[sizeof(signal_return_code)];

	return fdp_target_read(target, pc, code, sizeof(code)) == 0 &&
	       memcmp(code, signal_return_code, sizeof(code)) == 0;
}

/* What the kernel put on the stack: the ucontext, at sp once `ret` is done. */
static int from_signal_context(struct fdp_target *target,
			       struct fdp_registers *registers)
{
	uint64_t context = registers->general[FDP_REGISTER_SP];
	uint64_t gregs[NGREG];

	if (!fdp_is_signal_return(target, registers->general[FDP_REGISTER_PC]))
		return -ENOENT;
	if (fdp_target_read(target,
			    context + offsetof(ucontext_t, uc_mcontext.gregs),
			    gregs, sizeof(gregs)) < 0)
		return -ENOENT;
	for (size_t i = 0; i < FDP_REGISTER_COUNT; i++)
		registers->general[i] = gregs[greg_of[i]];
	return 0;
}

/* Pops a word off the stack of REGISTERS. */
static int pop(struct fdp_target *target, struct fdp_registers *registers,
	       uint64_t *ret_value)
{
	uint64_t *sp = &registers->general[FDP_REGISTER_SP];

	if (fdp_target_read_u64(target, *sp, ret_value) < 0)
		return -ENOENT;
	*sp += WORD;
	return 0;
}

static int pop_return(struct fdp_target *target,
		      struct fdp_registers *registers)
{
	uint64_t *pc = &registers->general[FDP_REGISTER_PC];

	if (pop(target, registers, pc) < 0)
		return -ENOENT;
	return fdp_is_code(target, *pc) ? 0 : -ENOENT;
}

/* Instructions of epilogues with their operand, which has SIZE bytes. */
enum action { SKIP, ADD, LEAVE, RETURN };

struct instruction {
	uint8_t code[5];
	uint8_t length; /* of the code, without the operand */
	uint8_t operand;
	enum action action;
};

static const struct instruction instructions[] = {
	{ { 0x48, 0x83, 0xc4 }, 3, 1, ADD },	   /* add $n8, %rsp */
	{ { 0x48, 0x81, 0xc4 }, 3, 4, ADD },	   /* add $n32, %rsp */
	{ { 0x48, 0x8d, 0x64, 0x24 }, 4, 1, ADD }, /* lea n8(%rsp), %rsp */
	{ { 0xc9 }, 1, 0, LEAVE },		   /* leave */
	{ { 0xc3 }, 1, 0, RETURN },		   /* ret */
	{ { 0xf3, 0xc3 }, 2, 0, RETURN },	   /* rep ret */
	{ { 0x90 }, 1, 0, SKIP },		   /* nop */
	{ { 0xc5, 0xf8, 0x77 }, 3, 0, SKIP },	   /* vzeroupper */
};

static const struct instruction *decode(const uint8_t *code, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
		const struct instruction *known = &instructions[i];

		if ((size_t)known->length + known->operand <= size &&
		    memcmp(code, known->code, known->length) == 0)
			return known;
	}
	return NULL;
}

static int64_t operand_of(const struct instruction *known, const uint8_t *code)
{
	int32_t value = 0;

	if (known->operand == 1)
		return (int8_t)code[known->length];
	memcpy(&value, code + known->length, known->operand);
	return value;
}

/* Executes a pop of a register: the bytes it takes, or 0 if it is none. */
static size_t run_pop(struct fdp_target *target, const uint8_t *code,
		      size_t size, struct fdp_registers *registers)
{
	size_t prefix = size > 0 && code[0] == 0x41;
	uint8_t number;

	if (prefix >= size || (code[prefix] & 0xf8) != 0x58)
		return 0;
	number = (uint8_t)((code[prefix] & 7) + 8 * prefix);
	/* pop %rsp is no part of an epilogue. */
	if (dwarf_of[number] == FDP_REGISTER_SP ||
	    pop(target, registers, &registers->general[dwarf_of[number]]) < 0)
		return 0;
	return prefix + 1;
}

/* Executes one instruction: the bytes it takes, or 0 if it is none of ours. */
static size_t run(struct fdp_target *target, const struct instruction *known,
		  const uint8_t *code, struct fdp_registers *registers)
{
	uint64_t *general = registers->general;
	int64_t operand = operand_of(known, code);

	if (known->action == ADD) {
		if (operand <= 0)
			return 0;
		general[FDP_REGISTER_SP] += (uint64_t)operand;
	}
	if (known->action == LEAVE) {
		general[FDP_REGISTER_SP] = general[FDP_REGISTER_RBP];
		if (pop(target, registers, &general[FDP_REGISTER_RBP]) < 0)
			return 0;
	}
	return (size_t)known->length + known->operand;
}

/*
 * Runs the epilogue at the pc, if there is nothing else before its return.
 * CPython's perf trampolines need this: they have neither a table nor a frame
 * pointer, and add $8, %rsp; ret is all that follows their call.
 */
static int from_epilogue(struct fdp_target *target,
			 struct fdp_registers *registers)
{
	uint8_t code[EPILOGUE_MAX];
	ssize_t size = fdp_target_read_some(target,
					    registers->general[FDP_REGISTER_PC],
					    code, sizeof(code));
	size_t at = 0;

	while (size > 0 && at < (size_t)size) {
		size_t left = (size_t)size - at;
		const struct instruction *known = decode(code + at, left);
		size_t taken;

		if (known && known->action == RETURN)
			return pop_return(target, registers);
		taken = known ? run(target, known, code + at, registers)
			      : run_pop(target, code + at, left, registers);
		if (taken == 0)
			break;
		at += taken;
	}
	return -ENOENT;
}

/* True if ADDRESS is above SP in the same stack. */
static bool is_in_stack(const struct fdp_target *target, uint64_t sp,
			uint64_t address)
{
	const struct fdp_map *map = fdp_target_map(target, address);

	if (!map || !map->readable || address < sp)
		return false;
	return sp >= map->start || map->start - sp <= BELOW_STACK_MAX;
}

static int from_frame_pointer(struct fdp_target *target,
			      struct fdp_registers *registers)
{
	uint64_t *general = registers->general;
	uint64_t frame = general[FDP_REGISTER_RBP];

	if (frame % WORD != 0 ||
	    !is_in_stack(target, general[FDP_REGISTER_SP], frame))
		return -ENOENT;
	general[FDP_REGISTER_SP] = frame;
	if (pop(target, registers, &general[FDP_REGISTER_RBP]) < 0)
		return -ENOENT;
	return pop_return(target, registers);
}

typedef int guess_fn(struct fdp_target *target,
		     struct fdp_registers *registers);

/* The first of COUNT guesses that works, each tried on a copy. */
static int first_guess(guess_fn *const *guesses, size_t count,
		       struct fdp_target *target,
		       struct fdp_registers *registers)
{
	for (size_t i = 0; i < count; i++) {
		struct fdp_registers caller = *registers;

		if (guesses[i](target, &caller) < 0)
			continue;
		*registers = caller;
		return 0;
	}
	return -ENOENT;
}

int fdp_guess_caller(struct fdp_target *target, struct fdp_registers *registers)
{
	static guess_fn *const guesses[] = {
		from_signal_context,
		from_epilogue,
		from_frame_pointer,
	};

	return first_guess(guesses, ARRAY_SIZE(guesses), target, registers);
}

int fdp_guess_caller_of_bad_pc(struct fdp_target *target,
			       struct fdp_registers *registers)
{
	static guess_fn *const guesses[] = {
		pop_return,
		from_frame_pointer,
	};

	return first_guess(guesses, ARRAY_SIZE(guesses), target, registers);
}
