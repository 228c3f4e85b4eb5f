#include "heartbeats.h"

#include <errno.h>
#include <string.h>

#include "alarms.h"
#include "base/clock.h"
#include "base/util.h"
#include "daemon.h"
#include "log.h"
#include "stalls.h"
#include "wire.h"

struct fdp_heartbeat {
	struct fdp_alarm alarm; /* first, so that it can be told from it */
	struct fdp_heartbeat *next;
	struct fdp_daemon *daemon;
	struct fdp_peer peer;
	char name[FDP_REQUEST_NAME_SIZE];
	uint64_t timeout_us;
	uint64_t heard_ns;
	bool missed; /* and that was reported */
};

static void heartbeat_free(struct fdp_heartbeat *heartbeat)
{
	struct fdp_heartbeats *all = &heartbeat->daemon->heartbeats;
	struct fdp_heartbeat **link = &all->first;

	while (*link && *link != heartbeat)
		link = &(*link)->next;
	if (*link) {
		*link = heartbeat->next;
		all->count--;
	}
	fdp_alarm_end(&heartbeat->alarm);
	free(heartbeat);
}

static double seconds(uint64_t us)
{
	return (double)us / 1e6;
}

static void rings(struct fdp_alarm *alarm)
{
	struct fdp_heartbeat *heartbeat = (struct fdp_heartbeat *)alarm;
	char text[256];

	if (fdp_alarm_is_moot(alarm)) {
		heartbeat_free(heartbeat);
		return;
	}
	heartbeat->missed = true;
	snprintf(text, sizeof(text),
		 "The heartbeat \"%s\" was last heard %.3f s ago and had to "
		 "come within %.3f s.",
		 heartbeat->name,
		 seconds((fdp_clock_now_ns() - heartbeat->heard_ns) / 1000),
		 seconds(heartbeat->timeout_us));
	fdp_stall_report(heartbeat->daemon, &heartbeat->peer,
			 "heartbeat-missed", text);
}

static void dies(struct fdp_alarm *alarm)
{
	heartbeat_free((struct fdp_heartbeat *)alarm);
}

static struct fdp_heartbeat *find(struct fdp_daemon *daemon, pid_t pid,
				  const char *name)
{
	struct fdp_heartbeat *heartbeat = daemon->heartbeats.first;

	while (heartbeat && (heartbeat->peer.pid != pid ||
			     strcmp(heartbeat->name, name) != 0))
		heartbeat = heartbeat->next;
	return heartbeat;
}

static struct fdp_heartbeat *add(struct fdp_daemon *daemon, const char *name,
				 const struct fdp_sender *sender)
{
	struct fdp_heartbeats *all = &daemon->heartbeats;
	struct fdp_heartbeat *heartbeat =
		all->count < FDP_HEARTBEATS_MAX ? calloc(1, sizeof(*heartbeat))
						: NULL;

	if (!heartbeat)
		return NULL;
	heartbeat->daemon = daemon;
	heartbeat->peer = (struct fdp_peer){
		.pid = sender->pid,
		.uid = sender->uid,
		.gid = sender->gid,
	};
	strcpy(heartbeat->name, name);
	if (fdp_alarm_begin(&heartbeat->alarm, daemon, sender->pid, rings,
			    dies) < 0) {
		heartbeat_free(heartbeat);
		return NULL;
	}
	heartbeat->next = all->first;
	all->first = heartbeat;
	all->count++;
	return heartbeat;
}

int fdp_heartbeat_heard(struct fdp_daemon *daemon,
			const struct fdp_request *request,
			const struct fdp_sender *sender)
{
	struct fdp_heartbeat *heartbeat =
		find(daemon, sender->pid, request->name);

	if (!request->timeout_us) {
		if (heartbeat)
			heartbeat_free(heartbeat);
		return heartbeat != NULL;
	}
	if (!heartbeat)
		heartbeat = add(daemon, request->name, sender);
	if (!heartbeat)
		return -ENOMEM;
	if (heartbeat->missed)
		fdp_log_warning("process %d: the heartbeat \"%s\" is heard "
				"again",
				(int)sender->pid, heartbeat->name);
	heartbeat->missed = false;
	heartbeat->heard_ns = fdp_clock_now_ns();
	heartbeat->timeout_us = request->timeout_us;
	return fdp_alarm_set(&heartbeat->alarm, request->timeout_us);
}
