#include "causes.h"

#include "conform.h"
#include "processor.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE FORBIDDEN_SIZE

char *forbidden_page;
static char *constant_page;
static char *missing_page; /* behind the end of its file */

static void read_null(void)
{
	fault_read(NULL);
}

static void read_forbidden(void)
{
	fault_read(forbidden_page);
}

static void write_constant(void)
{
	fault_write(constant_page + 8);
}

static void read_not_canonical(void)
{
	fault_read((void *)UINT64_C(0x4000000000000000));
}

static void read_missing(void)
{
	fault_read(missing_page);
}

static void divide(void)
{
	fault_divide(1);
}

static void undefined(void)
{
	fault_undefined(1);
}

static void breakpoint(void)
{
	fault_breakpoint(1);
}

static void privileged(void)
{
	fault_privileged(1);
}

static void read_backwards(void)
{
	say("direction flag %d", fault_backwards(forbidden_page));
}

static void filtered_call(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | 0x77),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(filter), filter };

	REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	syscall(SYS_personality, 0xffffffff);
}

const struct cause causes[CAUSES] = {
	{ "null", SIGSEGV, read_null, false },
	{ "forbidden", SIGSEGV, read_forbidden, false },
	{ "constant", SIGSEGV, write_constant, false },
	{ "not canonical", SIGSEGV, read_not_canonical, false },
	{ "privileged", SIGSEGV, privileged, false },
	{ "backwards", SIGSEGV, read_backwards, false },
	{ "missing", SIGBUS, read_missing, false },
	{ "divide", SIGFPE, divide, false },
	{ "undefined", SIGILL, undefined, false },
	{ "breakpoint", SIGTRAP, breakpoint, false },
	{ "filtered call", SIGSYS, filtered_call, true },
};

const struct cause *cause_find(const char *name)
{
	for (size_t i = 0; i < CAUSES; i++)
		if (strcmp(causes[i].name, name) == 0)
			return &causes[i];
	give_up(name);
}

static char *map(int protection, int flags, int fd)
{
	char *page = mmap(NULL, PAGE, protection, MAP_PRIVATE | flags, fd, 0);

	REQUIRE(page != MAP_FAILED);
	return page;
}

void causes_prepare(void)
{
	int fd = memfd_create("empty", MFD_CLOEXEC);

	REQUIRE(fd >= 0);
	missing_page = map(PROT_READ, 0, fd);
	close(fd);
	forbidden_page = map(PROT_NONE, MAP_ANONYMOUS, -1);
	constant_page = map(PROT_READ, MAP_ANONYMOUS, -1);
	name_address(missing_page, PAGE, "the missing page");
	name_address(forbidden_page, PAGE, "the forbidden page");
	name_address(constant_page, PAGE, "the constant page");
	name_address((void *)fault_read, 5, "fault_read");
	name_address((void *)fault_write, 5, "fault_write");
	name_address((void *)fault_divide, 10, "fault_divide");
	name_address((void *)fault_undefined, 6, "fault_undefined");
	name_address((void *)fault_breakpoint, 5, "fault_breakpoint");
	name_address((void *)fault_privileged, 5, "fault_privileged");
	name_address((void *)fault_backwards, 5, "fault_backwards");
}
