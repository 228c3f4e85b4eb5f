/*
 * Times small operations inside one process.
 *
 *     operations time CPU ROW...     "ROW nanoseconds" for each; CPU -1: any
 *     operations count N ROW...      does each N times, between two marks that
 *                                    strace sees
 *     operations step N ROW...       the same, breakpoints that step sees
 *     operations nothing             only starts and ends
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* strace shows these; nobody has such a descriptor. */
static void mark_begin(void)
{
	close(-1001);
}

static void mark_end(void)
{
	close(-1002);
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

/* N times, and before that as often, for what is done only once. */
static void between(const struct operation *operation, unsigned n,
		    void (*begin)(void), void (*end)(void))
{
	prepare(operation);
	operation->run(n);
	begin();
	operation->run(n);
	end();
}

static void row(const char *mode, int number, const char *name)
{
	const struct operation *operation = find(name);

	if (strcmp(mode, "time") == 0)
		printf("%s %.1f\n", name, nanoseconds(operation));
	else if (strcmp(mode, "count") == 0)
		between(operation, (unsigned)number, mark_begin, mark_end);
	else if (strcmp(mode, "step") == 0)
		between(operation, (unsigned)number, breakpoint, breakpoint);
}

int main(int count, char **arguments)
{
	int number;

	if (count < 4)
		return count == 2 && strcmp(arguments[1], "nothing") == 0 ? 0
									  : 2;
	number = atoi(arguments[2]);
	/* Here, so that the daemon, if any, is not alone with us. */
	if (strcmp(arguments[1], "time") == 0)
		alone(number);
	for (int i = 3; i < count; i++)
		row(arguments[1], number, arguments[i]);
	return 0;
}
