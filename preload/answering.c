#include "answering.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>

#include "../proto/values.h"
#include "ask.h"
#include "config.h"
#include "ours.h"
#include "real.h"

#define YAMA "/proc/sys/kernel/yama/ptrace_scope"

/* From this scope on only root traces, and then nobody. */
#define YAMA_ADMIN '2'

/* Of nobody else's business: as it was before us. */
#define PLAIN_FLAGS (SA_RESTART | SA_ONSTACK)

/* What the program has set; two, so that one is always whole. */
static struct sigaction actions[2];
static unsigned current; /* atomic: which of them */

static const struct sigaction *wanted(void)
{
	return &actions[__atomic_load_n(&current, __ATOMIC_ACQUIRE)];
}

static void want(const struct sigaction *action)
{
	unsigned other = !current;

	actions[other] = *action;
	__atomic_store_n(&current, other, __ATOMIC_RELEASE);
}

static bool is_handler(const struct sigaction *action)
{
	return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

static bool yama_forbids(void)
{
	char scope = '0';
	long fd = fdp_sys(SYS_open, YAMA, O_RDONLY | O_CLOEXEC, 0);

	if (fd < 0)
		return false;
	fdp_sys(SYS_read, fd, &scope, 1);
	fdp_sys(SYS_close, fd);
	return scope >= YAMA_ADMIN && scope <= '9';
}

/*
 * Some filter that the reporter has as well.  What it forbids is not tried: it
 * might kill for it.
 */
static bool is_filtered(void)
{
	return fdp_sys(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) ==
	       SECCOMP_MODE_FILTER;
}

static bool is_word(const char *setting, const char *word)
{
	return setting && strcmp(setting, word) == 0;
}

bool fdp_answering_is_wanted(void)
{
	const char *setting = fdp_config_setting("FDPRELOAD_ANSWER");
	const char *dump = fdp_config_setting("FDPRELOAD_DUMP_SIGNAL");
	bool chain;

	if (is_word(setting, "never"))
		return false;
	/* It cannot be for both. */
	if (dump && fdp_value_dump_signal(dump, &chain) == SIGURG)
		return false;
	return is_word(setting, "always") || is_filtered() || yama_forbids();
}

static bool is_question(const siginfo_t *info)
{
	return info->si_code == SI_QUEUE && fdp_state.reporter.token &&
	       (uint64_t)(uintptr_t)info->si_value.sival_ptr ==
		       fdp_state.reporter.token;
}

static void answer(void)
{
	struct fdp_request request = { .operation = FDP_ANSWER };

	fdp_ask(&request, -1, FDP_ASK_AND_WAIT);
}

/* SA_RESETHAND: the call that finds the handler is the last one. */
static bool take_handler(struct sigaction *ret_action)
{
	struct sigaction spent = *wanted();

	*ret_action = spent;
	if (!is_handler(ret_action))
		return false;
	/* As the kernel leaves it: its flags and its mask stay. */
	spent.sa_handler = SIG_DFL;
	if (ret_action->sa_flags & (int)SA_RESETHAND)
		want(&spent);
	return true;
}

static void on_signal(int signum, siginfo_t *info, void *context)
{
	struct sigaction action;
	int saved = errno;

	if (is_question(info)) {
		answer();
		errno = saved;
		return;
	}
	if (!take_handler(&action))
		return;
	/* One without SA_SIGINFO does not look at the other two. */
	action.sa_sigaction(signum, info, context);
}

/* With the flags and the mask that the program's handler is to run with. */
static int install(const struct sigaction *program, struct sigaction *old)
{
	struct sigaction action = { .sa_flags = PLAIN_FLAGS };

	if (program->sa_handler == SIG_IGN)
		return FDP_REAL(sigaction)(SIGURG, program, old);
	if (is_handler(program))
		action = *program;
	action.sa_sigaction = on_signal;
	action.sa_flags |= SA_SIGINFO;
	action.sa_flags &= ~(int)SA_RESETHAND;
	return FDP_REAL(sigaction)(SIGURG, &action, old);
}

void fdp_answering_begin(void)
{
	struct sigaction now;

	if (!fdp_state.answers)
		return;
	fdp_state.answers = FDP_REAL(sigaction)(SIGURG, NULL, &now) == 0;
	if (!fdp_state.answers)
		return;
	want(&now);
	install(&now, NULL);
}

/* A vfork child has dispositions of its own. */
static int borrow(const struct sigaction *new, struct sigaction *old)
{
	struct sigaction was;

	if (FDP_REAL(sigaction)(SIGURG, new, &was) < 0)
		return -1;
	if (old)
		*old = was.sa_sigaction == on_signal ? *wanted() : was;
	return 0;
}

int fdp_answering_change(const struct sigaction *new, struct sigaction *old)
{
	struct sigaction copy, before = *wanted();

	if (!fdp_is_our_process())
		return borrow(new, old);
	if (new) {
		copy = *new;
		/* Before: a signal that comes now is for the new one. */
		want(&copy);
		if (install(&copy, NULL) < 0) {
			want(&before);
			return -1;
		}
	}
	if (old)
		*old = before;
	return 0;
}
