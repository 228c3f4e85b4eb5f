/* `fdpreload decode`: the daemon's program does it. */
#include <string.h>

#include "analyse.h"
#include "cli.h"

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
	if (argc > 1 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		return fdp_cli_print(help);
	return fdp_cli_analyse("decode", "--decode", argv);
}
