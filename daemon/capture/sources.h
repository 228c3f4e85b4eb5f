/*
 * Lines of source files, as the process itself would open them: its own root
 * directory, its own working directory for relative names, and zip archives
 * where a part of the path is one (as zipimport names their modules).
 *
 *   line: "<line>/<path>", lines from 1.  The line without its newline; a byte
 *	   order mark is none of it.
 *   time: "<path>".  When the file, or the archive that it is in, was last
 *	   written or put in its place: microseconds since the epoch, in digits.
 *
 * -ENOENT, -EFBIG and the like if it cannot be had.
 */
#ifndef FDP_CAPTURE_SOURCES_H
#define FDP_CAPTURE_SOURCES_H

#include "procfs.h"

/* As fdp_procfs_new(), with the facts about source.  0 or -errno. */
int fdp_sources_procfs_new(pid_t pid, struct fdp_procfs **ret_procfs);

#endif
