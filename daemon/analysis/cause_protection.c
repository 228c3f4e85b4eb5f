#include "cause_internal.h"

#include <signal.h>
#include <stdio.h>

#include "operand.h"

/* x86 trap numbers. */
#define TRAP_STACK_SEGMENT 12
#define TRAP_GENERAL_PROTECTION 13

/* So many registers with impossible values are listed. */
#define CANDIDATES_MAX 4

bool fdp_cause_is_protection_fault(const struct fdp_fault *fault)
{
	return fault->code == SI_KERNEL ||
	       fault->trap == TRAP_GENERAL_PROTECTION ||
	       fault->trap == TRAP_STACK_SEGMENT;
}

static bool is_wild(const struct fdp_cause *cause, int number)
{
	return fdp_cause_is_non_canonical(cause->registers->general[number]);
}

static int wild_pointer(struct fdp_cause *cause, const char *title,
			const char *words)
{
	char where[4 * FDP_CAUSE_NAME_SIZE];

	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "non-canonical-address",
			     "%s an address that cannot exist "
			     "(non-canonical)%s.%s",
			     title, words, where);
}

/* The processor has gone there already: AMD's do before they complain. */
static int wild_pc(struct fdp_cause *cause)
{
	char where[4 * FDP_CAUSE_NAME_SIZE];

	fdp_cause_caller_where(cause, fdp_cause_caller(cause), where);
	return fdp_cause_say(
		cause, "non-canonical-address",
		"Jump to an address that cannot exist (non-canonical): pc is "
		"0x%llx.%s",
		(unsigned long long)cause->registers->general[FDP_REGISTER_PC],
		where);
}

/* 1 if it was a jump to an impossible address and that is said; 0 if not. */
static int wild_jump(struct fdp_cause *cause)
{
	const struct fdp_report *report = cause->report;
	char words[FDP_CAUSE_WORDS_SIZE] = ": ";
	int number = FDP_OPERAND_NONE;
	int r;

	switch (fdp_operand_jump(report->code_bytes, report->code_byte_count,
				 &number)) {
	case FDP_JUMP_RETURN:
		r = wild_pointer(cause, "Return to",
				 ": the return address on the stack was "
				 "overwritten");
		break;
	case FDP_JUMP_REGISTER:
		if (!is_wild(cause, number))
			return 0;
		fdp_cause_register(cause, number, words + 2, sizeof(words) - 2);
		r = wild_pointer(cause, "Call of or jump to", words);
		break;
	default:
		return 0;
	}
	return r < 0 ? r : 1;
}

enum operands { NOT_UNDERSTOOD, POSSIBLE, WILD };

/* The operand of the instruction whose address is impossible. */
static enum operands wild_operand(const struct fdp_cause *cause,
				  char words[static FDP_CAUSE_WORDS_SIZE - 2])
{
	struct fdp_operand operands[FDP_OPERAND_MAX];
	char operand[FDP_CAUSE_WORDS_SIZE];
	size_t count = fdp_operand_decode(cause->report->code_bytes,
					  cause->report->code_byte_count,
					  cause->registers, operands);

	for (size_t i = 0; i < count; i++) {
		if (!fdp_cause_is_non_canonical(operands[i].address))
			continue;
		fdp_cause_operand(cause, &operands[i], operand);
		snprintf(words, FDP_CAUSE_WORDS_SIZE - 2, "%.*s",
			 FDP_CAUSE_WORDS_SIZE - 3, operand);
		return WILD;
	}
	return count ? POSSIBLE : NOT_UNDERSTOOD;
}

/* "; registers with such a value: rax was 0x41414141414141", or "". */
static void candidate_words(const struct fdp_cause *cause,
			    char words[static FDP_CAUSE_WORDS_SIZE])
{
	size_t count = 0;
	size_t used = 0;

	for (int i = 0; i < FDP_REGISTER_PC && count < CANDIDATES_MAX; i++) {
		char word[48];

		if (!is_wild(cause, i))
			continue;
		fdp_cause_register(cause, i, word, sizeof(word));
		used += (size_t)snprintf(
			words + used, FDP_CAUSE_WORDS_SIZE - used, "%s%s",
			count++ ? ", " : "; registers with such a value: ",
			word);
	}
}

static int by_registers(struct fdp_cause *cause)
{
	char words[FDP_CAUSE_WORDS_SIZE] = ": ";
	enum operands operands;
	int r;

	if (is_wild(cause, FDP_REGISTER_PC)) {
		r = wild_pc(cause);
		return r < 0 ? r : 1;
	}
	r = wild_jump(cause);
	if (r != 0)
		return r;
	operands = wild_operand(cause, words + 2);
	if (operands == NOT_UNDERSTOOD) {
		words[0] = '\0';
		candidate_words(cause, words);
	}
	if (operands == POSSIBLE || !words[0])
		return 0;
	r = wild_pointer(cause, "Access through", words);
	return r < 0 ? r : 1;
}

int fdp_cause_misaligned(struct fdp_cause *cause, const char *why)
{
	struct fdp_operand operands[FDP_OPERAND_MAX];
	char words[FDP_CAUSE_WORDS_SIZE] = "";
	char where[4 * FDP_CAUSE_NAME_SIZE];
	char address[32] = "";

	/* The kernel tells no address; of two operands either may be it. */
	if (cause->registers &&
	    fdp_operand_decode(cause->report->code_bytes,
			       cause->report->code_byte_count, cause->registers,
			       operands) == 1) {
		snprintf(address, sizeof(address), " to 0x%llx",
			 (unsigned long long)operands[0].address);
		fdp_cause_operand(cause, &operands[0], words);
	}
	fdp_cause_where(cause, where);
	return fdp_cause_say(cause, "misaligned-access",
			     "Misaligned access%s, %s%s%s.%s", address, why,
			     *words ? "; " : "", words, where);
}

int fdp_cause_protection_fault(struct fdp_cause *cause)
{
	const uint8_t *code = cause->report->code_bytes;
	size_t size = cause->report->code_byte_count;
	char where[4 * FDP_CAUSE_NAME_SIZE];
	const char *privileged;
	int r;

	fdp_cause_where(cause, where);
	/* The kernel does so when it cannot write a signal handler's frame. */
	if (cause->fault->trap == FDP_TRAP_PAGE_FAULT)
		return fdp_cause_say(cause, "unknown",
				     "The kernel itself raised the signal and "
				     "told no address.%s",
				     where);
	privileged = fdp_operand_privileged(code, size);
	if (privileged)
		return fdp_cause_say(cause, "illegal-instruction",
				     "Privileged instruction (%s), which only "
				     "the kernel may execute.%s",
				     privileged, where);
	r = cause->registers ? by_registers(cause) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	if (fdp_operand_wants_alignment(code, size))
		return fdp_cause_misaligned(cause, "by an instruction that "
						   "needs an aligned address");
	return fdp_cause_say(cause, "unknown",
			     "The processor refused the instruction (general "
			     "protection fault) and told no address.%s",
			     where);
}
