/* Each fact is a function that writes it down, and one row of the table. */
#include "facts.h"

#include "conform.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the shim keeps its descriptor; no test opens that many. */
#define HIGH 1000

struct out {
	char *text;
	size_t size;
};

static void put(struct out *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct out *out, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(out->text, out->size, format, arguments);
	va_end(arguments);
	REQUIRE(size >= 0 && (size_t)size < out->size);
	out->text += size;
	out->size -= (size_t)size;
}

/* Calls VISIT with each number that is a name in DIRECTORY. */
static void each_number(struct out *out, const char *directory,
			void (*visit)(struct out *, int))
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' &&
		    atoi(entry->d_name) != dirfd(dir))
			visit(out, atoi(entry->d_name));
	closedir(dir);
}

/* A file by its inode: the same number may be another file. */
static void put_low(struct out *out, int fd)
{
	struct stat status;

	if (fd < HIGH && fstat(fd, &status) == 0)
		put(out, "%d:%o%s ", fd, status.st_mode & S_IFMT,
		    fcntl(fd, F_GETFD) & FD_CLOEXEC ? "c" : "");
}

static void put_high(struct out *out, int fd)
{
	struct stat status;

	if (fd >= HIGH && fstat(fd, &status) == 0)
		put(out, "%o%s ", status.st_mode & S_IFMT,
		    fcntl(fd, F_GETFD) & FD_CLOEXEC ? "c" : "");
}

static void put_thread(struct out *out, int tid)
{
	(void)tid;
	put(out, "|");
}

static void descriptors(struct out *out)
{
	each_number(out, "/proc/self/fd", put_low);
}

static void high_descriptors(struct out *out)
{
	each_number(out, "/proc/self/fd", put_high);
}

static void threads(struct out *out)
{
	each_number(out, "/proc/self/task", put_thread);
}

static void children(struct out *out)
{
	siginfo_t info = { .si_pid = 0 };
	int r = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);

	put(out, "%s", r < 0 ? error_name(errno) : "some");
	r = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
	put(out, " clones %s", r < 0 ? error_name(errno) : "some");
}

static void limits(struct out *out)
{
	struct rlimit limit;

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (i != RLIMIT_SIGPENDING &&
		    getrlimit((__rlimit_resource_t)i, &limit) == 0)
			put(out, "%lx:%lx ", (long)limit.rlim_cur & 0xffffff,
			    (long)limit.rlim_max & 0xffffff);
}

static void mask(struct out *out)
{
	put(out, "%s", mask_now_text());
}

static void pending(struct out *out)
{
	sigset_t set;

	REQUIRE(sigpending(&set) == 0);
	put(out, "%s", mask_text(&set));
}

static void dispositions(struct out *out)
{
	for (int signal = 1; signal < 65; signal++) {
		struct sigaction now;

		if (sigaction(signal, NULL, &now) == 0 &&
		    (now.sa_handler || (unsigned)now.sa_flags & ~0x04000000u))
			put(out, "%d:%s:%x ", signal,
			    handler_name((void *)now.sa_handler),
			    (unsigned)now.sa_flags);
	}
}

static void alternate_stack(struct out *out)
{
	stack_t stack;

	REQUIRE(sigaltstack(NULL, &stack) == 0);
	put(out, "%s", stack_text(&stack));
}

static void timers(struct out *out)
{
	for (int i = ITIMER_REAL; i <= ITIMER_PROF; i++) {
		struct itimerval timer;

		REQUIRE(getitimer((__itimer_which_t)i, &timer) == 0);
		put(out, "%ld:%ld ", (long)timer.it_value.tv_sec,
		    (long)timer.it_value.tv_usec);
	}
}

static void attributes(struct out *out)
{
	static const int asked[] = { PR_GET_DUMPABLE, PR_GET_KEEPCAPS,
				     PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP,
				     PR_GET_TIMERSLACK };
	int value = -1;

	for (size_t i = 0; i < COUNT(asked); i++)
		put(out, "%d ", prctl(asked[i], 0, 0, 0, 0));
	prctl(PR_GET_PDEATHSIG, &value);
	put(out, "%d ", value);
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	put(out, "%d", value);
}

static void thread_name(struct out *out)
{
	char name[16];

	prctl(PR_GET_NAME, name);
	put(out, "%s", name);
}

static void place_in_system(struct out *out)
{
	struct stat status;
	mode_t old = umask(0);

	umask(old);
	put(out, "umask %o, ", old);
	put(out, "%s, ", stat(".", &status) == 0 ? "cwd" : "no cwd");
	put(out, "%s, ", getpgrp() == getpid() ? "leader" : "member");
	put(out, "nice %d", getpriority(PRIO_PROCESS, 0));
}

static const struct {
	const char *name;
	void (*write)(struct out *);
} table[] = {
	{ "descriptors", descriptors },
	{ "high descriptors", high_descriptors },
	{ "threads", threads },
	{ "children", children },
	{ "limits", limits },
	{ "mask", mask },
	{ "pending", pending },
	{ "dispositions", dispositions },
	{ "alternate stack", alternate_stack },
	{ "timers", timers },
	{ "attributes", attributes },
	{ "name", thread_name },
	{ "place", place_in_system },
};

const size_t fact_count = COUNT(table);

void facts_take(struct facts *ret_facts)
{
	for (size_t i = 0; i < fact_count; i++) {
		struct out out = { ret_facts->values[i], FACT_SIZE };

		out.text[0] = '\0';
		table[i].write(&out);
	}
}

const char *fact_name(size_t fact)
{
	return table[fact].name;
}
