/* Handlers that are installed behind the back of whoever interposes. */
#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "deep.h"
#include "die.h"

#define RESTORER 0x04000000

/* As the kernel has it. */
struct kernel_action {
	handler_function *handler;
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static struct kernel_action old;

__attribute__((naked)) static void restorer(void)
{
	__asm__("mov $15, %rax\n\tsyscall");
}

static void raw_action(int signal, const struct kernel_action *action,
		       struct kernel_action *ret_old)
{
	if (syscall(SYS_rt_sigaction, signal, action, ret_old, 8) < 0)
		trouble("rt_sigaction");
}

void install_raw(const struct arrangement *arrangement, int signal)
{
	struct kernel_action action = {
		.handler = arrangement->handler,
		.flags = (unsigned long)arrangement->flags | RESTORER,
		.restorer = restorer,
	};

	raw_action(signal, &action, &old);
}

void handler_raw_reraises(int signal, siginfo_t *info, void *context)
{
	struct kernel_action action = { .flags = RESTORER };

	(void)info;
	(void)context;
	say_number("handler", (unsigned long)signal);
	raw_action(signal, &action, NULL);
	raise(signal);
}

/* Go's way out: what was there before gets the fault again. */
void handler_raw_restores(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	say_number("handler", (unsigned long)signal);
	raw_action(signal, &old, NULL);
}

/* Go's way with faults in C code: calls what was there before. */
void handler_raw_chains(int signal, siginfo_t *info, void *context)
{
	say_number("handler", (unsigned long)signal);
	if ((uintptr_t)old.handler > 1)
		old.handler(signal, info, context);
	else
		raw_action(signal, &old, NULL);
}

/* The library stands beside the program. */
static void *open_deep(void)
{
	char path[PATH_MAX + sizeof("/deep.so")];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
	void *library;

	if (length < 0)
		trouble("/proc/self/exe");
	path[length] = '\0';
	strcpy(strrchr(path, '/'), "/deep.so");
	library = dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
	if (!library)
		trouble(path);
	return library;
}

void install_deep(const struct arrangement *arrangement, int signal)
{
	deep_install_function *install =
		(deep_install_function *)dlsym(open_deep(), "deep_install");

	if (!install || install(arrangement->symbol, signal) < 0)
		trouble("deep_install");
}
