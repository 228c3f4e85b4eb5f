/*
 * The honest test: something crashes under the library, and a report appears.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../daemon/base/clock.h"
#include "../daemon/base/proc.h"
#include "../daemon/base/util.h"
#include "attempt.h"
#include "cli.h"
#include "doctor.h"
#include "find.h"
#include "preload.h"

#define CHECK "test crash"
#define PROBE "doctor-probe"

/* A crash that takes longer has gone wrong, whatever the deadline. */
#define CRASH_MS 15000

/* It leaves with its last client. */
#define REPORTER_MS 3000

/* Exit statuses of the probe, which should not come to an exit. */
enum {
	PROBE_NOT_LOADED = 3,
	PROBE_NOT_WATCHED = 4,
	PROBE_ALIVE = 5,
	PROBE_NOT_STARTED = 6,
};

struct crash {
	const char *shim;
	char *directory; /* of our own, removed at the end */
	int status;	 /* as of wait() */
	uint64_t ns;	 /* from the start of the program to its end */
};

static bool is_loaded(void)
{
	_cleanup_free_ char *maps = fdp_proc_read(0, "maps");

	return !maps || strstr(maps, "/" FDP_SHIM_FILE);
}

static bool is_watched(void)
{
	_cleanup_free_ char *status = fdp_proc_read(0, "status");
	uint64_t caught;

	return !fdp_proc_field(status, "SigCgt:", 16, &caught) ||
	       (caught >> (SIGSEGV - 1) & 1);
}

int fdp_command_probe(int argc, char **argv)
{
	int *volatile nowhere = NULL;

	(void)argc, (void)argv;
	if (!is_loaded())
		return PROBE_NOT_LOADED;
	if (!is_watched())
		return PROBE_NOT_WATCHED;
	*(volatile int *)nowhere = 1;
	return PROBE_ALIVE;
}

static char *join(const char *directory, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* Where somebody may write, in the order of likelihood; NULL, and errno. */
static char *make_directory(void)
{
	const char *const places[] = { getenv("TMPDIR"), "/tmp", "/var/tmp",
				       "/dev/shm" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *path = NULL;

		/* The reporter starts in another directory. */
		if (places[i] && places[i][0] == '/')
			path = join(places[i], "fdpreload-doctor-XXXXXX");
		if (path && mkdtemp(path))
			return TAKE_PTR(path);
	}
	return NULL;
}

/* Reports and logs: there are no directories in it. */
static void remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory)
		closedir(directory);
	rmdir(path);
}

/* All settings of the user's but these: a wrong one shall show. */
static int set_environment(const struct crash *crash)
{
	static const char *const without[] = {
		"FDPRELOAD_REPORTER",	  "FDPRELOAD_SIGNALS",
		"FDPRELOAD_SAVE_CAPTURE", "FDPRELOAD_DUMP_AFTER",
		"FDPRELOAD_DUMP_REPEAT",  "FDPRELOAD_DUMP_EXIT",
		"FDPRELOAD_DUMP_SIGNAL",  "FDPRELOAD_WATCH",
		"FDPRELOAD_LOCALS",	  "FDPRELOAD_GUESS_NAMES",
	};
	_cleanup_free_ char *debug = join(crash->directory, "debug");

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		unsetenv(without[i]);
	if (!debug || setenv("FDPRELOAD_LOG_DIR", crash->directory, 1) < 0 ||
	    setenv("FDPRELOAD_DEBUG", debug, 1) < 0 ||
	    setenv("FDPRELOAD_FOLLOW", "all", 1) < 0 ||
	    setenv("FDPRELOAD_ECHO", "none", 1) < 0)
		return -errno;
	return fdp_preload_set(crash->shim);
}

static int redirect(const struct crash *crash)
{
	_cleanup_free_ char *path = join(crash->directory, "output");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return -errno;
	for (int number = 0; number <= 2; number++)
		if (dup2(fd, number) < 0)
			return -errno;
	return 0;
}

/* What our own parent ignores or blocks is not what is tried here. */
static void reset_signal(void)
{
	sigset_t set;

	signal(SIGSEGV, SIG_DFL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* In the child; returns only if it fails. */
static void become_probe(const struct crash *crash)
{
	/* Not 0, which is no limit to a core_pattern that is a program. */
	const struct rlimit no_core = { 1, 1 };
	char self[PATH_MAX];
	char *const argv[] = { (char *)"fdpreload", (char *)PROBE, NULL };

	reset_signal();
	setrlimit(RLIMIT_CORE, &no_core);
	if (fdp_find_self(self) == 0 && redirect(crash) == 0 &&
	    set_environment(crash) == 0)
		execv(self, argv);
}

static int run_probe(struct crash *crash)
{
	uint64_t begin = fdp_clock_now_ns();
	pid_t pid = fork();
	int r;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		become_probe(crash);
		_exit(PROBE_NOT_STARTED);
	}
	r = fdp_child_wait(pid, CRASH_MS, &crash->status);
	crash->ns = fdp_clock_now_ns() - begin;
	return r;
}

/* The only report; NULL: there is none. */
static json_t *load_report(const struct crash *crash)
{
	DIR *directory = opendir(crash->directory);
	json_t *report = NULL;
	struct dirent *entry;

	while (directory && !report && (entry = readdir(directory))) {
		const char *dot = strrchr(entry->d_name, '.');
		_cleanup_free_ char *path = NULL;

		if (dot && strcmp(dot, ".json") == 0)
			path = join(crash->directory, entry->d_name);
		if (path)
			report = json_load_file(path, 0, NULL);
	}
	if (directory)
		closedir(directory);
	return report;
}

/* Not the date and the process of a line of the reporter's. */
static char *without_prefix(const char *line)
{
	static const char mark[] = "]: ";
	const char *end = STARTS_WITH(line, "20") ? strstr(line, mark) : NULL;

	return strdup(end ? end + sizeof(mark) - 1 : line);
}

/*
 * What the file NAME in the directory says of the reason: the first line with
 * one of these phrases, the most telling first, else the last one.  NULL: it
 * says nothing.
 */
static char *telling_line(const struct crash *crash, const char *name)
{
	static const char *const phrases[] = {
		"no reports can be made",
		"no reporter",
		"stands back",
		"could not",
		"cannot",
		"failed",
	};
	_cleanup_free_ char *path = join(crash->directory, name);
	_cleanup_free_ char *content = path ? fdp_proc_read_path(path) : NULL;
	const size_t none = ARRAY_SIZE(phrases);
	const char *best = NULL;
	size_t rank = none + 1;
	char *line, *rest = NULL;

	for (line = content ? strtok_r(content, "\n", &rest) : NULL; line;
	     line = strtok_r(NULL, "\n", &rest)) {
		size_t own = 0;

		while (own < none && !strstr(line, phrases[own]))
			own++;
		if (own < rank || (own == rank && own == none)) {
			best = line;
			rank = own;
		}
	}
	return best ? without_prefix(best) : NULL;
}

/* What library, reporter and dynamic linker said. */
static void add_reason(struct fdp_findings *findings, const struct crash *crash)
{
	_cleanup_free_ char *debug = telling_line(crash, "debug");
	_cleanup_free_ char *output = telling_line(crash, "output");

	if (debug && output)
		fdp_found_advice(findings,
				 "the log says: %s; and standard error: %s",
				 debug, output);
	else if (debug || output)
		fdp_found_advice(findings, "it said: %s",
				 debug ? debug : output);
}

static void explain_exit(struct fdp_findings *findings,
			 const struct crash *crash)
{
	static const char *const reasons[] = {
		[PROBE_NOT_LOADED] = "ld.so did not load the library",
		[PROBE_NOT_WATCHED] = "the library is loaded, and does not "
				      "watch",
		[PROBE_ALIVE] = "a write to address 0 did not crash",
		[PROBE_NOT_STARTED] = "the program that is to crash could not "
				      "be started",
	};
	size_t status = WIFEXITED(crash->status)
				? (size_t)WEXITSTATUS(crash->status)
				: 0;

	if (status < ARRAY_SIZE(reasons) && reasons[status])
		fdp_found_problem(findings, CHECK, "%s", reasons[status]);
	else if (WIFSIGNALED(crash->status))
		fdp_found_problem(findings, CHECK,
				  "it died of signal %d instead of SIGSEGV",
				  WTERMSIG(crash->status));
	else
		fdp_found_problem(findings, CHECK, "it ended with status %zu",
				  status);
	add_reason(findings, crash);
}

/* How the report was made; false: there is not enough in it to be of use. */
static void explain_report(struct fdp_findings *findings,
			   const struct crash *crash, const json_t *report)
{
	const json_t *capture = json_object_get(report, "capture");
	const char *method =
		json_string_value(json_object_get(capture, "method"));
	const char *missing = json_string_value(
		json_array_get(json_object_get(capture, "missing"), 0));
	double held = json_number_value(json_object_get(capture, "hold_ms"));
	double seconds = (double)crash->ns / (double)FDP_NS_PER_S;
	bool live = method && strcmp(method, "live") == 0;

	if (!method || (!live && strcmp(method, "served") != 0)) {
		fdp_found_problem(findings, CHECK,
				  "it was reported without its stacks (%s)",
				  missing ? missing : "no reason is given");
		add_reason(findings, crash);
	} else if (live && !missing) {
		fdp_found_ok(findings, CHECK,
			     "reported %.2f s after the start of the program, "
			     "which was read directly and held for %.1f ms",
			     seconds, held);
	} else {
		fdp_found_note(findings, CHECK,
			       "reported %.2f s after the start of the "
			       "program, which was %s and held for %.1f ms%s%s",
			       seconds,
			       live ? "read directly"
				    : "read through its crashed thread",
			       held, missing ? "; missing: " : "",
			       missing ? missing : "");
	}
}

static void explain(struct fdp_findings *findings, const struct crash *crash)
{
	json_t *report;

	if (!WIFSIGNALED(crash->status) || WTERMSIG(crash->status) != SIGSEGV) {
		explain_exit(findings, crash);
		return;
	}
	report = load_report(crash);
	if (report) {
		explain_report(findings, crash, report);
	} else {
		fdp_found_problem(findings, CHECK,
				  "a program crashed, and no report was made");
		add_reason(findings, crash);
	}
	json_decref(report);
}

void fdp_doctor_crash(struct fdp_findings *findings, const char *shim)
{
	_cleanup_free_ char *directory = make_directory();
	struct crash crash = { .shim = shim, .directory = directory };
	int r;

	if (!directory) {
		fdp_found_problem(findings, CHECK,
				  "no directory for temporary files: %s",
				  strerror(errno));
		fdp_found_advice(findings, "set TMPDIR to one");
		return;
	}
	/* So that the reporter becomes ours, and can be waited for. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	r = run_probe(&crash);
	if (r == -ETIMEDOUT)
		fdp_found_problem(findings, CHECK, "it was not over after %d s",
				  CRASH_MS / 1000);
	else if (r < 0)
		fdp_found_problem(findings, CHECK, "%s", strerror(-r));
	else
		explain(findings, &crash);
	if (!fdp_children_wait(REPORTER_MS))
		fdp_found_note(findings, CHECK,
			       "its reporter is still there %d s later",
			       REPORTER_MS / 1000);
	remove_directory(directory);
}
