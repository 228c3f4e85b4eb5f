#include "alarms.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon.h"
#include "ending.h"

#define US_PER_S 1000000u

static struct fdp_alarm *alarm_of(struct fdp_source *source)
{
	return ((struct fdp_alarm_source *)source)->alarm;
}

static void unwatch(struct fdp_alarm *alarm, int *fd)
{
	if (*fd < 0)
		return;
	fdp_loop_remove(&alarm->daemon->loop, *fd);
	close(*fd);
	*fd = -1;
}

static void rings(struct fdp_source *source, uint32_t events)
{
	struct fdp_alarm *alarm = alarm_of(source);
	uint64_t count;

	(void)events;
	/* It may have been set anew meanwhile. */
	if (read(alarm->timer, &count, sizeof(count)) == sizeof(count))
		alarm->rings(alarm);
}

static void dies(struct fdp_source *source, uint32_t events)
{
	struct fdp_alarm *alarm = alarm_of(source);

	(void)events;
	unwatch(alarm, &alarm->pidfd);
	alarm->dies(alarm);
}

static int watch(struct fdp_alarm *alarm, struct fdp_alarm_source *source,
		 int fd, void (*handler)(struct fdp_source *, uint32_t))
{
	source->alarm = alarm;
	source->source.ready = handler;
	return fd < 0 ? -errno
		      : fdp_loop_add(&alarm->daemon->loop, fd, &source->source);
}

int fdp_alarm_begin(struct fdp_alarm *alarm, struct fdp_daemon *daemon,
		    pid_t pid, void (*when_rings)(struct fdp_alarm *alarm),
		    void (*when_dies)(struct fdp_alarm *alarm))
{
	int r;

	*alarm = (struct fdp_alarm){
		.daemon = daemon,
		.pid = pid,
		.rings = when_rings,
		.dies = when_dies,
		.pidfd = -1,
	};
	alarm->timer =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	r = watch(alarm, &alarm->clock, alarm->timer, rings);
	if (r < 0)
		return r;
	alarm->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return watch(alarm, &alarm->death, alarm->pidfd, dies);
}

int fdp_alarm_set(const struct fdp_alarm *alarm, uint64_t timeout_us)
{
	const struct itimerspec when = {
		.it_value = {
			.tv_sec = (time_t)(timeout_us / US_PER_S),
			.tv_nsec = (long)(timeout_us % US_PER_S) * 1000,
		},
	};

	return timerfd_settime(alarm->timer, 0, &when, NULL) < 0 ? -errno : 0;
}

bool fdp_alarm_is_moot(const struct fdp_alarm *alarm)
{
	uint64_t handled;

	return fdp_ending_handled(alarm->pid, &handled) == 0 &&
	       !(handled & alarm->daemon->settings.signals);
}

void fdp_alarm_end(struct fdp_alarm *alarm)
{
	unwatch(alarm, &alarm->timer);
	unwatch(alarm, &alarm->pidfd);
}
