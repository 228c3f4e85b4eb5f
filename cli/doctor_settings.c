/*
 * The variables that are set, and where reports go, as the daemon's own code
 * sees them: what it would write into its log is a finding here.
 */
#include "../daemon/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../daemon/base/util.h"
#include "../daemon/log.h"
#include "../daemon/store.h"
#include "doctor.h"

#define CHECK "log directory"

/* A report of many threads has some megabytes; most have 100 KB. */
#define SPACE_NEEDED (UINT64_C(1) << 20)
#define SPACE_AMPLE (UINT64_C(64) << 20)

/* Where the log goes while the settings are checked. */
static struct fdp_findings *log_findings;

void fdp_log_warning(const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (!log_findings)
		return;
	if (text)
		fdp_found_note(log_findings, "settings", "%s", text);
	else
		log_findings->incomplete = true;
}

void fdp_log_debug(const char *format, ...)
{
	(void)format;
}

static void look_at_variables(struct fdp_findings *findings)
{
	const char *follow = getenv("FDPRELOAD_FOLLOW");
	size_t before = findings->count, set = 0;

	for (char **variable = environ; *variable; variable++)
		set += STARTS_WITH(*variable, "FDPRELOAD_");
	log_findings = findings;
	fdp_settings_check();
	log_findings = NULL;
	if (follow && strcmp(follow, "none") == 0) {
		fdp_found_problem(findings, "settings",
				  "FDPRELOAD_FOLLOW is none: no program is "
				  "watched");
		fdp_found_advice(findings, "unset it");
	} else if (findings->count == before && set) {
		fdp_found_ok(findings, "settings",
			     "%zu variables are set, and understood", set);
	} else if (findings->count == before) {
		fdp_found_ok(findings, "settings",
			     "none are set: the defaults hold");
	}
}

static void look_at_space(struct fdp_findings *findings, int directory)
{
	struct statvfs fs;
	uint64_t space;

	if (fstatvfs(directory, &fs) < 0)
		return;
	space = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (space < SPACE_NEEDED || (fs.f_files && !fs.f_favail)) {
		fdp_found_problem(findings, "log space",
				  "%llu KiB and %llu files are left",
				  (unsigned long long)space >> 10,
				  (unsigned long long)fs.f_favail);
		fdp_found_advice(findings, "make room, or set "
					   "FDPRELOAD_LOG_DIR");
	} else if (space < SPACE_AMPLE) {
		fdp_found_note(findings, "log space", "only %llu MiB are left",
			       (unsigned long long)space >> 20);
	} else {
		fdp_found_ok(findings, "log space", "%llu MiB are left",
			     (unsigned long long)space >> 20);
	}
}

static void explain_refusal(struct fdp_findings *findings, const char *path,
			    int r)
{
	struct stat status;

	if (r != -EPERM || stat(path, &status) < 0) {
		fdp_found_problem(findings, CHECK, "%s: %s", path,
				  strerror(-r));
		fdp_found_advice(findings,
				 "set FDPRELOAD_LOG_DIR to a directory of "
				 "your own");
	} else if (status.st_mode & (S_IWGRP | S_IWOTH)) {
		fdp_found_problem(findings, CHECK,
				  "%s can be written by others (mode %04o), "
				  "and is not used",
				  path, (unsigned)status.st_mode & 07777);
		fdp_found_advice(findings, "chmod go-w it");
	} else {
		fdp_found_problem(findings, CHECK,
				  "%s belongs to user %u, and is not used",
				  path, (unsigned)status.st_uid);
		fdp_found_advice(findings,
				 "chown it, or set FDPRELOAD_LOG_DIR");
	}
}

/* A file in it, as a report is made; nothing stays. */
static void look_at_existing(struct fdp_findings *findings, const char *path)
{
	struct fdp_store_file file = FDP_STORE_FILE_NONE;
	_cleanup_close_ int directory = fdp_store_open(path);
	int r;

	if (directory < 0) {
		explain_refusal(findings, path, directory);
		return;
	}
	r = fdp_store_create(directory, &file);
	if (r < 0) {
		fdp_found_problem(findings, CHECK,
				  "no file can be made in %s: %s", path,
				  strerror(-r));
		fdp_found_advice(findings,
				 "set FDPRELOAD_LOG_DIR to a directory of "
				 "your own");
		return;
	}
	fdp_store_discard(directory, &file);
	fdp_found_ok(findings, CHECK, "%s", path);
	look_at_space(findings, directory);
}

/* Cuts PATH to what exists of it.  A link that leads nowhere exists. */
static void cut_to_existing(char *path)
{
	struct stat status;
	char *slash;

	while (lstat(path, &status) < 0 && errno == ENOENT &&
	       (slash = strrchr(path, '/'))) {
		if (slash == path) {
			path[1] = '\0';
			return;
		}
		*slash = '\0';
	}
}

/* The reporter makes it at the first report; to look is not to make it. */
static void look_at_missing(struct fdp_findings *findings, const char *path)
{
	_cleanup_free_ char *parent = strdup(path);
	struct stat status;
	int r = 0;

	if (!parent)
		return;
	cut_to_existing(parent);
	if (stat(parent, &status) < 0)
		r = -errno;
	else if (!S_ISDIR(status.st_mode))
		r = -ENOTDIR;
	else if (faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) < 0)
		r = -errno;
	if (r == 0) {
		fdp_found_ok(findings, CHECK,
			     "%s is made when there is something to write",
			     path);
		return;
	}
	fdp_found_problem(findings, CHECK, "%s cannot be made: %s: %s", path,
			  parent, strerror(-r));
	fdp_found_advice(findings,
			 "set FDPRELOAD_LOG_DIR to a directory of your own");
}

static void look_at_log_directory(struct fdp_findings *findings,
				  const char *path)
{
	struct stat status;

	if (!path) {
		fdp_found_problem(findings, CHECK,
				  "there is none: HOME is not set");
		fdp_found_advice(findings, "set FDPRELOAD_LOG_DIR");
	} else if (stat(path, &status) < 0 && errno == ENOENT) {
		look_at_missing(findings, path);
	} else {
		look_at_existing(findings, path);
	}
}

void fdp_doctor_settings(struct fdp_findings *findings)
{
	struct fdp_settings settings;

	look_at_variables(findings);
	if (fdp_settings_read(&settings) < 0) {
		findings->incomplete = true;
		return;
	}
	look_at_log_directory(findings, settings.log_directory);
	fdp_settings_done(&settings);
}
