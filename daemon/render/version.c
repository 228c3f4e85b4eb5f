#include "version.h"

#include <stdio.h>

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
