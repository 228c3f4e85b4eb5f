#include "operand.h"

#include <stdio.h>
#include <string.h>

#include "../base/util.h"

/* The four tables of opcodes; VEX and EVEX name theirs by number. */
enum { MAP_ONE_BYTE, MAP_0F, MAP_0F38, MAP_0F3A };

struct instruction {
	const uint8_t *code;
	size_t size;
	size_t at; /* of the next byte */
	bool operand_size_prefix, fs_prefix, unknown;
	bool evex;
	unsigned int rex; /* W R X B in bits 3 to 0 */
	unsigned int map;
	uint8_t opcode;
};

/* DWARF numbers of the registers in the order of their encoding. */
static const int8_t register_numbers[16] = {
	FDP_REGISTER_RAX,
	FDP_REGISTER_RCX,
	FDP_REGISTER_RDX,
	FDP_REGISTER_RBX,
	FDP_REGISTER_SP,
	FDP_REGISTER_RBP,
	FDP_REGISTER_RSI,
	FDP_REGISTER_RDI,
	8,
	9,
	10,
	11,
	12,
	13,
	14,
	15,
};

static uint8_t next_byte(struct instruction *instruction)
{
	if (instruction->at >= instruction->size) {
		instruction->unknown = true;
		return 0;
	}
	return instruction->code[instruction->at++];
}

static bool take_prefix(struct instruction *instruction, uint8_t byte)
{
	switch (byte) {
	case 0x66:
		instruction->operand_size_prefix = true;
		return true;
	case 0x64:
		instruction->fs_prefix = true;
		return true;
	case 0x65: /* gs: its base is not among the registers we have */
	case 0x67: /* 32-bit addresses: nobody uses them */
		instruction->unknown = true;
		return true;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return false;
	}
}

/* VEX has R, X and B inverted in the top bits of its first payload byte. */
static void take_vex(struct instruction *instruction, uint8_t escape)
{
	uint8_t first = next_byte(instruction);

	if (escape == 0xc5) {
		instruction->rex = first & 0x80 ? 0 : 4;
		instruction->map = MAP_0F;
	} else {
		instruction->rex = (unsigned int)(~first >> 5) & 7;
		instruction->map = first & (escape == 0x62 ? 7 : 31);
		next_byte(instruction);
	}
	if (escape == 0x62) {
		instruction->evex = true;
		next_byte(instruction);
	}
	if (instruction->map > MAP_0F3A || instruction->map == MAP_ONE_BYTE)
		instruction->unknown = true;
	instruction->opcode = next_byte(instruction);
}

static void take_opcode(struct instruction *instruction, uint8_t byte)
{
	if (byte == 0xc4 || byte == 0xc5 || byte == 0x62) {
		take_vex(instruction, byte);
		return;
	}
	if ((byte & 0xf0) == 0x40) {
		instruction->rex = byte & 15;
		byte = next_byte(instruction);
	}
	if (byte == 0x0f) {
		instruction->map = MAP_0F;
		byte = next_byte(instruction);
		if (byte == 0x38 || byte == 0x3a) {
			instruction->map = byte == 0x38 ? MAP_0F38 : MAP_0F3A;
			byte = next_byte(instruction);
		}
	}
	instruction->opcode = byte;
}

/* Prefixes and opcode; false if CODE ends before them or they are not known. */
static bool parse(struct instruction *instruction, const uint8_t *code,
		  size_t size)
{
	uint8_t byte;

	memset(instruction, 0, sizeof(*instruction));
	instruction->code = code;
	instruction->size = size;
	do
		byte = next_byte(instruction);
	while (!instruction->unknown && take_prefix(instruction, byte));
	if (!instruction->unknown)
		take_opcode(instruction, byte);
	return !instruction->unknown;
}

struct opcode_range {
	uint8_t map, first, last;
};

static bool in_ranges(const struct instruction *instruction,
		      const struct opcode_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (instruction->map == ranges[i].map &&
		    instruction->opcode >= ranges[i].first &&
		    instruction->opcode <= ranges[i].last)
			return true;
	}
	return false;
}

/* True if a ModRM byte follows and its memory operand is really accessed. */
static bool has_memory_form(const struct instruction *instruction)
{
	static const struct opcode_range with[] = {
		{ MAP_ONE_BYTE, 0x63, 0x63 }, { MAP_ONE_BYTE, 0x69, 0x69 },
		{ MAP_ONE_BYTE, 0x6b, 0x6b }, { MAP_ONE_BYTE, 0x80, 0x8c },
		{ MAP_ONE_BYTE, 0x8e, 0x8f }, { MAP_ONE_BYTE, 0xc0, 0xc1 },
		{ MAP_ONE_BYTE, 0xc6, 0xc7 }, { MAP_ONE_BYTE, 0xd0, 0xd3 },
		{ MAP_ONE_BYTE, 0xd8, 0xdf }, { MAP_ONE_BYTE, 0xf6, 0xf7 },
		{ MAP_ONE_BYTE, 0xfe, 0xff }, { MAP_0F38, 0x00, 0xff },
		{ MAP_0F3A, 0x00, 0xff },
	};
	/* No operand, a prefetch or a nop that only looks like an access. */
	static const struct opcode_range without[] = {
		{ MAP_0F, 0x04, 0x0e }, { MAP_0F, 0x18, 0x1f },
		{ MAP_0F, 0x30, 0x37 }, { MAP_0F, 0x77, 0x77 },
		{ MAP_0F, 0x80, 0x8f }, { MAP_0F, 0xa0, 0xa2 },
		{ MAP_0F, 0xa8, 0xaa }, { MAP_0F, 0xc8, 0xcf },
		{ MAP_0F, 0xff, 0xff },
	};

	if (instruction->map == MAP_0F)
		return !in_ranges(instruction, without, ARRAY_SIZE(without));
	if (instruction->map == MAP_ONE_BYTE && instruction->opcode < 0x40)
		return (instruction->opcode & 7) < 4;
	return in_ranges(instruction, with, ARRAY_SIZE(with));
}

static int64_t displacement(struct instruction *instruction, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint32_t)next_byte(instruction) << (8 * i);
	return bytes == 1 ? (int8_t)value : (int32_t)value;
}

static int numbered(unsigned int low, unsigned int extension)
{
	return register_numbers[(low & 7) | (extension ? 8 : 0)];
}

/* Base and index from the SIB byte; true if there is no base but 32 bits. */
static bool take_sib(struct instruction *instruction, unsigned int mode,
		     struct fdp_operand *operand)
{
	uint8_t sib = next_byte(instruction);
	unsigned int index =
		((sib >> 3) & 7u) | (instruction->rex & 2 ? 8u : 0u);

	if (index != 4) {
		operand->index = register_numbers[index];
		operand->scale = 1 << (sib >> 6);
	}
	if ((sib & 7) == 5 && mode == 0)
		return true;
	operand->base = numbered(sib, instruction->rex & 1);
	return false;
}

static bool take_modrm(struct instruction *instruction,
		       struct fdp_operand *operand)
{
	uint8_t modrm = next_byte(instruction);
	unsigned int mode = modrm >> 6;
	bool far = mode == 2;

	/* A register; or relative to the end of the instruction, which
	 * would take its whole length, and is never a bad pointer. */
	if (mode == 3 || (mode == 0 && (modrm & 7) == 5))
		return false;
	/* EVEX scales a byte by the size of what it accesses. */
	if (mode == 1 && instruction->evex)
		return false;
	if ((modrm & 7) == 4)
		far |= take_sib(instruction, mode, operand);
	else
		operand->base = numbered(modrm, instruction->rex & 1);
	if (far)
		operand->displacement = displacement(instruction, 4);
	else if (mode == 1)
		operand->displacement = displacement(instruction, 1);
	return !instruction->unknown;
}

static void compute(const struct instruction *instruction,
		    const struct fdp_registers *registers,
		    struct fdp_operand *operand)
{
	uint64_t address = (uint64_t)operand->displacement;

	if (operand->base != FDP_OPERAND_NONE)
		address += registers->general[operand->base];
	if (operand->index != FDP_OPERAND_NONE)
		address += registers->general[operand->index] *
			   (uint64_t)operand->scale;
	if (instruction->fs_prefix)
		address += registers->thread_pointer;
	operand->address = address;
}

/* movs, cmps, stos, lods, scas: through rsi, rdi or both. */
static size_t string_operands(const struct instruction *instruction,
			      const struct fdp_registers *registers,
			      struct fdp_operand *operands)
{
	static const struct {
		uint8_t opcode; /* of the byte form; the other is one more */
		int8_t bases[FDP_OPERAND_MAX];
	} table[] = {
		{ 0xa4, { FDP_REGISTER_RSI, FDP_REGISTER_RDI } },
		{ 0xa6, { FDP_REGISTER_RSI, FDP_REGISTER_RDI } },
		{ 0xaa, { FDP_REGISTER_RDI, FDP_OPERAND_NONE } },
		{ 0xac, { FDP_REGISTER_RSI, FDP_OPERAND_NONE } },
		{ 0xae, { FDP_REGISTER_RDI, FDP_OPERAND_NONE } },
	};
	size_t count = 0;

	if (instruction->map != MAP_ONE_BYTE)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if ((instruction->opcode & 0xfe) != table[i].opcode)
			continue;
		for (; count < FDP_OPERAND_MAX; count++) {
			if (table[i].bases[count] == FDP_OPERAND_NONE)
				break;
			operands[count] = (struct fdp_operand){
				.base = table[i].bases[count],
				.index = FDP_OPERAND_NONE,
			};
			compute(instruction, registers, &operands[count]);
		}
	}
	return count;
}

size_t fdp_operand_decode(const uint8_t *code, size_t size,
			  const struct fdp_registers *registers,
			  struct fdp_operand ret_operands[FDP_OPERAND_MAX])
{
	struct fdp_operand operand = { .base = FDP_OPERAND_NONE,
				       .index = FDP_OPERAND_NONE };
	struct instruction instruction;
	size_t count;

	if (!parse(&instruction, code, size))
		return 0;
	count = string_operands(&instruction, registers, ret_operands);
	if (count > 0)
		return count;
	if (!has_memory_form(&instruction) ||
	    !take_modrm(&instruction, &operand))
		return 0;
	compute(&instruction, registers, &operand);
	ret_operands[0] = operand;
	return 1;
}

int fdp_operand_divisor(const uint8_t *code, size_t size, uint64_t *ret_mask)
{
	struct instruction instruction;
	uint8_t modrm;

	if (!parse(&instruction, code, size))
		return FDP_OPERAND_NONE;
	if (instruction.map != MAP_ONE_BYTE || instruction.opcode != 0xf7)
		return FDP_OPERAND_NONE;
	modrm = next_byte(&instruction);
	/* Group 3, /6 is div and /7 idiv; of a register. */
	if (instruction.unknown || (modrm & 0xf0) != 0xf0)
		return FDP_OPERAND_NONE;
	if (instruction.rex & 8)
		*ret_mask = UINT64_MAX;
	else
		*ret_mask = instruction.operand_size_prefix ? UINT16_MAX
							    : UINT32_MAX;
	return numbered(modrm, instruction.rex & 1);
}

enum fdp_jump fdp_operand_jump(const uint8_t *code, size_t size,
			       int *ret_register)
{
	struct instruction instruction;
	unsigned int group;
	uint8_t modrm;

	if (!parse(&instruction, code, size) || instruction.map != MAP_ONE_BYTE)
		return FDP_JUMP_NONE;
	if (instruction.opcode == 0xc3 || instruction.opcode == 0xc2)
		return FDP_JUMP_RETURN;
	modrm = next_byte(&instruction);
	group = (modrm >> 3) & 7;
	/* Group 5, /2 is call and /4 jmp. */
	if (instruction.unknown || instruction.opcode != 0xff ||
	    (group != 2 && group != 4))
		return FDP_JUMP_NONE;
	if (modrm < 0xc0)
		return FDP_JUMP_MEMORY;
	*ret_register = numbered(modrm, instruction.rex & 1);
	return FDP_JUMP_REGISTER;
}

const char *fdp_operand_privileged(const uint8_t *code, size_t size)
{
	static const struct {
		uint8_t map, first, last;
		const char *name;
	} table[] = {
		{ MAP_ONE_BYTE, 0x6c, 0x6d, "ins" },
		{ MAP_ONE_BYTE, 0x6e, 0x6f, "outs" },
		{ MAP_ONE_BYTE, 0xcd, 0xcd, "int" },
		{ MAP_ONE_BYTE, 0xe4, 0xe5, "in" },
		{ MAP_ONE_BYTE, 0xe6, 0xe7, "out" },
		{ MAP_ONE_BYTE, 0xec, 0xed, "in" },
		{ MAP_ONE_BYTE, 0xee, 0xef, "out" },
		{ MAP_ONE_BYTE, 0xf4, 0xf4, "hlt" },
		{ MAP_ONE_BYTE, 0xfa, 0xfa, "cli" },
		{ MAP_ONE_BYTE, 0xfb, 0xfb, "sti" },
		{ MAP_0F, 0x06, 0x06, "clts" },
		{ MAP_0F, 0x08, 0x08, "invd" },
		{ MAP_0F, 0x09, 0x09, "wbinvd" },
		{ MAP_0F, 0x20, 0x23, "mov to or from a control register" },
		{ MAP_0F, 0x30, 0x30, "wrmsr" },
		{ MAP_0F, 0x32, 0x32, "rdmsr" },
	};
	struct instruction instruction;

	if (!parse(&instruction, code, size))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (instruction.map == table[i].map &&
		    instruction.opcode >= table[i].first &&
		    instruction.opcode <= table[i].last)
			return table[i].name;
	}
	return NULL;
}

bool fdp_operand_wants_alignment(const uint8_t *code, size_t size)
{
	/* movaps, movntps; with the prefix also movdqa and movntdq. */
	static const struct opcode_range plain[] = {
		{ MAP_0F, 0x28, 0x29 },
		{ MAP_0F, 0x2b, 0x2b },
	};
	static const struct opcode_range prefixed[] = {
		{ MAP_0F, 0x6f, 0x6f },
		{ MAP_0F, 0x7f, 0x7f },
		{ MAP_0F, 0xe7, 0xe7 },
	};
	struct instruction instruction;

	if (!parse(&instruction, code, size))
		return false;
	return in_ranges(&instruction, plain, ARRAY_SIZE(plain)) ||
	       (instruction.operand_size_prefix &&
		in_ranges(&instruction, prefixed, ARRAY_SIZE(prefixed)));
}

void fdp_operand_format(const struct fdp_operand *operand, char *buffer,
			size_t size)
{
	char base[8] = "";
	char index[16] = "";
	char offset[24] = "";
	uint64_t amount = operand->displacement < 0
				  ? -(uint64_t)operand->displacement
				  : (uint64_t)operand->displacement;

	if (operand->base != FDP_OPERAND_NONE)
		snprintf(base, sizeof(base), "%s",
			 fdp_register_names[operand->base]);
	if (operand->index != FDP_OPERAND_NONE)
		snprintf(index, sizeof(index), "%s%s*%d", *base ? " + " : "",
			 fdp_register_names[operand->index], operand->scale);
	if (amount || (!*base && !*index))
		snprintf(offset, sizeof(offset), " %c 0x%llx",
			 operand->displacement < 0 ? '-' : '+',
			 (unsigned long long)amount);
	snprintf(buffer, size, "%s%s%s", base, index, offset);
}
