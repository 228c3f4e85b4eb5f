/*
 * Columns of a terminal, as the traceback module counts them.
 */
#ifndef FDP_RENDER_WIDTH_H
#define FDP_RENDER_WIDTH_H

#include <stdint.h>

/* 0 to 2, as 3.MINOR has it; 1 if MINOR is 0. */
int fdp_width(uint32_t character, int minor);

#endif
