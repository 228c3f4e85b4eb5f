#include "know.h"

#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "../system_call.h"
#include "maps.h"

void fdp_know_name(struct fdp_target *target, struct fdp_thread *thread)
{
	const char *name;
	char key[48];

	snprintf(key, sizeof(key), "thread/%d/comm", (int)thread->tid);
	if (fdp_target_fact(target, key, &name, NULL) == 0)
		snprintf(thread->name, sizeof(thread->name), "%s", name);
}

int fdp_know_maps(struct fdp_target *target)
{
	const char *text;
	size_t size;
	int r = fdp_target_fact(target, "proc/maps", &text, &size);

	return r < 0 ? r : fdp_maps_load(target, text, size);
}

/* Facts that the analysis will ask for, while the process is still there. */
void fdp_know_process(struct fdp_target *target)
{
	static const char *const keys[] = {
		"proc/stat",	     "proc/status",
		"proc/cmdline",	     "proc/cgroup",
		"link/exe",	     "link/cwd",
		"host/boot-time-us", "process/watchdog-us",
	};
	const char *value;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		fdp_target_fact(target, keys[i], &value, NULL);
}

static void note_call(struct fdp_target *target, pid_t tid,
		      const struct fdp_system_call *call)
{
	char text[FDP_SYSTEM_CALL_TEXT];
	char key[48];

	snprintf(key, sizeof(key), "thread/%d/syscall", (int)tid);
	if (call)
		fdp_system_call_format(call, text);
	fdp_target_note(target, key, call ? text : NULL,
			call ? strlen(text) : 0);
}

void fdp_know_system_call(struct fdp_target *target,
			  const struct fdp_thread *thread, int64_t number)
{
	struct fdp_system_call call;

	fdp_system_call_take(&thread->registers, number, &call);
	note_call(target, thread->tid, &call);
}

void fdp_know_interrupted_call(struct fdp_target *target,
			       const struct fdp_thread *thread)
{
	struct fdp_system_call call;
	bool known =
		thread->has_registers &&
		fdp_system_call_interrupted(target, &thread->registers, &call);

	note_call(target, thread->tid, known ? &call : NULL);
}

void fdp_know_note(struct fdp_target *target, const char *key,
		   const char *value)
{
	fdp_target_note(target, key, value, strlen(value));
}

void fdp_know_time(struct fdp_target *target)
{
	char time[32];

	snprintf(
		time, sizeof(time), "%llu",
		(unsigned long long)(fdp_clock_read_ns(CLOCK_REALTIME) / 1000));
	fdp_know_note(target, "report/time", time);
}
