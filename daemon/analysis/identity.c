#include "identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../python/table.h"

enum { BY_TID, BY_OWN_TID, BY_POINTER };

struct fdp_identities {
	struct fdp_table table;
	bool mapped;
};

/*
 * The last number of the line NSpid of TEXT, or 0; *RET_COUNT is how many there
 * are: one for each namespace from ours on.
 */
static uint64_t last_number(const char *text, size_t *ret_count)
{
	const char *at = strstr(text, "\nNSpid:");
	unsigned long long number = 0;
	size_t count = 0;

	if (at)
		at += strlen("\nNSpid:");
	while (at && *at == '\t') {
		char *end;

		number = strtoull(at + 1, &end, 10);
		if (end == at + 1)
			break;
		at = end;
		count++;
	}
	*ret_count = count;
	return number;
}

static bool has_namespace(struct fdp_target *target)
{
	const char *text;
	size_t count = 0;

	if (fdp_target_fact(target, "proc/status", &text, NULL) == 0)
		last_number(text, &count);
	return count > 1;
}

/* 0: it is not known. */
static uint64_t own_tid(struct fdp_target *target, pid_t tid)
{
	const char *text;
	size_t count;
	char key[48];

	snprintf(key, sizeof(key), "thread/%d/status", (int)tid);
	if (fdp_target_fact(target, key, &text, NULL) < 0)
		return 0;
	return last_number(text, &count);
}

static int add_thread(struct fdp_identities *identities,
		      struct fdp_target *target, struct fdp_thread *thread)
{
	uint64_t tid = (uint64_t)thread->tid;
	uint64_t pointer =
		thread->has_registers ? thread->registers.thread_pointer : 0;
	uint64_t own = identities->mapped ? own_tid(target, thread->tid) : tid;
	int r = fdp_table_add(&identities->table, tid, BY_TID, thread);

	if (r >= 0 && own)
		r = fdp_table_add(&identities->table, own, BY_OWN_TID, thread);
	if (r >= 0 && pointer)
		r = fdp_table_add(&identities->table, pointer, BY_POINTER,
				  thread);
	return r < 0 ? r : 0;
}

int fdp_identities_new(struct fdp_target *target,
		       struct fdp_identities **ret_identities)
{
	struct fdp_identities *identities = calloc(1, sizeof(*identities));
	int r = 0;

	if (!identities)
		return -ENOMEM;
	identities->mapped = has_namespace(target);
	for (size_t i = 0; r == 0 && i < target->thread_count; i++)
		r = add_thread(identities, target, &target->threads[i]);
	if (r < 0) {
		fdp_identities_free(identities);
		return r;
	}
	*ret_identities = identities;
	return 0;
}

void fdp_identities_free(struct fdp_identities *identities)
{
	if (!identities)
		return;
	fdp_table_done(&identities->table);
	free(identities);
}

const struct fdp_thread *
fdp_identity_by_own_tid(const struct fdp_identities *identities, uint64_t tid)
{
	return fdp_table_find(&identities->table, tid, BY_OWN_TID);
}

const struct fdp_thread *
fdp_identity_by_pointer(const struct fdp_identities *identities,
			uint64_t pointer)
{
	return fdp_table_find(&identities->table, pointer, BY_POINTER);
}

const char *fdp_identity_name(const struct fdp_identities *identities,
			      pid_t tid)
{
	const struct fdp_thread *thread =
		fdp_table_find(&identities->table, (uint64_t)tid, BY_TID);

	return thread && thread->name[0] ? thread->name : NULL;
}

bool fdp_identities_are_mapped(const struct fdp_identities *identities)
{
	return identities->mapped;
}
