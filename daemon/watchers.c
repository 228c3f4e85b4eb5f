#include "watchers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

#include "analysis/hang.h"
#include "analyst.h"
#include "base/clock.h"
#include "base/fds.h"
#include "base/util.h"
#include "daemon.h"
#include "ending.h"
#include "log.h"
#include "reaper.h"
#include "stalls.h"
#include "watch_message.h"
#include "worker/watcher.h"

struct fdp_watcher {
	struct fdp_source source; /* what it tells us */
	struct fdp_watcher *next;
	struct fdp_daemon *daemon;
	struct fdp_peer peer; /* who is watched */
	pid_t pid;	      /* its own */
	int pipe;
};

static struct fdp_watcher *find(struct fdp_daemon *daemon, pid_t pid)
{
	struct fdp_watcher *watcher = daemon->watchers.first;

	while (watcher && watcher->peer.pid != pid)
		watcher = watcher->next;
	return watcher;
}

/* It is killed if it has not ended by itself; somebody reaps it. */
static void watcher_free(struct fdp_watcher *watcher)
{
	struct fdp_watchers *all = &watcher->daemon->watchers;
	struct fdp_watcher **link = &all->first;

	while (*link != watcher)
		link = &(*link)->next;
	*link = watcher->next;
	all->count--;
	fdp_loop_remove(&watcher->daemon->loop, watcher->pipe);
	close(watcher->pipe);
	kill(watcher->pid, SIGKILL);
	fdp_reaper_leave(watcher->pid);
	free(watcher);
}

void fdp_watchers_forget(struct fdp_daemon *daemon, pid_t pid)
{
	struct fdp_watcher *watcher = find(daemon, pid);

	if (watcher)
		watcher_free(watcher);
}

void fdp_watchers_end(struct fdp_daemon *daemon)
{
	struct fdp_watcher *watcher;

	for (watcher = daemon->watchers.first; watcher; watcher = watcher->next)
		kill(watcher->pid, SIGKILL);
	for (watcher = daemon->watchers.first; watcher; watcher = watcher->next)
		waitpid(watcher->pid, NULL, __WALL);
}

static void hangs(struct fdp_watcher *watcher,
		  const struct fdp_watch_message *message)
{
	static const char *const causes[FDP_HANG_KINDS] = {
		[FDP_HANG_DEADLOCK] = "deadlock",
		[FDP_HANG_GIL] = "gil-held",
		[FDP_HANG_BUSY] = "busy-loop",
		[FDP_HANG_LOOP] = "event-loop-blocked",
	};

	fdp_hang_report(watcher->daemon, &watcher->peer, causes[message->kind],
			message);
}

static void has_child(struct fdp_watcher *watcher, pid_t child);

/* The watcher has read hostile memory: only what it can say is believed. */
static bool is_sane(const struct fdp_watch_message *message)
{
	return message->type <= FDP_WATCH_TROUBLE &&
	       message->kind < FDP_HANG_KINDS &&
	       message->thread_count <= FDP_WATCH_THREADS_MAX &&
	       message->number <= INT32_MAX &&
	       memchr(message->text, '\0', sizeof(message->text)) &&
	       memchr(message->evidence, '\0', sizeof(message->evidence));
}

static void told(struct fdp_watcher *watcher,
		 const struct fdp_watch_message *message)
{
	switch ((enum fdp_watch_type)message->type) {
	case FDP_WATCH_HANG:
		hangs(watcher, message);
		break;
	case FDP_WATCH_CHILD:
		has_child(watcher, (pid_t)message->number);
		break;
	case FDP_WATCH_OVER:
	case FDP_WATCH_TROUBLE:
		fdp_log_warning("process %d: %s", (int)watcher->peer.pid,
				message->text);
		break;
	}
}

static void ready(struct fdp_source *source, uint32_t events)
{
	struct fdp_watcher *watcher = (struct fdp_watcher *)source;
	struct fdp_watch_message message;
	ssize_t got = read(watcher->pipe, &message, sizeof(message));

	(void)events;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got == sizeof(message) && is_sane(&message)) {
		told(watcher, &message);
		return;
	}
	/* Its end; or it has been led astray. */
	fdp_log_debug("process %d: nobody watches it any more",
		      (int)watcher->peer.pid);
	watcher_free(watcher);
}

static pid_t fork_watcher(struct fdp_daemon *daemon,
			  const struct fdp_peer *peer, int output)
{
	const struct fdp_watching watching = {
		.pid = peer->pid,
		.uid = peer->uid,
		.gid = peer->gid,
		.output = output,
		.time_us = daemon->settings.watch_us,
		.signals = daemon->settings.signals,
	};
	const int keep[] = { 0, 1, 2, output };
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	fdp_close_all_but(keep, ARRAY_SIZE(keep));
	fdp_analyst()->watch(&watching);
	_exit(EXIT_FAILURE); /* not reached */
}

static int start(struct fdp_daemon *daemon, const struct fdp_peer *peer)
{
	_cleanup_free_ struct fdp_watcher *watcher =
		calloc(1, sizeof(*watcher));
	_cleanup_close_ int input = -1, output = -1;
	int fds[2], r;

	if (!watcher)
		return -ENOMEM;
	if (!fdp_analyst())
		return -ELIBACC;
	if (pipe2(fds, O_DIRECT | O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	input = fds[0];
	output = fds[1];
	watcher->source.ready = ready;
	r = fdp_loop_add(&daemon->loop, input, &watcher->source);
	if (r < 0)
		return r;
	watcher->pid = fork_watcher(daemon, peer, output);
	if (watcher->pid < 0) {
		fdp_loop_remove(&daemon->loop, input);
		return watcher->pid;
	}
	watcher->daemon = daemon;
	watcher->peer = *peer;
	watcher->pipe = TAKE_FD(input);
	watcher->next = daemon->watchers.first;
	daemon->watchers.first = watcher;
	daemon->watchers.count++;
	fdp_log_debug("process %d: watched by process %d", (int)peer->pid,
		      (int)watcher->pid);
	TAKE_PTR(watcher);
	return 0;
}

static void try_to_start(struct fdp_daemon *daemon, const struct fdp_peer *peer)
{
	struct fdp_watchers *all = &daemon->watchers;
	int r = all->count < FDP_WATCHERS_MAX ? start(daemon, peer) : -EUSERS;

	if (r >= 0)
		return;
	if (r != -EUSERS || !all->said_full)
		fdp_log_warning("process %d is not watched: %s", (int)peer->pid,
				strerror(-r));
	all->said_full = all->said_full || r == -EUSERS;
}

/*
 * A forked child has the handlers of its parent, and so far has not spoken to
 * us; what it is, the kernel says.
 */
static void has_child(struct fdp_watcher *watcher, pid_t child)
{
	struct fdp_daemon *daemon = watcher->daemon;
	struct fdp_peer peer = { .pid = child };
	uint64_t handled;
	pid_t parent;

	if (find(daemon, child) || fdp_ending_handled(child, &handled) < 0 ||
	    !(handled & daemon->settings.signals) ||
	    fdp_ending_person(child, &parent, &peer.uid, &peer.gid) < 0 ||
	    parent != watcher->peer.pid)
		return;
	try_to_start(daemon, &peer);
}

int fdp_watchers_quiet(struct fdp_daemon *daemon)
{
	uint64_t now = fdp_clock_now_ns();
	int wait = FDP_LOOP_FOREVER;

	if (!daemon->settings.watch_us)
		return wait;
	for (struct fdp_client *client = daemon->clients.first; client;
	     client = client->next) {
		if (client->watched || client->ended || !client->session)
			continue;
		if (now < client->watch_ns) {
			wait = fdp_loop_sooner(
				wait, fdp_clock_left_ms(client->watch_ns));
			continue;
		}
		client->watched = true;
		/* It may have been known as a child that was forked. */
		fdp_watchers_forget(daemon, client->peer.pid);
		try_to_start(daemon, &client->peer);
	}
	return wait;
}
