/*
 * The types that CPython is born with, by name: how their objects look.
 */
#ifndef FDP_PYTHON_BUILTIN_TYPES_H
#define FDP_PYTHON_BUILTIN_TYPES_H

#include "types.h"

/* What an object of TYPE, which no class statement made, looks like;
 * FDP_VALUE_INVALID: nobody knows.  MAJOR is that of the version. */
enum fdp_value_kind fdp_builtin_kind(const struct fdp_type *type, int major);

#endif
