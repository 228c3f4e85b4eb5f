/*
 * Signal conformance: a program that makes calls and says everything that can
 * be observed.  run.py runs it with and without the shim and compares the
 * lines.
 *
 * A suite is a function that runs in one place (main thread, another thread,
 * forked child) and splits what it says into sections; a section is a case.
 * What is said must be the same in every run: names instead of addresses, no
 * pids, no times.
 */
#ifndef FDP_TESTS_SIGNALS_CONFORM_H
#define FDP_TESTS_SIGNALS_CONFORM_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 32-bit and 64-bit masks of the kernel: bit N-1 is signal N. */
#define BIT(signal) (UINT64_C(1) << ((signal)-1))
#define FOUR (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL))

/* Places that a suite runs in. */
enum place {
	PLACE_MAIN = 1,
	PLACE_THREAD = 2, /* all is really blocked in the main thread */
	PLACE_FORK = 4,
};
#define EVERYWHERE (PLACE_MAIN | PLACE_THREAD | PLACE_FORK)

struct suite {
	const char *name;
	void (*run)(void);
	unsigned places;
};

/* Each file has one list of suites, ended by a NULL name; main.c knows them. */
extern const struct suite start_suites[];
extern const struct suite disposition_suites[];
extern const struct suite sequence_suites[];
extern const struct suite pointer_suites[];
extern const struct suite mask_suites[];
extern const struct suite inherit_suites[];
extern const struct suite exec_suites[];
extern const struct suite pending_suites[];
extern const struct suite waiting_suites[];
extern const struct suite handler_suites[];
extern const struct suite nesting_suites[];
extern const struct suite leaving_suites[];
extern const struct suite abort_suites[];
extern const struct suite altstack_suites[];
extern const struct suite restart_suites[];
extern const struct suite many_suites[];
extern const struct suite vfork_suites[];
extern const struct suite loading_suites[];

/* The seven that the shim watches and one that it does not. */
extern const int usual_signals[8];

/* main.c: the directory of the program, where its helpers are too. */
extern const char *program_directory;
extern enum place current_place;

/* say.c: one line of output, at once unless it is held. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_hold(bool hold);
void say_flush(void);

/*
 * section.c: ends the case before this one, by saying what is different from
 * its beginning; everything is reset, and a new case begins.
 */
void section(const char *format, ...) __attribute__((format(printf, 1, 2)));
void section_end(void);

/* section.c: everything as in a new program, by the ordinary calls. */
void reset(void);

/* names.c.  Each text is valid until the fourth call after it. */
const char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *signal_name(int signal);
const char *error_name(int error);
const char *handler_name(const void *handler);
const char *mask_text(const sigset_t *mask);
const char *action_text(const struct sigaction *action);
const char *stack_text(const stack_t *stack);
const char *address_name(const void *address);
/* From now on handler_name() and address_name() know it (SIZE bytes). */
void name_address(const void *address, size_t size, const char *name);

/* names.c: a set with exactly these bits, and the first 8 bytes of a set. */
void set_bits(sigset_t *set, uint64_t bits);
uint64_t get_bits(const sigset_t *set);

/* What sigaction() and sigprocmask() say now; dies when they fail. */
const char *disposition_now(int signal);
uint64_t mask_now(void);
const char *mask_now_text(void);

/* By system call: what the kernel has. */
const char *kernel_disposition(int signal);
uint64_t kernel_mask(void);

/* Sets and requires success. */
void set_action(int signal, void (*handler)(int), int flags, uint64_t mask);
void set_info_action(int signal, void (*handler)(int, siginfo_t *, void *),
		     int flags, uint64_t mask);
void set_mask(uint64_t mask);

/* child.c: runs ROW(ARGUMENT) in a forked child and says how it ended. */
void in_child(void (*row)(const void *), const void *argument);
void in_thread(void (*row)(const void *), const void *argument);
void say_end(pid_t pid);
/* The number of the system call that a thread of ours waits in, or -1. */
long thread_waits_in(pid_t tid);
/* Something this program relies on does not work: says so and ends. */
void give_up(const char *what) __attribute__((noreturn));
#define REQUIRE(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			give_up(__FILE__ ": " #condition);                     \
	} while (0)

/*
 * observe.c: OBSERVE(r = call()) sets errno and the processor's modes to odd
 * values before, says which of the modes it has changed, and leaves what the
 * call has made of errno in last_error (0: nothing).
 */
extern _Thread_local int last_error;
void observe_begin(void);
void observe_end(void);
#define OBSERVE(statement)                                                     \
	do {                                                                   \
		observe_begin();                                               \
		statement;                                                     \
		observe_end();                                                 \
	} while (0)

#endif
