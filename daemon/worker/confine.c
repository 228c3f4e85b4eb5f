#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>

#include "../base/util.h"

/* Whatever these do, they do it to ourselves or to what is open already. */
static const int harmless[] = {
	SCMP_SYS(access),
	SCMP_SYS(brk),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),

	SCMP_SYS(fstat),
	SCMP_SYS(fstatfs),
	SCMP_SYS(futex),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid),
	SCMP_SYS(lseek),
	SCMP_SYS(lstat),
	SCMP_SYS(madvise),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pread64),
	SCMP_SYS(read),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(readv),
	SCMP_SYS(recvmsg),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(stat),
	SCMP_SYS(statx),
	SCMP_SYS(sysinfo),
	SCMP_SYS(tgkill),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/*
 * To stop threads, read their registers and memory, and let them go; never to
 * change them.
 */
static const unsigned ptrace_requests[] = {
	PTRACE_SEIZE,
	PTRACE_INTERRUPT,
	PTRACE_GETREGSET,
	PTRACE_DETACH,
};

/* Not those that make the kernel send signals for us. */
static const unsigned fcntl_commands[] = {
	F_DUPFD_CLOEXEC,
	F_GETFD,
	F_SETFD,
	F_GETFL,
};

static int allow_on_self(scmp_filter_ctx filter)
{
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				 SCMP_A0(SCMP_CMP_EQ, (unsigned)getpid()));

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(fcntl_commands); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				     SCMP_A1(SCMP_CMP_EQ, fcntl_commands[i]));
	/* The end of the daemon is the end of the worker, or is not. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				     SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG));
	return r;
}

static int allow_reading(scmp_filter_ctx filter, pid_t pid)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW,
				SCMP_SYS(process_vm_readv), 1,
				SCMP_A0(SCMP_CMP_EQ, (unsigned)pid));
}

static int allow_tracing(scmp_filter_ctx filter)
{
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(wait4), 0);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ptrace_requests); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ptrace),
				     1,
				     SCMP_A0(SCMP_CMP_EQ, ptrace_requests[i]));
	return r;
}

static int allow_reading_files(scmp_filter_ctx filter)
{
	const unsigned writing = O_ACCMODE | O_CREAT | O_TRUNC;
	int r;

	r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
			     SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
	if (r < 0)
		return r;
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
				SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
}

/* PID: whom it may read, and stop if it is TRACED; or 0. */
static int load_filter(pid_t pid, bool traced)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(harmless); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, harmless[i], 0);
	if (r == 0)
		r = allow_reading_files(filter);
	if (r == 0)
		r = allow_on_self(filter);
	if (r == 0 && pid)
		r = allow_reading(filter, pid);
	if (r == 0 && traced)
		r = allow_tracing(filter);
	if (r == 0)
		r = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return r;
}

static int set_limit(int resource, uint64_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return -errno;
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) < 0 ? -errno : 0;
}

static int set_limits(uint64_t memory, uint64_t file)
{
	int r = set_limit(RLIMIT_DATA, memory);

	if (r == 0)
		r = set_limit(RLIMIT_FSIZE, file);
	if (r == 0)
		r = set_limit(RLIMIT_CORE, 1);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

int fdp_confine(pid_t traced)
{
	int r = set_limits(FDP_WORKER_MEMORY_MAX, FDP_WORKER_FILE_MAX);

	if (r == 0)
		r = set_limit(RLIMIT_CPU, FDP_WORKER_CPU_MAX);
	return r < 0 ? r : load_filter(traced, traced != 0);
}

int fdp_confine_reader(pid_t pid)
{
	int r = set_limits(FDP_READER_MEMORY_MAX, 0);

	return r < 0 ? r : load_filter(pid, false);
}
