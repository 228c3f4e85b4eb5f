/*
 * Where the other products are: beside this program as in the build directory,
 * then where `make install` and distributions put them around it, then where
 * this one was built to be installed.
 */
#ifndef FDP_FIND_H
#define FDP_FIND_H

#include <limits.h>

#define FDP_SHIM_FILE "libfdpreload.so"
#define FDP_DAEMON_FILE "fdpreloadd"
#define FDP_ANALYSIS_FILE "fdpreload-analysis.so"

/* This program's own file.  0 or -errno. */
int fdp_find_self(char ret_path[static PATH_MAX]);

/* The shim, without symbolic links in its path.  0 or -ENOENT. */
int fdp_find_shim(char ret_path[static PATH_MAX]);

/*
 * The daemon that a shim at FROM would start, or that a tool at FROM uses:
 * FDPRELOAD_DAEMON alone if it is set, else beside FROM, then where it was to
 * be installed.  0 or -errno; on failure ret_path is the last that was tried.
 */
int fdp_find_daemon(const char *from, char ret_path[static PATH_MAX]);

/*
 * "NAME in the directory of PATH" into ret_path, which may be PATH.  0 or
 * -ENAMETOOLONG.
 */
int fdp_find_beside(const char *path, const char *name,
		    char ret_path[static PATH_MAX]);

#endif
