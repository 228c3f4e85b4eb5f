/*
 * What str() would say of an exception, from memory alone: no code of the
 * program is run.  Where a class has a __str__ of its own, nobody knows.
 */
#ifndef FDP_PYTHON_ERROR_TEXT_H
#define FDP_PYTHON_ERROR_TEXT_H

#include "../report.h"
#include "../target.h"
#include "error_types.h"
#include "offsets.h"
#include "represent.h"

/*
 * Characters of all messages and notes together: ten times those of a program
 * that has put whole pages into each of a hundred exceptions.
 */
#define FDP_ERROR_CHARACTERS_MAX (UINT64_C(4) * 1024 * 1024)

/* Exceptions in exceptions, RuntimeError(ValueError("x")), that are followed.
 */
#define FDP_ERROR_NESTING_MAX 8

/* Why there is none. */
#define FDP_ERROR_NOT_RUN "its __str__ was not run"
#define FDP_ERROR_NOT_READ "it could not be read"

struct fdp_error_texts {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_error_types *types;
	struct fdp_values *values;
	uint64_t characters_left; /* begins as FDP_ERROR_CHARACTERS_MAX */
	int nesting;
};

/*
 * str() of the object at ADDRESS, an exception or not, in the report's arena.
 * 0; -ENOMEM; or another -errno, and *ret_why says why there is none: code
 * would have to run, or it could not be read.
 */
int fdp_error_text(struct fdp_error_texts *texts, uint64_t address,
		   const char **ret_text, const char **ret_why);

/*
 * The same of an exception of TYPE that is not made yet: what was given for it
 * is at ADDRESS, None, a tuple of arguments or the only one.
 */
int fdp_error_unmade_text(struct fdp_error_texts *texts,
			  const struct fdp_error_type *type, uint64_t address,
			  const char **ret_text, const char **ret_why);

/* unicode_errors.c: the same of a UnicodeError of the three kinds. */
int fdp_unicode_error_text(struct fdp_error_texts *texts, uint64_t address,
			   const char **ret_text, const char **ret_why);

/* Where only its own code could say more: "<Class object at 0x...>".  NULL: no
 * memory. */
const char *fdp_error_object(struct fdp_error_texts *texts, uint64_t address);

/* How many items the tuple at ADDRESS has; -EBADMSG if it is none. */
int64_t fdp_error_tuple_size(struct fdp_error_texts *texts, uint64_t tuple);

/* repr() of it, or what can be said instead.  NULL: no memory. */
const char *fdp_error_repr(struct fdp_error_texts *texts, uint64_t address);

/* The str at ADDRESS itself; -EBADMSG if it is none, or as above. */
int fdp_error_string(struct fdp_error_texts *texts, uint64_t address,
		     const char **ret_text);

/* The int at ADDRESS; FDP_NO_NUMBER if it is none, or too large. */
int64_t fdp_error_number(struct fdp_error_texts *texts, uint64_t address);

/* What the word FIELD of the object at ADDRESS points to; 0: nothing. */
uint64_t fdp_error_field(struct fdp_error_texts *texts, uint64_t address,
			 uint32_t field);

#endif
