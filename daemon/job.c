#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "analysis/analyse.h"
#include "base/clock.h"
#include "base/util.h"
#include "echo.h"
#include "log.h"
#include "store.h"
#include "wire.h"
#include "worker.h"

/* The shim gives up after a second without a word; it gets several. */
#define WAIT_INTERVAL_NS (250 * FDP_NS_PER_MS)

/* Shares of the time the shim waits, in percent. */
#define WORKER_SHARE 67	 /* then the worker is killed: 2 s of 3 s */
#define SYMBOLS_SHARE 50 /* then no more debug files are opened */

/* A deadline in frame 1 beyond this is not one that a shim can have sent. */
#define DEADLINE_MS_MAX 60000

enum phase {
	WORKING,
	ECHOING,
};

struct fdp_job {
	/* Each source is the first member of what it belongs to. */
	struct job_source {
		struct fdp_source source;
		struct fdp_job *job;
	} result, clock, echoed;

	struct fdp_session *session;
	struct fdp_crash crash;
	struct fdp_worker worker;
	enum phase phase;
	char stem[96];
	char *log; /* path of the text report, or NULL */

	int directory; /* of the reports, or -1 */
	struct fdp_store_file text, json, capture;
	int echo; /* memfd, or -1 */

	int output;  /* the application's stderr, or -1 */
	int control; /* to the worker */
	int timer;
	int echo_pidfd;
	pid_t worker_pid; /* 0: reaped */
	pid_t echo_pid;
	uint64_t worker_end_ns, end_ns;
};

static void watch(struct fdp_job *job, struct job_source *source, int *fd,
		  void (*handler)(struct fdp_source *, uint32_t))
{
	source->job = job;
	source->source.ready = handler;
	if (*fd >= 0 &&
	    fdp_loop_add(job->session->loop, *fd, &source->source) < 0) {
		close(*fd);
		*fd = -1;
	}
}

static void unwatch(struct fdp_job *job, int *fd)
{
	if (*fd < 0)
		return;
	fdp_loop_remove(job->session->loop, *fd);
	close(*fd);
	*fd = -1;
}

static void reap(pid_t *child, bool kill_it)
{
	if (*child <= 0)
		return;
	if (kill_it)
		kill(*child, SIGKILL);
	while (waitpid(*child, NULL, __WALL) < 0 && errno == EINTR)
		continue;
	*child = 0;
}

static void job_free(struct fdp_job *job)
{
	unwatch(job, &job->control);
	unwatch(job, &job->timer);
	unwatch(job, &job->echo_pidfd);
	reap(&job->worker_pid, true);
	reap(&job->echo_pid, true);
	fdp_store_discard(job->directory, &job->text);
	fdp_store_discard(job->directory, &job->json);
	fdp_store_discard(job->directory, &job->capture);
	fdp_close_cleanup(&job->echo);
	fdp_close_cleanup(&job->output);
	fdp_close_cleanup(&job->directory);
	free(job->log);
	free(job);
}

/*
 * The shim is let go first; the threads that the worker holds follow when it
 * sees the end of its control socket, by then into the death of the process.
 */
static void job_end(struct fdp_job *job)
{
	struct fdp_session *session = job->session;

	fdp_wire_send_plain(session->fd, FDP_DONE);
	unwatch(job, &job->control);
	reap(&job->worker_pid, false);
	fdp_log_debug("process %d: released after %llu us", (int)session->pid,
		      (unsigned long long)(fdp_clock_now_ns() -
					   job->crash.monotonic_ns) /
			      1000);
	job_free(job);
	fdp_session_job_done(session);
}

static void echoed(struct fdp_source *source, uint32_t events)
{
	struct fdp_job *job = ((struct job_source *)source)->job;

	(void)events;
	job_end(job);
}

static void start_echo(struct fdp_job *job)
{
	job->phase = ECHOING;
	if (job->output < 0 || job->echo < 0) {
		job_end(job);
		return;
	}
	job->echo_pid = fdp_echo_start(job->echo, job->output);
	if (job->echo_pid > 0)
		job->echo_pidfd =
			(int)syscall(SYS_pidfd_open, job->echo_pid, 0);
	watch(job, &job->echoed, &job->echo_pidfd, echoed);
	if (job->echo_pidfd < 0)
		job_end(job);
}

static void publish_one(struct fdp_job *job, struct fdp_store_file *file,
			const char *suffix)
{
	char name[sizeof(job->stem) + 16];
	int r;

	if (job->directory < 0 || file->fd < 0)
		return;
	snprintf(name, sizeof(name), "%s.%s", job->stem, suffix);
	r = fdp_store_publish(job->directory, file, name);
	if (r < 0) {
		fdp_log_warning("%s could not be stored: %s", name,
				strerror(-r));
		if (job->echo >= 0)
			dprintf(job->echo,
				"fdpreload: %s could not be stored: %s\n", name,
				strerror(-r));
	}
}

static void publish(struct fdp_job *job)
{
	publish_one(job, &job->text, "txt");
	publish_one(job, &job->json, "json");
	publish_one(job, &job->capture, "fdpcap");
	start_echo(job);
}

static void empty(int fd)
{
	if (fd >= 0 && ftruncate(fd, 0) == 0)
		lseek(fd, 0, SEEK_SET);
}

/* What frame 1 gave, and why there is no more. */
static int report_frame(struct fdp_job *job, const char *reason)
{
	struct fdp_target *target = NULL;
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_capture_frame(&job->worker.request, &target);
	if (r == 0)
		r = fdp_analyse_frame(target, reason, &report);
	if (r == 0)
		r = fdp_worker_render(&job->worker, &report);
	fdp_report_done(&report);
	fdp_target_free(target);
	return r;
}

static void worker_failed(struct fdp_job *job, const char *reason)
{
	int r;

	fdp_log_warning("process %d: %s", (int)job->session->pid, reason);
	unwatch(job, &job->control);
	reap(&job->worker_pid, true);
	empty(job->text.fd);
	empty(job->json.fd);
	empty(job->echo);
	fdp_store_discard(job->directory, &job->capture);
	r = report_frame(job, reason);
	if (r < 0)
		fdp_log_warning("process %d: nor from frame 1: %s",
				(int)job->session->pid, strerror(-r));
	publish(job);
}

static void describe_end(pid_t worker, char text[static 96])
{
	int status = 0;

	if (waitpid(worker, &status, __WALL) == worker && WIFSIGNALED(status))
		snprintf(text, 96, "the analysis died of signal %d",
			 WTERMSIG(status));
	else
		snprintf(text, 96, "the analysis failed: %s",
			 strerror(WEXITSTATUS(status)));
}

static void result(struct fdp_source *source, uint32_t events)
{
	struct fdp_job *job = ((struct job_source *)source)->job;
	char byte = 0, reason[96];

	(void)events;
	if (read(job->control, &byte, 1) == 1 && byte == 'R') {
		/* Stays open: its end releases the threads. */
		fdp_loop_remove(job->session->loop, job->control);
		publish(job);
		return;
	}
	describe_end(job->worker_pid, reason);
	job->worker_pid = 0;
	worker_failed(job, reason);
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
	const struct itimerspec interval = {
		.it_interval = { .tv_nsec = WAIT_INTERVAL_NS },
		.it_value = { .tv_nsec = WAIT_INTERVAL_NS },
	};

	job->timer =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (job->timer < 0 || timerfd_settime(job->timer, 0, &interval, NULL))
		return -errno;
	watch(job, &job->clock, &job->timer, tick);
	return job->timer < 0 ? -ENOMEM : 0;
}

/* A file that vanishes, where there is no directory to keep it in. */
static int unnamed(struct fdp_store_file *ret_file)
{
	ret_file->fd = memfd_create("fdpreload", MFD_CLOEXEC);
	return ret_file->fd < 0 ? -errno : 0;
}

static int open_file(struct fdp_job *job, struct fdp_store_file *ret_file)
{
	int r = job->directory < 0 ? -ENOENT
				   : fdp_store_create(job->directory, ret_file);

	return r < 0 ? unnamed(ret_file) : 0;
}

static void open_directory(struct fdp_job *job)
{
	const char *path = job->session->settings->log_directory;

	job->directory = path ? fdp_store_open(path) : -ENOENT;
	if (job->directory >= 0) {
		if (asprintf(&job->log, "%s/%s.txt", path, job->stem) < 0)
			job->log = NULL;
		return;
	}
	fdp_log_warning("no report is stored in %s: %s",
			path ? path : "(no HOME)", strerror(-job->directory));
	job->directory = -1;
}

static int open_files(struct fdp_job *job)
{
	const struct fdp_settings *settings = job->session->settings;
	int r;

	open_directory(job);
	r = open_file(job, &job->text);
	if (r == 0)
		r = open_file(job, &job->json);
	if (r == 0 && settings->save_capture)
		r = open_file(job, &job->capture);
	if (r == 0 && settings->echo != FDP_ECHO_NONE && job->output >= 0) {
		job->echo = memfd_create("fdpreload", MFD_CLOEXEC);
		r = job->echo < 0 ? -errno : 0;
	}
	return r;
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
	const struct fdp_settings *settings = job->session->settings;
	uint64_t start = fdp_clock_now_ns();
	uint64_t limit = job->crash.deadline_ms < DEADLINE_MS_MAX
				 ? job->crash.deadline_ms
				 : DEADLINE_MS_MAX;

	limit *= FDP_NS_PER_MS;
	job->end_ns = start + limit;
	job->worker_end_ns = start + limit / 100 * WORKER_SHARE;
	job->worker = (struct fdp_worker){
		.request = { .crash = &job->crash,
			     .pid = job->session->pid,
			     .session = job->session->fd,
			     .served = settings->served,
			     .deadline_ns = job->worker_end_ns,
			     .id = job->stem },
		.text = job->text.fd,
		.json = job->json.fd,
		.capture = job->capture.fd,
		.echo = job->echo,
		.echo_options = { .brief = settings->echo == FDP_ECHO_BRIEF,
				  .color = wants_color(job->output),
				  .log = job->log },
		.symbols_deadline_ns = start + limit / 100 * SYMBOLS_SHARE,
	};
}

static int start_worker(struct fdp_job *job)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	job->control = pair[0];
	job->worker.control = pair[1];
	job->worker_pid = fork();
	if (job->worker_pid == 0) {
		close(pair[0]);
		fdp_worker_run(&job->worker);
	}
	close(pair[1]);
	if (job->worker_pid < 0)
		return -errno;
	watch(job, &job->result, &job->control, result);
	return job->control < 0 ? -ENOMEM : 0;
}

static void acknowledge(const struct fdp_job *job)
{
	struct fdp_ack ack = {
		.header = fdp_header_make(FDP_ACK, sizeof(ack), 0),
		.pid = (uint32_t)getpid(),
	};

	fdp_wire_send(job->session->fd, &ack, sizeof(ack));
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

int fdp_job_start(struct fdp_session *session, const struct fdp_crash *crash,
		  int output)
{
	struct fdp_job *job = calloc(1, sizeof(*job));
	char comm[17];
	int r;

	if (!job) {
		fdp_close_cleanup(&output);
		return -ENOMEM;
	}
	job->session = session;
	job->crash = *crash;
	job->output = output;
	job->directory = job->echo = job->control = job->timer = -1;
	job->echo_pidfd = job->text.fd = job->json.fd = job->capture.fd = -1;
	acknowledge(job);
	read_comm(session->pid, comm);
	fdp_store_stem((long long)(crash->realtime_ns / 1000), comm,
		       (int)session->pid, job->stem);
	r = open_files(job);
	if (r == 0)
		r = start_timer(job);
	if (r == 0) {
		fill_worker(job);
		r = start_worker(job);
	}
	if (r < 0) {
		job_free(job);
		fdp_wire_send_plain(session->fd, FDP_DONE);
		return r;
	}
	session->job = job;
	return 0;
}
