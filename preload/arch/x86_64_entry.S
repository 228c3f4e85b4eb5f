/*
 * The ways into the shim that no compiler can make: without a frame of ours on
 * the stack, and onto another stack.
 */
#include <asm/unistd_64.h>

	.text

/* fdp_entry(signal, info, context): the kernel calls it. */
	.globl	fdp_entry
	.hidden	fdp_entry
	.type	fdp_entry, @function
fdp_entry:
	.cfi_startproc
	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rsi
	.cfi_adjust_cfa_offset 8
	push	%rdx
	.cfi_adjust_cfa_offset 8
	call	fdp_route
	pop	%rdx
	.cfi_adjust_cfa_offset -8
	pop	%rsi
	.cfi_adjust_cfa_offset -8
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	jmp	*%rax
	.cfi_endproc
	.size	fdp_entry, . - fdp_entry

/* fdp_nothing(signal, info, context): back into the restorer. */
	.globl	fdp_nothing
	.hidden	fdp_nothing
	.type	fdp_nothing, @function
fdp_nothing:
	.cfi_startproc
	ret
	.cfi_endproc
	.size	fdp_nothing, . - fdp_nothing

/*
 * fdp_default(signal, info, context): the reporter, on a stack of the thread's
 * own.  All registers come back from the signal frame: none needs saving.
 */
	.globl	fdp_default
	.hidden	fdp_default
	.type	fdp_default, @function
fdp_default:
	.cfi_startproc
	push	%rdi
	.cfi_adjust_cfa_offset 8
	push	%rsi
	.cfi_adjust_cfa_offset 8
	push	%rdx
	.cfi_adjust_cfa_offset 8
	mov	%rsp, %rdi
	call	fdp_report_stack
	pop	%rdx
	.cfi_adjust_cfa_offset -8
	pop	%rsi
	.cfi_adjust_cfa_offset -8
	pop	%rdi
	.cfi_adjust_cfa_offset -8
	mov	%rsp, %rbx
	.cfi_def_cfa_register %rbx
	mov	%rax, %rsp
	call	fdp_handle
	mov	%rbx, %rsp
	.cfi_def_cfa_register %rsp
	ret
	.cfi_endproc
	.size	fdp_default, . - fdp_default

/*
 * fdp_call_on(stack, function, argument): returns when FUNCTION does.
 */
	.globl	fdp_call_on
	.hidden	fdp_call_on
	.type	fdp_call_on, @function
fdp_call_on:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	mov	%rsp, %rbx
	.cfi_def_cfa_register %rbx
	mov	%rdi, %rsp
	mov	%rdx, %rdi
	call	*%rsi
	mov	%rbx, %rsp
	.cfi_def_cfa_register %rsp
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	ret
	.cfi_endproc
	.size	fdp_call_on, . - fdp_call_on

/*
 * The restorer of a handler that abort() called.  To an unwinder it is what
 * libc's is, a signal frame whose registers are in the ucontext at the stack
 * pointer (offsets of gregs[] there: 40 + 8 * REG_x).
 */
	.macro	in_context register, offset
	/* DW_CFA_expression: DW_OP_breg7 (rsp) + offset, two bytes of SLEB128 */
	.cfi_escape 0x10, \register, 3, 0x77, (\offset & 0x7f) | 0x80, \offset >> 7
	.endm

	.globl	fdp_abort_restorer
	.hidden	fdp_abort_restorer
	.type	fdp_abort_restorer, @function
	.cfi_startproc
	.cfi_signal_frame
	/* DW_CFA_def_cfa_expression: the stack pointer in the ucontext */
	.cfi_escape 0x0f, 4, 0x77, (160 & 0x7f) | 0x80, 160 >> 7, 0x06
	in_context 8, 40	/* r8 to r15 */
	in_context 9, 48
	in_context 10, 56
	in_context 11, 64
	in_context 12, 72
	in_context 13, 80
	in_context 14, 88
	in_context 15, 96
	in_context 5, 104	/* rdi */
	in_context 4, 112	/* rsi */
	in_context 6, 120	/* rbp */
	in_context 3, 128	/* rbx */
	in_context 1, 136	/* rdx */
	in_context 0, 144	/* rax */
	in_context 2, 152	/* rcx */
	in_context 7, 160	/* rsp */
	in_context 16, 168	/* rip */
	/* Unwinders look at the byte before a return address. */
	nop
fdp_abort_restorer:
	mov	%rsp, %rbx
	mov	%rsp, %rdi
	call	fdp_report_stack
	mov	%rax, %rsp
	mov	%rbx, %rdi
	call	fdp_handle_returned
	mov	%rbx, %rsp
	mov	$__NR_rt_sigreturn, %eax
	syscall
	.cfi_endproc
	.size	fdp_abort_restorer, . - fdp_abort_restorer

	.section .note.GNU-stack, "", @progbits
