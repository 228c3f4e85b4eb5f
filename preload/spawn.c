#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lookup.h"
#include "sys.h"

#define PATH_SIZE 4096

/* For the two short-lived children, which share our memory. */
#define STACK_SIZE (64 * 1024)

#define DAEMON_NAME "fdpreloadd"
#define SOCKET_NUMBER 3

/* Without close_range (before Linux 5.9): no more numbers than this. */
#define NUMBERS_MAX 65536

#define PR_GET_CHILD_SUBREAPER_ 37

extern char **environ;

/* Everything the children need, in one mapping: they call no libc. */
struct fdp_plan {
	int socket;
	bool middle_stays;
	/*
	 * Each from its birth until the kernel has taken it off our memory,
	 * which is when it is exec'd, or dead; futexes.
	 */
	pid_t middle, borrower;
	pid_t daemon; /* or the middle that stays, above it */
	int error;    /* written by the children, read by us: shared memory */
	char paths[3][PATH_SIZE];
	int path_count;
	char *arguments[2];
	char middle_stack[STACK_SIZE] __attribute__((aligned(16)));
	char daemon_stack[STACK_SIZE] __attribute__((aligned(16)));
	char *environment[]; /* as many as environ has, and a NULL */
};

static bool has_prefix(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

/* What would make the daemon load or allocate in ways of the application. */
static bool is_unwanted(const char *variable)
{
	return has_prefix(variable, "LD_") || has_prefix(variable, "MALLOC_") ||
	       has_prefix(variable, "GLIBC_TUNABLES=") ||
	       has_prefix(variable, "DEBUGINFOD_");
}

static void copy_environment(struct fdp_plan *plan)
{
	size_t count = 0;

	for (char **variable = environ; variable && *variable; variable++)
		if (!is_unwanted(*variable))
			plan->environment[count++] = *variable;
	plan->environment[count] = NULL;
}

/* Adds DIRECTORY (its first LENGTH bytes) / NAME to the places to look at. */
static void add_path(struct fdp_plan *plan, const char *directory,
		     size_t length, const char *name)
{
	char *path = plan->paths[plan->path_count];

	if (length + strlen(name) >= PATH_SIZE)
		return;
	memcpy(path, directory, length);
	strcpy(path + length, name);
	plan->path_count++;
}

static void choose_paths(struct fdp_plan *plan, const char *daemon)
{
	const char *self = fdp_lookup_self();
	const char *slash = strrchr(self, '/');

	if (daemon) {
		add_path(plan, daemon, strlen(daemon), "");
		return;
	}
	if (slash) {
		size_t length = (size_t)(slash + 1 - self);

		add_path(plan, self, length, DAEMON_NAME);
		add_path(plan, self, length,
			 "../libexec/fdpreload/" DAEMON_NAME);
	}
	add_path(plan, FDP_LIBEXECDIR, strlen(FDP_LIBEXECDIR), "/" DAEMON_NAME);
}

/* 0 or -errno: a filter may be there before us. */
static long become_daemon_fds(int socket)
{
	long null, r;

	if (socket == SOCKET_NUMBER)
		r = fdp_sys(SYS_fcntl, socket, F_SETFD, 0);
	else
		r = fdp_sys(SYS_dup2, socket, SOCKET_NUMBER);
	if (r < 0)
		return r;
	null = fdp_sys(SYS_open, "/dev/null", O_RDWR, 0);
	for (int fd = 0; fd < SOCKET_NUMBER; fd++)
		if (fd != null && (null < 0 || fdp_sys(SYS_dup2, null, fd) < 0))
			fdp_sys(SYS_close, fd);
	/* Before Linux 5.9 the daemon itself closes the rest. */
	fdp_sys(SYS_close_range, SOCKET_NUMBER + 1, ~0u, 0);
	return 0;
}

static long exec_daemon(struct fdp_plan *plan)
{
	long r = -ENOENT;

	for (int i = 0; i < plan->path_count; i++) {
		plan->arguments[0] = plan->paths[i];
		r = fdp_sys(SYS_execve, plan->paths[i], plan->arguments,
			    plan->environment);
	}
	return r;
}

static int run_daemon(void *argument)
{
	struct fdp_plan *plan = argument;
	long r = become_daemon_fds(plan->socket);

	if (r == 0)
		r = exec_daemon(plan);
	plan->error = (int)r;
	fdp_sys(SYS_exit, 127);
	return 127;
}

/* The middle that stays must not keep a pipe or the channel open. */
static void close_everything(void)
{
	if (fdp_sys(SYS_close_range, 0, ~0u, 0) == 0)
		return;
	for (int fd = 0; fd < NUMBERS_MAX; fd++)
		fdp_sys(SYS_close, fd);
}

/* A session leader between us and the daemon, so that the daemon is none. */
static int run_middle(void *argument)
{
	struct fdp_plan *plan = argument;
	long r;

	fdp_sys(SYS_setsid);
	r = clone(run_daemon, plan->daemon_stack + STACK_SIZE,
		  CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, plan,
		  &plan->borrower, NULL, &plan->borrower);
	if (r < 0)
		plan->error = -EAGAIN;
	plan->daemon = (pid_t)r;
	/*
	 * Init and subreapers inherit orphans: there the daemon must keep a
	 * parent.  It has no memory to share with us and waits.
	 */
	if (plan->middle_stays) {
		close_everything();
		while (fdp_sys(SYS_wait4, -1, NULL, __WALL, NULL) == -EINTR)
			continue;
	}
	fdp_sys(SYS_exit, 0);
	return 0;
}

static bool adopts_orphans(void)
{
	int subreaper = 0;

	fdp_sys(SYS_prctl, PR_GET_CHILD_SUBREAPER_, &subreaper);
	return subreaper || fdp_sys(SYS_getpid) == 1;
}

/*
 * The exit signal is 0: no SIGCHLD, and wait() without __WALL does not see it.
 * A middle that stays has a copy of our memory, and nothing to tell.  Untraced:
 * a debugger that is told of children must not show, or follow, one that the
 * program never made.
 */
static int start_middle(struct fdp_plan *plan)
{
	int flags = plan->middle_stays ? 0
				       : CLONE_VM | CLONE_PARENT_SETTID |
						 CLONE_CHILD_CLEARTID;
	long pid = clone(run_middle, plan->middle_stack + STACK_SIZE,
			 flags | CLONE_UNTRACED, plan, &plan->middle, NULL,
			 &plan->middle);

	if (pid < 0)
		return -EAGAIN;
	if (!plan->middle_stays)
		return (int)pid;
	plan->daemon = (pid_t)pid;
	return 0;
}

/* For the environment and a NULL behind it. */
static size_t plan_size(void)
{
	size_t size = sizeof(struct fdp_plan) + sizeof(char *);

	for (char **variable = environ; variable && *variable; variable++)
		size += sizeof(*variable);
	return size;
}

static void leave(struct fdp_spawn *spawn)
{
	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, &spawn->mask, NULL, 8);
	fdp_sys(SYS_munmap, spawn->plan, spawn->size);
}

int fdp_spawn_begin(int socket, const char *daemon, struct fdp_spawn *ret_spawn)
{
	uint64_t all = ~UINT64_C(0);
	struct fdp_spawn spawn = { .size = plan_size() };
	long map = fdp_sys(SYS_mmap, NULL, spawn.size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map < 0 && map > -4096)
		return (int)map;
	spawn.plan = (struct fdp_plan *)map;
	spawn.plan->socket = socket;
	spawn.plan->middle_stays = adopts_orphans();
	copy_environment(spawn.plan);
	choose_paths(spawn.plan, daemon);
	/* No handler of the application may run in a child on our memory. */
	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &spawn.mask, 8);
	spawn.middle = start_middle(spawn.plan);
	if (spawn.middle < 0) {
		leave(&spawn);
		return spawn.middle;
	}
	*ret_spawn = spawn;
	return 0;
}

/* That of a middle that stays is in its own memory, and 0 in ours. */
static void await_release(const pid_t *borrower)
{
	pid_t pid;

	while ((pid = __atomic_load_n(borrower, __ATOMIC_ACQUIRE)))
		fdp_sys(SYS_futex, borrower, FUTEX_WAIT, pid, NULL);
}

/* Filters of system calls may kill it, or forbid us to wait. */
static int await_middle(const struct fdp_spawn *spawn)
{
	int status = 0;
	long r = -EINTR;

	while (spawn->middle && r == -EINTR)
		r = fdp_sys(SYS_wait4, spawn->middle, &status, __WALL, NULL);
	await_release(&spawn->plan->middle);
	return status ? -EAGAIN : 0;
}

int fdp_spawn_end(struct fdp_spawn *spawn)
{
	int r = await_middle(spawn);

	await_release(&spawn->plan->borrower);
	if (r == 0)
		r = spawn->plan->error;
	spawn->daemon = r == 0 ? (uint32_t)spawn->plan->daemon : 0;
	leave(spawn);
	return r;
}
