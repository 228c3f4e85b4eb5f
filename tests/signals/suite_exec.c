/* What a program finds that was started from here, by every call that can. */
#include "conform.h"
#include "setters.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const struct {
	const char *name;
	uint64_t bits;
} set_rows[] = {
	{ "empty", 0 },
	{ "segv", BIT(SIGSEGV) },
	{ "four usr1", FOUR | BIT(SIGUSR1) },
	{ "full", ~UINT64_C(0) },
};

/* The helper: its path, and its directory is in PATH. */
static const char *name;
static char path[4000];
static char *arguments[] = { (char *)"show", (char *)"one", (char *)"two",
			     NULL };

static void by_execve(void)
{
	execve(path, arguments, environ);
}

static void by_execv(void)
{
	execv(path, arguments);
}

static void by_execvp(void)
{
	execvp(name, arguments);
}

static void by_execvpe(void)
{
	execvpe(name, arguments, environ);
}

static void by_execl(void)
{
	execl(path, "show", "one", "two", (char *)NULL);
}

static void by_execle(void)
{
	execle(path, "show", "one", "two", (char *)NULL, environ);
}

static void by_execlp(void)
{
	execlp(name, "show", "one", "two", (char *)NULL);
}

static void by_fexecve(void)
{
	fexecve(open(path, O_RDONLY | O_CLOEXEC), arguments, environ);
}

/* glibc 2.34. */
static void by_execveat(void)
{
	execveat(AT_FDCWD, path, arguments, environ, 0);
}

static void by_system_call(void)
{
	syscall(SYS_execve, path, arguments, environ);
}

/* Fails, and nothing has changed; then one that does not. */
static void by_second_try(void)
{
	int r;

	OBSERVE(r = execve("/does/not/exist", arguments, environ));
	say("%d %s, mask %s", r, error_name(last_error), mask_now_text());
	OBSERVE(r = execvp("does-not-exist", arguments));
	say("%d %s, mask %s", r, error_name(last_error), mask_now_text());
	execv(path, arguments);
}

/* Calls that do not come back, made in a child. */
static const struct {
	const char *name;
	void (*exec)(void);
} exec_rows[] = {
	{ "execve", by_execve },
	{ "execv", by_execv },
	{ "execvp", by_execvp },
	{ "execvpe", by_execvpe },
	{ "execl", by_execl },
	{ "execle", by_execle },
	{ "execlp", by_execlp },
	{ "fexecve", by_fexecve },
	{ "execveat", by_execveat },
	{ "execve by system call", by_system_call },
	{ "execve after failures", by_second_try },
};

static void exec_in_fork(size_t row)
{
	pid_t pid = fork();

	if (pid == 0) {
		exec_rows[row].exec();
		_exit(66);
	}
	say_end(pid);
}

/* No OBSERVE() here: the child has our memory. */
static void exec_in_vfork(size_t row)
{
	pid_t pid = vfork();

	if (pid == 0) {
		exec_rows[row].exec();
		_exit(66);
	}
	say_end(pid);
}

typedef int spawn_call(pid_t *, const char *,
		       const posix_spawn_file_actions_t *,
		       const posix_spawnattr_t *, char *const[], char *const[]);

static void spawn(spawn_call *call, const char *file,
		  const posix_spawnattr_t *attributes)
{
	const char *mask;
	pid_t pid = -1;
	int r;

	OBSERVE(r = call(&pid, file, NULL, attributes, arguments, environ));
	mask = mask_now_text();
	/* The child speaks first. */
	if (r == 0)
		say_end(pid);
	say("%s, errno %s, mask %s", error_name(r), error_name(last_error),
	    mask);
}

static void spawn_plain(void)
{
	spawn(posix_spawn, path, NULL);
}

static void spawn_by_name(void)
{
	spawn(posix_spawnp, name, NULL);
}

static void spawn_nothing(void)
{
	spawn(posix_spawn, "/does/not/exist", NULL);
	spawn(posix_spawnp, "does-not-exist", NULL);
}

static void spawn_with(short flags, uint64_t mask, uint64_t defaults)
{
	posix_spawnattr_t attributes;
	sigset_t set;

	REQUIRE(posix_spawnattr_init(&attributes) == 0);
	REQUIRE(posix_spawnattr_setflags(&attributes, flags) == 0);
	set_bits(&set, mask);
	REQUIRE(posix_spawnattr_setsigmask(&attributes, &set) == 0);
	set_bits(&set, defaults);
	REQUIRE(posix_spawnattr_setsigdefault(&attributes, &set) == 0);
	spawn(posix_spawn, path, &attributes);
	spawn(posix_spawnp, name, &attributes);
	REQUIRE(posix_spawnattr_destroy(&attributes) == 0);
}

static void spawn_with_nothing(void)
{
	spawn_with(0, FOUR, ~UINT64_C(0));
}

static void spawn_with_mask(void)
{
	spawn_with(POSIX_SPAWN_SETSIGMASK, BIT(SIGBUS) | BIT(SIGUSR2), 0);
}

static void spawn_with_defaults(void)
{
	spawn_with(POSIX_SPAWN_SETSIGDEF, 0, BIT(SIGBUS) | BIT(SIGPIPE));
}

static void spawn_with_both(void)
{
	spawn_with(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
			   POSIX_SPAWN_SETPGROUP,
		   0, BIT(SIGFPE) | BIT(SIGBUS));
}

static void by_system(void)
{
	char command[4200];
	int r;

	snprintf(command, sizeof(command), "exec %s one two", path);
	OBSERVE(r = system(command));
	say("%04x %s, mask %s", (unsigned)r, error_name(last_error),
	    mask_now_text());
	OBSERVE(r = system(NULL));
	say("%d %s, mask %s", r, error_name(last_error), mask_now_text());
}

static void by_popen(void)
{
	char line[4200];
	FILE *file;
	int r;

	snprintf(line, sizeof(line), "exec %s one two", path);
	OBSERVE(file = popen(line, "re"));
	say("%s, mask %s", error_name(last_error), mask_now_text());
	REQUIRE(file);
	while (fgets(line, sizeof(line), file))
		say("got %.*s", (int)strcspn(line, "\n"), line);
	OBSERVE(r = pclose(file));
	say("%04x %s, mask %s", (unsigned)r, error_name(last_error),
	    mask_now_text());
}

static const struct {
	const char *name;
	void (*spawn)(void);
} spawn_rows[] = {
	{ "posix_spawn", spawn_plain },
	{ "posix_spawnp", spawn_by_name },
	{ "posix_spawn of nothing", spawn_nothing },
	{ "posix_spawn with flags 0", spawn_with_nothing },
	{ "posix_spawn with a mask", spawn_with_mask },
	{ "posix_spawn with defaults", spawn_with_defaults },
	{ "posix_spawn with both", spawn_with_both },
	{ "system", by_system },
	{ "popen", by_popen },
};

static void begin(const char *how, size_t set)
{
	section("%s of %s with %s", how, name, set_rows[set].name);
	set_action(SIGSEGV, first, SA_RESTART, FOUR);
	set_action(SIGBUS, SIG_IGN, 0, 0);
	set_action(SIGUSR2, SIG_IGN, 0, 0);
	set_mask(set_rows[set].bits);
}

static void end(void)
{
	say("left with %s", mask_now_text());
	reset();
}

static void run(size_t set)
{
	for (size_t i = 0; i < COUNT(exec_rows); i++) {
		begin(exec_rows[i].name, set);
		exec_in_fork(i);
		end();
		begin(text("vfork, %s", exec_rows[i].name), set);
		exec_in_vfork(i);
		end();
	}
	for (size_t i = 0; i < COUNT(spawn_rows); i++) {
		begin(spawn_rows[i].name, set);
		spawn_rows[i].spawn();
		end();
	}
}

static void run_helper(const char *helper)
{
	char directories[4200];

	name = helper;
	snprintf(path, sizeof(path), "%s/%s", program_directory, helper);
	snprintf(directories, sizeof(directories), "%s:/usr/bin:/bin",
		 program_directory);
	REQUIRE(setenv("PATH", directories, 1) == 0);
	REQUIRE(setenv("CONFORM", "value", 1) == 0);
	setters_name_handlers();
	for (size_t i = 0; i < COUNT(set_rows); i++)
		run(i);
}

/* Nobody is preloaded here: what the kernel hands on. */
static void exec_static(void)
{
	run_helper("show-static");
}

/* And what a program finds that has a shim again. */
static void exec_shared(void)
{
	run_helper("show");
}

const struct suite exec_suites[] = {
	{ "exec-static", exec_static, EVERYWHERE },
	{ "exec-shared", exec_shared, PLACE_MAIN },
	{ NULL, NULL, 0 },
};
