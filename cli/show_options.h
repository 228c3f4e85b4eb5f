/* The command line of `fdpreload show`. */
#ifndef FDP_SHOW_OPTIONS_H
#define FDP_SHOW_OPTIONS_H

#include <stdbool.h>

#include "../daemon/render/render.h"
#include "../daemon/render/view.h"

struct fdp_show_options {
	struct fdp_view view;
	struct fdp_text_options text;
	bool locals;  /* they were asked for */
	char **files; /* those that are left of the arguments */
	int file_count;
};

/*
 * 0, or the exit status of a wrong command line, about which one line has been
 * written to stderr.
 */
int fdp_show_parse(int argc, char **argv, struct fdp_show_options *ret_options);

#endif
