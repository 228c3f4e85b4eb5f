/* LD_PRELOAD, with the shim in it. */
#ifndef FDP_CLI_PRELOAD_H
#define FDP_CLI_PRELOAD_H

/*
 * Puts SHIM behind what LD_PRELOAD lists in our environment: another library
 * that stands in front of sigaction() has to be before it.  A list that
 * has a library of that name already that can be read, stays as it is: its
 * order was chosen, and two would be one too many.  0 or -errno; -EINVAL: the
 * path holds a separator of such lists, and cannot be said.
 */
int fdp_preload_set(const char *shim);

#endif
