/* Which reporter a process has. */
#include "../daemon/reporter.h"
#include "doctor.h"

#define CHECK "reporter"

void fdp_doctor_reporter(struct fdp_findings *findings, pid_t pid,
			 const char *maps)
{
	struct fdp_memory_file file;
	pid_t daemon = 0;

	if (!fdp_reporter_memory(maps, &file)) {
		fdp_found_problem(findings, CHECK,
				  "the library is loaded, and does not watch: "
				  "the program is not Python, or one where it "
				  "stands back");
		fdp_found_advice(findings,
				 "start it with FDPRELOAD_FOLLOW=all; "
				 "FDPRELOAD_DEBUG=FILE tells why else");
		return;
	}
	switch (fdp_reporter_find(pid, &file, &daemon)) {
	case FDP_RELATION_NAMED:
		fdp_found_ok(findings, CHECK, "process %d, which knows it",
			     (int)daemon);
		break;
	case FDP_RELATION_FAMILY:
		fdp_found_ok(findings, CHECK,
			     "process %d, that of the process it was forked "
			     "from",
			     (int)daemon);
		break;
	case FDP_RELATION_HIDDEN:
		fdp_found_note(findings, CHECK,
			       "there are some that we may not look at, and "
			       "no other");
		fdp_found_advice(findings, "ask as root");
		break;
	case FDP_RELATION_NONE:
		fdp_found_problem(findings, CHECK,
				  "it is gone, or in a namespace that cannot "
				  "be seen from here");
		fdp_found_advice(findings,
				 "start the program again; until then a crash "
				 "leaves a few lines on its standard error");
		break;
	}
}
