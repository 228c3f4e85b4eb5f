/*
 * fdpreload: the command line tool.  It has no unwinder of its own: what needs
 * one is done by the daemon's program, which it finds as the shim does.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAEMON_NAME "fdpreloadd"

static const char help[] =
	"usage: fdpreload COMMAND [OPTIONS]\n"
	"\n"
	"Crash reports of Python processes: reading them back.\n"
	"\n"
	"commands:\n"
	"  decode FILE.fdpcap [--format text|json]\n"
	"                 analyse a stored capture again and print the report\n"
	"  help           show this text\n"
	"\n"
	"options:\n"
	"  -h, --help     show this text\n"
	"  -V, --version  show the version\n"
	"\n"
	"To get reports: LD_PRELOAD=libfdpreload.so python app.py; see "
	"fdpreload(7).\n";

/* The directory of this program with NAME behind it; false if it is too long.
 */
static bool beside_self(const char *name, char ret_path[static PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);
	char *slash;

	if (length < 0)
		return false;
	ret_path[length] = '\0';
	slash = strrchr(ret_path, '/');
	if (!slash || (size_t)(slash + 1 - ret_path) + strlen(name) >= PATH_MAX)
		return false;
	strcpy(slash + 1, name);
	return true;
}

/* Becomes the daemon's program; returns only if there is none. */
static int exec_daemon(char **argv)
{
	static const char *const places[] = {
		DAEMON_NAME,
		"../libexec/fdpreload/" DAEMON_NAME,
	};
	const char *own = getenv("FDPRELOAD_DAEMON");
	char path[PATH_MAX];

	if (own && *own)
		execv(own, argv);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (beside_self(places[i], path))
			execv(path, argv);
	execv(FDP_LIBEXECDIR "/" DAEMON_NAME, argv);
	fprintf(stderr,
		"fdpreload: " DAEMON_NAME " was not found beside this program "
		"or in " FDP_LIBEXECDIR ": %s; set FDPRELOAD_DAEMON to its "
		"path\n",
		strerror(errno));
	return 1;
}

static int decode(char **argv)
{
	argv[0] = (char *)"--decode";
	/* The element before the command is this program's own name. */
	argv[-1] = (char *)DAEMON_NAME;
	return exec_daemon(argv - 1);
}

static bool is(const char *argument, const char *a, const char *b)
{
	return strcmp(argument, a) == 0 || strcmp(argument, b) == 0;
}

/* Whether text came out whole is part of the exit status. */
static int print(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) != 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs(help, stderr);
		return 2;
	}
	if (is(argv[1], "-h", "--help") || strcmp(argv[1], "help") == 0)
		return print(help);
	if (is(argv[1], "-V", "--version"))
		return print("fdpreload " FDP_VERSION "\n");
	if (strcmp(argv[1], "decode") == 0 && argc > 2 &&
	    is(argv[2], "-h", "--help"))
		return print(help);
	if (strcmp(argv[1], "decode") == 0)
		return decode(argv + 1);
	fprintf(stderr,
		"fdpreload: '%s' is not a command; see 'fdpreload --help'\n",
		argv[1]);
	return 2;
}
