/*
 * die WAY ARRANGEMENT PLACE [OPTION...]: one process that dies, or nearly does.
 *
 * Standard output is the same in every run; what is not (addresses, pids) goes
 * into the file "notes" of the working directory.  Nothing here knows
 * fdpreload.
 */
#ifndef DIE_H
#define DIE_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How the program ends when it does not die of a signal. */
enum {
	EXIT_CAME_BACK = 0, /* the way did not kill */
	EXIT_TROUBLE = 1,   /* the program itself is wrong */
	EXIT_HANDLER = 3,
	EXIT_JUMPED = 4,
	EXIT_CAUGHT = 5,
	EXIT_RECOVERED = 6,
};

typedef void handler_function(int, siginfo_t *, void *);

struct way {
	const char *name;
	int signal;
	const char *code; /* its si_code, as the report names it */
	const char *traits;
	void (*go)(void);
};

struct arrangement {
	const char *name;
	const char *traits;
	const char *symbol; /* of the handler */
	handler_function *handler;
	int flags;
	void (*install)(const struct arrangement *, int signal);
	void (*here)(int signal); /* in the thread that will die */
	void (*after_jump)(void); /* instead of leaving */
};

struct place {
	const char *name;
	const char *traits;
	void (*run)(void);
};

/* What the command line asked for. */
struct plan {
	const struct way *way;
	const struct arrangement *arrangement;
	const struct place *place;
	size_t altstack; /* bytes; 0: none of our own */
	int pending;	 /* this signal is pending, and blocked */
	bool subreaper;
	size_t stack; /* of the thread that dies, in KiB; 0: the usual */
	bool paint;   /* see paint.h */
	bool bystander, no_daemon, no_sending;
	char *const *arguments;
};

extern struct plan plan;

/* ways.c, sent.c, throw.cc */
extern const struct way ways[], sent_ways[];
extern const size_t way_count, sent_way_count;
void way_div(void);

/* arrange.c: the table; handlers.c, foreign.c: what is in it */
extern const struct arrangement arrangements[];
extern const size_t arrangement_count;
handler_function handler_returns, handler_exits, handler_jumps,
	handler_reraises, handler_defaults, handler_kills, handler_aborts,
	handler_raises_fpe, handler_unblocks, handler_fixes, handler_throws,
	handler_raw_reraises, handler_raw_restores, handler_raw_chains;
void install_action(const struct arrangement *arrangement, int signal);
void install_raw(const struct arrangement *arrangement, int signal);
void install_deep(const struct arrangement *arrangement, int signal);
void set_default(int signal);
void use_altstack(int signal);

/* places.c */
extern const struct place places[];
extern const size_t place_count;
extern sigjmp_buf way_out;
/* Where the stack of the place begins. */
extern char *volatile place_base;
/* Does it: the way, in the thread that is to die. */
void place_go(void);
/* Ends the process as its place asks for; never returns. */
void leave(int status) __attribute__((noreturn));

/* say.c: usable in any handler, on a small stack. */
void say(const char *text);
void say_number(const char *text, unsigned long number);
void note(const char *text, unsigned long number);
void notes_open(void);
void trouble(const char *text) __attribute__((noreturn));

/* The system call in which a thread sleeps; -1: it runs. */
int sleeps_in(int pid, int tid);

/* Wait until a thread of a process, or all but the caller, are asleep. */
void wait_asleep(int pid, int tid);
void wait_others_asleep(void);

/* throw.cc */
#ifdef __cplusplus
extern "C" {
#endif
void way_throw(void);
void way_terminate(void);
void terminate_with(void (*handler)(void));
void call_and_catch(void (*function)(void), void (*caught)(void));
void throw_something(void);
#ifdef __cplusplus
}
#endif

#endif
