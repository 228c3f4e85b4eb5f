/*
 * Children that end by themselves, sooner or later: nobody waits for them, but
 * they must not stay zombies.
 */
#ifndef FDP_REAPER_H
#define FDP_REAPER_H

#include <sys/types.h>

/* CHILD is left alone until it ends. */
void fdp_reaper_leave(pid_t child);

/* On SIGCHLD: reaps those that have ended. */
void fdp_reaper_run(void);

/*
 * Waits for those that are left, for FDP_REAPER_END_MS at most; SIGCHLD must be
 * blocked.
 */
void fdp_reaper_end(void);

#define FDP_REAPER_END_MS 50

#endif
