/*
 * A CPython in the memory of a fake target: objects, frames, threads and the
 * runtime of any version, laid out by the tables in daemon/python/offsets.c.
 *
 * Everything is made by a bump allocator; addresses are those in the target.
 */
#ifndef FDP_TESTS_FAKE_PYTHON_H
#define FDP_TESTS_FAKE_PYTHON_H

#include "../../daemon/python/offsets.h"
#include "fake_target.h"

struct fake_python {
	struct fdp_target *target;
	struct fdp_python_offsets own;		  /* a copy of the table */
	const struct fdp_python_offsets *offsets; /* that, or the table */
	uint64_t next;
	uint64_t string_type, bytes_type, code_type;
};

/* What a code object is made of; the line table is for one line. */
struct fake_code {
	const char *name, *filename;
	int first_line;
};

/* A frame; fields that the version does not have are left out. */
struct fake_frame {
	uint64_t previous, code;
	int instruction; /* bytes into the bytecode */
	int owner, is_entry;
};

/*
 * Numbers of the versions whose values are known, for tests that loop: the
 * minor one, and behind the last those of the free-threaded builds.
 */
#define FAKE_FIRST 6
#define FAKE_FREE (FDP_PYTHON_MINOR_LAST + 1)
#define FAKE_FREE_FIRST 13
#define FAKE_END (FAKE_FREE + FDP_PYTHON_MINOR_LAST - FAKE_FREE_FIRST + 1)

/*
 * Those of builds with Py_TRACE_REFS, whose objects have a longer head, from
 * FAKE_FIRST on; and those of 2.7, which has other objects.
 */
#define FAKE_MOVED FAKE_END
#define FAKE_MOVED_LAST 12
#define FAKE_MOVED_END (FAKE_MOVED + FAKE_MOVED_LAST - FAKE_FIRST + 1)
#define FAKE_27 FAKE_MOVED_END
#define FAKE_27_MOVED (FAKE_27 + 1)

/* What a number of these stands for. */
struct fdp_version fake_python_version(int number);

void fake_python_start(struct fake_python *python, struct fdp_target *target,
		       int number);

/*
 * The same of any version, in two steps: between them PYTHON->own may be
 * changed.
 */
void fake_python_start_as(struct fake_python *python, struct fdp_target *target,
			  const struct fdp_version *version);
void fake_python_types(struct fake_python *python);

/* SIZE zeroed bytes, 16-aligned. */
uint64_t fake_python_alloc(struct fake_python *python, size_t size);

/* Sets a field unless the version does not have it (FDP_ABSENT). */
void fake_python_set(struct fake_python *python, uint64_t object,
		     uint32_t field, uint64_t value);

/* A str with the state word STATE; see python/strings.c for its bits. */
uint64_t fake_python_string(struct fake_python *python, const char *ascii);
uint64_t fake_python_bytes(struct fake_python *python, const void *bytes,
			   size_t size);

/* Code whose bytecode, 16 bytes, is all on its first line. */
uint64_t fake_python_code(struct fake_python *python,
			  const struct fake_code *code);

uint64_t fake_python_frame(struct fake_python *python,
			   const struct fake_frame *frame);

/* The same at an address that was allocated before. */
void fake_python_frame_at(struct fake_python *python, uint64_t address,
			  const struct fake_frame *frame);

/* A thread state of INTERPRETER whose newest frame is FRAME. */
uint64_t fake_python_thread(struct fake_python *python, uint64_t interpreter,
			    uint64_t next, uint64_t frame);

#endif
