/*
 * Lines of source files, as the process itself would open them: its own root
 * directory, and its own working directory for relative names.
 */
#ifndef FDP_CAPTURE_SOURCES_H
#define FDP_CAPTURE_SOURCES_H

#include <stddef.h>

struct fdp_sources;

/* PROC_DIRECTORY, of /proc/PID, is borrowed and must stay open.  0, -ENOMEM. */
int fdp_sources_new(int proc_directory, struct fdp_sources **ret_sources);
void fdp_sources_free(struct fdp_sources *sources);

/*
 * QUESTION is "<line>/<path>", lines from 1.  The line without its newline,
 * malloc'ed and NUL-terminated; -ENOENT, -EFBIG and the like if it cannot be
 * had.
 */
int fdp_sources_line(struct fdp_sources *sources, const char *question,
		     char **ret_line, size_t *ret_size);

/*
 * When the file at PATH was last written, microseconds since the epoch in
 * digits, malloc'ed; -ENOENT if it cannot be had.
 */
int fdp_sources_time(struct fdp_sources *sources, const char *path,
		     char **ret_time, size_t *ret_size);

#endif
