/*
 * Who crashed: report->process from the facts proc/stat, proc/status,
 * proc/cmdline, proc/cgroup, link/exe, link/cwd and host/boot-time-us.
 */
#ifndef FDP_ANALYSIS_PROCESS_H
#define FDP_ANALYSIS_PROCESS_H

#include <stddef.h>

#include "../base/arena.h"
#include "../report.h"
#include "../target.h"

/*
 * Needs report->time_us for the uptime.  What cannot be read stays unknown.
 * 0 or -ENOMEM.
 */
int fdp_process_read(struct fdp_target *target, struct fdp_report *report);

/*
 * The command line of /proc/PID/cmdline, SIZE bytes of NUL-terminated
 * arguments, quoted so that a shell would read it back; values that look
 * secret are "***".  In ARENA; NULL when memory is out.
 */
char *fdp_command_line(struct fdp_arena *arena, const char *bytes, size_t size);

#endif
