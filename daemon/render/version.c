#include "version.h"

#include <stdio.h>

bool fdp_version_is_until(const struct fdp_report *report, int minor, int micro)
{
	int major, its_minor, its_micro;

	return report->python.version &&
	       sscanf(report->python.version, "%d.%d.%d", &major, &its_minor,
		      &its_micro) == 3 &&
	       (major < 3 ||
		(major == 3 && (its_minor < minor ||
				(its_minor == minor && its_micro <= micro))));
}

int fdp_version_minor(const struct fdp_report *report)
{
	int major, minor;

	if (!report->python.version ||
	    sscanf(report->python.version, "%d.%d", &major, &minor) != 2)
		return FDP_MINOR_NEWEST;
	if (major < 3)
		return -1;
	return major == 3 ? minor : FDP_MINOR_NEWEST;
}
