/*
 * Rendering: a report as text or JSON.  Knows only report.h; no process, no
 * clock, no globals.
 */
#ifndef FDP_RENDER_RENDER_H
#define FDP_RENDER_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "../report.h"

struct fdp_text_options {
	bool brief;	  /* what goes to the application's stderr */
	bool color;	  /* the output is a terminal */
	bool recent_last; /* stacks as traceback.print_stack() has them */
	const char *log;  /* brief: path of the full report, or NULL */
};

/*
 * The text form, about 100 columns.  Control characters and invalid UTF-8 are
 * escaped.  0, or -EIO if OUTPUT has an error.
 */
int fdp_render_text(const struct fdp_report *report,
		    const struct fdp_text_options *options, FILE *output);

/*
 * One JSON object and a newline, schema "fdpreload.report/1" (see
 * man/fdpreload-report.5.scd).  Frames are written one by one, so memory does
 * not grow with depth.  0, -EIO or -ENOMEM.
 */
int fdp_render_json(const struct fdp_report *report, FILE *output);

#endif
