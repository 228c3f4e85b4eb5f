#include "analyse.h"

#include <errno.h>
#include <string.h>

#include "../daemon/base/util.h"
#include "cli.h"
#include "find.h"

int fdp_cli_analyse(const char *command, const char *option, char **argv)
{
	char self[PATH_MAX] = "", path[PATH_MAX];
	int r;

	fdp_find_self(self);
	r = fdp_find_daemon(self, path);
	if (r == 0) {
		argv[0] = (char *)option;
		/* The element before the command is this program's own name. */
		argv[-1] = (char *)FDP_DAEMON_FILE;
		execv(path, argv - 1);
		r = -errno;
	}
	fdp_cli_error(command,
		      "the program that analyses was not found, last as %s: "
		      "%s; set FDPRELOAD_DAEMON to its path",
		      path, strerror(-r));
	return 1;
}
