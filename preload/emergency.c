/* The lowest rung but one: no daemon, so one line on stderr, and that is all.
 */
#include "handler.h"

#include <poll.h>
#include <sys/ucontext.h>
#include <time.h>

#include "state.h"
#include "sys.h"

/* How long stderr may take to accept the line. */
#define STDERR_NS 500000000

struct line {
	char text[256];
	size_t size;
};

static void add(struct line *line, const char *text)
{
	while (*text && line->size < sizeof(line->text))
		line->text[line->size++] = *text++;
}

static void add_number(struct line *line, uint64_t number, unsigned base)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do
		digits[--at] = "0123456789abcdef"[number % base];
	while ((number /= base) && at > 0);
	add(line, base == 16 ? "0x" : "");
	add(line, digits + at);
}

static const char *signal_name(int signal)
{
	switch (signal) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGFPE:
		return "SIGFPE";
	case SIGILL:
		return "SIGILL";
	case SIGABRT:
		return "SIGABRT";
	case SIGSYS:
		return "SIGSYS";
	case SIGTRAP:
		return "SIGTRAP";
	default:
		return "a signal";
	}
}

/*
 * A full pipe must not stop the process from dying.  A SIGPIPE or SIGXFSZ that
 * this raises stays blocked until it is dead.
 */
static void put(const struct line *line)
{
	const struct timespec limit = { .tv_nsec = STDERR_NS };
	struct pollfd poller = { .fd = fdp_state.output, .events = POLLOUT };

	if (fdp_sys(SYS_ppoll, &poller, 1, &limit, NULL, 8) <= 0 ||
	    !(poller.revents & POLLOUT))
		return;
	fdp_sys(SYS_write, fdp_state.output, line->text, line->size);
}

void fdp_emergency(const struct fdp_crash *crash)
{
	const siginfo_t *info = (const siginfo_t *)crash->siginfo;
	struct line line = { .size = 0 };

	if (fdp_state.quiet)
		return;
	add(&line, "fdpreload: process ");
	add_number(&line, crash->pid, 10);
	add(&line, " thread ");
	add_number(&line, crash->tid, 10);
	add(&line, " died of ");
	add(&line, signal_name(crash->signal));
	if (info->si_code > 0) {
		add(&line, " at address ");
		add_number(&line, (uint64_t)info->si_addr, 16);
	}
	add(&line, ", pc ");
	add_number(&line, crash->gregs[REG_RIP], 16);
	add(&line, "; no full report: the reporter does not answer\n");
	put(&line);
}
