#include "waits_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* WHAT, a sentence that ends with the name of the owner, if it is known. */
static char *say_thread(struct fdp_wait_filler *filler,
			const struct fdp_wait_found *found, const char *what)
{
	struct fdp_arena *arena = &filler->report->arena;
	const char *name = fdp_identity_name(filler->identities, found->owner);

	if (!name)
		return fdp_arena_printf(arena, "%s thread %ld", what,
					(long)found->owner);
	return fdp_arena_printf(arena, "%s thread %ld \"%s\"", what,
				(long)found->owner, name);
}

static char *say_import(struct fdp_wait_filler *filler,
			const struct fdp_wait_found *found)
{
	struct fdp_arena *arena = &filler->report->arena;
	const char *what = fdp_arena_printf(
		arena, "waits for the import of \"%s\"", found->module);

	if (!what)
		return NULL;
	if (!found->owner)
		return fdp_arena_printf(arena, "%s by another thread", what);
	what = fdp_arena_printf(arena, "%s by", what);
	return what ? say_thread(filler, found, what) : NULL;
}

/* " held by thread 13 "b"", or the like; NULL: no memory. */
static char *say_owner(struct fdp_wait_filler *filler,
		       const struct fdp_wait_found *found)
{
	struct fdp_arena *arena = &filler->report->arena;

	if (!found->owner)
		return fdp_arena_strdup(arena, "");
	if (found->owner == filler->reading->tid)
		return fdp_arena_strdup(arena, " that it holds itself");
	return say_thread(filler, found, " held by");
}

char *fdp_wait_say_found(struct fdp_wait_filler *filler,
			 const struct fdp_wait_found *found)
{
	struct fdp_arena *arena = &filler->report->arena;
	char *owner = say_owner(filler, found);

	if (!owner)
		return NULL;
	if (strcmp(found->kind, "gil") == 0)
		return fdp_arena_printf(arena, "waits for the GIL%s", owner);
	if (strcmp(found->kind, "thread") == 0)
		return say_thread(filler, found, "waits for the end of");
	if (found->module)
		return say_import(filler, found);
	return fdp_arena_printf(arena, "waits for %s 0x%llx%s%s", found->what,
				(unsigned long long)found->address, owner,
				fdp_futex_is_timed(&filler->reading->call)
					? ", with a timeout"
					: "");
}

static char *say_child(struct fdp_wait_filler *filler, pid_t pid)
{
	struct fdp_arena *arena = &filler->report->arena;
	const char *name;
	char key[48];

	snprintf(key, sizeof(key), "process/%d/comm", (int)pid);
	if (fdp_identities_are_mapped(filler->identities) ||
	    fdp_target_fact(filler->target, key, &name, NULL) < 0)
		return fdp_arena_printf(arena, "waits for its child %d",
					(int)pid);
	return fdp_arena_printf(arena, "waits for its child %d \"%s\"",
				(int)pid, name);
}

char *fdp_wait_say_wait4(struct fdp_wait_filler *filler)
{
	pid_t pid = (pid_t)filler->reading->call.arguments[0];

	if (pid > 0)
		return say_child(filler, pid);
	return fdp_arena_strdup(&filler->report->arena,
				pid == -1 ? "waits for any child"
					  : "waits for a child of a group");
}

char *fdp_wait_say_waitid(struct fdp_wait_filler *filler)
{
	const uint64_t *arguments = filler->reading->call.arguments;

	if (arguments[0] == P_PID)
		return say_child(filler, (pid_t)arguments[1]);
	return fdp_arena_strdup(&filler->report->arena,
				arguments[0] == P_ALL ? "waits for any child"
						      : "waits for a child");
}

char *fdp_wait_say_call(struct fdp_wait_filler *filler, bool descriptor)
{
	struct fdp_arena *arena = &filler->report->arena;
	const struct fdp_system_call *call = &filler->reading->call;
	const char *name = fdp_system_call_name(call->number);

	if (!name)
		return fdp_arena_printf(arena, "is in system call %lld",
					(long long)call->number);
	if (!descriptor)
		return fdp_arena_printf(arena, "is in %s()", name);
	return fdp_arena_printf(arena, "is in %s() on descriptor %d", name,
				(int)call->arguments[0]);
}
