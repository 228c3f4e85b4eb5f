/*
 * What of a list is in order, where some of it is wrong and nobody says what.
 */
#ifndef FDP_ANALYSIS_ORDER_H
#define FDP_ANALYSIS_ORDER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Marks in KEPT, of COUNT, as many of NUMBERS as can be kept so that none is
 * below one that is kept before it.  0 or -ENOMEM.
 */
int fdp_order_keep(const size_t *numbers, size_t count, bool *kept);

#endif
