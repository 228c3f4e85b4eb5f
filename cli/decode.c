/* `fdpreload decode`: the daemon's program does it. */
#include <errno.h>
#include <string.h>

#include "../daemon/base/util.h"
#include "cli.h"
#include "find.h"

static const char help[] =
	"usage: fdpreload decode FILE.fdpcap [--format text|json]\n"
	"\n"
	"Analyses a stored capture again and prints the report.\n"
	"\n"
	"options:\n"
	"  --format FORMAT  text, the default, or json\n"
	"  -h, --help       show this text\n";

int fdp_command_decode(int argc, char **argv)
{
	char self[PATH_MAX] = "", path[PATH_MAX];
	int r;

	if (argc > 1 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		return fdp_cli_print(help);
	fdp_find_self(self);
	r = fdp_find_daemon(self, path);
	if (r == 0) {
		argv[0] = (char *)"--decode";
		/* The element before the command is this program's own name. */
		argv[-1] = (char *)FDP_DAEMON_FILE;
		execv(path, argv - 1);
		r = -errno;
	}
	fdp_cli_error("decode",
		      "the program that analyses was not found, last as %s: "
		      "%s; set FDPRELOAD_DAEMON to its path",
		      path, strerror(-r));
	return 1;
}
