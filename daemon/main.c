/*
 * fdpreloadd: the reporter daemon, started by the shim with its socket as
 * descriptor 3; and, with --decode, the analysis of a stored capture.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "analyst.h"
#include "base/fds.h"
#include "base/util.h"
#include "daemon.h"
#include "log.h"
#include "reaper.h"

#define SOCKET_FD 3

struct signal_source {
	struct fdp_source source;
	int fd;
};

/* Signals of the application's group and terminal are not for us. */
static void ignored(struct fdp_source *source, uint32_t events)
{
	struct signal_source *signals = (struct signal_source *)source;
	struct signalfd_siginfo info;

	(void)events;
	if (read(signals->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		fdp_reaper_run();
	else
		fdp_log_debug("signal %u of process %u: ignored",
			      info.ssi_signo, info.ssi_pid);
}

/*
 * Any signal may go to a whole control group, SIGABRT of systemd's watchdog
 * among them, while the application is still at work and may crash; the daemon
 * leaves when its last client does, at once.  A fault of its own ends it,
 * blocked or not.
 */
static int block_signals(void)
{
	sigset_t signals;

	/* If they were ignored, nobody would tell how our children end. */
	signal(SIGCHLD, SIG_DFL);
	/* A limit on file sizes is an error to us, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	sigfillset(&signals);
	if (sigprocmask(SIG_SETMASK, &signals, NULL) < 0)
		return -errno;
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The application's limits are not ours, as far as it is up to us. */
static void raise_limit(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(resource, &limit);
}

/*
 * systemd does not speak of processes whose name begins so when it looks at
 * what is left of a unit, or ends it: they are short-lived helpers.
 */
#define NAME "(fdpreloadd)"

static void make_private(void)
{
	/* Not 0: that is no limit to a core_pattern that is a program. */
	const struct rlimit no_core = { 1, 1 };
	const int keep[] = { 0, 1, 2, SOCKET_FD };

	prctl(PR_SET_NAME, NAME);
	/* Kernels before 5.9 could not do it for the shim. */
	fdp_close_all_but(keep, ARRAY_SIZE(keep));
	umask(077);
	setrlimit(RLIMIT_CORE, &no_core);
	raise_limit(RLIMIT_NOFILE);
	raise_limit(RLIMIT_FSIZE);
	unsetenv("DEBUGINFOD_URLS");
	fcntl(SOCKET_FD, F_SETFD, FD_CLOEXEC);
	if (chdir("/") < 0)
		fdp_log_debug("chdir: %s", strerror(errno));
}

static int serve(void)
{
	static struct fdp_daemon daemon;
	struct signal_source signals = { .source = { .ready = ignored } };
	int r = fdp_settings_read(&daemon.settings);

	if (r < 0)
		return r;
	fdp_log_open(daemon.settings.debug, daemon.settings.log_directory);
	make_private();
	fdp_settings_check();
	signals.fd = block_signals();
	if (signals.fd < 0)
		return signals.fd;
	r = fdp_daemon_start(&daemon, SOCKET_FD);
	if (r == 0)
		r = fdp_loop_add(&daemon.loop, signals.fd, &signals.source);
	if (r == 0)
		fdp_daemon_run(&daemon);
	fdp_watchers_end(&daemon);
	fdp_reaper_end();
	fdp_settings_done(&daemon.settings);
	return r;
}

static int usage(FILE *stream)
{
	fputs("usage: fdpreloadd\n"
	      "       fdpreloadd --decode FILE.fdpcap [--format text|json]\n"
	      "       fdpreloadd --dump PID [--all] [--format text|json] "
	      "[--no-native]\n"
	      "\n"
	      "Without arguments: serves the shim on descriptor 3, which "
	      "starts it.\n"
	      "--decode and --dump do what `fdpreload decode` and `fdpreload "
	      "dump` do.\n",
	      stream);
	return stream == stdout ? 0 : 2;
}

static bool is_socket(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* What `fdpreload COMMAND` does with the help of the analysis. */
static int run_command(const char *command, int argc, char **argv)
{
	const struct fdp_analyst *analyst = fdp_analyst();

	if (!analyst) {
		fprintf(stderr, "fdpreload %s: %s\n", command,
			fdp_analyst_error());
		return 1;
	}
	return strcmp(command, "decode") == 0 ? analyst->decode(argc, argv)
					      : analyst->dump(argc, argv);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return printf("fdpreloadd %s\n", FDP_VERSION) < 0;
	if (argc > 1 && (strcmp(argv[1], "--decode") == 0 ||
			 strcmp(argv[1], "--dump") == 0))
		return run_command(argv[1] + 2, argc - 1, argv + 1);
	if (argc > 1 || !is_socket(SOCKET_FD))
		return usage(stderr);
	return serve() < 0;
}
