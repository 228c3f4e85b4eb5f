/*
 * What the C microbenchmarks measure: each is one row of the table in
 * operations.c, named as bench/figures.py names it.
 */
#ifndef FDP_BENCH_OPERATION_H
#define FDP_BENCH_OPERATION_H

struct operation {
	const char *name;
	unsigned batch;		 /* so many take about a millisecond */
	void (*run)(unsigned n); /* does it N times */
	void (*prepare)(void);	 /* or NULL; once, before the first run */
};

/* Stops the benchmark if RESULT is not 0: a figure of a failure is none. */
void must(int result, const char *what);

/* threads.c */
void thread_one(unsigned n);
void thread_many(unsigned n);

/* forks.c */
void prepare_small(void);
void prepare_large(void);
void fork_and_wait(unsigned n);
void spawn_true(unsigned n);
void spawn_true_bare(unsigned n);

/* faults.c */
void prepare_kill(void);
void prepare_step(void);
void prepare_fix(void);
void prepare_jump(void);
void prepare_jump_plain(void);
void prepare_step_onstack(void);
void prepare_fix_onstack(void);
void prepare_jump_onstack(void);
void kill_self(unsigned n);
void raise_self(unsigned n);
void fault_step(unsigned n);
void fault_fix(unsigned n);
void fault_jump(unsigned n);

/* masks.c */
void prepare_masks(void);
void mask_usr1(unsigned n);
void mask_all(unsigned n);
void mask_query(unsigned n);
void action_query_owned(unsigned n);
void action_query_other(unsigned n);
void action_set_owned(unsigned n);
void action_set_other(unsigned n);
void signal_owned(unsigned n);
void stack_query(unsigned n);

#endif
