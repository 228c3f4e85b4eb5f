/* Greenlets as members of the JSON form. */
#ifndef FDP_RENDER_JSON_GREENLETS_H
#define FDP_RENDER_JSON_GREENLETS_H

#include <stdio.h>

#include "../report.h"

/* What stands between the brackets of "greenlets".  0, -EIO or -ENOMEM. */
int fdp_json_greenlets_write(FILE *out, const struct fdp_report *report);

#endif
