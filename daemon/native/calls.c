#include "calls.h"

#include <string.h>

#include "../base/util.h"

#define CALL_LENGTH_MAX 7

/* Of a function's code so much is looked at: jumps out of it are near its
 * ends, and few functions are larger. */
#define CODE_MAX (16 * 1024)

/* The second byte of a call through a register or memory: its operand. */
#define OPERAND(mod, rm) ((mod) << 6 | 2 << 3 | (rm))

/* Calls, by how far they begin before where they return to. */
static const struct call {
	uint8_t length, mask; /* of the second byte */
	uint8_t first, second;
} calls[] = {
	{ 5, 0x00, 0xe8, 0x00 },	  /* call n32 */
	{ 2, 0xf8, 0xff, OPERAND(3, 0) }, /* call *%reg */
	{ 2, 0xf8, 0xff, OPERAND(0, 0) }, /* call *(%reg) */
	{ 3, 0xf8, 0xff, OPERAND(1, 0) }, /* call *n8(%reg) */
	{ 3, 0xff, 0xff, OPERAND(0, 4) }, /* call *(%reg, %reg) */
	{ 4, 0xff, 0xff, OPERAND(1, 4) }, /* call *n8(%reg, %reg) */
	{ 6, 0xf8, 0xff, OPERAND(2, 0) }, /* call *n32(%reg) */
	{ 6, 0xff, 0xff, OPERAND(0, 5) }, /* call *n32(%rip) */
	{ 7, 0xff, 0xff, OPERAND(2, 4) }, /* call *n32(%reg, %reg) */
	{ 7, 0xff, 0xff, OPERAND(0, 4) }, /* call *n32(, %reg) */
};

/* The bytes before ADDRESS. */
static bool read_before(struct fdp_target *target, uint64_t address,
			uint8_t code[static CALL_LENGTH_MAX])
{
	return address >= CALL_LENGTH_MAX &&
	       fdp_target_read(target, address - CALL_LENGTH_MAX, code,
			       CALL_LENGTH_MAX) == 0;
}

bool fdp_is_after_call(struct fdp_target *target, uint64_t address)
{
	uint8_t code[CALL_LENGTH_MAX];

	if (!read_before(target, address, code))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		const uint8_t *at = code + sizeof(code) - calls[i].length;

		if (at[0] == calls[i].first &&
		    (at[1] & calls[i].mask) == calls[i].second)
			return true;
	}
	return false;
}

/* ADDRESS with what the four bytes before it say. */
static uint64_t relative_to(uint64_t address, const uint8_t *operand)
{
	int32_t distance;

	memcpy(&distance, operand, sizeof(distance));
	return address + (uint64_t)(int64_t)distance;
}

/*
 * Where the stub at ADDRESS jumps to; ADDRESS if it is none, 0 if the dynamic
 * linker would be asked, who comes back to the stub's own neighbours.
 */
static uint64_t past_stub(struct fdp_target *target, uint64_t address)
{
	static const uint8_t mark[] = { 0xf3, 0x0f, 0x1e, 0xfa }; /* endbr64 */
	uint8_t code[sizeof(mark) + 7];
	const struct fdp_map *map = fdp_target_map(target, address);
	const uint8_t *at = code;
	uint64_t value;

	if (fdp_target_read(target, address, code, sizeof(code)) < 0)
		return 0;
	if (memcmp(at, mark, sizeof(mark)) == 0)
		at += sizeof(mark);
	if (*at == 0xf2) /* bnd */
		at++;
	if (at[0] != 0xff || at[1] != 0x25)
		return address;
	address += (uint64_t)(at - code) + 6;
	if (fdp_target_read_u64(target, relative_to(address, at + 2), &value) <
		    0 ||
	    fdp_target_map(target, value) == map)
		return 0;
	return value;
}

uint64_t fdp_call_target(struct fdp_target *target, uint64_t address)
{
	uint8_t code[CALL_LENGTH_MAX];
	const uint8_t *operand = code + sizeof(code) - sizeof(uint32_t);
	uint64_t value;

	if (!read_before(target, address, code))
		return 0;
	value = relative_to(address, operand);
	if (operand[-2] == 0xff && operand[-1] == OPERAND(0, 5))
		return fdp_target_read_u64(target, value, &value) < 0 ? 0
								      : value;
	return operand[-1] == 0xe8 ? past_stub(target, value) : 0;
}

/* Where the jump that may end at BEHIND leads to, or 0. */
static uint64_t jump_target(struct fdp_target *target, const uint8_t *operand,
			    uint64_t behind)
{
	uint64_t to = relative_to(behind, operand);

	if (operand[-1] == 0xe9)
		return past_stub(target, to);
	if (operand[-2] == 0x0f && (operand[-1] & 0xf0) == 0x80)
		return to; /* jcc */
	if (operand[-2] == 0xff && operand[-1] == 0x25)
		return fdp_target_read_u64(target, to, &to) < 0 ? 0 : to;
	return 0;
}

bool fdp_jumps_to(struct fdp_target *target, uint64_t begin, uint64_t end,
		  uint64_t low, uint64_t high)
{
	uint8_t code[CODE_MAX];
	size_t size = end - begin < sizeof(code) ? (size_t)(end - begin)
						 : sizeof(code);
	ssize_t got = fdp_target_read_some(target, begin, code, size);

	for (ssize_t at = 2; at + (ssize_t)sizeof(uint32_t) <= got; at++) {
		uint64_t behind = begin + (uint64_t)at + sizeof(uint32_t);
		uint64_t to = jump_target(target, code + at, behind);

		if (low <= to && to < high)
			return true;
	}
	return false;
}
