/* Captures of processes that live, traced or, where that is refused, asked. */
#ifndef FDP_WORKER_REFUSED_H
#define FDP_WORKER_REFUSED_H

#include "../capture/living.h"
#include "living.h"

/*
 * As fdp_capture_living(); where that may not be, from what LIVING->server
 * answers.  FDP_LIVING_ASK: nobody does, but the process may be asked.
 */
int fdp_worker_capture(const struct fdp_living *living,
		       const struct fdp_living_request *request,
		       struct fdp_target **ret_target);

#endif
