/* Opening files whose names come from somebody else. */
#ifndef FDP_BASE_FILE_H
#define FDP_BASE_FILE_H

/*
 * Opens PATH below DIRECTORY (or AT_FDCWD) for reading if it is a regular file;
 * anything else, which might block, or do something when it is opened, is only
 * looked at.  A descriptor or -errno (-EINVAL: not a regular file).
 */
int fdp_open_regular(int directory, const char *path);

/* The same of what HANDLE, opened with O_PATH, only looks at, and keeps. */
int fdp_reopen_regular(int handle);

#endif
