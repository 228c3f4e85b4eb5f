/*
 * A target in memory, for tests: what is written to it is its memory, and what
 * is not cannot be read.
 */
#ifndef FDP_TESTS_FAKE_TARGET_H
#define FDP_TESTS_FAKE_TARGET_H

#include "../../daemon/target.h"

/* An empty one; aborts when memory is out.  Free with fdp_target_free(). */
struct fdp_target *fake_target_new(void);

/*
 * Makes SIZE bytes at ADDRESS readable and holds BYTES there.  Pages come in
 * whole and begin as zeros.  To be called before the pages are read, since
 * a target asks only once.
 */
void fake_target_write(struct fdp_target *target, uint64_t address,
		       const void *bytes, size_t size);
void fake_target_write_u64(struct fdp_target *target, uint64_t address,
			   uint64_t value);
void fake_target_write_u32(struct fdp_target *target, uint64_t address,
			   uint32_t value);

/* The answer to the question KEY. */
void fake_target_fact(struct fdp_target *target, const char *key,
		      const char *value);

#endif
