/*
 * A job: one report from frame 1 to the files, the echo and DONE.
 *
 *   working   the worker captures and renders; the shim is told to wait
 *   echoing   the report is stored; stderr gets its copy
 *
 * Whatever goes wrong on the way, the files are written (from frame 1 alone if
 * need be) and the shim is released before its deadline.
 */
#ifndef FDP_JOB_H
#define FDP_JOB_H

#include "../proto/proto.h"
#include "session.h"

/*
 * Starts a job for SESSION, whose socket nobody else reads meanwhile.  Takes
 * OUTPUT, the application's stderr or -1, also on failure.  When the job ends
 * it calls fdp_session_job_done().  0 or -errno.
 */
int fdp_job_start(struct fdp_session *session, const struct fdp_crash *crash,
		  int output);

#endif
