#include "analyst.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/clock.h"
#include "base/util.h"
#include "log.h"
#include "loop.h"

static const struct fdp_analyst *analyst;
static uint64_t load_ns; /* when it is loaded unasked; 0: not known yet */
static bool tried;
static char error[PATH_MAX + 256];

/* Our own file; where there is no /proc, as the shim has named it. */
static bool find_self(char path[static PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
	const char *name = (const char *)getauxval(AT_EXECFN);

	if (length <= 0) {
		length = name ? (ssize_t)strlen(name) : 0;
		if (length >= PATH_MAX || length == 0 || name[0] != '/')
			return false;
		memcpy(path, name, (size_t)length);
	}
	path[length] = '\0';
	return true;
}

/* Beside our own file.  False: where that is cannot be found out. */
static bool find(char path[static PATH_MAX])
{
	char *name;

	if (!find_self(path))
		return false;
	name = strrchr(path, '/') + 1;
	if ((size_t)(name - path) + sizeof(FDP_ANALYST_FILE) > PATH_MAX)
		return false;
	memcpy(name, FDP_ANALYST_FILE, sizeof(FDP_ANALYST_FILE));
	return true;
}

static const struct fdp_analyst *load(void)
{
	const struct fdp_analyst *table = NULL;
	char path[PATH_MAX];
	void *module = NULL;

	if (!find(path)) {
		snprintf(error, sizeof(error),
			 "it cannot be found out where " FDP_ANALYST_FILE
			 " is");
		return NULL;
	}
	module = dlopen(path, RTLD_NOW);
	if (module)
		table = dlsym(module, FDP_ANALYST_SYMBOL);
	if (!table)
		snprintf(error, sizeof(error), "%s", dlerror());
	return table;
}

const struct fdp_analyst *fdp_analyst(void)
{
	if (tried)
		return analyst;
	tried = true;
	analyst = load();
	if (!analyst)
		fdp_log_warning("no reports can be made: %s", error);
	return analyst;
}

const char *fdp_analyst_error(void)
{
	return error;
}

int fdp_analyst_quiet(void)
{
	uint64_t now = fdp_clock_now_ns();

	if (tried)
		return FDP_LOOP_FOREVER;
	if (!load_ns)
		load_ns = now + FDP_ANALYST_LOAD_MS * FDP_NS_PER_MS;
	if (now < load_ns)
		return fdp_clock_left_ms(load_ns);
	fdp_analyst();
	return FDP_LOOP_FOREVER;
}
