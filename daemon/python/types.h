/*
 * Types of objects: what they are called, and what an object of one is made of.
 */
#ifndef FDP_PYTHON_TYPES_H
#define FDP_PYTHON_TYPES_H

#include "../base/arena.h"
#include "../target.h"
#include "offsets.h"

/* What is known of how an object of a type, or of a subclass of it, looks. */
enum fdp_value_kind {
	FDP_VALUE_INVALID, /* the type is none */
	FDP_VALUE_OBJECT,  /* nothing but the type and attributes */
	FDP_VALUE_NONE,
	FDP_VALUE_ELLIPSIS,
	FDP_VALUE_NOT_IMPLEMENTED,
	FDP_VALUE_BOOL,
	FDP_VALUE_INTEGER,
	FDP_VALUE_REAL,
	FDP_VALUE_COMPLEX,
	FDP_VALUE_STRING,
	FDP_VALUE_BYTES,
	FDP_VALUE_BYTEARRAY,
	FDP_VALUE_LIST,
	FDP_VALUE_TUPLE,
	FDP_VALUE_DICT,
	FDP_VALUE_SET,
	FDP_VALUE_FROZENSET,
	FDP_VALUE_RANGE,
	FDP_VALUE_SLICE,
	FDP_VALUE_CELL,
	FDP_VALUE_FUNCTION,
	FDP_VALUE_METHOD,
	FDP_VALUE_BUILTIN,
	FDP_VALUE_MODULE,
	FDP_VALUE_CODE,
	FDP_VALUE_GENERATOR, /* and coroutines */
	FDP_VALUE_EXCEPTION,
	FDP_VALUE_TYPE,
	/* Those of 2.7 alone: */
	FDP_VALUE_WORD, /* int and bool */
	FDP_VALUE_LONG,
	FDP_VALUE_XRANGE,
	FDP_VALUE_CLASSIC_CLASS,
	FDP_VALUE_CLASSIC_INSTANCE,
	FDP_VALUE_ARRAY, /* numpy's */
};

/* An attribute that stands in the object (__slots__). */
struct fdp_member {
	const char *name;
	uint64_t offset;
};

struct fdp_type {
	enum fdp_value_kind kind;
	bool exact;		     /* the builtin type itself, no subclass */
	bool heap;		     /* made at run time, by `class` mostly */
	const char *module;	     /* NULL: one whose name nobody says */
	const char *qualname;	     /* within it */
	const char *name;	     /* tp_name, as C code has it */
	const struct fdp_type *base; /* that it is derived from, or NULL */
	uint64_t flags;		     /* tp_flags */
	uint64_t basic_size;
	uint64_t dict_offset; /* of an instance's dict; 0: there is none */
	uint64_t cached_keys; /* of the instances' attributes, or 0 */
	struct fdp_member *members;
	size_t member_count;
};

/* Types that are looked at; large programs have some thousands of classes. */
#define FDP_TYPES_MAX 16384

/* Bytes of tp_name, which nobody makes longer by hand. */
#define FDP_TYPE_NAME_MAX 256

struct fdp_types;

/* 0 or -ENOMEM.  TARGET and OFFSETS are borrowed. */
int fdp_types_new(struct fdp_target *target,
		  const struct fdp_python_offsets *offsets,
		  struct fdp_types **ret_types);

/*
 * The type at ADDRESS; its kind is FDP_VALUE_INVALID if it is none, or one too
 * many.  Lives as long as TYPES.  NULL: no memory.
 */
const struct fdp_type *fdp_types_find(struct fdp_types *types,
				      uint64_t address);

/* The last part of a dotted name. */
const char *fdp_type_last_part(const char *name);

void fdp_types_free(struct fdp_types *types);

#endif
