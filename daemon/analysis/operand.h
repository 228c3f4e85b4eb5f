/*
 * What an instruction was about to touch: just enough of x86-64's encoding to
 * find the memory operands of an instruction and the divisor of a division.
 *
 * The answer is a claim that the caller can check and must: an operand is
 * only believed if the address it comes to is the one that faulted.
 */
#ifndef FDP_ANALYSIS_OPERAND_H
#define FDP_ANALYSIS_OPERAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../target.h"

#define FDP_OPERAND_NONE (-1)

/* The address base + index * scale + displacement (+ fs base). */
struct fdp_operand {
	int base, index; /* DWARF register numbers, or FDP_OPERAND_NONE */
	int scale;
	int64_t displacement;
	uint64_t address; /* what it comes to */
};

/* String instructions have two. */
#define FDP_OPERAND_MAX 2

/*
 * The memory operands of the instruction that begins CODE (SIZE bytes, which
 * may end within it).  Returns how many, 0 if it has none or is not understood.
 */
size_t fdp_operand_decode(const uint8_t *code, size_t size,
			  const struct fdp_registers *registers,
			  struct fdp_operand ret_operands[FDP_OPERAND_MAX]);

/*
 * The register that div or idiv divides by, or FDP_OPERAND_NONE; *ret_mask has
 * the bits of it that are used.
 */
int fdp_operand_divisor(const uint8_t *code, size_t size, uint64_t *ret_mask);

enum fdp_jump {
	FDP_JUMP_NONE,
	FDP_JUMP_RETURN,   /* ret: to an address from the stack */
	FDP_JUMP_REGISTER, /* call or jmp to the value of a register */
	FDP_JUMP_MEMORY,   /* call or jmp to a value in memory */
};

/* Whether the instruction jumps to an address that is data, and from where. */
enum fdp_jump fdp_operand_jump(const uint8_t *code, size_t size,
			       int *ret_register);

/*
 * The name of an instruction that only the kernel may execute ("hlt"), or NULL.
 */
const char *fdp_operand_privileged(const uint8_t *code, size_t size);

/* True if the instruction faults unless its operand is aligned (movaps ...). */
bool fdp_operand_wants_alignment(const uint8_t *code, size_t size);

/* Formats "rax + rcx*8 + 0x10". */
void fdp_operand_format(const struct fdp_operand *operand, char *buffer,
			size_t size);

#endif
