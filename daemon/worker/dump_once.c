#include "dump_once.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../analysis/analyse.h"
#include "../base/clock.h"
#include "../base/util.h"
#include "../capture/fdpcap.h"
#include "../capture/living.h"
#include "../capture/nonblocking.h"
#include "../python/stacks.h"
#include "../render/render.h"
#include "dump.h"

static int render(const struct fdp_report *report,
		  const struct fdp_dump_command *command, FILE *output)
{
	const struct fdp_text_options text = { .color = isatty(1) };

	return command->json ? fdp_render_json(report, output)
			     : fdp_render_text(report, &text, output);
}

static int print(const struct fdp_report *report,
		 const struct fdp_dump_command *command)
{
	int r = render(report, command, stdout);

	return r == 0 && fflush(stdout) != 0 ? -EIO : r;
}

/* How long ago the dump before was; between others an empty line is enough. */
static void write_separator(const struct fdp_watch_step *step, FILE *output)
{
	if (step->leads && step->before->time_ns)
		fprintf(output, "\n--- %.1f s later ---\n\n",
			(double)(step->after->time_ns - step->before->time_ns) /
				FDP_NS_PER_S);
	else if (!step->leads)
		putc('\n', output);
}

/* All of it or, if this process is lost meanwhile, nothing. */
static int print_whole(const struct fdp_report *report,
		       const struct fdp_dump_command *command,
		       const struct fdp_watch_step *step)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *memory = NULL;
	size_t size;
	int r;

	memory = open_memstream(&text, &size);
	if (!memory)
		return -ENOMEM;
	if (!command->json)
		write_separator(step, memory);
	r = render(report, command, memory);
	if (r == 0 && fflush(memory) != 0)
		r = -ENOMEM;
	if (r == 0 &&
	    (fwrite(text, 1, size, stdout) != size || fflush(stdout) != 0))
		r = -EIO;
	return r;
}

static int capture(const struct fdp_dump_command *command,
		   struct fdp_dump_options *options,
		   struct fdp_target **ret_target)
{
	const struct fdp_living_request request = {
		.pid = command->pid,
		.rehearse = fdp_analyse_rehearse,
		.argument = options,
	};

	if (command->nonblocking)
		return fdp_capture_nonblocking(command->pid, &fdp_python_stacks,
					       ret_target);
	return fdp_capture_living(&request, ret_target);
}

/* As decode will want to know it. */
static int note_wishes(struct fdp_target *target,
		       const struct fdp_dump_command *command)
{
	int r = command->locals
			? fdp_target_note(target, "report/locals", "1", 1)
			: 0;

	return r == 0 && command->guess_names
		       ? fdp_target_note(target, "report/guess-names", "1", 1)
		       : r;
}

static int finish(struct fdp_target *target, uint64_t now_ns,
		  const struct fdp_dump_command *command,
		  const struct fdp_watch_step *step, struct fdp_report *report)
{
	if (!step)
		return print(report, command);
	fdp_watch_compare(target, now_ns, step->before, report, step->after);
	return print_whole(report, command, step);
}

int fdp_dump_once(const struct fdp_dump_command *command,
		  const struct fdp_watch_step *step, int file)
{
	struct fdp_dump_options options = {
		.native = command->native,
		.exceptions = true,
		.locals = command->locals,
		.guess_names = command->guess_names,
	};
	struct fdp_target *target = NULL;
	struct fdp_report report;
	uint64_t now_ns;
	int r;

	memset(&report, 0, sizeof(report));
	r = capture(command, &options, &target);
	now_ns = fdp_clock_now_ns();
	if (r == 0 && step)
		fdp_watch_ask(target);
	if (r == 0)
		r = note_wishes(target, command);
	if (r == 0)
		r = fdp_analyse_dump(target, &options, &report);
	if (r == 0 && file >= 0)
		r = fdp_record(target, file);
	if (r == 0)
		r = finish(target, now_ns, command, step, &report);
	if (r == 0 && !report.python.implementation)
		r = FDP_DUMP_NOT_PYTHON;
	fdp_report_done(&report);
	fdp_target_free(target);
	return r;
}
