/* What a handler is given, and in what state it runs. */
#include "causes.h"
#include "conform.h"
#include "processor.h"
#include "senders.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACK_SIZE (64 * 1024)

/* One run of a handler, noted there and told afterwards. */
static struct {
	int count;
	int signal;
	siginfo_t info;
	bool with_info;
	bool odd; /* the processor was not in its usual modes */
	uint64_t mask, context_mask;
	stack_t stack, context_stack;
	unsigned long context_flags, trap, error;
	const char *pc, *runs_on;
	struct sigaction disposition;
} noted;

/* A signal that is sent may look like one, and must not be skipped. */
static bool is_fault;

static char *stack;
static char *thread_stack;
static size_t thread_stack_size;

static const char *stack_of(const void *local)
{
	uintptr_t at = (uintptr_t)local;

	if (at - (uintptr_t)stack < STACK_SIZE)
		return "its alternate stack";
	if (at - (uintptr_t)thread_stack < thread_stack_size)
		return "the thread's stack";
	return "another stack";
}

static void note(int signal)
{
	struct modes modes = modes_get();
	sigset_t mask;

	noted.count++;
	noted.signal = signal;
	noted.odd = modes.backwards || modes.mxcsr != 0x1f80 ||
		    modes.x87_control != 0x37f;
	REQUIRE(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
	noted.mask = get_bits(&mask);
	REQUIRE(sigaltstack(NULL, &noted.stack) == 0);
	REQUIRE(sigaction(signal, NULL, &noted.disposition) == 0);
	noted.runs_on = stack_of(&mask);
}

static void with_info(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *ucontext = context;

	note(signal);
	noted.with_info = true;
	noted.info = *info;
	noted.context_mask = get_bits(&ucontext->uc_sigmask);
	noted.context_stack = ucontext->uc_stack;
	noted.context_flags = ucontext->uc_flags;
	noted.trap = (unsigned long)ucontext->uc_mcontext.gregs[REG_TRAPNO];
	noted.error = (unsigned long)ucontext->uc_mcontext.gregs[REG_ERR];
	noted.pc = address_name(program_counter(context));
	if (is_fault)
		skip(signal, context);
	errno = 4321;
}

/* Its context is there, the kernel says; skipping is all it does with it. */
static void without_info(int signal)
{
	note(signal);
}

static const struct {
	const char *name;
	int flags;
	bool has_stack;
} flag_rows[] = {
	{ "none", 0, false },
	{ "none, with a stack", 0, true },
	{ "onstack", SA_ONSTACK, false },
	{ "onstack, with a stack", SA_ONSTACK, true },
	{ "nodefer", SA_NODEFER, false },
	{ "resethand", SA_RESETHAND, false },
	{ "resethand nodefer restart", SA_RESETHAND | SA_NODEFER | SA_RESTART,
	  false },
};

static const struct {
	const char *name;
	uint64_t handler, thread;
} mask_rows[] = {
	{ "none", 0, 0 },
	{ "four", FOUR, 0 },
	{ "full", ~UINT64_C(0), 0 },
	{ "usr1, usr2 before", BIT(SIGUSR1), BIT(SIGUSR2) },
	{ "none, others of the four before", 0, FOUR },
};

static void say_noted(void)
{
	say("%d times, %s, runs on %s, modes %s", noted.count,
	    signal_name(noted.signal), noted.runs_on,
	    noted.odd ? "odd" : "usual");
	say("mask inside %016llx", (unsigned long long)noted.mask);
	say("stack inside %s", stack_text(&noted.stack));
	say("disposition inside %s", action_text(&noted.disposition));
	if (!noted.with_info)
		return;
	if (is_fault)
		say("info %s errno %d code %d at %s, from %s",
		    signal_name(noted.info.si_signo), noted.info.si_errno,
		    noted.info.si_code, address_name(noted.info.si_addr),
		    noted.pc);
	else
		say("info %s", info_text(&noted.info));
	if (is_fault)
		say("trap %lu error %lx", noted.trap, noted.error);
	say("context flags %lx", noted.context_flags);
	say("context mask %016llx", (unsigned long long)noted.context_mask);
	say("context stack %s", stack_text(&noted.context_stack));
}

static void say_after(int signal)
{
	say("after: mask %s, %s", mask_now_text(), disposition_now(signal));
}

static void prepare_row(int signal, size_t flags, size_t mask)
{
	stack_t own = { .ss_sp = stack, .ss_size = STACK_SIZE };

	memset(&noted, 0, sizeof(noted));
	if (flag_rows[flags].has_stack)
		REQUIRE(sigaltstack(&own, NULL) == 0);
	set_info_action(signal, with_info, flag_rows[flags].flags,
			mask_rows[mask].handler);
	set_mask(mask_rows[mask].thread & ~BIT(signal));
}

static void run_cause(const void *argument)
{
	const struct cause *cause = argument;

	OBSERVE(cause->cause());
	say("errno %s", error_name(last_error));
	say_noted();
	say_after(cause->signal);
}

static void cause_row(const struct cause *cause, size_t flags, size_t mask)
{
	section("fault %s, flags %s, mask %s", cause->name,
		flag_rows[flags].name, mask_rows[mask].name);
	prepare_row(cause->signal, flags, mask);
	if (cause->once)
		in_child(run_cause, cause);
	else
		run_cause(cause);
	reset();
}

static void sender_row(int signal, const struct sender *sender, size_t flags,
		       size_t mask)
{
	int r;

	section("%s sent by %s, flags %s, mask %s", signal_name(signal),
		sender->name, flag_rows[flags].name, mask_rows[mask].name);
	prepare_row(signal, flags, mask);
	OBSERVE(r = sender->send(signal, 0));
	say("%d %s", r, error_name(last_error));
	say_noted();
	say_after(signal);
	reset();
}

/* signal() and a handler of one argument, for what was sent. */
static void plain_row(int signal, const struct sender *sender)
{
	section("%s sent by %s, plain", signal_name(signal), sender->name);
	memset(&noted, 0, sizeof(noted));
	set_action(signal, without_info, SA_RESTART, 0);
	REQUIRE(sender->send(signal, 0) == 0);
	say_noted();
	say_after(signal);
	reset();
}

static void prepare(void)
{
	pthread_attr_t attributes;
	void *address;

	causes_prepare();
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(stack != MAP_FAILED);
	REQUIRE(pthread_getattr_np(pthread_self(), &attributes) == 0);
	REQUIRE(pthread_attr_getstack(&attributes, &address,
				      &thread_stack_size) == 0);
	REQUIRE(pthread_attr_destroy(&attributes) == 0);
	thread_stack = address;
	name_address(stack, STACK_SIZE, "the stack");
	name_address((void *)with_info, 1, "with_info");
	name_address((void *)without_info, 1, "without_info");
}

static void faults(void)
{
	prepare();
	is_fault = true;
	for (size_t i = 0; i < CAUSES; i++)
		for (size_t j = 0; j < COUNT(flag_rows); j++)
			for (size_t k = 0; k < COUNT(mask_rows); k++)
				cause_row(&causes[i], j, k);
}

static void sent(void)
{
	prepare();
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		for (size_t s = 0; s < SENDERS; s++) {
			plain_row(usual_signals[i], &senders[s]);
			for (size_t j = 0; j < COUNT(flag_rows); j++)
				for (size_t k = 0; k < COUNT(mask_rows); k++)
					sender_row(usual_signals[i],
						   &senders[s], j, k);
		}
}

const struct suite handler_suites[] = {
	{ "faults", faults, EVERYWHERE },
	{ "sent", sent, EVERYWHERE },
	{ NULL, NULL, 0 },
};
