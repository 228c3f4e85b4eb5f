/*
 * Members of zip archives that Python imports from.  The archive is anybody's:
 * what it says of itself is bounded here, and inflating is the library's.
 */
#ifndef FDP_CAPTURE_ARCHIVE_H
#define FDP_CAPTURE_ARCHIVE_H

#include <stddef.h>

/*
 * What may still be spent on archives for one report.  An archive of 65,535
 * members, the most that the plain format has, is gone through 64 times.
 */
#define FDP_ARCHIVE_ENTRIES_MAX (64L * 65535)
#define FDP_ARCHIVE_BYTES_MAX (256L * 1024 * 1024)

struct fdp_archive_limits {
	long entries_left; /* names of members that are looked at */
	long bytes_left;   /* that members are unpacked to */
};

/*
 * The member called NAME of the archive FD, a regular file, malloc'ed: at most
 * LONGEST bytes, or it is refused.  0; -ENOENT: it has no such member;
 * -EBADMSG: it is no archive, or a damaged one; -ENOTSUP: the member is
 * encrypted, or packed as zipimport does not know either; -EFBIG: LIMITS are
 * used up, or it is too long; -ENOMEM.
 */
int fdp_archive_read(int fd, const char *name, size_t longest,
		     struct fdp_archive_limits *limits, char **ret_text,
		     size_t *ret_size);

#endif
