/*
 * The worker for a dump that somebody else than the process has asked for, who
 * may not trace it.
 */
#ifndef FDP_WORKER_LOOK_H
#define FDP_WORKER_LOOK_H

#include "living.h"

/*
 * In the worker, which becomes the process's user: writes what LIVING->look
 * wants to LIVING->output.
 *
 * 0, FDP_LOOK_NOT_PYTHON or FDP_LIVING_ASK; or -EACCES if whoever asks is
 * another user, -ENXIO if the process is not of the family, -ESRCH if there is
 * none, -EPERM if we may not trace it either, or another -errno.
 */
int fdp_worker_look(const struct fdp_living *living);

#endif
