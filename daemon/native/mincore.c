/*
 * libunwind asks for its own memory at its start, in case it will unwind its
 * own process.  Here it never does, and a filter of system calls that we have
 * inherited, such as systemd's @system-service, kills for the question.
 *
 * Part of the program, and not of the module that libunwind comes with: there
 * it would stand behind libc's.
 */
#include <errno.h>
#include <sys/mman.h>

int mincore(void *start, size_t length, unsigned char *resident)
{
	(void)start;
	(void)length;
	(void)resident;
	errno = ENOSYS;
	return -1;
}
