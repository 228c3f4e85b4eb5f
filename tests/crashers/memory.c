/* Ways to die of an address. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crashers.h"

#define PAGE 4096

/* Volatile, so that the compiler cannot see what is wrong with it. */
static char *volatile nowhere;
static const char read_only[] = "read-only";

CRASHER int null_read(void)
{
	return HERE(*(volatile int *)nowhere);
}

CRASHER int null_write(void)
{
	return HERE(*(volatile int *)(nowhere + 0x10) = 1);
}

CRASHER int call_null(void)
{
	int (*function)(void) = (int (*)(void))nowhere;

	return HERE(function()) + 1;
}

CRASHER int call_near_null(void)
{
	int (*function)(void) = (int (*)(void))(nowhere + 0x10);

	return HERE(function()) + 1;
}

CRASHER int call_heap(void)
{
	int (*function)(void) = (int (*)(void))(uintptr_t)malloc(64);

	return HERE(function()) + 1;
}

CRASHER int non_canonical(void)
{
	volatile char *wild = nowhere + 0x4141414141414141;

	return HERE(*wild);
}

CRASHER int unmapped_read(void)
{
	char *page =
		mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(page, PAGE);
	return HERE(*(volatile char *)page);
}

CRASHER int write_read_only(void)
{
	volatile char *text = (volatile char *)(uintptr_t)read_only;

	return HERE(text[0] = 'R');
}

CRASHER int read_guarded(void)
{
	char *page =
		mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return HERE(*(volatile char *)page);
}

CRASHER int past_end_of_file(void)
{
	int fd = open("short-file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	volatile char *map;

	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		return -1;
	map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	return HERE(map[PAGE]);
}

CRASHER int misaligned(void)
{
	static long words[2];
	char *odd = (char *)words + 1;

	/* The alignment check flag, which x86 has and nobody sets. */
	return HERE(({
		__asm__ volatile("pushf\n\t"
				 "orl $0x40000, (%%rsp)\n\t"
				 "popf\n\t"
				 "movq (%0), %%rax"
				 :
				 : "r"(odd)
				 : "rax", "memory", "cc");
		0;
	}));
}
