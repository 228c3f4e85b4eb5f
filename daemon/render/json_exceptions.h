/* The exceptions of a thread as members of its JSON object. */
#ifndef FDP_RENDER_JSON_EXCEPTIONS_H
#define FDP_RENDER_JSON_EXCEPTIONS_H

#include <stdio.h>

#include "../report.h"
#include "json_frames.h"

/* Writes "raised", "handled" and "exceptions".  0, -EIO or -ENOMEM. */
int fdp_json_exceptions_write(FILE *out, struct fdp_json_frames *frames,
			      const struct fdp_exceptions *exceptions);

#endif
