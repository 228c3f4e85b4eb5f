#include "life.h"

#include <errno.h>
#include <sys/mman.h>

#include "../proto/proto.h"
#include "state.h"
#include "sys.h"

#define LIFE_SIZE 4096

/* Since Linux 6.3, which complains in its log where nobody says which. */
#define MFD_NOEXEC_SEAL_ 8u

static void *life;

static long make_memfd(void)
{
	const char *name = fdp_state.answers ? FDP_LIFE_ANSWERS : FDP_LIFE;
	long fd =
		fdp_sys(SYS_memfd_create, name, MFD_CLOEXEC | MFD_NOEXEC_SEAL_);

	if (fd != -EINVAL)
		return fd;
	return fdp_sys(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/*
 * What counts is that the mapping could be made writable.  Without permissions
 * nobody stumbles over it: the file is empty, a touch would be a SIGBUS, and
 * there are garbage collectors that scan all that is writable.
 */
int fdp_life_begin(void)
{
	long fd = make_memfd();
	long map;

	if (fd < 0)
		return (int)fd;
	map = fdp_sys(SYS_mmap, NULL, LIFE_SIZE, PROT_NONE, MAP_SHARED, fd, 0);
	if (map < 0 && map > -4096) {
		fdp_sys(SYS_close, fd);
		return (int)map;
	}
	life = (void *)map;
	return (int)fd;
}

void fdp_life_end(void)
{
	if (life)
		fdp_sys(SYS_munmap, life, LIFE_SIZE);
	life = NULL;
}
