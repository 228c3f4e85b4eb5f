/*
 * Which characters repr() shows as they are: those of the Unicode version that
 * an interpreter came with.
 */
#ifndef FDP_PYTHON_PRINTABLE_H
#define FDP_PYTHON_PRINTABLE_H

#include <stdbool.h>
#include <stdint.h>

/* True if str.isprintable() of 3.MINOR says so. */
bool fdp_is_printable(uint32_t character, int minor);

#endif
