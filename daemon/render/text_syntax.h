/*
 * Where a SyntaxError was, as the traceback module of each version shows it.
 */
#ifndef FDP_RENDER_TEXT_SYNTAX_H
#define FDP_RENDER_TEXT_SYNTAX_H

#include "../report.h"

/* The line of source that is shown, and the carets below it. */
struct fdp_syntax_mark {
	const char *text; /* NULL: there is none */
	size_t size;	  /* bytes of it */
	bool marked;
	int64_t before, carets; /* columns */
};

struct fdp_syntax_mark fdp_syntax_mark(const struct fdp_syntax_error *syntax,
				       int minor);

#endif
