#include <limits.h>
#include <string.h>

#include "load_values.h"

static enum fdp_greenlet_state load_state(struct fdp_load *load,
					  const json_t *object)
{
	const char *word = fdp_load_string(load, object, "state");

	for (int i = 0; word && i <= FDP_GREENLET_SUSPENDED; i++)
		if (strcmp(fdp_greenlet_state_word((enum fdp_greenlet_state)i),
			   word) == 0)
			return (enum fdp_greenlet_state)i;
	fdp_load_fail(load, "state", "a greenlet's state");
	return FDP_GREENLET_SUSPENDED;
}

static void load_greenlet(struct fdp_load *load, const json_t *object,
			  size_t below, struct fdp_greenlet *greenlet)
{
	int64_t tid = fdp_load_count(load, object, "tid", INT_MAX);
	int64_t parent = fdp_load_count(load, object, "parent", LONG_MAX);

	if (parent >= 0 && (size_t)parent >= below)
		fdp_load_fail(load, "parent", "a place in the list");
	fdp_load_address(load, object, "address", &greenlet->address);
	greenlet->type = fdp_load_string(load, object, "type");
	greenlet->main = fdp_load_flag(load, object, "main") == 1;
	greenlet->state = load_state(load, object);
	greenlet->function = fdp_load_string(load, object, "function");
	greenlet->parent = parent < 0 ? FDP_UNKNOWN : (long)parent;
	greenlet->tid = tid < 0 ? 0 : (pid_t)tid;
	greenlet->late = fdp_load_flag(load, object, "late") == 1;
	greenlet->truncated = fdp_load_flag(load, object, "truncated") == 1;
	greenlet->frames =
		fdp_load_frames(load, object, &greenlet->frame_count);
}

void fdp_load_greenlets(struct fdp_load *load, const json_t *root)
{
	struct fdp_greenlets *greenlets = &load->report->greenlets;
	const json_t *list = fdp_load_list(load, root, "greenlets");
	size_t count = json_array_size(list);

	load->place = "greenlets";
	greenlets->list = fdp_load_array(load, count, sizeof(*greenlets->list));
	for (size_t i = 0; greenlets->list && i < count && !load->error; i++)
		load_greenlet(load, json_array_get(list, i), count,
			      &greenlets->list[i]);
	greenlets->count = greenlets->list && !load->error ? count : 0;
}
