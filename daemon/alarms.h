/* A time that is waited for on behalf of a process, as long as that lives. */
#ifndef FDP_ALARMS_H
#define FDP_ALARMS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "loop.h"

struct fdp_daemon;

struct fdp_alarm {
	/* Each source is the first member of what it belongs to. */
	struct fdp_alarm_source {
		struct fdp_source source;
		struct fdp_alarm *alarm;
	} clock, death;

	struct fdp_daemon *daemon;
	pid_t pid;
	int timer, pidfd; /* -1: not there */
	/* Either may end the alarm, and what it is part of. */
	void (*rings)(struct fdp_alarm *alarm);
	void (*dies)(struct fdp_alarm *alarm);
};

/*
 * RINGS is called when what was set has passed; DIES when the process PID is
 * dead, and not if that is never seen.  Nothing is set yet.  0 or -errno; to be
 * ended in both cases.
 */
int fdp_alarm_begin(struct fdp_alarm *alarm, struct fdp_daemon *daemon,
		    pid_t pid, void (*rings)(struct fdp_alarm *alarm),
		    void (*dies)(struct fdp_alarm *alarm));

/* In TIMEOUT_US microseconds, once; 0: never.  0 or -errno. */
int fdp_alarm_set(const struct fdp_alarm *alarm, uint64_t timeout_us);

/*
 * True if the process is another program by now, which knows nothing of it: it
 * has none of the shim's handlers.
 */
bool fdp_alarm_is_moot(const struct fdp_alarm *alarm);

void fdp_alarm_end(struct fdp_alarm *alarm);

#endif
