/*
 * Confinement of a process that handles hostile input: limits on memory, time
 * and files, and a seccomp filter that knows no network, no new process, no
 * writing to anything that is not open already.
 */
#ifndef FDP_WORKER_CONFINE_H
#define FDP_WORKER_CONFINE_H

#include <sys/types.h>

/* Private memory: a full page cache, a deep report, the debug files of libdw.
 */
#define FDP_WORKER_MEMORY_MAX (UINT64_C(2) << 30)

/* The largest file a report may make: 100,000s of frames in JSON. */
#define FDP_WORKER_FILE_MAX (UINT64_C(1) << 30)

/* Seconds of processor time. */
#define FDP_WORKER_CPU_MAX 30

/*
 * Confines the calling process for good.  TRACED: the process that it still
 * has to stop and read, or 0.  0 or -errno.
 */
int fdp_confine(pid_t traced);

#endif
