/* Instructions that fault, each with a length that skip() knows. */
#include "conform.h"
#include "processor.h"

/* Can be unwound from any of their instructions. */
#define FUNCTION(name, ...)                                                    \
	__asm__(".text\n"                                                      \
		".globl " #name "\n"                                           \
		".type " #name ", @function\n" #name ":\n"                     \
		"	.cfi_startproc\n" __VA_ARGS__ "	ret\n"                 \
		"	.cfi_endproc\n"                                              \
		".size " #name ", . - " #name "\n")

FUNCTION(fault_read, "	xorl %eax, %eax\n"
		     "	movb (%rdi), %al\n");

FUNCTION(fault_write, "	xorl %eax, %eax\n"
		      "	movb %al, (%rdi)\n");

FUNCTION(fault_divide, "	movq %rdi, %rax\n"
		       "	xorl %edx, %edx\n"
		       "	xorl %ecx, %ecx\n"
		       "	divl %ecx\n");

FUNCTION(fault_undefined, "	movq %rdi, %rax\n"
			  "	ud2\n");

FUNCTION(fault_breakpoint, "	movq %rdi, %rax\n"
			   "	int3\n");

FUNCTION(fault_privileged, "	movq %rdi, %rax\n"
			   "	hlt\n");

FUNCTION(fault_backwards, "	std\n"
			  "	movb (%rdi), %al\n"
			  "	pushfq\n"
			  "	.cfi_adjust_cfa_offset 8\n"
			  "	popq %rax\n"
			  "	.cfi_adjust_cfa_offset -8\n"
			  "	cld\n"
			  "	shrl $10, %eax\n"
			  "	andl $1, %eax\n");
