/*
 * Reports made by hand, and what rendering makes of them.
 */
#ifndef FDP_TESTS_UNIT_REPORTS_H
#define FDP_TESTS_UNIT_REPORTS_H

#include "../../daemon/report.h"

#define demo_START 0x7f1200000000
#define libpython_START 0x7f1300000000
#define libc_START 0x7f1400000000
#define shim_START 0x7f1500000000
extern const struct fdp_module demo, libpython, libc, shim;

#define NATIVE(name, in, at)                                                   \
	{                                                                      \
		.kind = FDP_FRAME_NATIVE, .function = (name), .module = &(in), \
		.pc = in##_START + (at), .offset = 0x14, .line = FDP_UNKNOWN   \
	}
#define PYTHON(name, number)                                                   \
	{                                                                      \
		.kind = FDP_FRAME_PYTHON, .function = (name),                  \
		.file = "/srv/app.py", .line = (number),                       \
		.end_line = FDP_UNKNOWN, .column = FDP_UNKNOWN,                \
		.end_column = FDP_UNKNOWN                                      \
	}

#define FRAMES(array) .frames = (array), .frame_count = ARRAY_SIZE(array)

/* Frames of a crash in demo, called from Python; number 5 is Python's. */
extern struct fdp_frame crashed_frames[9];

/* A thread that Python does not know; the last frame lies in no module. */
extern struct fdp_frame native_frames[3];

/* A report of which nothing is known but what must be. */
struct fdp_report unknown_report(void);

/* A crash of python3.12 with five threads; everything is known. */
struct fdp_report whole_report(void);

/* The same, but a handler in demo had the signal first, and then aborted. */
struct fdp_report handled_report(void);

/* What fdp_render_text() and fdp_render_json() write; for free(). */
char *render(const struct fdp_report *report, bool brief, bool color);
char *render_json(const struct fdp_report *report);

/* Fails the test unless both are equal. */
void compare(const char *text, const char *expected);

/* Fails it unless the JSON form of REPORT, loaded, has that form again. */
void comes_back(const struct fdp_report *report);

/* Fails it unless a report that is made of MEMBER alone is refused, and why. */
void is_refused(const char *member, const char *why);

#endif
