#include "clients.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/util.h"
#include "capture/procfs.h"
#include "daemon.h"
#include "death.h"
#include "ending.h"
#include "log.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* A dead process has neither program nor command line. */
static const char *const keys[FDP_CLIENT_FACTS] = {
	"proc/stat", "proc/status", "proc/cgroup", "proc/cmdline", "link/exe",
};

void fdp_clients_init(struct fdp_clients *clients, struct fdp_daemon *daemon)
{
	clients->daemon = daemon;
	clients->first = NULL;
}

static void client_free(struct fdp_client *client)
{
	struct fdp_client **link = &client->clients->first;

	fdp_watchers_forget(client->clients->daemon, client->peer.pid);
	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	if (client->session)
		client->session->client = NULL;
	if (!client->ended)
		fdp_loop_remove(&client->clients->daemon->loop, client->pidfd);
	close(client->pidfd);
	for (size_t i = 0; i < FDP_CLIENT_FACTS; i++)
		free(client->facts[i].value);
	free(client);
}

/* Of what can be read now, all that can still be read later is newer there. */
static void take_facts(struct fdp_client *client)
{
	struct fdp_procfs *procfs;

	if (fdp_procfs_new(client->peer.pid, &procfs) < 0)
		return;
	for (size_t i = 0; i < FDP_CLIENT_FACTS; i++) {
		struct fdp_fact *fact = &client->facts[i];
		char *value;
		size_t size;

		fact->key = keys[i];
		if (fdp_procfs_fact(procfs, keys[i], &value, &size) < 0)
			continue;
		if (size == 0) {
			free(value);
			continue;
		}
		free(fact->value);
		fact->value = value;
		fact->size = size;
	}
	fdp_procfs_free(procfs);
}

/* Whatever is still to be read from it, its other end is closed. */
static bool has_hung_up(int socket)
{
	struct pollfd poller = { .fd = socket, .events = POLLRDHUP };

	return poll(&poller, 1, 0) == 1;
}

static void ended(struct fdp_source *source, uint32_t events)
{
	struct fdp_client *client = (struct fdp_client *)source;

	(void)events;
	fdp_loop_remove(&client->clients->daemon->loop, client->pidfd);
	client->ended = true;
	/* A process closes its sockets before it is dead. */
	client->outlived = client->session && !has_hung_up(client->session->fd);
}

/*
 * Of the process at the other end of the socket: since Linux 6.16 also if it is
 * dead and reaped, which a short life may be before we are up.
 */
static int open_pidfd(const struct fdp_session *session)
{
	socklen_t peer_size = sizeof(struct ucred), fd_size = sizeof(int);
	struct ucred peer;
	int fd;

	if (getsockopt(session->fd, SOL_SOCKET, SO_PEERCRED, &peer,
		       &peer_size) == 0 &&
	    peer.pid == session->peer.pid &&
	    getsockopt(session->fd, SOL_SOCKET, SO_PEERPIDFD, &fd, &fd_size) ==
		    0)
		return fd;
	return (int)syscall(SYS_pidfd_open, session->peer.pid, 0);
}

struct fdp_client *fdp_client_new(struct fdp_clients *clients,
				  struct fdp_session *session)
{
	_cleanup_free_ struct fdp_client *client = calloc(1, sizeof(*client));
	_cleanup_close_ int pidfd = -1;
	struct fdp_ending now = { .comm = "" };

	if (!client || session->peer.pid <= 0)
		return NULL;
	pidfd = open_pidfd(session);
	if (pidfd < 0)
		return NULL;
	client->source.ready = ended;
	client->clients = clients;
	client->session = session;
	client->peer = session->peer;
	client->watch_ns =
		fdp_clock_now_ns() + FDP_CLIENT_WATCH_MS * FDP_NS_PER_MS;
	fdp_ending_read(session->peer.pid, &now);
	client->start_time = now.start_time;
	memcpy(client->comm, now.comm, sizeof(client->comm));
	if (fdp_loop_add(&clients->daemon->loop, pidfd, &client->source) < 0)
		return NULL;
	client->pidfd = TAKE_FD(pidfd);
	client->next = clients->first;
	clients->first = client;
	take_facts(client);
	return TAKE_PTR(client);
}

void fdp_client_foreign(struct fdp_client *client,
			const struct fdp_foreign_notice *notice)
{
	size_t at = 0;

	while (at < client->foreign_count &&
	       client->foreign[at].foreign.signal != notice->foreign.signal)
		at++;
	if (at == FDP_FOREIGN_MAX)
		return;
	client->foreign[at] = *notice;
	if (at == client->foreign_count)
		client->foreign_count++;
}

/*
 * Of the handlers of the shim all are left but that for the signal that killed:
 * an exec would have undone them.
 */
static enum fdp_client_image image_of(const struct fdp_client *client,
				      const struct fdp_ending *now)
{
	uint64_t ours = client->clients->daemon->settings.signals;
	uint64_t handled;

	if (WIFSIGNALED(now->status))
		ours &= ~(UINT64_C(1) << ((WTERMSIG(now->status) - 1) & 63));
	if (!ours)
		return strcmp(now->comm, client->comm) == 0 ? FDP_IMAGE_OURS
							    : FDP_IMAGE_OTHER;
	if (fdp_ending_handled(client->peer.pid, &handled) < 0)
		return FDP_IMAGE_UNKNOWN;
	return handled & ours ? FDP_IMAGE_OURS : FDP_IMAGE_OTHER;
}

/* A death by a signal that the user wants to hear of. */
static bool is_reported(const struct fdp_client *client, int status)
{
	uint64_t signals = client->clients->daemon->settings.signals;

	return WIFSIGNALED(status) && WTERMSIG(status) < 64 &&
	       (signals >> (WTERMSIG(status) - 1) & 1);
}

/* What can be seen of it before it is reaped.  False: it is not exiting. */
static bool look(struct fdp_client *client)
{
	struct fdp_ending now;

	if (fdp_ending_read(client->peer.pid, &now) < 0 ||
	    now.start_time != client->start_time)
		return true; /* gone, or hidden */
	if (!now.exiting)
		return false;
	client->seen_exiting = true;
	if (now.status)
		client->status = now.status;
	if (!is_reported(client, now.status))
		return true;
	if (client->image == FDP_IMAGE_UNKNOWN)
		client->image = image_of(client, &now);
	take_facts(client);
	return true;
}

/*
 * It ends as programs end, and nobody has to wait for it.  From others a status
 * may be hidden: that they see 0 says nothing.
 */
static bool is_of_no_interest(const struct fdp_client *client)
{
	bool visible = geteuid() == 0 || client->peer.uid == geteuid();

	return client->status ? !is_reported(client, client->status)
			      : client->seen_exiting && visible;
}

void fdp_client_ends(struct fdp_client *client)
{
	if (!client)
		return;
	client->session = NULL;
	client->give_up_ns =
		fdp_clock_now_ns() + FDP_CLIENT_WAIT_MS * FDP_NS_PER_MS;
	if (!look(client) || is_of_no_interest(client))
		client_free(client);
}

void fdp_clients_forget(struct fdp_clients *clients, pid_t pid)
{
	struct fdp_client *client, *next;

	for (client = clients->first; client; client = next) {
		next = client->next;
		if (client->peer.pid == pid)
			client_free(client);
	}
}

/*
 * False if it is not known how it ended, or what it was in the end: where its
 * forked children have its socket too, nobody has noticed that it exec'd.
 */
static bool learn_ending(struct fdp_client *client)
{
	look(client);
	if (client->image == FDP_IMAGE_OTHER ||
	    (client->image == FDP_IMAGE_UNKNOWN && client->outlived))
		return false;
	return client->status ||
	       fdp_ending_ask(client->pidfd, &client->status) == 0;
}

static void conclude(struct fdp_client *client)
{
	int r;

	if (!learn_ending(client) || !is_reported(client, client->status))
		return;
	r = fdp_death_start(client->clients->daemon, client);
	if (r < 0)
		fdp_log_warning("process %d died of signal %d; no report "
				"could be made: %s",
				(int)client->peer.pid, WTERMSIG(client->status),
				strerror(-r));
}

int fdp_clients_quiet(struct fdp_clients *clients)
{
	uint64_t now = fdp_clock_now_ns();
	int wait = FDP_LOOP_FOREVER;
	struct fdp_client *client, *next;

	for (client = clients->first; client; client = next) {
		next = client->next;
		if (client->ended)
			conclude(client);
		if (client->ended ||
		    (!client->session && client->give_up_ns <= now))
			client_free(client);
		else if (!client->session)
			wait = fdp_loop_sooner(
				wait, fdp_clock_left_ms(client->give_up_ns));
	}
	return wait;
}
