/*
 * Finding a file as another process would: its root directory may not be ours,
 * and a symbolic link to an absolute path then leads elsewhere.
 */
#ifndef FDP_CAPTURE_ROOTED_H
#define FDP_CAPTURE_ROOTED_H

/* As many as the kernel follows (MAXSYMLINKS). */
#define FDP_LINKS_MAX 40

/*
 * Follows PATH, from the directory HERE if it is relative, to the first thing
 * that is no directory and no link, and only looks at that.  Links to absolute
 * paths begin at ROOT, and ".." does not lead out of it.
 *
 * A descriptor for looking (O_PATH) of a regular file, with what of PATH is
 * left behind it (malloc'ed, "" if that is all); or -errno, -EINVAL if it is
 * something else.
 */
int fdp_rooted_find(int root, int here, const char *path, char **ret_rest);

#endif
