/*
 * The C stack as faulthandler writes it from Python 3.14 on, byte for byte.
 */
#ifndef FDP_RENDER_COMPAT_NATIVE_H
#define FDP_RENDER_COMPAT_NATIVE_H

#include <stdio.h>

#include "../analysis/c_stack.h"

/* With its header.  0, or -EIO if OUTPUT has an error. */
int fdp_render_c_stack(const struct fdp_c_stack *stack, FILE *output);

#endif
