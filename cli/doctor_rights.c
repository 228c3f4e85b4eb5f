#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "../daemon/base/proc.h"
#include "../daemon/base/util.h"
#include "attempt.h"
#include "doctor.h"

#define UNTIL_THEN                                                             \
	"until then crashes are read through the crashed thread, and "         \
	"programs that live by a thread of theirs, without native stacks"

#define YAMA "/proc/sys/kernel/yama/ptrace_scope"

static bool can_trace_all(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ 0 }
	};

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective >> CAP_SYS_PTRACE & 1);
}

/* -1: this kernel has no Yama, or there is no telling. */
static int yama_scope(void)
{
	_cleanup_free_ char *text = fdp_proc_read_path(YAMA);

	return text ? atoi(text) : -1;
}

const char *fdp_doctor_refusal(int error)
{
	switch (error) {
	case -FDP_ATTEMPT_KILLED:
		return "a filter of system calls kills who asks";
	case -EPERM:
	case -EACCES:
		return "not permitted";
	default:
		return strerror(-error);
	}
}

/* About the finding that was added last. */
static void add_tracing_advice(struct fdp_findings *findings)
{
	if (yama_scope() >= 2 && !can_trace_all())
		fdp_found_advice(findings,
				 "set kernel.yama.ptrace_scope to 1 with "
				 "sysctl; " UNTIL_THEN);
	else
		fdp_found_advice(findings,
				 "allow ptrace and process_vm_readv "
				 "(containers: a newer runtime, or the "
				 "capability SYS_PTRACE; systemd: "
				 "SystemCallFilter=); " UNTIL_THEN);
}

/* The kernel ends the tracing with us. */
static int try_to_trace(void *argument)
{
	const pid_t *pid = argument;

	return ptrace(PTRACE_SEIZE, *pid, NULL, NULL) < 0 ? -errno : 0;
}

static const char readable = 'r';

/* What was forked from us has it at the same address. */
static int try_to_read(void *argument)
{
	const pid_t *pid = argument;
	char byte;
	struct iovec here = { &byte, 1 };
	struct iovec there = { (void *)&readable, 1 };

	return process_vm_readv(*pid, &here, 1, &there, 1, 0) < 0 ? -errno : 0;
}

static void look_at_attempt(struct fdp_findings *findings, const char *check,
			    int r)
{
	if (r == 0) {
		fdp_found_ok(findings, check, "allowed");
		return;
	}
	fdp_found_note(findings, check, "%s", fdp_doctor_refusal(r));
	add_tracing_advice(findings);
}

/* A watcher reads, and does nothing else. */
static void look_at_watching(struct fdp_findings *findings, int r)
{
	if (r == 0) {
		fdp_found_ok(findings, "watching",
			     "programs can be watched for hangs "
			     "(FDPRELOAD_WATCH)");
		return;
	}
	fdp_found_note(findings, "watching",
		       "FDPRELOAD_WATCH finds no hangs: memory may not be "
		       "read");
	fdp_found_advice(findings, "allow process_vm_readv");
}

/* As the reporter does it: to a process that is neither parent nor child. */
static void look_at_tracing(struct fdp_findings *findings)
{
	pid_t dummy = fdp_dummy_start();
	int r;

	if (dummy < 0) {
		fdp_found_problem(findings, "ptrace",
				  "no process can be started to try it: %s",
				  strerror(-dummy));
		return;
	}
	look_at_attempt(findings, "ptrace", fdp_attempt(try_to_trace, &dummy));
	r = fdp_attempt(try_to_read, &dummy);
	look_at_attempt(findings, "process_vm_readv", r);
	look_at_watching(findings, r);
	fdp_dummy_end(dummy);
}

static void look_at_yama(struct fdp_findings *findings)
{
	static const char *const meanings[] = {
		"processes may trace others of their user",
		"a process may be traced by whom it names, as the library "
		"names its reporter",
		"only who has CAP_SYS_PTRACE may trace",
		"nobody may trace",
	};
	int scope = yama_scope();

	if (scope < 0 || scope >= (int)ARRAY_SIZE(meanings)) {
		fdp_found_ok(findings, "Yama", "no restriction");
		return;
	}
	if (scope <= 1 || (scope == 2 && can_trace_all()))
		fdp_found_ok(findings, "Yama", "ptrace_scope is %d: %s", scope,
			     meanings[scope]);
	else
		fdp_found_note(findings, "Yama", "ptrace_scope is %d: %s",
			       scope, meanings[scope]);
}

static void look_at_capability(struct fdp_findings *findings)
{
	if (can_trace_all())
		fdp_found_ok(findings, "CAP_SYS_PTRACE", "is there");
	else
		fdp_found_ok(findings, "CAP_SYS_PTRACE",
			     "is not there, and needed only for programs that "
			     "change their user");
}

static int try_filter(void *argument)
{
	struct sock_filter allow_all =
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow_all };

	(void)argument;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0
		       ? -errno
		       : 0;
}

static void look_at_filters(struct fdp_findings *findings)
{
	_cleanup_free_ char *status = fdp_proc_read(0, "status");
	int r = fdp_attempt(try_filter, NULL);
	uint64_t mode = 0;

	if (fdp_proc_field(status, "Seccomp:", 10, &mode) && mode) {
		fdp_found_note(findings, "seccomp",
			       "system calls of this process are filtered "
			       "already");
		fdp_found_advice(findings,
				 "if a crash ends in SIGSYS, see FILTERS OF "
				 "SYSTEM CALLS in fdpreload(7)");
	} else if (status) {
		fdp_found_ok(findings, "seccomp",
			     "no filter on system calls of this process");
	}
	if (r == 0) {
		fdp_found_ok(findings, "confinement",
			     "a filter can be put on what analyses");
		return;
	}
	fdp_found_note(findings, "confinement",
		       "no filter can be put on what analyses: %s; it works "
		       "without",
		       fdp_doctor_refusal(r));
}

void fdp_doctor_rights(struct fdp_findings *findings)
{
	look_at_tracing(findings);
	look_at_yama(findings);
	look_at_capability(findings);
	look_at_filters(findings);
}
