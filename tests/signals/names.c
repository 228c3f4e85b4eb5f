/* Addresses, signals and masks as text that is the same in each run. */
#include "conform.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEXT_SIZE 256
#define TEXTS 8
#define NAMES_MAX 32

const int usual_signals[8] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, SIGUSR1,
};

static struct {
	uintptr_t begin, end;
	const char *name;
} names[NAMES_MAX];
static size_t name_count;

const char *text(const char *format, ...)
{
	static _Thread_local char texts[TEXTS][TEXT_SIZE];
	static _Thread_local unsigned next;
	char *out = texts[next++ % TEXTS];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(out, TEXT_SIZE, format, arguments);
	va_end(arguments);
	return out;
}

const char *signal_name(int signal)
{
	const char *name =
		signal > 0 && signal < 32 ? sigabbrev_np(signal) : NULL;

	return name ? name : text("%d", signal);
}

const char *error_name(int error)
{
	const char *name = error ? strerrorname_np(error) : "ok";

	return name ? name : text("errno %d", error);
}

void name_address(const void *address, size_t size, const char *name)
{
	size_t i = 0;

	while (i < name_count && strcmp(names[i].name, name) != 0)
		i++;
	REQUIRE(i < NAMES_MAX);
	names[i].begin = (uintptr_t)address;
	names[i].end = (uintptr_t)address + size;
	names[i].name = name;
	if (i == name_count)
		name_count++;
}

const char *address_name(const void *address)
{
	uintptr_t at = (uintptr_t)address;

	if (!address)
		return "null";
	for (size_t i = 0; i < name_count; i++)
		if (at >= names[i].begin && at < names[i].end)
			return at == names[i].begin
				       ? names[i].name
				       : text("in %s", names[i].name);
	return "elsewhere";
}

const char *handler_name(const void *handler)
{
	if (handler == (void *)SIG_DFL)
		return "DFL";
	if (handler == (void *)SIG_IGN)
		return "IGN";
	if (handler == (void *)SIG_HOLD)
		return "HOLD";
	if (handler == (void *)SIG_ERR)
		return "ERR";
	return address_name(handler);
}

uint64_t get_bits(const sigset_t *set)
{
	uint64_t bits;

	memcpy(&bits, set, sizeof(bits));
	return bits;
}

void set_bits(sigset_t *set, uint64_t bits)
{
	memset(set, 0, sizeof(*set));
	memcpy(set, &bits, sizeof(bits));
}

const char *mask_text(const sigset_t *mask)
{
	return text("%016llx", (unsigned long long)get_bits(mask));
}

const char *action_text(const struct sigaction *action)
{
	return text("%s/%08x/%s/%s", handler_name((void *)action->sa_handler),
		    (unsigned)action->sa_flags, mask_text(&action->sa_mask),
		    action->sa_restorer ? "restorer" : "-");
}

const char *stack_text(const stack_t *stack)
{
	return text("sp %s size %zu flags %x", address_name(stack->ss_sp),
		    stack->ss_size, (unsigned)stack->ss_flags);
}

const char *disposition_now(int signal)
{
	struct sigaction now;

	if (sigaction(signal, NULL, &now) < 0)
		return error_name(errno);
	return action_text(&now);
}

uint64_t mask_now(void)
{
	sigset_t now;

	REQUIRE(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
	return get_bits(&now);
}

const char *mask_now_text(void)
{
	return text("%016llx", (unsigned long long)mask_now());
}

/* The kernel's struct sigaction is not libc's. */
const char *kernel_disposition(int signal)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} now;

	if (syscall(SYS_rt_sigaction, signal, NULL, &now, 8) < 0)
		return error_name(errno);
	return text("%s/%08lx/%016llx/%s", handler_name(now.handler), now.flags,
		    (unsigned long long)now.mask,
		    now.restorer ? "restorer" : "-");
}

uint64_t kernel_mask(void)
{
	uint64_t mask;

	REQUIRE(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) == 0);
	return mask;
}

void set_action(int signal, void (*handler)(int), int flags, uint64_t mask)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	set_bits(&action.sa_mask, mask);
	REQUIRE(sigaction(signal, &action, NULL) == 0);
}

void set_info_action(int signal, void (*handler)(int, siginfo_t *, void *),
		     int flags, uint64_t mask)
{
	set_action(signal, (void (*)(int))(void *)handler, flags | SA_SIGINFO,
		   mask);
}

void set_mask(uint64_t mask)
{
	sigset_t set;

	set_bits(&set, mask);
	REQUIRE(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
}
