#include "lives.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/util.h"
#include "log.h"

/* The shim's is empty; no more than a page is needed for anything. */
#define SIZE_MAX_ 4096

int fdp_life_check(int fd)
{
	const int fixed = F_SEAL_GROW | F_SEAL_SHRINK;
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & (F_SEAL_SEAL | F_SEAL_WRITE)))
		return -EINVAL;
	if ((seals & fixed) != fixed && fcntl(fd, F_ADD_SEALS, fixed) < 0)
		return -EINVAL;
	/* Many pages would take the kernel long to go through. */
	if (fstat(fd, &status) < 0 || status.st_size > SIZE_MAX_)
		return -EINVAL;
	return 0;
}

/* Only EBUSY is a sign of life. */
static bool has_ended(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 || errno != EBUSY;
}

bool fdp_lives_any(struct fdp_lives *lives)
{
	size_t kept = 0;

	for (size_t i = 0; i < lives->count; i++) {
		if (has_ended(lives->fds[i]))
			close(lives->fds[i]);
		else
			lives->fds[kept++] = lives->fds[i];
	}
	lives->count = kept;
	return kept > 0;
}

void fdp_lives_add(struct fdp_lives *lives, int fd)
{
	if (fd < 0)
		return;
	if (has_ended(fd)) {
		close(fd);
		return;
	}
	if (lives->count == FDP_LIVES_MAX)
		fdp_lives_any(lives);
	if (lives->count == FDP_LIVES_MAX) {
		fdp_log_warning("more than %d processes live without a "
				"connection; one is forgotten",
				FDP_LIVES_MAX);
		close(fd);
		return;
	}
	lives->fds[lives->count++] = fd;
}
