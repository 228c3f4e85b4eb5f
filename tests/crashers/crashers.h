/*
 * One smallest function per way to die, for the end-to-end tests.
 *
 * A crasher takes nothing and does not come back, unless its name says that it
 * recovers.  It returns an int only so that a compiler has to keep the access
 * it dies of.
 *
 * The tests compare functions and lines exactly.  No line number is written
 * down: HERE() notes where it stands, and the module hands the list out.
 */
#ifndef CRASHERS_H
#define CRASHERS_H

struct crash_line {
	const char *function;
	const char *file;
	int line;
};

/*
 * Puts a note into the section that py_lines() walks over.  The alignment is
 * said, because compilers pad large objects, and an array has no padding.
 */
#define CRASH_LINE(offset)                                                     \
	static const struct crash_line crash_line_here_                        \
		__attribute__((section("crash_lines"), used, aligned(8))) = {  \
			__func__, __FILE_NAME__, __LINE__ + (offset)           \
		}

/* EXPRESSION, whose line a report may show for this function. */
#define HERE(expression)                                                       \
	({                                                                     \
		CRASH_LINE(0);                                                 \
		expression;                                                    \
	})

/* The end of the function, two lines below, behind its return. */
#define HERE_ENDS()                                                            \
	do {                                                                   \
		CRASH_LINE(2);                                                 \
	} while (0)

/* Keeps a function whole and under its own name, whatever the level. */
#define CRASHER __attribute__((noipa))

/* Frames that one report of a deep native stack must hold. */
#define NATIVE_DEPTH 40000

struct crasher {
	const char *name;
	int (*die)(void);
};

/* Ends with a NULL name. */
extern const struct crasher crashers[];

/* The crasher of that name, or NULL. */
const struct crasher *crasher_find(const char *name);

/* memory.c */
int null_read(void);
int null_write(void);
int call_null(void);
int call_near_null(void);
int call_heap(void);
int non_canonical(void);
int unmapped_read(void);
int write_read_only(void);
int read_guarded(void);
int past_end_of_file(void);
int misaligned(void);

/* overflow.c */
int overflow(void);
int native_depth(void);

/* processor.c */
int divide(void);
int undefined_instruction(void);
int breakpoint(void);

/* library.c */
int library_abort(void);
int library_assert(void);
int double_free(void);
int smash_stack(void);

/* smashed.c */
int smash_frames(void);
int hide_page(void);
int unmap_page(void);
int no_table(void);

/* Code that nothing can unwind, and that calls its argument; or NULL. */
void *made_code(void);

/* sent.c */
int forbidden_call(void);
int raise_fault(void);
int raise_floating(void);
int kill_self(void);
int kill_from_other(void);
int queue_self(void);
int tgkill_self(void);

/* handlers.c; the first two live on. */
int recover_by_jump(void);
int recover_by_page(void);
int jump_then_deeper(void);
int page_then_null(void);
int in_handler(void);

/* Installs the handler of that name.  0 or an errno value. */
int handler_install(const char *name);

/*
 * threads.c.  A parked thread has told so and sleeps until the process dies.
 */
int park(void);
void wait_parked(int count);
int parked_count(void);

/* Starts a thread that runs CALL(ARGUMENT).  0 or an errno value. */
int start_thread(int (*call)(void *argument), void *argument);

/* A thread without Python that dies in WAY once COUNT threads are parked. */
int start_native_thread(const struct crasher *way, int count);

#endif
