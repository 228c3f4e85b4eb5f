/*
 * What `fdpreload doctor` has found, in the order in which it was found: a list
 * of sentences, each with what to do about it.
 */
#ifndef FDP_FINDINGS_H
#define FDP_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum fdp_finding_level {
	FDP_FINDING_OK,
	FDP_FINDING_NOTE,    /* good to know; reports are made */
	FDP_FINDING_PROBLEM, /* costs reports, or much of each */
};

struct fdp_finding {
	enum fdp_finding_level level;
	const char *check; /* a word or two: what was looked at */
	char *text;
	char *advice; /* or NULL */
};

/* All zero is an empty list. */
struct fdp_findings {
	struct fdp_finding *items;
	size_t count, capacity;
	bool incomplete; /* memory was out */
};

/* CHECK must live as long as the list. */
void fdp_found_ok(struct fdp_findings *findings, const char *check,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void fdp_found_note(struct fdp_findings *findings, const char *check,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void fdp_found_problem(struct fdp_findings *findings, const char *check,
		       const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* What to do about the last one that was found. */
void fdp_found_advice(struct fdp_findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool fdp_findings_have_problem(const struct fdp_findings *findings);

/* A line for each, for people.  0 or -errno. */
int fdp_findings_write_text(const struct fdp_findings *findings, FILE *out);

/*
 * fdpreload.doctor/1, see fdpreload(1).  PID is the process that was looked at,
 * 0 for none.  0 or -errno.
 */
int fdp_findings_write_json(const struct fdp_findings *findings, int pid,
			    FILE *out);

void fdp_findings_done(struct fdp_findings *findings);

#endif
