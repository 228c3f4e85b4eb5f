#include <errno.h>
#include <string.h>

#include "../daemon/base/util.h"
#include "doctor.h"
#include "elf_file.h"
#include "find.h"

static bool look_at_shim(struct fdp_findings *findings,
			 char shim[static PATH_MAX])
{
	struct fdp_elf_facts facts;
	int r;

	if (fdp_find_shim(shim) < 0) {
		fdp_found_problem(findings, "library",
				  FDP_SHIM_FILE " was not found around this "
						"program or in " FDP_LIBDIR);
		fdp_found_advice(findings,
				 "install it there, with `make install`");
		return false;
	}
	r = fdp_elf_read(shim, &facts);
	if (r < 0) {
		fdp_found_problem(findings, "library", "%s: %s", shim,
				  r == -ENOEXEC ? "not a library of this "
						  "machine"
						: strerror(-r));
		fdp_found_advice(findings, "install it again");
		return false;
	}
	if (strpbrk(shim, " :")) {
		fdp_found_problem(findings, "library",
				  "%s: LD_PRELOAD cannot name a path with a "
				  "space or a colon",
				  shim);
		fdp_found_advice(findings, "install it elsewhere");
		return false;
	}
	fdp_found_ok(findings, "library", "%s", shim);
	return true;
}

/* True: it was found. */
static bool look_at_daemon(struct fdp_findings *findings, const char *shim,
			   char daemon[static PATH_MAX])
{
	const char *own = getenv("FDPRELOAD_DAEMON");
	int r = fdp_find_daemon(shim, daemon);

	if (r == 0) {
		fdp_found_ok(findings, "reporter", "%s", daemon);
		return true;
	}
	if (own && *own) {
		fdp_found_problem(findings, "reporter",
				  "FDPRELOAD_DAEMON is %s: %s", own,
				  strerror(-r));
		fdp_found_advice(findings,
				 "unset it, or let it name " FDP_DAEMON_FILE);
	} else {
		fdp_found_problem(findings, "reporter",
				  FDP_DAEMON_FILE " is not beside the library, "
						  "and %s: %s",
				  daemon, strerror(-r));
		fdp_found_advice(findings,
				 "install it there, with `make install`, or "
				 "set FDPRELOAD_DAEMON");
	}
	return false;
}

/* The daemon looks beside its own file, wherever links to it are. */
static void look_at_analysis(struct fdp_findings *findings, const char *daemon)
{
	char path[PATH_MAX];

	if (!realpath(daemon, path) ||
	    fdp_find_beside(path, FDP_ANALYSIS_FILE, path) < 0)
		return;
	if (access(path, R_OK) == 0) {
		fdp_found_ok(findings, "analysis", "%s", path);
		return;
	}
	fdp_found_problem(findings, "analysis", "%s: %s", path,
			  strerror(errno));
	fdp_found_advice(findings,
			 "put it beside the reporter: without it reports are "
			 "a few lines on standard error");
}

bool fdp_doctor_products(struct fdp_findings *findings,
			 char shim[static PATH_MAX])
{
	char daemon[PATH_MAX];
	bool found = look_at_shim(findings, shim);

	if (found && look_at_daemon(findings, shim, daemon))
		look_at_analysis(findings, daemon);
	return found;
}
