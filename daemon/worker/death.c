#include "death.h"

#include <string.h>

#include "../analysis/death.h"
#include "../base/util.h"
#include "../capture/procfs.h"
#include "annotate.h"
#include "worker.h"

/* Any process will do to ask when the system was started. */
static void note_boot_time(struct fdp_target *target)
{
	static const char key[] = "host/boot-time-us";
	struct fdp_procfs *procfs;
	char *value;
	size_t size;

	if (fdp_procfs_new(getpid(), &procfs) < 0)
		return;
	if (fdp_procfs_fact(procfs, key, &value, &size) == 0) {
		fdp_target_note(target, key, value, size);
		free(value);
	}
	fdp_procfs_free(procfs);
}

static void note(struct fdp_target *target, const struct fdp_fact *facts,
		 size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (facts[i].value)
			fdp_target_note(target, facts[i].key, facts[i].value,
					facts[i].size);
	note_boot_time(target);
}

int fdp_worker_death(const struct fdp_worker *worker, pid_t pid,
		     const struct fdp_fact *facts, size_t count,
		     const struct fdp_death *death)
{
	struct fdp_target *target = NULL;
	struct fdp_report report;
	int r = fdp_capture_dead(pid, &target);

	memset(&report, 0, sizeof(report));
	if (r == 0) {
		note(target, facts, count);
		fdp_worker_annotate(target, worker->annotations);
		r = fdp_analyse_death(target, death, &report);
	}
	if (r == 0)
		r = fdp_worker_render(worker, &report);
	fdp_report_done(&report);
	fdp_target_free(target);
	return r;
}
