#include "cause_internal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../base/util.h"
#include "operand.h"

/* Bits of the page fault error code. */
#define ERROR_WRITE 2
#define ERROR_FETCH 16

/* SEGV_CPERR, which glibc 2.31 has no name for. */
#define CODE_SHADOW_STACK 10

/*
 * Nothing is ever mapped below vm.mmap_min_addr, 64 KiB by default, so an
 * address there is a small offset from a null pointer.
 */
#define NEAR_NULL 0x10000

/* A mapping this close explains an address: one ran past its end. */
#define NEIGHBOUR_MAX ((uint64_t)64 << 10)

/* The widest access, 64 bytes of AVX-512, may begin in the page before. */
#define ACCESS_MAX 64

/* At most so many registers are listed when none can be singled out. */
#define CANDIDATES_MAX 4

static const char *access_word(const struct fdp_cause *cause)
{
	if (cause->fault->trap != FDP_TRAP_PAGE_FAULT)
		return "access";
	return cause->fault->error & ERROR_WRITE ? "write" : "read";
}

/* "Write" at the beginning of a sentence. */
static const char *access_title(const struct fdp_cause *cause)
{
	const char *word = access_word(cause);

	return *word == 'a' ? "Access" : *word == 'w' ? "Write" : "Read";
}

/* "of" or "to", as English wants it. */
static const char *access_preposition(const struct fdp_cause *cause)
{
	return *access_word(cause) == 'r' ? "of" : "to";
}

/* The operand that comes to the address of the fault; false if none does. */
static bool faulting_operand(const struct fdp_cause *cause,
			     struct fdp_operand *ret_operand)
{
	struct fdp_operand operands[FDP_OPERAND_MAX];
	size_t count;

	if (!cause->registers)
		return false;
	count = fdp_operand_decode(cause->report->code_bytes,
				   cause->report->code_byte_count,
				   cause->registers, operands);
	for (size_t i = 0; i < count; i++) {
		if (cause->fault->address - operands[i].address < ACCESS_MAX) {
			*ret_operand = operands[i];
			return true;
		}
	}
	return false;
}

/*
 * Without the instruction: the registers from which a small offset leads to
 * the address.  Any of them may be the one, so all are said, or none if
 * there are many.
 */
static void candidate_words(const struct fdp_cause *cause,
			    char buffer[static FDP_CAUSE_WORDS_SIZE])
{
	uint64_t address = cause->fault->address;
	char word[48];
	char list[CANDIDATES_MAX * (sizeof(word) + 4)] = "";
	size_t count = 0;

	for (int i = 0; i < FDP_REGISTER_PC; i++) {
		if (i == FDP_REGISTER_SP ||
		    cause->registers->general[i] > address)
			continue;
		if (++count > CANDIDATES_MAX)
			return;
		fdp_cause_register(cause, i, word, sizeof(word));
		strcat(list, count > 1 ? ", " : "");
		strcat(list, word);
	}
	if (count > 0)
		snprintf(buffer, FDP_CAUSE_WORDS_SIZE, "%s%s", list,
			 count > 1 ? " (one of them was the pointer)" : "");
}

static int null_dereference(struct fdp_cause *cause)
{
	char where[4 * FDP_CAUSE_NAME_SIZE];
	char words[FDP_CAUSE_WORDS_SIZE] = "";
	struct fdp_operand operand;

	if (faulting_operand(cause, &operand))
		fdp_cause_operand(cause, &operand, words);
	else if (cause->registers)
		candidate_words(cause, words);
	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "null-dereference",
			     "Null pointer dereference: %s %s address "
			     "0x%llx%s%s.%s",
			     access_word(cause), access_preposition(cause),
			     (unsigned long long)cause->fault->address,
			     *words ? "; " : "", words, where);
}

/*
 * A negative offset from a null pointer is a huge address; but so is an error
 * value used as a pointer, so the register must be seen to have been null.
 */
static bool is_below_null(const struct fdp_cause *cause)
{
	struct fdp_operand operand;

	return cause->fault->address >= (uint64_t)-NEAR_NULL &&
	       faulting_operand(cause, &operand) &&
	       operand.base != FDP_OPERAND_NONE &&
	       operand.index == FDP_OPERAND_NONE &&
	       cause->registers->general[operand.base] == 0;
}

/* "; it is 0x18 bytes after the end of rw-p [heap]", or "". */
static void neighbour_words(const struct fdp_cause *cause,
			    char buffer[static FDP_CAUSE_WORDS_SIZE])
{
	const struct fdp_target *target = cause->target;
	uint64_t address = cause->fault->address;
	const struct fdp_map *before = NULL;
	const struct fdp_map *after = NULL;
	char name[FDP_CAUSE_NAME_SIZE];

	for (size_t i = 0; i < target->map_count && !after; i++) {
		if (target->maps[i].end <= address)
			before = &target->maps[i];
		else
			after = &target->maps[i];
	}
	if (before && address - before->end < NEIGHBOUR_MAX) {
		fdp_cause_mapping(before, name);
		snprintf(buffer, FDP_CAUSE_WORDS_SIZE,
			 ", 0x%llx bytes after the end of %s",
			 (unsigned long long)(address - before->end), name);
	} else if (after && after->start - address <= NEIGHBOUR_MAX) {
		fdp_cause_mapping(after, name);
		snprintf(buffer, FDP_CAUSE_WORDS_SIZE,
			 ", 0x%llx bytes before the beginning of %s",
			 (unsigned long long)(after->start - address), name);
	} else if (address >> 63) {
		snprintf(buffer, FDP_CAUSE_WORDS_SIZE,
			 ", an address of the kernel");
	}
}

static int unmapped(struct fdp_cause *cause)
{
	char where[4 * FDP_CAUSE_NAME_SIZE];
	char neighbour[FDP_CAUSE_WORDS_SIZE] = "";
	char words[FDP_CAUSE_WORDS_SIZE] = "";
	struct fdp_operand operand;

	neighbour_words(cause, neighbour);
	if (faulting_operand(cause, &operand))
		fdp_cause_operand(cause, &operand, words);
	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "unmapped-address",
			     "%s %s unmapped memory at 0x%llx%s%s%s.%s",
			     access_title(cause), access_preposition(cause),
			     (unsigned long long)cause->fault->address,
			     neighbour, *words ? "; " : "", words, where);
}

/* The memory is there, but not for this. */
static int denied(struct fdp_cause *cause, const struct fdp_map *map)
{
	bool is_write = cause->fault->trap == FDP_TRAP_PAGE_FAULT
				? (cause->fault->error & ERROR_WRITE) != 0
				: map->readable;
	bool none = !map->readable && !map->writable && !map->executable;
	char where[4 * FDP_CAUSE_NAME_SIZE];
	char name[FDP_CAUSE_NAME_SIZE];
	unsigned long long address = cause->fault->address;

	fdp_cause_mapping(map, name);
	fdp_cause_where(cause, where);
	if (is_write && map->readable && !map->writable)
		return fdp_cause_say(cause, "write-to-read-only",
				     "Write to read-only memory at 0x%llx "
				     "(%s).%s",
				     address, name, where);
	if ((is_write && map->writable) || (!is_write && map->readable))
		return fdp_cause_say(cause, "unknown",
				     "%s %s 0x%llx was refused, though the "
				     "mapping allows it now (%s): it was "
				     "changed meanwhile.%s",
				     access_title(cause),
				     access_preposition(cause), address, name,
				     where);
	return fdp_cause_say(
		cause, "access-denied",
		"%s %s protected memory at 0x%llx (%s%s).%s",
		access_title(cause), access_preposition(cause), address, name,
		none ? ": a guard page or reserved memory" : "", where);
}

/* The processor went to an address that holds no code. */
static int jump(struct fdp_cause *cause)
{
	unsigned long long pc = cause->fault->address;
	const struct fdp_map *map =
		fdp_target_map(cause->target, cause->fault->address);
	char where[4 * FDP_CAUSE_NAME_SIZE];
	char name[FDP_CAUSE_NAME_SIZE];

	fdp_cause_caller_where(cause, fdp_cause_caller(cause), where);
	if (!map)
		return fdp_cause_say(
			cause, "jump-to-unmapped", "%s: pc is 0x%llx.%s",
			pc < NEAR_NULL ? "Call through a null function "
					 "pointer"
				       : "Jump to unmapped memory",
			pc, where);
	fdp_cause_mapping(map, name);
	if (map->executable)
		return fdp_cause_say(cause, "unknown",
				     "Code at 0x%llx could not be fetched, "
				     "though the mapping allows it now (%s): "
				     "it was changed meanwhile.",
				     pc, name);
	return fdp_cause_say(cause, "jump-to-non-executable",
			     "Jump to memory that is not code: pc is 0x%llx "
			     "(%s).%s",
			     pc, name, where);
}

static bool is_fetch(const struct fdp_cause *cause)
{
	if (cause->fault->trap == FDP_TRAP_PAGE_FAULT &&
	    cause->fault->error & ERROR_FETCH)
		return true;
	return cause->registers && cause->registers->general[FDP_REGISTER_PC] ==
					   cause->fault->address;
}

/* Codes of SIGSEGV that are about something else than a mapping. */
static int other_violation(struct fdp_cause *cause)
{
	static const struct {
		int code;
		const char *kind;
		const char *words;
	} table[] = {
		{ SEGV_PKUERR, "access-denied",
		  "Access to memory that a protection key denies" },
		{ SEGV_BNDERR, "unknown", "A bounds check failed" },
		{ CODE_SHADOW_STACK, "unknown",
		  "The shadow stack and the stack disagree about a return "
		  "address: it was overwritten" },
	};
	char where[4 * FDP_CAUSE_NAME_SIZE];

	fdp_cause_where(cause, where);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].code == cause->fault->code)
			return fdp_cause_say(cause, table[i].kind, "%s.%s",
					     table[i].words, where);
	}
	return fdp_cause_say(cause, "unknown", "Memory error (code %d).%s",
			     cause->fault->code, where);
}

int fdp_cause_segmentation(struct fdp_cause *cause)
{
	uint64_t address = cause->fault->address;
	const struct fdp_map *map;
	int r;

	if (fdp_cause_is_protection_fault(cause->fault))
		return fdp_cause_protection_fault(cause);
	if (cause->fault->code != SEGV_MAPERR &&
	    cause->fault->code != SEGV_ACCERR)
		return other_violation(cause);
	if (is_fetch(cause))
		return jump(cause);
	r = fdp_cause_stack_overflow(cause);
	if (r != 0)
		return r < 0 ? r : 0;
	map = fdp_target_map(cause->target, address);
	if ((!map && address < NEAR_NULL) || is_below_null(cause))
		return null_dereference(cause);
	return map ? denied(cause, map) : unmapped(cause);
}

/* The page is mapped but the file has no such bytes (any more). */
static int past_end_of_file(struct fdp_cause *cause)
{
	unsigned long long address = cause->fault->address;
	const struct fdp_map *map =
		fdp_target_map(cause->target, cause->fault->address);
	char where[4 * FDP_CAUSE_NAME_SIZE];
	char name[FDP_CAUSE_NAME_SIZE];

	fdp_cause_where(cause, where);
	if (!map || !map->path || map->path[0] != '/')
		return fdp_cause_say(cause, "unknown",
				     "The kernel had no memory for 0x%llx (no "
				     "page, though it is mapped).%s",
				     address, where);
	fdp_cause_mapping(map, name);
	return fdp_cause_say(cause, "past-end-of-file",
			     "%s %s 0x%llx, past the end of the mapped file "
			     "(%s): it was truncated, or its file system is "
			     "full or failed.%s",
			     access_title(cause), access_preposition(cause),
			     address, name, where);
}

int fdp_cause_bus(struct fdp_cause *cause)
{
	char where[4 * FDP_CAUSE_NAME_SIZE];
	unsigned long long address = cause->fault->address;

	if (cause->fault->code == BUS_ADRERR)
		return past_end_of_file(cause);
	if (fdp_cause_is_protection_fault(cause->fault))
		return fdp_cause_protection_fault(cause);
	fdp_cause_where(cause, where);
	switch (cause->fault->code) {
	case BUS_ADRALN:
		return fdp_cause_misaligned(cause, "with alignment checks "
						   "turned on");
	case BUS_OBJERR:
	case BUS_MCEERR_AR:
	case BUS_MCEERR_AO:
		return fdp_cause_say(cause, "memory-failure",
				     "The memory at 0x%llx has failed: the "
				     "hardware reported an error.%s",
				     address, where);
	default:
		return fdp_cause_say(cause, "unknown", "Bus error (code %d).%s",
				     cause->fault->code, where);
	}
}
