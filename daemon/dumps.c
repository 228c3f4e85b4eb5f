#include "dumps.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "analyst.h"
#include "base/clock.h"
#include "base/fds.h"
#include "base/util.h"
#include "daemon.h"
#include "worker/living.h"

struct fdp_dump {
	struct fdp_source source; /* the worker's pidfd */
	struct fdp_dump *next;
	struct fdp_daemon *daemon;
	pid_t worker;
	int pidfd;
	uint64_t end_ns;
	bool late;
	void (*done)(void *argument, int result);
	void *argument;
};

static int result_of(const struct fdp_dump *dump, int status)
{
	if (dump->late)
		return -ETIMEDOUT;
	if (!WIFEXITED(status))
		return -EIO;
	if (WEXITSTATUS(status) >= FDP_LIVING_RESULT)
		return WEXITSTATUS(status) - FDP_LIVING_RESULT;
	return -WEXITSTATUS(status);
}

static void unlink_dump(struct fdp_dump *dump)
{
	struct fdp_dump **link = &dump->daemon->dumps.first;

	while (*link != dump)
		link = &(*link)->next;
	*link = dump->next;
}

static void ended(struct fdp_source *source, uint32_t events)
{
	struct fdp_dump *dump = (struct fdp_dump *)source;
	int status = 0;

	(void)events;
	waitpid(dump->worker, &status, __WALL);
	fdp_loop_remove(&dump->daemon->loop, dump->pidfd);
	close(dump->pidfd);
	dump->daemon->loop.clients--;
	unlink_dump(dump);
	dump->done(dump->argument, result_of(dump, status));
	free(dump);
}

static pid_t start_worker(const struct fdp_daemon *daemon,
			  const struct fdp_living *living)
{
	struct fdp_living its = *living;
	const int keep[] = {
		0,
		1,
		2,
		living->output,
		living->serving,
		living->report ? living->report->text : -1,
		living->report ? living->report->json : -1,
	};
	pid_t worker = fork();

	if (worker != 0)
		return worker < 0 ? -errno : worker;
	fdp_close_all_but(keep, ARRAY_SIZE(keep));
	its.locals = daemon->settings.locals;
	its.guess_names = daemon->settings.guess_names;
	fdp_analyst()->living(&its);
	_exit(EXIT_FAILURE); /* not reached */
}

/* Nobody would tell when it ends. */
static void give_up(pid_t worker)
{
	kill(worker, SIGKILL);
	waitpid(worker, NULL, __WALL);
}

int fdp_dump_start(struct fdp_daemon *daemon, const struct fdp_living *living,
		   void (*done)(void *argument, int result), void *argument)
{
	_cleanup_free_ struct fdp_dump *dump = calloc(1, sizeof(*dump));
	_cleanup_close_ int pidfd = -1;
	int r;

	if (!dump)
		return -ENOMEM;
	if (!fdp_analyst())
		return -ELIBACC;
	dump->worker = start_worker(daemon, living);
	if (dump->worker < 0)
		return dump->worker;
	pidfd = (int)syscall(SYS_pidfd_open, dump->worker, 0);
	dump->source.ready = ended;
	r = pidfd < 0 ? -errno
		      : fdp_loop_add(&daemon->loop, pidfd, &dump->source);
	if (r < 0) {
		give_up(dump->worker);
		return r;
	}
	dump->daemon = daemon;
	dump->pidfd = TAKE_FD(pidfd);
	dump->end_ns = fdp_clock_now_ns() +
		       (living->limit_ms ? living->limit_ms : FDP_DUMP_MS) *
			       FDP_NS_PER_MS;
	dump->done = done;
	dump->argument = argument;
	dump->next = daemon->dumps.first;
	daemon->dumps.first = dump;
	daemon->loop.clients++;
	TAKE_PTR(dump);
	return 0;
}

int fdp_dumps_quiet(struct fdp_dumps *dumps)
{
	uint64_t now = fdp_clock_now_ns();
	int wait = FDP_LOOP_FOREVER;

	for (struct fdp_dump *dump = dumps->first; dump; dump = dump->next) {
		if (dump->late)
			continue;
		if (dump->end_ns > now) {
			wait = fdp_loop_sooner(wait,
					       fdp_clock_left_ms(dump->end_ns));
			continue;
		}
		dump->late = true;
		kill(dump->worker, SIGKILL);
	}
	return wait;
}
