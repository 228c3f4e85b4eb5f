#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "analyst.h"
#include "base/clock.h"
#include "base/fds.h"
#include "base/util.h"
#include "control.h"
#include "daemon.h"
#include "finish.h"
#include "log.h"
#include "outputs.h"
#include "reaper.h"
#include "wire.h"
#include "worker/worker.h"

/* The shim gives up after a second without a word; it gets several. */
#define WAIT_INTERVAL_NS (250 * FDP_NS_PER_MS)

/* Looks at the clock before a deadline that is shorter than usual. */
#define TICKS_MIN 12

/* Shares of the time the shim waits, in percent. */
#define WORKER_SHARE 67	 /* then the worker is killed: 2 s of 3 s */
#define SYMBOLS_SHARE 50 /* then no more debug files are opened */

/* A deadline in frame 1 beyond this is not one that a shim can have sent. */
#define DEADLINE_MS_MAX 60000

enum phase {
	WORKING,
	FINISHING,
};

struct fdp_job {
	/* Each source is the first member of what it belongs to. */
	struct job_source {
		struct fdp_source source;
		struct fdp_job *job;
	} result, clock, finished;

	struct fdp_session *session;
	struct fdp_crash crash;
	struct fdp_worker worker;
	enum phase phase;
	struct fdp_outputs outputs;
	int output;  /* the application's stderr, or -1 */
	int control; /* to the worker */
	int timer;
	int finish_pidfd;
	pid_t worker_pid; /* 0: reaped, or left to the reaper */
	pid_t finish_pid;
	uint64_t worker_end_ns, end_ns;
};

static void watch(struct fdp_job *job, struct job_source *source, int *fd,
		  void (*handler)(struct fdp_source *, uint32_t))
{
	source->job = job;
	source->source.ready = handler;
	if (*fd >= 0 && fdp_loop_add(&job->session->daemon->loop, *fd,
				     &source->source) < 0) {
		close(*fd);
		*fd = -1;
	}
}

static void unwatch(struct fdp_job *job, int *fd)
{
	if (*fd < 0)
		return;
	fdp_loop_remove(&job->session->daemon->loop, *fd);
	close(*fd);
	*fd = -1;
}

static void reap(pid_t *child)
{
	if (*child <= 0)
		return;
	kill(*child, SIGKILL);
	while (waitpid(*child, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	*child = 0;
}

static void leave(pid_t *child)
{
	if (*child > 0)
		fdp_reaper_leave(*child);
	*child = 0;
}

static void job_free(struct fdp_job *job)
{
	unwatch(job, &job->control);
	unwatch(job, &job->timer);
	unwatch(job, &job->finish_pidfd);
	reap(&job->worker_pid);
	reap(&job->finish_pid);
	fdp_outputs_done(&job->outputs);
	fdp_close_cleanup(&job->output);
	free(job);
}

/*
 * The shim is let go first.  The worker sees the end of its control socket, and
 * lets the threads go when the process is dead, or should be.
 */
static void job_end(struct fdp_job *job)
{
	struct fdp_session *session = job->session;

	fdp_wire_send_plain(session->fd, FDP_DONE);
	unwatch(job, &job->control);
	leave(&job->worker_pid);
	/* On a disk that takes longer than we may, the files come later. */
	if (job->finish_pid > 0)
		fdp_outputs_hand_over(&job->outputs);
	leave(&job->finish_pid);
	fdp_log_debug("process %d: released after %llu us",
		      (int)session->peer.pid,
		      (unsigned long long)(fdp_clock_now_ns() -
					   job->crash.monotonic_ns) /
			      1000);
	job_free(job);
	fdp_session_job_done(session);
}

static void finished(struct fdp_source *source, uint32_t events)
{
	struct fdp_job *job = ((struct job_source *)source)->job;

	(void)events;
	job_end(job);
}

/* From here on the clock only sends WAIT, and ends it all at the deadline. */
static void finish(struct fdp_job *job)
{
	job->phase = FINISHING;
	job->finish_pid = fdp_finish_start(&job->outputs, job->output);
	if (job->finish_pid > 0)
		job->finish_pidfd =
			(int)syscall(SYS_pidfd_open, job->finish_pid, 0);
	else
		fdp_outputs_publish(&job->outputs);
	watch(job, &job->finished, &job->finish_pidfd, finished);
	if (job->finish_pidfd >= 0)
		return;
	/* Nobody will tell when it is done: it is, once it has been reaped. */
	if (job->finish_pid > 0)
		waitpid(job->finish_pid, NULL, 0);
	job->finish_pid = 0;
	job_end(job);
}

static void worker_failed(struct fdp_job *job, const char *reason)
{
	int r;

	fdp_log_warning("process %d: %s", (int)job->session->peer.pid, reason);
	unwatch(job, &job->control);
	reap(&job->worker_pid);
	fdp_outputs_restart(&job->outputs);
	r = fdp_analyst()->frame(&job->worker, reason);
	if (r < 0)
		fdp_log_warning("process %d: nor from frame 1: %s",
				(int)job->session->peer.pid, strerror(-r));
	fdp_outputs_keep(&job->outputs, r < 0 ? 0 : (unsigned)r);
	finish(job);
}

/* If it lives (it may be anything by now) it is killed; its status stays. */
static int end_worker(struct fdp_job *job)
{
	int status = 0;

	if (job->worker_pid > 0) {
		kill(job->worker_pid, SIGKILL);
		if (waitpid(job->worker_pid, &status, __WALL) < 0)
			status = 0;
	}
	job->worker_pid = 0;
	return status;
}

static void describe_end(int status, char text[static 96])
{
	if (WIFSIGNALED(status))
		snprintf(text, 96, "the analysis died of signal %d",
			 WTERMSIG(status));
	else
		snprintf(text, 96, "the analysis failed: %s",
			 strerror(WEXITSTATUS(status)));
}

/* A forked child wanted to join while the worker was reading the channel. */
static void joined(struct fdp_job *job,
		   const struct fdp_control_message *message, int *fd)
{
	struct fdp_peer peer = {
		.pid = message->pid,
		.uid = message->uid,
		.gid = message->gid,
	};

	/* Whoever is not root has no children that are. */
	if (job->session->peer.uid != 0) {
		peer.uid = job->session->peer.uid;
		peer.gid = job->session->peer.gid;
	}
	if (*fd >= 0 && peer.pid > 0)
		fdp_session_join(job->session->daemon, TAKE_FD(*fd), &peer);
}

static void tick(struct fdp_source *source, uint32_t events)
{
	struct fdp_job *job = ((struct job_source *)source)->job;
	uint64_t now = fdp_clock_now_ns();
	uint64_t count;

	(void)events;
	if (read(job->timer, &count, sizeof(count)) < 0)
		return;
	if (job->phase == WORKING && now >= job->worker_end_ns)
		worker_failed(job, "the analysis took too long");
	else if (now >= job->end_ns)
		job_end(job);
	else
		fdp_wire_send_plain(job->session->fd, FDP_WAIT);
}

static int start_timer(struct fdp_job *job)
{
	uint64_t limit = job->end_ns - fdp_clock_now_ns();
	uint64_t step = limit / TICKS_MIN < WAIT_INTERVAL_NS ? limit / TICKS_MIN
							     : WAIT_INTERVAL_NS;
	const struct timespec tick_time = { .tv_nsec = (long)step + 1 };
	const struct itimerspec interval = {
		.it_interval = tick_time,
		.it_value = tick_time,
	};

	job->timer =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (job->timer < 0 || timerfd_settime(job->timer, 0, &interval, NULL))
		return -errno;
	watch(job, &job->clock, &job->timer, tick);
	return job->timer < 0 ? -ENOMEM : 0;
}

static bool wants_color(int output)
{
	const char *terminal = getenv("TERM");
	const char *none = getenv("NO_COLOR");

	return output >= 0 && isatty(output) && !(none && *none) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

static void fill_worker(struct fdp_job *job)
{
	const struct fdp_settings *settings = &job->session->daemon->settings;
	uint64_t start = fdp_clock_now_ns();
	uint64_t limit = job->crash.deadline_ms < DEADLINE_MS_MAX
				 ? job->crash.deadline_ms
				 : DEADLINE_MS_MAX;

	limit *= FDP_NS_PER_MS;
	job->end_ns = start + limit;
	job->worker_end_ns = start + limit / 100 * WORKER_SHARE;
	job->worker = (struct fdp_worker){
		.request = { .crash = &job->crash,
			     .pid = job->session->peer.pid,
			     .session = job->session->fd,
			     .served = settings->served,
			     .deadline_ns = job->worker_end_ns,
			     .id = job->outputs.stem },
		.uid = job->session->peer.uid,
		.gid = job->session->peer.gid,
		.text = job->outputs.text.fd,
		.json = job->outputs.json.fd,
		.capture = job->outputs.capture.fd,
		.echo = job->outputs.echo,
		.enabled = (job->crash.flags & FDP_CRASH_ENABLED) &&
			   !(job->crash.dump.flags & FDP_REQUEST_FULL),
		.echo_options = { .brief = settings->echo == FDP_ECHO_BRIEF &&
					   !(job->crash.flags &
					     FDP_CRASH_ENABLED),
				  .color = wants_color(job->output),
				  .log = job->outputs.log },
		.locals = settings->locals,
		.guess_names = settings->guess_names,
		.symbols_deadline_ns = start + limit / 100 * SYMBOLS_SHARE,
	};
}

/* A worker has nothing to do with other sessions and their reports. */
static void keep_worker_fds(const struct fdp_worker *worker)
{
	const int keep[] = {
		0,
		1,
		2,
		worker->control,
		worker->request.session,
		worker->text,
		worker->json,
		worker->capture,
		worker->echo,
	};

	fdp_close_all_but(keep, ARRAY_SIZE(keep));
}

static void result(struct fdp_source *source, uint32_t events);

static int start_worker(struct fdp_job *job)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	job->control = pair[0];
	job->worker.control = pair[1];
	job->worker.request.control = pair[1];
	job->worker.annotations = fdp_annotations_of(job->session->daemon,
						     job->session->peer.pid);
	job->worker_pid = fork();
	if (job->worker_pid == 0) {
		keep_worker_fds(&job->worker);
		fdp_analyst()->run(&job->worker);
		_exit(EXIT_FAILURE); /* not reached */
	}
	close(pair[1]);
	if (job->worker_pid < 0)
		return -errno;
	watch(job, &job->result, &job->control, result);
	return job->control < 0 ? -ENOMEM : 0;
}

/*
 * Killed by a filter that the application has and we have inherited, such as
 * that of systemd's SystemCallFilter=: there is a way with nothing but reading
 * and writing.  True: it is tried.
 */
static bool try_modestly(struct fdp_job *job, int status)
{
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS ||
	    job->worker.modest)
		return false;
	fdp_log_warning("process %d: its filter of system calls kills the "
			"analysis, which tries again with fewer",
			(int)job->session->peer.pid);
	unwatch(job, &job->control);
	fdp_outputs_restart(&job->outputs);
	job->worker.modest = true;
	job->worker.request.served = true;
	return start_worker(job) == 0;
}

static void worker_ended(struct fdp_job *job, int status)
{
	char reason[96];

	if (try_modestly(job, status))
		return;
	describe_end(status, reason);
	worker_failed(job, reason);
}

static void result(struct fdp_source *source, uint32_t events)
{
	struct fdp_job *job = ((struct job_source *)source)->job;
	struct fdp_control_message message;
	_cleanup_close_ int fd = -1;

	(void)events;
	switch (fdp_control_receive(job->control, &message, &fd)) {
	case FDP_CONTROL_JOIN:
		joined(job, &message, &fd);
		return;
	case FDP_CONTROL_DONE:
		/* Stays open: its end is the worker's leave to go. */
		fdp_loop_remove(&job->session->daemon->loop, job->control);
		fdp_outputs_keep(&job->outputs, message.rendered);
		finish(job);
		return;
	default:
		worker_ended(job, end_worker(job));
	}
}

/* The name of the process for the file name; "process" if it has gone. */
static void read_comm(pid_t pid, char comm[static 17])
{
	_cleanup_close_ int fd = -1;
	char path[32];
	ssize_t got = 0;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		got = read(fd, comm, 16);
	if (got <= 0) {
		strcpy(comm, "process");
		return;
	}
	comm[got] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

/* The program itself has said where it wants to see what. */
static bool is_enabled(const struct fdp_job *job)
{
	return job->crash.flags & FDP_CRASH_ENABLED;
}

static int open_outputs(struct fdp_job *job)
{
	const struct fdp_settings *settings = &job->session->daemon->settings;
	char comm[17], stem[96];

	read_comm(job->session->peer.pid, comm);
	fdp_store_stem((long long)(job->crash.realtime_ns / 1000), comm,
		       (int)job->session->peer.pid, stem);
	return fdp_outputs_open(
		&job->outputs, settings, stem,
		(settings->echo != FDP_ECHO_NONE || is_enabled(job)) &&
			job->output >= 0);
}

/* Where a filter left the process no clock. */
static void fill_times(struct fdp_crash *crash)
{
	if (crash->realtime_ns || crash->monotonic_ns)
		return;
	crash->realtime_ns = fdp_clock_read_ns(CLOCK_REALTIME);
	crash->monotonic_ns = fdp_clock_now_ns();
}

int fdp_job_start(struct fdp_session *session, const struct fdp_crash *crash,
		  int output)
{
	struct fdp_job *job = fdp_analyst() ? calloc(1, sizeof(*job)) : NULL;
	int r;

	if (!job) {
		fdp_close_cleanup(&output);
		return -ENOMEM;
	}
	job->session = session;
	job->crash = *crash;
	fill_times(&job->crash);
	job->output = output;
	job->control = job->timer = job->finish_pidfd = -1;
	session->job = job;
	fdp_session_acknowledge(session);
	r = open_outputs(job);
	if (r < 0) {
		job_free(job);
		session->job = NULL;
		return r;
	}
	fill_worker(job);
	r = start_timer(job);
	if (r == 0)
		r = start_worker(job);
	if (r < 0)
		worker_failed(job, "the analysis could not be started");
	return 0;
}
