/* The names of registers, which all that speak of them share. */
#include "target.h"

const char *const fdp_register_names[FDP_REGISTER_COUNT] = {
	"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8",
	"r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip",
};
