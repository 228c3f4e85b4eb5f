/*
 * Code objects: read once each, and the frames that run them described.
 *
 * A deep recursion has 100,000 frames of a few code objects at a few places, so
 * both are kept: code objects by address, positions by code and instruction.
 */
#ifndef FDP_PYTHON_CODE_H
#define FDP_PYTHON_CODE_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"

/*
 * Bytes of one line table.  A generated module of 200,000 lines has about 2
 * MiB.
 */
#define FDP_LINE_TABLE_MAX (16 * 1024 * 1024)

/*
 * Bytes of line tables that are gone through for one report, 0.3 s of work;
 * only invented ones need more.
 */
#define FDP_LINE_BYTES_MAX (UINT64_C(256) * 1024 * 1024)

/* Characters of all names together; 100,000 functions have about 10 million. */
#define FDP_NAME_CHARACTERS_MAX (UINT64_C(64) * 1024 * 1024)

/* What the frames of a code object depend on; FDP_UNKNOWN: it is not known. */
struct fdp_code_extent {
	int64_t bytes;	/* of its bytecode */
	int64_t places; /* for variables and cells; up to 3.10 */
};

struct fdp_code {
	uint64_t address;
	bool valid;	 /* else there is no code object, or a broken one */
	bool artificial; /* CPython's own, never in a traceback */
	/* In the report's arena. */
	const char *name, *qualname, *filename;
	const char *path; /* of the file, as bytes; NULL: there is none */
	int first_line;
	uint64_t line_table; /* a bytes object */
	struct fdp_code_extent extent;
};

struct fdp_codes;

/* 0 or -ENOMEM.  TARGET, OFFSETS and REPORT are borrowed. */
int fdp_codes_new(struct fdp_target *target,
		  const struct fdp_python_offsets *offsets,
		  struct fdp_report *report, struct fdp_codes **ret_codes);

/* The code object at ADDRESS, valid or not; 0 or -ENOMEM. */
int fdp_codes_find(struct fdp_codes *codes, uint64_t address,
		   const struct fdp_code **ret_code);

/*
 * Describes a frame that runs CODE, a valid one.  INSTRUCTION is as the frame
 * has it: an index, or an address (see offsets.h).  0 or -ENOMEM.
 */
int fdp_codes_frame(struct fdp_codes *codes, const struct fdp_code *code,
		    uint64_t instruction, struct fdp_frame *ret_frame);

void fdp_codes_free(struct fdp_codes *codes);

#endif
