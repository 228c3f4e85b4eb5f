#include "rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/util.h"

struct search {
	int root;
	int at; /* the directory that it stands in, of its own */
	struct stat root_status;
	char left[2 * PATH_MAX]; /* of the path */
	int links;
};

/* Takes FD over. */
static void stand_in(struct search *search, int fd)
{
	if (search->at >= 0)
		close(search->at);
	search->at = fd;
}

static int begin_at(struct search *search, int directory)
{
	int fd = openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	stand_in(search, fd);
	return 0;
}

static int go_up(struct search *search)
{
	struct stat status;
	int fd;

	if (fstat(search->at, &status) < 0)
		return -errno;
	if (status.st_dev == search->root_status.st_dev &&
	    status.st_ino == search->root_status.st_ino)
		return 0;
	fd = openat(search->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	stand_in(search, fd);
	return 0;
}

/* Goes on with what the link FD says. */
static int follow(struct search *search, int fd)
{
	char link[PATH_MAX];
	size_t left = strlen(search->left);
	ssize_t size;

	if (search->links++ == FDP_LINKS_MAX)
		return -ELOOP;
	size = readlinkat(fd, "", link, sizeof(link));
	if (size < 0)
		return -errno;
	if (size == 0)
		return -ENOENT;
	if ((size_t)size == sizeof(link) ||
	    (size_t)size + 1 + left >= sizeof(search->left))
		return -ENAMETOOLONG;
	memmove(search->left + size + 1, search->left, left + 1);
	memcpy(search->left, link, (size_t)size);
	search->left[size] = '/';
	return link[0] == '/' ? begin_at(search, search->root) : 0;
}

/* Cuts the first part off what is left; false: there is none. */
static bool next_part(struct search *search, char part[NAME_MAX + 1])
{
	size_t skipped = strspn(search->left, "/");
	size_t length = strcspn(search->left + skipped, "/");
	const char *rest = search->left + skipped + length;

	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(part, search->left + skipped, length);
	part[length] = '\0';
	memmove(search->left, rest, strlen(rest) + 1);
	return true;
}

/* A descriptor if this is the file; -EAGAIN: the search goes on; -errno. */
static int step(struct search *search, const char *part)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r;

	if (strcmp(part, ".") == 0)
		return -EAGAIN;
	if (strcmp(part, "..") == 0) {
		r = go_up(search);
		return r < 0 ? r : -EAGAIN;
	}
	fd = openat(search->at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISREG(status.st_mode))
		return TAKE_FD(fd);
	if (S_ISLNK(status.st_mode)) {
		r = follow(search, fd);
		return r < 0 ? r : -EAGAIN;
	}
	if (!S_ISDIR(status.st_mode))
		return -EINVAL;
	stand_in(search, TAKE_FD(fd));
	return -EAGAIN;
}

static int search_all(struct search *search)
{
	char part[NAME_MAX + 1];
	int fd = -EAGAIN;

	while (fd == -EAGAIN) {
		if (!next_part(search, part))
			return -EINVAL;
		fd = step(search, part);
	}
	return fd;
}

int fdp_rooted_find(int root, int here, const char *path, char **ret_rest)
{
	struct search search = { .root = root, .at = -1 };
	_cleanup_close_ int fd = -1;
	int r;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (fstat(root, &search.root_status) < 0)
		return -errno;
	strcpy(search.left, path);
	r = begin_at(&search, path[0] == '/' ? root : here);
	if (r == 0)
		r = search_all(&search);
	stand_in(&search, -1);
	if (r < 0)
		return r;
	fd = r;
	*ret_rest = strdup(search.left + strspn(search.left, "/"));
	return *ret_rest ? TAKE_FD(fd) : -ENOMEM;
}
