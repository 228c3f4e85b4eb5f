/*
 * Reports on disk: whole or absent.
 *
 * A report is written into files without a name (O_TMPFILE; where the file
 * system has none, a hidden name), synced, and only then linked to its name.
 * Files are 0600, their directory is made 0700.  Nothing is followed or
 * replaced: O_NOFOLLOW, O_EXCL, linkat without overwriting.
 */
#ifndef FDP_STORE_H
#define FDP_STORE_H

struct fdp_store_file {
	int fd;	      /* write here */
	char *hidden; /* name in the directory, or NULL if it has none */
};

#define FDP_STORE_FILE_NONE                                                    \
	{                                                                      \
		.fd = -1, .hidden = NULL                                       \
	}

/*
 * Opens the directory PATH, making it and its parents (0700) if needed.  It
 * must belong to us or to root, and not be writable by others.  Its parents may
 * be symbolic links; it itself may be one only if root or we have made it, in a
 * directory of root's or ours that is not open to everybody.
 * Returns a descriptor or -errno (-EPERM: owned by or open to somebody else).
 */
int fdp_store_open(const char *path);

/* A new file without a name in DIRECTORY.  0 or -errno. */
int fdp_store_create(int directory, struct fdp_store_file *ret_file);

/*
 * Syncs FILE and gives it NAME.  -EEXIST if the name is taken.  FILE stays
 * open either way; fdp_store_discard() still has to be called.
 */
int fdp_store_publish(int directory, struct fdp_store_file *file,
		      const char *name);

/* Closes FILE; without a name it is gone.  Safe on FDP_STORE_FILE_NONE. */
void fdp_store_discard(int directory, struct fdp_store_file *file);

/*
 * "<time>-<comm>-<pid>", time in UTC as 20261120T140419.123456Z; bytes of COMM
 * other than letters, digits, '.', '_' and '-' become '_'.  RET_STEM of 96
 * bytes.
 */
void fdp_store_stem(long long time_us, const char *comm, int pid,
		    char ret_stem[static 96]);

#endif
