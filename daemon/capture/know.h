/* What each kind of capture asks of the process, and notes. */
#ifndef FDP_CAPTURE_KNOW_H
#define FDP_CAPTURE_KNOW_H

#include "../target.h"

/* The fact thread/<tid>/comm, into the name of THREAD. */
void fdp_know_name(struct fdp_target *target, struct fdp_thread *thread);

/* The fact proc/maps, into the mappings of TARGET.  0 or -errno. */
int fdp_know_maps(struct fdp_target *target);

/* The process, while it can be asked: command line, program, directory... */
void fdp_know_process(struct fdp_target *target);

/* Makes the string VALUE the fact KEY. */
void fdp_know_note(struct fdp_target *target, const char *key,
		   const char *value);

#endif
