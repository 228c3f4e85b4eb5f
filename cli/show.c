/* `fdpreload show`: a stored report as text, and as much of it as is wanted. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../daemon/base/util.h"
#include "../daemon/render/load.h"
#include "cli.h"
#include "find.h"
#include "show_options.h"

#define COMMAND "show"

/* More than a report of any process has had by far. */
#define SIZE_MAX_MIB 512

/* How a capture begins, which is packed. */
static const unsigned char gzip_magic[] = { 0x1f, 0x8b };

static const char help[] =
	"usage: fdpreload show [OPTIONS] FILE...\n"
	"\n"
	"Prints stored reports as text: the JSON form, or a capture, which is "
	"analysed\n"
	"again. - is standard input.\n"
	"\n"
	"options:\n"
	"  --limit N       N > 0: the N Python frames of a stack that were "
	"called last,\n"
	"                  and those of an exception that were called first; N "
	"< 0: the\n"
	"                  other way round; as the traceback module has it\n"
	"  --locals        what arguments and variables held; the default, if "
	"the report\n"
	"                  has them, and an error if it has none\n"
	"  --no-locals     leave them out\n"
	"  --no-native     Python's frames alone\n"
	"  --no-source     no lines of source\n"
	"  --no-chain      an exception without those that led to it\n"
	"  --order ORDER   recent-first, the default, or recent-last: stacks "
	"as\n"
	"                  traceback.print_stack() prints them\n"
	"  --color WHEN    auto, the default, always or never\n"
	"  -h, --help      show this text\n"
	"\n"
	"exit status:\n"
	"  0  all were shown              2  wrong command line\n"
	"  1  some could not be shown\n";

struct bytes {
	char *data;
	size_t size;
};

static void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
}

/* All that comes from FD.  0 or -errno. */
static int read_all(int fd, struct bytes *bytes)
{
	size_t capacity = 65536;

	bytes->size = 0;
	bytes->data = malloc(capacity);
	while (bytes->data) {
		ssize_t got = read(fd, bytes->data + bytes->size,
				   capacity - bytes->size);
		char *grown;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		bytes->size += (size_t)got;
		if (bytes->size < capacity)
			continue;
		if (capacity >= (size_t)SIZE_MAX_MIB << 20)
			return -EFBIG;
		capacity *= 2;
		grown = realloc(bytes->data, capacity);
		if (!grown)
			return -ENOMEM;
		bytes->data = grown;
	}
	return -ENOMEM;
}

static int open_file(const char *path)
{
	int fd = strcmp(path, "-") == 0
			 ? dup(STDIN_FILENO)
			 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static bool is_capture(const struct bytes *bytes)
{
	return bytes->size >= sizeof(gzip_magic) &&
	       memcmp(bytes->data, gzip_magic, sizeof(gzip_magic)) == 0;
}

/* In the child, whose standard output is the pipe. */
static void exec_decode(const char *daemon, const char *path, int output)
{
	if (dup2(output, STDOUT_FILENO) >= 0)
		execl(daemon, FDP_DAEMON_FILE, "--decode", path, "--format",
		      "json", (char *)NULL);
	_exit(127);
}

/* What decode prints; it has said itself what is wrong if it fails. */
static int decode_with(const char *daemon, const char *path,
		       struct bytes *ret_bytes)
{
	int pipes[2], status = 0, r;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	child = fork();
	if (child == 0)
		exec_decode(daemon, path, pipes[1]);
	close(pipes[1]);
	r = child < 0 ? -errno : read_all(pipes[0], ret_bytes);
	close(pipes[0]);
	if (child > 0 && waitpid(child, &status, 0) < 0)
		return -errno;
	return r == 0 && status ? -ECHILD : r;
}

static int decode(const char *path, struct bytes *bytes)
{
	char self[PATH_MAX] = "", daemon[PATH_MAX];
	struct bytes json = { .data = NULL };
	int r;

	fdp_find_self(self);
	r = fdp_find_daemon(self, daemon);
	if (r < 0)
		return r;
	r = decode_with(daemon, path, &json);
	free(bytes->data);
	*bytes = json;
	return r;
}

static int complain(const char *path, const char *what)
{
	fdp_cli_error(COMMAND, "%s: %s", path, what);
	return 1;
}

/* 0, or 1 and a line that says why. */
static int load(const char *path, struct bytes *bytes,
		struct fdp_report *report)
{
	char why[FDP_LOAD_WHY_SIZE];
	_cleanup_close_ int fd = open_file(path);
	int r = fd < 0 ? fd : read_all(fd, bytes);

	if (r == 0 && is_capture(bytes)) {
		if (strcmp(path, "-") == 0)
			return complain(path, "a capture has to be a file");
		r = decode(path, bytes);
		if (r == -ECHILD)
			return 1;
	}
	if (r == -EFBIG)
		return complain(path, "larger than any report");
	if (r < 0)
		return complain(path, strerror(-r));
	r = fdp_report_load(bytes->data, bytes->size, report, why);
	if (r == -EBADMSG) {
		fdp_cli_error(COMMAND, "%s: not the JSON form of a report: %s",
			      path, why);
		return 1;
	}
	return r < 0 ? complain(path, strerror(-r)) : 0;
}

static int show_loaded(const char *path, const struct fdp_show_options *options,
		       struct fdp_report *report)
{
	int r;

	if (options->locals && !fdp_view_has_locals(report))
		return complain(path, "it has no locals: FDPRELOAD_LOCALS=1, "
				      "or `fdpreload dump --locals`, puts "
				      "them into a report");
	fdp_view_apply(&options->view, report);
	r = fdp_render_text(report, &options->text, stdout);
	return r < 0 ? complain(path, strerror(-r)) : 0;
}

static int show(const char *path, const struct fdp_show_options *options)
{
	__attribute__((
		cleanup(bytes_free))) struct bytes bytes = { .data = NULL };
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = load(path, &bytes, &report);
	if (r == 0)
		r = show_loaded(path, options, &report);
	fdp_report_done(&report);
	return r;
}

int fdp_command_show(int argc, char **argv)
{
	struct fdp_show_options options;
	int r;

	if (argc > 1 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0))
		return fdp_cli_print(help);
	r = fdp_show_parse(argc, argv, &options);
	if (r)
		return r;
	for (int i = 0; i < options.file_count; i++) {
		if (i > 0)
			putchar('\n');
		r |= show(options.files[i], &options);
	}
	return fdp_cli_print("") || r;
}
