#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

#define STEM_SIZE 96

/* Of COMM in a stem: the kernel's names have 15, and the rest has to fit. */
#define STEM_COMM_MAX 40

/*
 * Names tried for a hidden file.  They hold a process id and nanoseconds: only
 * somebody who plants them on purpose takes more than one, and O_EXCL keeps
 * that harmless.
 */
#define HIDDEN_TRIES 8

/* ".fdpreload-" and three numbers of at most 20 digits. */
#define HIDDEN_SIZE 80

/*
 * A directory of another user, or one that others can write to, is a trap.  An
 * access control list that lets others write shows in the group's bits.
 */
static int check_directory(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return -EPERM;
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	return 0;
}

/* Opens the directory NAME in PARENT, which is made if it is not there. */
static int open_component(int parent, const char *name, int flags)
{
	int fd = openat(parent, name, flags);

	if (fd < 0 && errno == ENOENT) {
		/* EEXIST: somebody was faster, which serves as well. */
		if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = openat(parent, name, flags | O_NOFOLLOW);
	}
	return fd < 0 ? -errno : fd;
}

/*
 * Cuts the first component off *PATH and returns it, NULL at the end.  RET_LAST
 * says that nothing but slashes is left.
 */
static char *next_component(char **path, bool *ret_last)
{
	char *name = *path + strspn(*path, "/");
	char *end = name + strcspn(name, "/");

	if (*name == '\0')
		return NULL;
	*path = *end ? end + 1 : end;
	*end = '\0';
	*ret_last = (*path)[strspn(*path, "/")] == '\0';
	return name;
}

/*
 * True if the symbolic link NAME in PARENT is there because root or we want it,
 * as those are that systemd makes for LogsDirectory=.
 */
static bool is_own_link(int parent, const char *name)
{
	struct stat place, link;

	return fstat(parent, &place) == 0 &&
	       fstatat(parent, name, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(link.st_mode) && !(place.st_mode & S_IWOTH) &&
	       (place.st_uid == 0 || place.st_uid == geteuid()) &&
	       (link.st_uid == 0 || link.st_uid == geteuid());
}

/* The directory itself. */
static int open_last(int parent, const char *name)
{
	const int flags = O_DIRECTORY | O_CLOEXEC | O_RDONLY;
	int fd = open_component(parent, name, flags | O_NOFOLLOW);

	if ((fd == -ENOTDIR || fd == -ELOOP) && is_own_link(parent, name))
		fd = openat(parent, name, flags);
	return fd == -1 ? -errno : fd;
}

/*
 * Parents need not be readable (/home may be 0711) and may be symbolic links;
 * the directory itself may only be one of our own, or somebody who can write to
 * its parent chooses where reports go.
 */
static int open_path(char *path)
{
	_cleanup_close_ int fd = -1;
	bool last = false;
	char *name;

	fd = open(*path == '/' ? "/" : ".", O_DIRECTORY | O_CLOEXEC | O_PATH);
	if (fd < 0)
		return -errno;
	while ((name = next_component(&path, &last))) {
		int next =
			last ? open_last(fd, name)
			     : open_component(fd, name,
					      O_DIRECTORY | O_CLOEXEC | O_PATH);

		if (next < 0)
			return next;
		close(fd);
		fd = next;
	}
	/* "/" itself, which has no component, is no place for reports. */
	return last ? TAKE_FD(fd) : -EINVAL;
}

int fdp_store_open(const char *path)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *copy = strdup(path);
	mode_t mask;
	int r;

	if (!copy)
		return -ENOMEM;
	/* Exactly 0700, with no moment of another mode and no chmod by name. */
	mask = umask(0077);
	fd = open_path(copy);
	umask(mask);
	if (fd < 0)
		return fd;
	r = check_directory(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

static int create_hidden(int directory, struct fdp_store_file *ret_file)
{
	_cleanup_free_ char *name = malloc(HIDDEN_SIZE);

	if (!name)
		return -ENOMEM;
	for (int try = 0; try < HIDDEN_TRIES; try++) {
		struct timespec now;
		int fd;

		clock_gettime(CLOCK_REALTIME, &now);
		snprintf(name, HIDDEN_SIZE, ".fdpreload-%d-%lld.%09ld",
			 (int)getpid(), (long long)now.tv_sec, now.tv_nsec);
		fd = openat(directory, name,
			    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd >= 0) {
			ret_file->fd = fd;
			ret_file->hidden = TAKE_PTR(name);
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int fdp_store_create(int directory, struct fdp_store_file *ret_file)
{
	struct fdp_store_file file = FDP_STORE_FILE_NONE;

	file.fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (file.fd < 0) {
		int r;

		/* EISDIR: a kernel or a file system that knows no such flag. */
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
			return -errno;
		r = create_hidden(directory, &file);
		if (r < 0)
			return r;
	}
	/* Only for a umask that takes from the owner. */
	if (fchmod(file.fd, 0600) < 0) {
		int r = -errno;

		fdp_store_discard(directory, &file);
		return r;
	}
	*ret_file = file;
	return 0;
}

/* Links an O_TMPFILE; without /proc, kernels from 6.10 on do it by itself. */
static int link_unnamed(int directory, int fd, const char *name)
{
	char path[sizeof("/proc/self/fd/") + 11];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != ENOENT && errno != ENOTDIR)
		return -errno;
	return linkat(fd, "", directory, name, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/*
 * Neither replaces a file that has NAME.  File systems without O_TMPFILE have
 * links (NFS), or the other (FAT).
 */
static int link_hidden(int directory, const char *hidden, const char *name)
{
	if (linkat(directory, hidden, directory, name, 0) == 0) {
		unlinkat(directory, hidden, 0);
		return 0;
	}
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	if (renameat2(directory, hidden, directory, name, RENAME_NOREPLACE) < 0)
		return -errno;
	return 0;
}

int fdp_store_publish(int directory, struct fdp_store_file *file,
		      const char *name)
{
	int r;

	if (strchr(name, '/'))
		return -EINVAL;
	if (fsync(file->fd) < 0)
		return -errno;
	if (file->hidden)
		r = link_hidden(directory, file->hidden, name);
	else
		r = link_unnamed(directory, file->fd, name);
	if (r < 0)
		return r;
	free(TAKE_PTR(file->hidden));
	/* The name is there either way; not every file system can sync it. */
	(void)fsync(directory);
	return 0;
}

void fdp_store_discard(int directory, struct fdp_store_file *file)
{
	if (file->hidden)
		unlinkat(directory, file->hidden, 0);
	free(TAKE_PTR(file->hidden));
	if (file->fd >= 0)
		close(TAKE_FD(file->fd));
}

static bool is_plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

void fdp_store_stem(long long time_us, const char *comm, int pid,
		    char ret_stem[static STEM_SIZE])
{
	long long fraction = time_us % 1000000;
	time_t seconds = time_us / 1000000;
	char name[STEM_COMM_MAX + 1];
	char date[32];
	struct tm tm = { 0 };
	size_t length = 0;

	if (fraction < 0) {
		fraction += 1000000;
		seconds--;
	}
	for (; length < STEM_COMM_MAX && comm[length]; length++)
		name[length] = is_plain(comm[length]) ? comm[length] : '_';
	name[length] = '\0';
	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y%m%dT%H%M%S", &tm);
	snprintf(ret_stem, STEM_SIZE, "%s.%06lldZ-%s-%d", date, fraction, name,
		 pid);
}
