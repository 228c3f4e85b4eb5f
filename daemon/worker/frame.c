#include "frame.h"

#include <string.h>

#include "../analysis/analyse.h"
#include "annotate.h"
#include "worker.h"

int fdp_worker_frame(const struct fdp_worker *worker, const char *reason)
{
	struct fdp_target *target = NULL;
	struct fdp_worker ours = *worker;
	struct fdp_report report;
	int r;

	ours.enabled = false;
	memset(&report, 0, sizeof(report));
	r = fdp_capture_frame(&worker->request, &target);
	if (r == 0)
		fdp_worker_annotate(target, worker->annotations);
	if (r == 0)
		r = fdp_analyse_frame(target, reason, &report);
	/* Of Python nothing is known: what there is, is said in our words. */
	if (r == 0)
		r = fdp_worker_render(&ours, &report);
	fdp_report_done(&report);
	fdp_target_free(target);
	return r;
}
