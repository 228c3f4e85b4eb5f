/*
 * Columns of a terminal, as the traceback module counts them.
 */
#ifndef FDP_RENDER_WIDTH_H
#define FDP_RENDER_WIDTH_H

#include <stdint.h>

/* 2 for what 3.MINOR knows to be wide, else 1: combining characters too. */
int fdp_width(uint32_t character, int minor);

#endif
