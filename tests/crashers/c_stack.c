/*
 * The C stack as backtrace() and dladdr() have it in the process itself, beside
 * what is said of it from outside.  Called through ctypes.
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdio.h>

#include "../../preload/fdpreload.h"
#include "crashers.h"

/* More than any test has. */
#define FRAMES_MAX 256

CRASHER int c_stack_dump(int theirs, int ours);
CRASHER int c_stack_die(int theirs, int ours);
CRASHER int c_stack_nested(int depth, int theirs, int ours,
			   int (*last)(int, int));
CRASHER int c_stack_at(int depth, int theirs, int ours, int die);

/* As _Py_DumpStack() of CPython 3.14. */
static void write_frame(int fd, void *address)
{
	struct link_map *map = NULL;
	Dl_info info = { 0 };
	uintptr_t start;

	if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP)) {
		dprintf(fd, "  Binary file '<unknown>' [%p]\n", address);
		return;
	}
	start = info.dli_sname ? (uintptr_t)info.dli_saddr : map->l_addr;
	dprintf(fd, "  Binary file \"%s\"", info.dli_fname);
	if (info.dli_sname || start)
		dprintf(fd, ", at %s+0x%lx",
			info.dli_sname ? info.dli_sname : "",
			(unsigned long)((uintptr_t)address - start));
	dprintf(fd, " [%p]\n", address);
}

static __attribute__((noinline)) void write_frames(int fd)
{
	void *frames[FRAMES_MAX];
	int count = backtrace(frames, FRAMES_MAX);

	/* Without this function. */
	for (int i = 1; i < count; i++)
		write_frame(fd, frames[i]);
}

int c_stack_dump(int theirs, int ours)
{
	/* Not fdpreload_dump_c_stack(), which nothing inlines here. */
	__typeof__(&fdp_api_dump_c_stack) dump =
		FDPRELOAD_FIND_(fdp_api_dump_c_stack);

	write_frames(theirs);
	return dump ? dump(ours) : -1;
}

int c_stack_die(int theirs, int ours)
{
	(void)ours;
	write_frames(theirs);
	return null_read() + 1;
}

int c_stack_nested(int depth, int theirs, int ours, int (*last)(int, int))
{
	int result = depth ? c_stack_nested(depth - 1, theirs, ours, last)
			   : last(theirs, ours);

	/* No tail call. */
	__asm__ volatile("" : "+r"(result));
	return result;
}

int c_stack_at(int depth, int theirs, int ours, int die)
{
	int result = c_stack_nested(depth, theirs, ours,
				    die ? c_stack_die : c_stack_dump);

	__asm__ volatile("" : "+r"(result));
	return result;
}
