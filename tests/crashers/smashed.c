/* Stacks that cannot be followed from end to end. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "crashers.h"

#define PAGE 4096

/* Frames of SMALL_BYTES and some more that fill three pages at least. */
#define SMALL_BYTES 128
#define SMALL_FRAMES 100

CRASHER int overwrite_up_to(volatile char *end);
CRASHER int small_frame(int depth, int (*take)(void *page));
CRASHER int without_table(int (*function)(void));

/*
 * Its own return address and what it has saved, and all that its caller has
 * below END.
 */
CRASHER int overwrite_up_to(volatile char *end)
{
	volatile char *at = __builtin_frame_address(0);

	while (at < end)
		*at++ = 0x41;
	return HERE(*(volatile int *)(uintptr_t)(*end & 0));
}

CRASHER int smash_frames(void)
{
	volatile char room[256];

	room[0] = 0;
	return HERE(overwrite_up_to(room + sizeof(room))) + room[0];
}

static int hide(void *page)
{
	return mprotect(page, PAGE, PROT_NONE);
}

static int unmap(void *page)
{
	return munmap(page, PAGE);
}

/* Takes the page above the one it stands on away from its callers. */
int small_frame(int depth, int (*take)(void *page))
{
	volatile char room[SMALL_BYTES];
	uintptr_t above = ((uintptr_t)room / PAGE + 2) * PAGE;

	room[0] = 0;
	if (depth > 0)
		return HERE(small_frame(depth - 1, take)) + room[0];
	take((void *)above);
	return HERE(null_read()) + room[0];
}

CRASHER int hide_page(void)
{
	return HERE(small_frame(SMALL_FRAMES, hide)) + 1;
}

CRASHER int unmap_page(void)
{
	return HERE(small_frame(SMALL_FRAMES, unmap)) + 1;
}

/* No table has it, and its code does not say where its caller is. */
__asm__("	.pushsection .text\n"
	"	.globl without_table\n"
	"	.hidden without_table\n"
	"	.type without_table, @function\n"
	"without_table:\n"
	"	push %rbp\n"
	"	sub $0x40, %rsp\n"
	"	xor %ebp, %ebp\n"
	"	call *%rdi\n"
	"	mov %eax, %ecx\n"
	"	mov %ecx, %eax\n"
	"	add $0x40, %rsp\n"
	"	pop %rbp\n"
	"	ret\n"
	"without_table_end:\n"
	"	.size without_table, . - without_table\n"
	"	.popsection\n");

CRASHER int no_table(void)
{
	return HERE(without_table(null_read)) + 1;
}

/* The same code on a page that is in no file; it calls its argument. */
__attribute__((visibility("default"))) void *made_code(void)
{
	extern const char without_table_end[]
		__attribute__((visibility("hidden")));
	const char *begin = (const char *)without_table;
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, begin, (size_t)(without_table_end - begin));
	return mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0 ? page : NULL;
}
