/* What is to be said about a hang.  Pure. */
#ifndef FDP_ANALYSIS_HANG_TEXT_H
#define FDP_ANALYSIS_HANG_TEXT_H

#include "../watch_message.h"
#include "hang.h"

/* Fills RET_MESSAGE with all that LOOKS say about HANG, found in them. */
void fdp_hang_tell(const struct fdp_sights *looks, const struct fdp_hang *hang,
		   struct fdp_watch_message *ret_message);

#endif
