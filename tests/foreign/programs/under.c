/*
 * under [WORD [ARGUMENT]]... -- PROGRAM...: starts PROGRAM under odd
 * conditions. Linked statically: the shim is loaded by PROGRAM alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* mount_setattr(2), which is newer than the headers of Debian 12's glibc. */
#define SYS_MOUNT_SETATTR 442
#define ATTR_RDONLY 1
#define ATTR_RECURSIVE 0x8000

static int limit(int resource, const char *argument)
{
	rlim_t value = strtoull(argument, NULL, 0);
	struct rlimit both = { value, value };

	return setrlimit(resource, &both);
}

static int closed(const char *argument)
{
	return close(atoi(argument));
}

static int nofile(const char *argument)
{
	return limit(RLIMIT_NOFILE, argument);
}

static int space(const char *argument)
{
	return limit(RLIMIT_AS, argument);
}

static int nproc(const char *argument)
{
	return limit(RLIMIT_NPROC, argument);
}

static int user(const char *argument)
{
	uid_t id = (uid_t)atoi(argument);

	return setgroups(0, NULL) || setresgid(id, id, id) ||
	       setresuid(id, id, id);
}

static int own_mounts(void)
{
	return unshare(CLONE_NEWNS) ||
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int no_proc(const char *argument)
{
	(void)argument;
	return own_mounts() || umount2("/proc", MNT_DETACH);
}

static int read_only(const char *argument)
{
	uint64_t attributes[4] = { ATTR_RDONLY };

	(void)argument;
	return own_mounts() ||
	       syscall(SYS_MOUNT_SETATTR, AT_FDCWD, "/", ATTR_RECURSIVE,
		       attributes, sizeof(attributes));
}

/* SOURCE:TARGET, two directories. */
static int shared(const char *argument)
{
	char *source = strdup(argument);
	char *colon = strchr(source, ':');

	if (!colon)
		return -1;
	*colon = '\0';
	return own_mounts() || mount(source, colon + 1, NULL, MS_BIND, NULL);
}

static int root(const char *argument)
{
	return chroot(argument) || chdir("/");
}

static int filter_call(unsigned number, unsigned action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/* NUMBER:ERRNO: that system call fails from now on. */
static int forbid(const char *argument)
{
	const char *colon = strchr(argument, ':');
	unsigned error = colon ? (unsigned)atoi(colon + 1) : EPERM;

	return filter_call((unsigned)atoi(argument), SECCOMP_RET_ERRNO | error);
}

/* NUMBER: that system call kills. */
static int deadly(const char *argument)
{
	return filter_call((unsigned)atoi(argument), SECCOMP_RET_KILL_PROCESS);
}

static const struct {
	const char *word;
	int (*function)(const char *);
	int arguments;
} words[] = {
	{ "close", closed, 1 },	       { "nofile", nofile, 1 },
	{ "space", space, 1 },	       { "nproc", nproc, 1 },
	{ "user", user, 1 },	       { "no-proc", no_proc, 0 },
	{ "read-only", read_only, 0 }, { "root", root, 1 },
	{ "share", shared, 1 },	       { "forbid", forbid, 1 },
	{ "deadly", deadly, 1 },
};

/* How many arguments were used; exits with 120 where it is not possible. */
static int apply(char **argv)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(argv[0], words[i].word) != 0)
			continue;
		if (words[i].function(argv[1]) == 0)
			return 1 + words[i].arguments;
	}
	fprintf(stderr, "under: %s: %s\n", argv[0], strerror(errno));
	exit(120);
}

int main(int argc, char **argv)
{
	int i = 1;

	while (i + 1 < argc && strcmp(argv[i], "--") != 0)
		i += apply(&argv[i]);
	if (i + 1 >= argc)
		return 121;
	execv(argv[i + 1], &argv[i + 1]);
	return 122;
}
