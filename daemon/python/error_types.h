/*
 * The types of exceptions, and of what they say: what they are called, and who
 * makes their str().
 */
#ifndef FDP_PYTHON_ERROR_TYPES_H
#define FDP_PYTHON_ERROR_TYPES_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"
#include "types.h"

/* Whose __str__ it is that an object of a type has. */
enum fdp_str_origin {
	FDP_STR_UNKNOWN, /* a class's own, or an extension's */
	FDP_STR_OBJECT,	 /* object's, which is repr() */
	FDP_STR_STRING,	 /* str's, which is the string itself */
	FDP_STR_UNICODE, /* 2.7: unicode's, which fails beyond ASCII */
	FDP_STR_CLASSIC, /* 2.7: of old classes, if an instance has none */
	FDP_STR_ERROR,	 /* BaseException's: of the arguments */
	FDP_STR_KEY_ERROR,
	FDP_STR_OS_ERROR,
	FDP_STR_IMPORT_ERROR,
	FDP_STR_SYNTAX_ERROR,
	FDP_STR_ENCODE_ERROR,
	FDP_STR_DECODE_ERROR,
	FDP_STR_TRANSLATE_ERROR,
	FDP_STR_GROUP,
};

/* Bases of a type that are looked at; the deepest that anybody has are tens. */
#define FDP_BASES_MAX 64

struct fdp_error_type {
	const struct fdp_type *type; /* its kind may be FDP_VALUE_INVALID */
	/* "module.Class", without the modules that a traceback leaves out: in
	 * 2.7 without any. */
	const char *name;
	bool is_exception, is_syntax_error, is_group;
	bool has_unicode; /* 2.7: a class that has a __unicode__ of its own */
	enum fdp_str_origin str;
};

struct fdp_error_types;

/* 0 or -ENOMEM.  What is given is borrowed; names go to REPORT's arena. */
int fdp_error_types_new(struct fdp_target *target,
			const struct fdp_python_offsets *offsets,
			struct fdp_report *report,
			struct fdp_error_types **ret_types);

/*
 * The type at ADDRESS, in 2.7 also an old class; lives as long as TYPES.  NULL:
 * no memory.
 */
const struct fdp_error_type *fdp_error_types_find(struct fdp_error_types *types,
						  uint64_t address);

/* That of the object at ADDRESS, which may be anything; of an instance of an
 * old class that class. */
const struct fdp_error_type *fdp_error_types_of(struct fdp_error_types *types,
						uint64_t address);

void fdp_error_types_free(struct fdp_error_types *types);

#endif
