/*
 * The live backend: process_vm_readv and /proc.  The process must be held by
 * somebody, or what is read may not fit together.
 */
#ifndef FDP_CAPTURE_LIVE_H
#define FDP_CAPTURE_LIVE_H

#include "../target.h"
#include "procfs.h"

/*
 * A target without threads, maps and fault yet.  Owns PROCFS from now on.
 * 0 or -ENOMEM; whether memory can be read is found out by fdp_live_allowed().
 */
int fdp_live_new(pid_t pid, struct fdp_procfs *procfs,
		 struct fdp_target **ret_target);

/* 0 if the memory of PID may be read at ADDRESS, else -errno (-EPERM). */
int fdp_live_allowed(pid_t pid, uint64_t address);

/*
 * A target for the process PID, if its memory may be read.  RET_PROCFS is its,
 * and borrowed.  0 or -errno: -ESRCH, -EPERM, -ENOMEM.
 */
int fdp_live_open(pid_t pid, struct fdp_procfs **ret_procfs,
		  struct fdp_target **ret_target);

#endif
