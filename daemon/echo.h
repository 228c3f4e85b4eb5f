/*
 * Echo: what the application's stderr gets.
 */
#ifndef FDP_ECHO_H
#define FDP_ECHO_H

#include <sys/types.h>

/* How long the application's stderr may take; the file has it all anyway. */
#define FDP_ECHO_MS 500

/*
 * Copies the file SOURCE to OUTPUT from a child of ours, since that write may
 * block and OUTPUT must not be made non-blocking: it is shared.  The child ends
 * after FDP_ECHO_MS at the latest.
 *
 * Returns its pid, which the caller reaps, or -errno.
 */
pid_t fdp_echo_start(int source, int output);

#endif
