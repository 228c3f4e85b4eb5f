/* What processes want to have shown in reports about them. */
#ifndef FDP_ANNOTATIONS_H
#define FDP_ANNOTATIONS_H

#include <stddef.h>
#include <sys/types.h>

#include "../proto/proto.h"

struct fdp_daemon;
struct fdp_sender;

#define FDP_ANNOTATIONS_MAX 64

/* Processes that have any. */
#define FDP_ANNOTATED_MAX 4096

/* Of one process, in the order in which the keys were first used. */
struct fdp_annotations {
	size_t count;
	struct {
		char *key, *value;
	} entries[FDP_ANNOTATIONS_MAX];
};

struct fdp_annotated_list {
	struct fdp_annotated *first;
	int count;
};

/* ANNOTATE.  0, or -ENOSPC, -ENOMEM. */
int fdp_annotation_set(struct fdp_daemon *daemon,
		       const struct fdp_annotation *annotation,
		       const struct fdp_sender *sender);

/* Those of PID, or NULL; until the process annotates again, or dies. */
const struct fdp_annotations *
fdp_annotations_of(const struct fdp_daemon *daemon, pid_t pid);

#endif
