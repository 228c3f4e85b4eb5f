#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "dump.h"
#include "family.h"

/* The history of one process: what was, and what the next dump writes. */
struct slot {
	pid_t pid;
	struct fdp_watch_history *pair; /* two, shared with the children */
	size_t current;			/* the one that is whole */
	bool seen;			/* in this round */
};

struct watch {
	const struct fdp_dump_command *command;
	int (*dump)(const struct fdp_dump_command *command,
		    const struct fdp_watch_step *step);
	int signals;   /* signalfd of SIGCHLD, SIGINT and SIGTERM */
	int process;   /* pidfd, or -1 */
	unsigned told; /* how often to end */
	bool unread;   /* nobody reads any more */
	bool first;    /* nothing has been dumped yet */
	struct slot slots[FDP_WATCH_PROCESSES_MAX];
};

static int begin(struct watch *watch)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	watch->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->signals < 0)
		return -errno;
	/* Before Linux 5.3 its end is noticed by the next dump. */
	watch->process = (int)syscall(SYS_pidfd_open, watch->command->pid, 0);
	return 0;
}

static void free_slot(struct slot *slot)
{
	if (slot->pair)
		munmap(slot->pair, 2 * sizeof(*slot->pair));
	*slot = (struct slot){ 0 };
}

static void end(struct watch *watch)
{
	for (size_t i = 0; i < FDP_WATCH_PROCESSES_MAX; i++)
		free_slot(&watch->slots[i]);
	if (watch->process >= 0)
		close(watch->process);
	close(watch->signals);
}

/* The slot of PID, a new one if it has none; NULL: there are too many. */
static struct slot *find_slot(struct watch *watch, pid_t pid)
{
	struct slot *empty = NULL;

	for (size_t i = 0; i < FDP_WATCH_PROCESSES_MAX; i++) {
		if (watch->slots[i].pid == pid)
			return &watch->slots[i];
		if (!empty && !watch->slots[i].pid)
			empty = &watch->slots[i];
	}
	if (!empty)
		return NULL;
	empty->pair =
		mmap(NULL, 2 * sizeof(*empty->pair), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (empty->pair == MAP_FAILED) {
		empty->pair = NULL;
		return NULL;
	}
	empty->pid = pid;
	return empty;
}

static void read_signals(struct watch *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->signals, &info, sizeof(info)) == sizeof(info))
		watch->told += info.ssi_signo != SIGCHLD;
}

static struct timespec left(uint64_t until_ns)
{
	uint64_t now = fdp_clock_now_ns();
	uint64_t ns = until_ns > now ? until_ns - now : 0;

	return (struct timespec){ .tv_sec = (time_t)(ns / FDP_NS_PER_S),
				  .tv_nsec = (long)(ns % FDP_NS_PER_S) };
}

/*
 * The child's wait status.  Whoever says twice that it is enough does not wait
 * for whole output.
 */
static int wait_child(struct watch *watch, pid_t child)
{
	uint64_t until =
		fdp_clock_now_ns() + FDP_WATCH_DUMP_SECONDS * FDP_NS_PER_S;
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		struct pollfd poll = { .fd = watch->signals, .events = POLLIN };
		struct timespec time = left(until);

		if (ppoll(&poll, 1, &time, NULL) == 0)
			kill(child, SIGKILL);
		read_signals(watch);
		if (watch->told > 1)
			kill(child, SIGKILL);
	}
	return status;
}

static _Noreturn void be_child(const struct watch *watch,
			       const struct fdp_dump_command *command,
			       const struct fdp_watch_step *step)
{
	/* Nobody reads: an end without words. */
	signal(SIGPIPE, SIG_DFL);
	memset(step->after, 0, offsetof(struct fdp_watch_history, threads));
	_exit(watch->dump(command, step));
}

/* FDP_DUMP_*, of the process PID. */
static int dump_once(struct watch *watch, pid_t pid, bool leads)
{
	struct fdp_dump_command command = *watch->command;
	struct slot *slot = find_slot(watch, pid);
	struct fdp_watch_step step = { .leads = leads, .first = watch->first };
	pid_t child;
	int status;

	if (!slot)
		return FDP_DUMP_FAILED;
	slot->seen = true;
	watch->first = false;
	step.before = &slot->pair[slot->current];
	step.after = &slot->pair[!slot->current];
	command.pid = pid;
	child = fork();
	if (child == 0)
		be_child(watch, &command, &step);
	status = child < 0 ? 0x100 : wait_child(watch, child);
	if (WIFSIGNALED(status)) {
		watch->unread |= WTERMSIG(status) == SIGPIPE;
		return FDP_DUMP_FAILED;
	}
	status = WEXITSTATUS(status);
	if (status == FDP_DUMP_OK || status == FDP_DUMP_NOT_PYTHON)
		slot->current = !slot->current;
	return status;
}

static void dump_family(struct watch *watch)
{
	_cleanup_free_ pid_t *pids = NULL;
	ssize_t count = fdp_family_list(watch->command->pid, &pids);

	for (ssize_t i = 1; i < count && !watch->told && !watch->unread; i++)
		dump_once(watch, pids[i], false);
}

/* All processes once.  The status of the first. */
static int dump_round(struct watch *watch)
{
	int status;

	for (size_t i = 0; i < FDP_WATCH_PROCESSES_MAX; i++)
		watch->slots[i].seen = false;
	status = dump_once(watch, watch->command->pid, true);
	if (watch->command->all && status != FDP_DUMP_NO_PROCESS)
		dump_family(watch);
	for (size_t i = 0; i < FDP_WATCH_PROCESSES_MAX; i++)
		if (!watch->slots[i].seen)
			free_slot(&watch->slots[i]);
	return status;
}

/* False if that was the last dump. */
static bool wait_next(struct watch *watch, uint64_t until_ns, bool *ret_ended)
{
	struct pollfd polls[] = {
		{ .fd = watch->signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, /* an error is always told */
		{ .fd = watch->process, .events = POLLIN },
	};
	int r;

	do {
		struct timespec time = left(until_ns);

		read_signals(watch);
		if (watch->told || watch->unread)
			return false;
		r = ppoll(polls, ARRAY_SIZE(polls), &time, NULL);
		watch->unread |= r > 0 && (polls[1].revents & POLLERR);
		*ret_ended = r > 0 && (polls[2].revents & POLLIN);
		if (*ret_ended)
			return false;
	} while (r != 0);
	return true;
}

static bool is_nothing(int status)
{
	return status == FDP_DUMP_NO_PROCESS ||
	       status == FDP_DUMP_NOT_PERMITTED;
}

static int run(struct watch *watch)
{
	uint64_t step_ns = (uint64_t)(watch->command->watch_s * 1e9) + 1;
	uint64_t next_ns = fdp_clock_now_ns();
	int status = dump_round(watch);
	bool ended = false;

	if (is_nothing(status))
		return status;
	while (!ended && status != FDP_DUMP_NO_PROCESS) {
		uint64_t now_ns = fdp_clock_now_ns();

		/* What was missed is not caught up with. */
		next_ns += step_ns;
		if (next_ns < now_ns)
			next_ns = now_ns;
		if (!wait_next(watch, next_ns, &ended))
			break;
		status = dump_round(watch);
	}
	if (ended || status == FDP_DUMP_NO_PROCESS)
		fprintf(stderr, "fdpreload dump: process %d has ended\n",
			(int)watch->command->pid);
	return FDP_DUMP_OK;
}

int fdp_watch_run(const struct fdp_dump_command *command,
		  int (*dump)(const struct fdp_dump_command *command,
			      const struct fdp_watch_step *step))
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int status = FDP_DUMP_FAILED;

	if (!watch)
		return status;
	watch->command = command;
	watch->dump = dump;
	watch->first = true;
	if (begin(watch) == 0) {
		status = run(watch);
		end(watch);
	}
	free(watch);
	return status;
}
