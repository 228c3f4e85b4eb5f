#include "thread_ids.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * struct pthread of glibc on x86-64: the thread control block begins with a
 * pointer to itself and has another one (tcb and self); the tid lies behind
 * that block and a list.  The same in every release since 2.4.
 */
#define PTHREAD_SELF 16
#define PTHREAD_TID 0x2d0

/* What stands behind NAME in the text of a status file, or NULL. */
static const char *find_line(const char *text, const char *name)
{
	const char *found = strstr(text, name);

	return found ? found + strlen(name) : NULL;
}

/* The last number in the line, if there is more than one; else 0. */
static pid_t last_of_several(const char *line)
{
	long value = 0;
	size_t count = 0;

	while (*line && *line != '\n') {
		char *end;

		if (!isdigit((unsigned char)*line)) {
			line++;
			continue;
		}
		value = strtol(line, &end, 10);
		line = end;
		count++;
	}
	return count > 1 && value > 0 && value <= INT32_MAX ? (pid_t)value : 0;
}

/* The number in the innermost namespace, or 0 if that is ours. */
static pid_t inner_number(struct fdp_target *target, const char *key)
{
	const char *text;
	const char *line;

	if (fdp_target_fact(target, key, &text, NULL) < 0)
		return 0;
	line = find_line(text, "\nNSpid:");
	return line ? last_of_several(line) : 0;
}

pid_t fdp_thread_own_id(struct fdp_target *target,
			const struct fdp_thread *thread)
{
	char key[48];
	pid_t number;

	/* Asked once for all: each thread's is a file more. */
	if (!inner_number(target, "proc/status"))
		return thread->tid;
	snprintf(key, sizeof(key), "thread/%d/status", (int)thread->tid);
	number = inner_number(target, key);
	return number ? number : thread->tid;
}

pid_t fdp_pthread_own_id(struct fdp_target *target, uint64_t pointer)
{
	uint64_t block, self;
	uint32_t tid;

	if (!pointer || fdp_target_read_u64(target, pointer, &block) < 0 ||
	    fdp_target_read_u64(target, pointer + PTHREAD_SELF, &self) < 0 ||
	    block != pointer || self != pointer ||
	    fdp_target_read_u32(target, pointer + PTHREAD_TID, &tid) < 0)
		return 0;
	return tid <= INT32_MAX ? (pid_t)tid : 0;
}

int fdp_pthread_touch(const struct fdp_memory *memory, uint64_t pointer)
{
	uint64_t block, self;
	uint32_t tid;
	int r = memory->read(memory->argument, pointer, &block, sizeof(block));

	if (r == 0)
		r = memory->read(memory->argument, pointer + PTHREAD_SELF,
				 &self, sizeof(self));
	/* Of another libc nothing is known. */
	if (r == 0 && block == pointer && self == pointer)
		r = memory->read(memory->argument, pointer + PTHREAD_TID, &tid,
				 sizeof(tid));
	return r;
}
