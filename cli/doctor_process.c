#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "../daemon/base/proc.h"
#include "../daemon/base/util.h"
#include "attempt.h"
#include "doctor.h"
#include "find.h"

/* The versions of CPython 3 whose frames are read, beside 2.7; README.md. */
#define MINOR_MIN 6
#define MINOR_MAX 15
#define READ "2.7 and 3.6 to 3.15"

struct subject {
	pid_t pid;
	char *status; /* /proc/PID/status */
	char *maps;   /* /proc/PID/maps */
};

/* False: there is nothing more to look at. */
static bool look_at_life(struct fdp_findings *findings,
			 const struct subject *subject)
{
	uint64_t group = 0, user = 0;
	char name[32] = "?";

	if (!subject->status) {
		fdp_found_problem(findings, "process",
				  "there is no process %d that we may see",
				  (int)subject->pid);
		return false;
	}
	sscanf(subject->status, "Name: %31[^\n]", name);
	fdp_proc_field(subject->status, "Tgid:", 10, &group);
	fdp_proc_field(subject->status, "Uid:", 10, &user);
	if (group != (uint64_t)subject->pid) {
		fdp_found_problem(findings, "process",
				  "%d is a thread of the process %llu",
				  (int)subject->pid, (unsigned long long)group);
		fdp_found_advice(findings, "ask for that one");
		return false;
	}
	if (strstr(subject->status, "\nState:\tZ")) {
		fdp_found_problem(findings, "process",
				  "%s is dead; its parent has not taken notice",
				  name);
		return false;
	}
	fdp_found_ok(findings, "process", "%s of user %llu", name,
		     (unsigned long long)user);
	return true;
}

/* False: there is nothing more to look at. */
static bool look_at_maps(struct fdp_findings *findings, struct subject *subject)
{
	subject->maps = fdp_proc_read(subject->pid, "maps");
	if (!subject->maps) {
		fdp_found_problem(findings, "library",
				  "what it has loaded cannot be read: %s",
				  strerror(errno));
		fdp_found_advice(findings, "ask as its user or as root");
	} else if (!*subject->maps) {
		fdp_found_problem(findings, "library",
				  "a process without memory: of the kernel, or "
				  "at its end");
	} else {
		return true;
	}
	return false;
}

/*
 * The first mapping whose file is called like PREFIX...; false: there is none.
 * COPY is the caller's to free, and holds what the mapping names.
 */
static bool find_mapping(const struct subject *subject, const char *prefix,
			 char **copy, struct fdp_mapping *ret_mapping)
{
	char *at = *copy = strdup(subject->maps);

	while (at && fdp_proc_next_mapping(&at, ret_mapping))
		if (strncmp(fdp_base_name(ret_mapping->path), prefix,
			    strlen(prefix)) == 0)
			return true;
	return false;
}

/* What the process was started with; later changes do not show. */
static bool was_asked_for(pid_t pid)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *variable = NULL;
	size_t capacity = 0;
	bool asked = false;

	if (asprintf(&path, "/proc/%d/environ", (int)pid) < 0)
		path = NULL;
	file = path ? fopen(path, "re") : NULL;
	while (file && !asked && getdelim(&variable, &capacity, '\0', file) > 0)
		asked = STARTS_WITH(variable, "LD_PRELOAD=") &&
			strstr(variable, FDP_SHIM_FILE);
	return asked;
}

static void explain_not_loaded(struct fdp_findings *findings,
			       const struct subject *subject)
{
	_cleanup_free_ char *copy = NULL;
	struct fdp_mapping linker;

	if (!was_asked_for(subject->pid)) {
		fdp_found_problem(findings, "library",
				  "not loaded: LD_PRELOAD did not name it when "
				  "the program was started");
		fdp_found_advice(findings,
				 "start it with 'fdpreload run' or with "
				 "LD_PRELOAD");
	} else if (!find_mapping(subject, "ld-linux", &copy, &linker)) {
		fdp_found_problem(findings, "library",
				  "not loaded: the program is linked "
				  "statically, or not with glibc");
	} else {
		fdp_found_problem(findings, "library",
				  "not loaded, though LD_PRELOAD names it: "
				  "ld.so did not find it, or the program is "
				  "set-user-ID");
		fdp_found_advice(findings,
				 "give its whole path, where the program can "
				 "read it");
	}
}

static void look_at_shim(struct fdp_findings *findings,
			 const struct subject *subject)
{
	_cleanup_free_ char *copy = NULL;
	struct fdp_mapping shim;

	if (!find_mapping(subject, FDP_SHIM_FILE, &copy, &shim)) {
		explain_not_loaded(findings, subject);
		return;
	}
	if (shim.deleted) {
		fdp_found_note(findings, "library",
			       "%s was replaced since the program started",
			       shim.path);
		fdp_found_advice(findings,
				 "start the program again at an occasion");
	} else {
		fdp_found_ok(findings, "library", "%s", shim.path);
	}
	fdp_doctor_reporter(findings, subject->pid, subject->maps);
}

struct python_version {
	int major, minor;
	bool free_threaded;
};

/* That in "libpython3.11.so.1.0" or "python3.13t"; false: there is none. */
static bool version_of(const char *path, struct python_version *ret_version)
{
	const char *at = strstr(fdp_base_name(path), "python");
	char end = '\0';

	*ret_version = (struct python_version){ .major = 0 };
	if (!at || sscanf(at, "python%3d.%3d%c", &ret_version->major,
			  &ret_version->minor, &end) < 2)
		return false;
	ret_version->free_threaded = end == 't';
	return true;
}

static bool is_read(const struct python_version *version)
{
	return (version->major == 2 && version->minor == 7) ||
	       (version->major == 3 && version->minor >= MINOR_MIN &&
		version->minor <= MINOR_MAX);
}

/* A library of Python's tells as well as the program, and holds its code. */
static bool find_python(const struct subject *subject, char **copy,
			struct fdp_mapping *ret_mapping)
{
	static const char *const names[] = { "libpython3.", "libpython2.",
					     "python3.", "python2." };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (find_mapping(subject, names[i], copy, ret_mapping))
			return true;
		free(*copy);
		*copy = NULL;
	}
	return false;
}

static bool same_namespace(pid_t pid, const char *name)
{
	_cleanup_free_ char *ours = fdp_proc_link(0, name);
	_cleanup_free_ char *theirs = fdp_proc_link(pid, name);

	return ours && theirs && strcmp(ours, theirs) == 0;
}

/* Where its files are, seen from here. */
static void make_root(pid_t pid, char *path, size_t size)
{
	_cleanup_free_ char *root = fdp_proc_link(pid, "root");

	if (same_namespace(pid, "ns/mnt") && root && strcmp(root, "/") == 0)
		*path = '\0';
	else
		snprintf(path, size, "/proc/%d/root", (int)pid);
}

static void look_at_python(struct fdp_findings *findings,
			   const struct subject *subject)
{
	_cleanup_free_ char *copy = NULL;
	struct fdp_mapping python;
	char root[32];
	struct python_version version;

	if (!find_python(subject, &copy, &python)) {
		fdp_found_note(findings, "Python",
			       "none by the names of its files; a report has "
			       "native frames");
		return;
	}
	if (!version_of(python.path, &version) || !is_read(&version))
		fdp_found_note(findings, "Python",
			       "%d.%d (%s); Python frames are read of " READ,
			       version.major, version.minor, python.path);
	else
		fdp_found_ok(findings, "Python", "%d.%d%s (%s)", version.major,
			     version.minor,
			     version.free_threaded ? " free-threaded" : "",
			     python.path);
	make_root(subject->pid, root, sizeof(root));
	fdp_doctor_symbols(findings, root, python.path, "the interpreter",
			   "python3-dbg");
}

struct place {
	pid_t pid;
	uint64_t address;
};

/* The kernel ends the tracing with us; the process does not even stop. */
static int try_to_trace(void *argument)
{
	const struct place *place = argument;

	return ptrace(PTRACE_SEIZE, place->pid, NULL, NULL) < 0 ? -errno : 0;
}

static int try_to_read(void *argument)
{
	const struct place *place = argument;
	char byte;
	struct iovec here = { &byte, 1 };
	struct iovec there = { (void *)(uintptr_t)place->address, 1 };

	return process_vm_readv(place->pid, &here, 1, &there, 1, 0) < 0 ? -errno
									: 0;
}

static void look_at_attempt(struct fdp_findings *findings, const char *check,
			    int r)
{
	if (r == 0) {
		fdp_found_ok(findings, check, "we may");
		return;
	}
	fdp_found_note(findings, check,
		       "we may not: %s; its reporter, whom the library names, "
		       "may be allowed more, and 'fdpreload dump' asks it",
		       fdp_doctor_refusal(r));
	fdp_found_advice(findings,
			 "run 'fdpreload doctor' as its user and where "
			 "it runs");
}

static void look_at_tracing(struct fdp_findings *findings,
			    const struct subject *subject)
{
	_cleanup_free_ char *copy = strdup(subject->maps);
	struct place place = { .pid = subject->pid };
	struct fdp_mapping mapping;
	uint64_t tracer = 0;
	char *at = copy;

	while (at && fdp_proc_next_mapping(&at, &mapping))
		if (mapping.readable && !place.address)
			place.address = mapping.start;
	fdp_proc_field(subject->status, "TracerPid:", 10, &tracer);
	if (tracer) {
		fdp_found_note(findings, "ptrace",
			       "process %llu traces it; reports are read "
			       "through the crashed thread",
			       (unsigned long long)tracer);
		fdp_found_advice(findings, "end the debugger or strace");
	} else {
		look_at_attempt(findings, "ptrace",
				fdp_attempt(try_to_trace, &place));
	}
	look_at_attempt(findings, "process_vm_readv",
			fdp_attempt(try_to_read, &place));
}

static void look_at_filter(struct fdp_findings *findings,
			   const struct subject *subject)
{
	uint64_t mode = 0;

	fdp_proc_field(subject->status, "Seccomp:", 10, &mode);
	if (mode == 0) {
		fdp_found_ok(findings, "seccomp",
			     "no filter on its system calls");
		return;
	}
	fdp_found_note(findings, "seccomp", "its system calls are %s",
		       mode == 1 ? "limited to read, write and exit"
				 : "filtered");
	fdp_found_advice(findings,
			 "if a crash ends in SIGSYS, see FILTERS OF SYSTEM "
			 "CALLS in fdpreload(7)");
}

static void look_at_namespaces(struct fdp_findings *findings,
			       const struct subject *subject)
{
	static const struct {
		const char *path, *name;
	} spaces[] = {
		{ "ns/mnt", " files" },
		{ "ns/pid", " processes" },
		{ "ns/net", " network" },
		{ "ns/user", " users" },
	};
	char others[64] = "";

	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		if (!same_namespace(subject->pid, spaces[i].path))
			strcat(others, spaces[i].name);
	if (!*others) {
		fdp_found_ok(findings, "namespaces", "the same as ours");
		return;
	}
	fdp_found_note(findings, "namespaces",
		       "it has others than we, as in a container:%s", others);
	fdp_found_advice(findings,
			 "its reports are in there; 'fdpreload doctor' says "
			 "more from within");
}

static void look_at_process(struct fdp_findings *findings,
			    struct subject *subject)
{
	if (!look_at_life(findings, subject) ||
	    !look_at_maps(findings, subject))
		return;
	look_at_shim(findings, subject);
	look_at_python(findings, subject);
	look_at_tracing(findings, subject);
	look_at_filter(findings, subject);
	look_at_namespaces(findings, subject);
}

void fdp_doctor_process(struct fdp_findings *findings, pid_t pid)
{
	struct subject subject = {
		.pid = pid,
		.status = fdp_proc_read(pid, "status"),
	};

	look_at_process(findings, &subject);
	free(subject.status);
	free(subject.maps);
}
