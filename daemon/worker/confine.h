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

/*
 * Of a process that looks at another one for as long as that lives: its
 * mappings and code objects for a start, then pages of its threads' stacks,
 * given back after each look.
 */
#define FDP_READER_MEMORY_MAX (UINT64_C(512) << 20)

/*
 * Confines the calling process for good, to reading the memory of PID: it
 * cannot stop it, and its processor time has no end.  0 or -errno.
 */
int fdp_confine_reader(pid_t pid);

#endif
