/*
 * The daemon's own log: the file of FDPRELOAD_DEBUG, else fdpreloadd.log in the
 * log directory, made when there is something to say.  Never the application's
 * stderr.
 */
#ifndef FDP_LOG_H
#define FDP_LOG_H

#include <stdbool.h>

/*
 * DEBUG (or NULL) and DIRECTORY (or NULL) are borrowed for the life of the
 * daemon.  Nothing is opened yet.
 */
void fdp_log_open(const char *debug, const char *directory);

/* One line that an operator wants to see. */
void fdp_log_warning(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* One line that only FDPRELOAD_DEBUG shows. */
void fdp_log_debug(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
