#include "compat.h"

#include <string.h>

#include "../native/modules.h"
#include "../python/extensions.h"
#include "../python/python.h"
#include "../render/compat_native.h"

int fdp_worker_compat(struct fdp_target *target,
		      const struct fdp_compat_options *options, FILE *out)
{
	struct fdp_compat_options more = *options;
	struct fdp_extensions extensions = { .names = NULL };
	struct fdp_python python;
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_modules_read(target, &report);
	if (r == 0)
		r = fdp_python_read(target, &report, 0, &python);
	if (r == 0 && options->signal && python.offsets)
		r = fdp_extensions_read(
			target, python.offsets,
			fdp_compat_interpreter(&python, options), &report.arena,
			&extensions);
	more.threads = target->threads;
	more.thread_count = target->thread_count;
	more.extensions = extensions.names;
	more.extension_count = extensions.count;
	if (r == 0)
		r = fdp_render_compat(&python, &more, out);
	fdp_report_done(&report);
	return r;
}

int fdp_worker_c_stack(struct fdp_target *target, pid_t tid, FILE *out)
{
	struct fdp_c_stack stack = { .count = 0 };
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_modules_read(target, &report);
	if (r == 0)
		r = fdp_c_stack_read(target, &report, tid, &stack);
	if (r == 0)
		r = fdp_render_c_stack(&stack, out);
	fdp_report_done(&report);
	return r;
}
