/* What the process wants to have shown, as a fact of the target. */
#ifndef FDP_WORKER_ANNOTATE_H
#define FDP_WORKER_ANNOTATE_H

#include "../annotations.h"
#include "../target.h"

/* Notes the fact report/annotations; ANNOTATIONS NULL: nothing. */
void fdp_worker_annotate(struct fdp_target *target,
			 const struct fdp_annotations *annotations);

#endif
