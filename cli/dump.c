/* `fdpreload dump`: the daemon's program does it. */
#include <string.h>

#include "analyse.h"
#include "cli.h"

static const char help[] =
	"usage: fdpreload dump PID [--all] [--format text|json] "
	"[--guess-names]\n"
	"                          [--locals] [--no-native] [--nonblocking]\n"
	"                          [--save-capture FILE] [--watch SECONDS]\n"
	"\n"
	"Prints the stacks of all threads of a process that lives, and lets it "
	"go on.\n"
	"It has to be yours, or you root, and nobody else may trace it.\n"
	"Its reporter is asked where the system does not let you trace it.\n"
	"\n"
	"options:\n"
	"  --all            its children too, and theirs; JSON: one line each\n"
	"  --format FORMAT  text, the default, or json\n"
	"  --guess-names    names of functions with their classes, before "
	"Python 3.11 too\n"
	"  --locals         what arguments and variables hold; what looks like "
	"a\n"
	"                   secret by its name is masked\n"
	"  --native         native frames too, the default\n"
	"  --no-native      Python's frames alone: quicker\n"
	"  --nonblocking    without stopping it for a moment: Python's frames "
	"alone\n"
	"  --save-capture FILE\n"
	"                   keep what was read of the process, for decode\n"
	"  --watch SECONDS  again and again, with what has not moved marked; "
	"JSON: one line\n"
	"                   each; until it ends or is interrupted\n"
	"  -h, --help       show this text\n"
	"\n"
	"exit status:\n"
	"  0  printed, or watched         3  there is no such process\n"
	"  1  failed                      4  it may not be traced\n"
	"  2  wrong command line          5  printed; it is no Python\n";

int fdp_command_dump(int argc, char **argv)
{
	if (argc > 1 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		return fdp_cli_print(help);
	return fdp_cli_analyse("dump", "--dump", argv);
}
