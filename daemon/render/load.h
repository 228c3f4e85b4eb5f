/*
 * A report from its JSON form, so that it can be shown as text: the other way
 * of json.c.  What it is given may have been made by anybody.
 */
#ifndef FDP_RENDER_LOAD_H
#define FDP_RENDER_LOAD_H

#include <stddef.h>

#include "../report.h"

#define FDP_LOAD_WHY_SIZE 256

/*
 * Fills REPORT, which was all zero, from SIZE bytes of TEXT: one object and
 * nothing behind it.  Fields that are missing count as null, so that reports of
 * earlier versions can be shown, and those that are not known are ignored.
 *
 * 0; -EBADMSG: it is no such report, and RET_WHY says what is wrong with it;
 * -ENOMEM.  REPORT is to be emptied with fdp_report_done() in any case.
 */
int fdp_report_load(const char *text, size_t size, struct fdp_report *report,
		    char ret_why[static FDP_LOAD_WHY_SIZE]);

#endif
