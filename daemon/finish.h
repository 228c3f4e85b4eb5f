/*
 * Finishing a report: the files get their names, then the application's stderr
 * its copy.
 */
#ifndef FDP_FINISH_H
#define FDP_FINISH_H

#include <sys/types.h>

#include "outputs.h"

/* How long the application's stderr may take; the file has it all anyway. */
#define FDP_ECHO_MS 500

/*
 * Publishes OUTPUTS and copies its echo to OUTPUT (-1: nowhere), from a child
 * of ours: a slow disk or a full pipe must not stop the daemon, and OUTPUT must
 * not be made non-blocking, since it is shared.
 *
 * Returns its pid, which the caller reaps, or -errno.
 */
pid_t fdp_finish_start(struct fdp_outputs *outputs, int output);

#endif
