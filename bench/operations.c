/*
 * Times small operations inside one process.
 *
 *     operations time CPU ROW...     "ROW nanoseconds" for each; CPU -1: any
 *     operations count N ROW         does it N times, for strace
 *     operations step N ROW          the same between two breakpoints, for step
 *     operations nothing             only starts and ends
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alone.h"
#include "operation.h"

/* An odd number: the median of them is one of them. */
#define BATCHES 5

static const struct operation operations[] = {
	{ "thread", 30, thread_one, NULL },
	{ "thread-32", 32, thread_many, NULL },
	{ "fork-10", 8, fork_and_wait, prepare_small },
	{ "fork-500", 2, fork_and_wait, prepare_large },
	{ "spawn", 2, spawn_true, NULL },
	{ "spawn-bare", 2, spawn_true_bare, NULL },
	{ "usr1-kill", 1000, kill_self, prepare_kill },
	{ "usr1-raise", 1000, raise_self, prepare_kill },
	{ "segv-step", 500, fault_step, prepare_step },
	{ "segv-step-onstack", 500, fault_step, prepare_step_onstack },
	{ "segv-fix", 300, fault_fix, prepare_fix },
	{ "segv-fix-onstack", 300, fault_fix, prepare_fix_onstack },
	{ "segv-jump", 300, fault_jump, prepare_jump },
	{ "segv-jump-onstack", 300, fault_jump, prepare_jump_onstack },
	{ "segv-jump-plain", 300, fault_jump, prepare_jump_plain },
	{ "mask-usr1", 3000, mask_usr1, prepare_masks },
	{ "mask-all", 3000, mask_all, prepare_masks },
	{ "mask-query", 5000, mask_query, prepare_masks },
	{ "action-query-owned", 5000, action_query_owned, prepare_masks },
	{ "action-query-other", 5000, action_query_other, prepare_masks },
	{ "action-set-owned", 5000, action_set_owned, prepare_masks },
	{ "action-set-other", 5000, action_set_other, prepare_masks },
	{ "signal-owned", 5000, signal_owned, prepare_masks },
	{ "stack-query", 5000, stack_query, prepare_masks },
};

#define COUNT (sizeof(operations) / sizeof(operations[0]))

void must(int result, const char *what)
{
	if (result == 0)
		return;
	fprintf(stderr, "operations: %s: %d, %s\n", what, result,
		strerror(errno));
	exit(1);
}

/*
 * Makes this a Python for the shim, so that it is watched and the programs that
 * it starts are not.
 */
__attribute__((visibility("default"))) extern char _PyRuntime;
char _PyRuntime;

static const struct operation *find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	fprintf(stderr, "operations: there is no %s\n", name);
	exit(1);
}

static void prepare(const struct operation *operation)
{
	if (operation->prepare)
		operation->prepare();
}

static int by_value(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* The first batch, not counted, pays for what is done only once. */
static double nanoseconds(const struct operation *operation)
{
	int64_t taken[BATCHES];

	prepare(operation);
	operation->run(operation->batch);
	for (int i = 0; i < BATCHES; i++) {
		int64_t begin = now_ns();

		operation->run(operation->batch);
		taken[i] = now_ns() - begin;
	}
	qsort(taken, BATCHES, sizeof(taken[0]), by_value);
	return (double)taken[BATCHES / 2] / operation->batch;
}

static void step(const struct operation *operation, unsigned n)
{
	prepare(operation);
	operation->run(n);
	__asm__ volatile("int3");
	operation->run(n);
	__asm__ volatile("int3");
}

int main(int count, char **arguments)
{
	const char *mode = count > 1 ? arguments[1] : "";
	int number = count > 2 ? atoi(arguments[2]) : 0;

	if (strcmp(mode, "nothing") == 0)
		return 0;
	if (strcmp(mode, "time") == 0 && count > 3) {
		/* Here, so that the daemon, if any, is not alone with us. */
		alone(number);
		for (int i = 3; i < count; i++)
			printf("%s %.1f\n", arguments[i],
			       nanoseconds(find(arguments[i])));
	} else if (strcmp(mode, "count") == 0 && count == 4) {
		prepare(find(arguments[3]));
		find(arguments[3])->run((unsigned)number);
	} else if (strcmp(mode, "step") == 0 && count == 4) {
		step(find(arguments[3]), (unsigned)number);
	} else {
		fputs("operations time|count|step NUMBER ROW...\n", stderr);
		return 2;
	}
	return 0;
}
