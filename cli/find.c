#include "find.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>

#include "../daemon/base/util.h"

#ifdef __aarch64__
#define MULTIARCH "aarch64-linux-gnu"
#else
#define MULTIARCH "x86_64-linux-gnu"
#endif

/* Where there is no /proc, the kernel has told how we were called. */
static int find_as_called(char ret_path[static PATH_MAX])
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	if (!name)
		return -ENOENT;
	return realpath(name, ret_path) ? 0 : -errno;
}

int fdp_find_self(char ret_path[static PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);

	if (length < 0)
		return find_as_called(ret_path);
	ret_path[length] = '\0';
	return 0;
}

int fdp_find_beside(const char *path, const char *name,
		    char ret_path[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash + 1 - path) : 0;

	if (length + strlen(name) >= PATH_MAX)
		return -ENAMETOOLONG;
	memmove(ret_path, path, length);
	strcpy(ret_path + length, name);
	return 0;
}

/* Without "..", which LD_PRELOAD would show to everybody. */
static bool is_shim(const char *path, char ret_path[static PATH_MAX])
{
	return access(path, R_OK) == 0 && realpath(path, ret_path);
}

int fdp_find_shim(char ret_path[static PATH_MAX])
{
	static const char *const places[] = {
		FDP_SHIM_FILE,
		"../lib/" FDP_SHIM_FILE,
		"../lib/" MULTIARCH "/" FDP_SHIM_FILE,
		"../lib64/" FDP_SHIM_FILE,
	};
	char self[PATH_MAX], path[PATH_MAX];

	if (fdp_find_self(self) == 0)
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			if (fdp_find_beside(self, places[i], path) == 0 &&
			    is_shim(path, ret_path))
				return 0;
	return is_shim(FDP_LIBDIR "/" FDP_SHIM_FILE, ret_path) ? 0 : -ENOENT;
}

int fdp_find_daemon(const char *from, char ret_path[static PATH_MAX])
{
	static const char *const places[] = {
		FDP_DAEMON_FILE,
		"../libexec/fdpreload/" FDP_DAEMON_FILE,
	};
	const char *own = getenv("FDPRELOAD_DAEMON");

	if (own && *own) {
		if (strlen(own) >= PATH_MAX)
			return -ENAMETOOLONG;
		strcpy(ret_path, own);
		return access(own, X_OK) < 0 ? -errno : 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (fdp_find_beside(from, places[i], ret_path) == 0 &&
		    access(ret_path, X_OK) == 0)
			return 0;
	strcpy(ret_path, FDP_LIBEXECDIR "/" FDP_DAEMON_FILE);
	return access(ret_path, X_OK) < 0 ? -errno : 0;
}
