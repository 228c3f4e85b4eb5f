/*
 * The parts of `fdpreload doctor`.  Each looks at one thing and adds what it
 * has found; none stops the others.
 */
#ifndef FDP_DOCTOR_H
#define FDP_DOCTOR_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "findings.h"

/*
 * Library, reporter and its module.  True if the library was found, whose path
 * is in shim then.
 */
bool fdp_doctor_products(struct fdp_findings *findings,
			 char shim[static PATH_MAX]);

/* A program that crashes under SHIM, in a directory of its own. */
void fdp_doctor_crash(struct fdp_findings *findings, const char *shim);

/* What this process may do: trace, read memory, install filters. */
void fdp_doctor_rights(struct fdp_findings *findings);

/* Variables that are set here, and the directory that reports go to. */
void fdp_doctor_settings(struct fdp_findings *findings);

/* Containers, control groups, core files. */
void fdp_doctor_place(struct fdp_findings *findings);

/* Debug information of the C library. */
void fdp_doctor_debug(struct fdp_findings *findings);

/* A process that runs. */
void fdp_doctor_process(struct fdp_findings *findings, pid_t pid);

/* "not permitted", for what fdp_attempt() has returned. */
const char *fdp_doctor_refusal(int error);

/*
 * Whether the functions of the ELF file PATH below ROOT ("": here) will have
 * names; NAME is what people call it, PACKAGE where Debian has its debug
 * information.
 */
void fdp_doctor_symbols(struct fdp_findings *findings, const char *root,
			const char *path, const char *name,
			const char *package);

/* The reporter of the process PID, whose /proc/PID/maps are MAPS. */
void fdp_doctor_reporter(struct fdp_findings *findings, pid_t pid,
			 const char *maps);

#endif
