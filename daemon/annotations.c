#include "annotations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alarms.h"
#include "daemon.h"
#include "wire.h"

struct fdp_annotated {
	struct fdp_alarm alarm; /* which tells of the death */
	struct fdp_annotated *next;
	struct fdp_daemon *daemon;
	struct fdp_annotations annotations;
};

static void clear(struct fdp_annotations *annotations, size_t at)
{
	free(annotations->entries[at].key);
	free(annotations->entries[at].value);
	annotations->count--;
	memmove(&annotations->entries[at], &annotations->entries[at + 1],
		(annotations->count - at) * sizeof(annotations->entries[0]));
}

static void annotated_free(struct fdp_annotated *annotated)
{
	struct fdp_annotated_list *all = &annotated->daemon->annotated;
	struct fdp_annotated **link = &all->first;

	while (*link && *link != annotated)
		link = &(*link)->next;
	if (*link) {
		*link = annotated->next;
		all->count--;
	}
	while (annotated->annotations.count > 0)
		clear(&annotated->annotations,
		      annotated->annotations.count - 1);
	fdp_alarm_end(&annotated->alarm);
	free(annotated);
}

static void dies(struct fdp_alarm *alarm)
{
	annotated_free((struct fdp_annotated *)alarm);
}

static void rings(struct fdp_alarm *alarm)
{
	(void)alarm; /* it is never set */
}

static struct fdp_annotated *find(const struct fdp_daemon *daemon, pid_t pid)
{
	struct fdp_annotated *annotated = daemon->annotated.first;

	while (annotated && annotated->alarm.pid != pid)
		annotated = annotated->next;
	return annotated;
}

static struct fdp_annotated *add(struct fdp_daemon *daemon, pid_t pid)
{
	struct fdp_annotated_list *all = &daemon->annotated;
	struct fdp_annotated *annotated =
		all->count < FDP_ANNOTATED_MAX ? calloc(1, sizeof(*annotated))
					       : NULL;

	if (!annotated)
		return NULL;
	annotated->daemon = daemon;
	if (fdp_alarm_begin(&annotated->alarm, daemon, pid, rings, dies) < 0) {
		annotated_free(annotated);
		return NULL;
	}
	annotated->next = all->first;
	all->first = annotated;
	all->count++;
	return annotated;
}

static size_t find_key(const struct fdp_annotations *annotations,
		       const char *key)
{
	size_t at = 0;

	while (at < annotations->count &&
	       strcmp(annotations->entries[at].key, key) != 0)
		at++;
	return at;
}

static int put(struct fdp_annotations *annotations, const char *key,
	       const char *value)
{
	size_t at = find_key(annotations, key);
	char *copy;

	if (at == FDP_ANNOTATIONS_MAX)
		return -ENOSPC;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	if (at == annotations->count) {
		annotations->entries[at].key = strdup(key);
		annotations->entries[at].value = NULL;
		if (!annotations->entries[at].key) {
			free(copy);
			return -ENOMEM;
		}
		annotations->count++;
	}
	free(annotations->entries[at].value);
	annotations->entries[at].value = copy;
	return 0;
}

int fdp_annotation_set(struct fdp_daemon *daemon,
		       const struct fdp_annotation *annotation,
		       const struct fdp_sender *sender)
{
	struct fdp_annotated *annotated = find(daemon, sender->pid);
	size_t at;

	if (annotation->flags & FDP_ANNOTATION_REMOVE) {
		if (!annotated)
			return 0;
		at = find_key(&annotated->annotations, annotation->key);
		if (at < annotated->annotations.count)
			clear(&annotated->annotations, at);
		return 0;
	}
	if (!annotated)
		annotated = add(daemon, sender->pid);
	return annotated ? put(&annotated->annotations, annotation->key,
			       annotation->value)
			 : -ENOMEM;
}

const struct fdp_annotations *
fdp_annotations_of(const struct fdp_daemon *daemon, pid_t pid)
{
	const struct fdp_annotated *annotated = find(daemon, pid);

	return annotated && annotated->annotations.count
		       ? &annotated->annotations
		       : NULL;
}
