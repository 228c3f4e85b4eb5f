/*
 * The report: what the analysis found out, and all that rendering may know.
 *
 * Everything lives in the report's arena.  An unknown number is
 * FDP_UNKNOWN, an unknown string is NULL; nothing is ever invented.  Strings
 * are UTF-8 if they come from Python, else any bytes; renderers escape them.
 */
#ifndef FDP_REPORT_H
#define FDP_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "target.h"

#define FDP_UNKNOWN (-1)

enum fdp_frame_kind {
	FDP_FRAME_PYTHON,
	FDP_FRAME_NATIVE,
	FDP_FRAME_GAP, /* frames are missing here */
};

/* How the frame behind a gap was found. */
enum fdp_found {
	FDP_FOUND_NOT,
	FDP_FOUND_ANCHOR, /* Python knows where its evaluation stands */
	FDP_FOUND_SCAN,	  /* a word on the stack that leads on: a guess */
};

/* A file that the process has mapped as a program or a library. */
struct fdp_module {
	uint64_t start; /* of its first mapping */
	uint64_t end;	/* of its last, exclusive */
	uint64_t bias;	/* run-time address minus address in the file */
	const char *path;
	const char *build_id; /* lower-case hex, or NULL */
	bool is_interpreter;  /* holds the _PyRuntime that was read */
	/* Unwind table, run-time addresses; 0 if it has none. */
	uint64_t eh_frame_hdr;
	uint64_t eh_frame_hdr_size;
};

/* A function that is called for a signal. */
struct fdp_handler {
	uint64_t address;		 /* 0: there is none */
	const struct fdp_module *module; /* or NULL */
	const char *function;		 /* its symbol, or NULL */
};

/* What the kernel was found to have for a signal, past the shim. */
struct fdp_foreign_handler {
	int signal;
	const char *name;   /* "SIGSEGV", or NULL */
	const char *action; /* "handler", "default" or "ignore" */
	struct fdp_handler handler;
};

/* What holds the value of a name in a Python frame. */
enum fdp_local_kind {
	FDP_LOCAL_ARGUMENT,
	FDP_LOCAL_LOCAL,
	FDP_LOCAL_CELL, /* a local that functions in this one use too */
	FDP_LOCAL_FREE, /* one of a function around this one */
};

struct fdp_local {
	const char *name;
	const char *value; /* see python/represent.h */
	enum fdp_local_kind kind;
};

struct fdp_frame {
	enum fdp_frame_kind kind;
	const char *function; /* co_name; or the demangled symbol */
	const char *file;     /* co_filename; or from the line table */
	int line;	      /* from 1, or FDP_UNKNOWN */

	/* Python only.  Columns: UTF-8 bytes from 0, end exclusive. */
	const char *qualname;  /* 3.11 and later; before that, if asked for: */
	bool qualname_guessed; /* from the first argument */
	int end_line, column, end_column;
	const char *path;   /* of the file, as bytes; NULL: there is none */
	const char *source; /* the line's text without newline, or NULL */
	/* Those from line to end_line, with newlines between them; NULL: that
	 * is one, or they are not known. */
	const char *lines;
	/* The file was written after the process was started, and may not be
	 * what runs. */
	bool source_changed;
	uint64_t address; /* of the frame itself, or 0 */
	/* In their order in the frame; those without a value are left out.
	 * NULL: they were not asked for, or could not be read. */
	struct fdp_local *locals;
	size_t local_count;

	/* Native only. */
	uint64_t pc;
	uint64_t offset; /* from the start of the symbol; not if inlined */
	const struct fdp_module *module; /* or NULL */
	bool inlined;			 /* into the frame that follows it */
	bool exact_pc; /* the instruction itself, not a return address */
	bool is_signal_return; /* goes back to what a signal interrupted */
	bool is_eval;	       /* evaluates the Python frames just before it */
	/* Stack that belongs to the frame: [low, high), high is its CFA. */
	uint64_t stack_low, stack_high;

	/* Of a gap: how much of the stack it is (0: not known). */
	uint64_t gap_bytes;
	enum fdp_found found;
};

/* The name that is certain: that with a class, unless that was guessed. */
static inline const char *fdp_frame_name(const struct fdp_frame *frame)
{
	return frame->qualname && !frame->qualname_guessed ? frame->qualname
							   : frame->function;
}

/*
 * What a thread waits for.  The kinds: "mutex", "gil", "rlock", "lock",
 * "import-lock", "condition", "rwlock", "semaphore", "futex", "thread",
 * "child", "call".
 */
struct fdp_wait {
	const char *kind; /* NULL: it runs, or it is not known */
	const char *text; /* "waits for mutex 0x... held by thread 13 "b"" */
	uint64_t address; /* of what it waits for, or 0 */
	pid_t owner;	  /* the thread that it waits for, or 0 */
	const char *owner_name;
};

/* Threads of which each waits for what the next holds, the last for the first.
 */
struct fdp_deadlock {
	pid_t *tids;
	size_t count; /* 1: it waits for itself */
};

/* What became of a thread's stack since the dumps before (analysis/watch.h). */
struct fdp_watch {
	bool watched;
	unsigned unmoved_dumps; /* that saw this stack, this one among them */
	double unmoved_s;	/* since the first of these */
	double cpu_s;	     /* it ran meanwhile, or since the last dump if it
				has moved; or FDP_UNKNOWN */
	long unmoved_frames; /* outermost ones as in the last dump; or
				FDP_UNKNOWN */
};

/* A number that Python knows to be none (None). */
#define FDP_NO_NUMBER INT64_MIN

/* What a SyntaxError says about the source. */
struct fdp_syntax_error {
	const char *message, *file, *text; /* NULL: None */
	const char *line_text;		   /* a line that is no number */
	int64_t line, end_line;		   /* or FDP_NO_NUMBER */
	int64_t column, end_column;	   /* characters from 1 */
};

/* An exception.  Others are indexes into the same list, or FDP_UNKNOWN. */
struct fdp_exception {
	uint64_t address;    /* of the object; 0: there is none yet */
	const char *type;    /* with its module, as a traceback says it */
	const char *message; /* "": it has none; NULL: not known, and why: */
	const char *unsaid;
	const char **notes;
	size_t note_count;
	struct fdp_frame *frames; /* of its traceback, most recent call first */
	size_t frame_count;
	int cause, context;
	bool suppress_context;
	/* Whether the except clause that has caught it is over: only 2.7 still
	 * has it then.  1, 0, FDP_UNKNOWN. */
	int ended;
	bool is_group;
	int *members; /* of a group: those that were read, in order */
	size_t member_count;
	size_t members_left;		 /* how many more there are */
	struct fdp_syntax_error *syntax; /* or NULL */
};

/* Those of one thread.  All zero: there are none. */
struct fdp_exceptions {
	struct fdp_exception *list;
	size_t count;
	bool is_raised; /* the first of the list is being raised */
	int *handled;	/* innermost first */
	size_t handled_count;
};

/* A module that was loaded from a file of machine code. */
struct fdp_extension {
	const char *name; /* in sys.modules */
	const char *file; /* its __file__ */
};

/* How the Python frames of a thread found their places among the native ones.
 */
struct fdp_merging {
	const char *by; /* "address" or "count"; NULL: it lacks one of both */
	size_t evaluations; /* of Python code, by native code */
	size_t unmatched;   /* of these, whose native frame was not found */
	size_t gaps;	    /* where native frames are missing */
	/* A place or a frame follows from what is likely, not from what is
	 * known. */
	bool guessed;
};

/* What has become of a task of asyncio. */
enum fdp_task_state {
	FDP_TASK_PENDING,
	FDP_TASK_RUNNING, /* its loop has called it */
	FDP_TASK_CANCELLED,
	FDP_TASK_DONE,
};

/* A task.  Others are indexes into the same list. */
struct fdp_task {
	uint64_t address;      /* of the object */
	const char *name;      /* or NULL */
	const char *coroutine; /* its function, or NULL */
	const char *type;      /* "_asyncio.Task", or a class of it */
	enum fdp_task_state state;
	bool must_cancel; /* it will be, when it runs next */
	bool late;	  /* it was read while the process ran on */
	uint64_t loop;	  /* 0: not known */
	pid_t tid;	  /* that runs the loop; 0: none, or not known */
	struct fdp_frame *frames; /* most recent call first */
	size_t frame_count;
	/* The future that it waits for; 0: none, it will run.  What that is: */
	uint64_t future;
	const char *future_type, *future_state; /* "pending", ... or NULL */
	size_t *awaits, *awaited_by;
	size_t awaits_count, awaited_by_count;
};

/* Tasks of which each awaits the next, the last the first. */
struct fdp_task_cycle {
	size_t *tasks;
	size_t count; /* 1: it awaits itself */
};

struct fdp_tasks {
	struct fdp_task *list;
	size_t count;
	struct fdp_task_cycle *cycles;
	size_t cycle_count;
};

/* What has become of a greenlet; of those that have ended nothing is said. */
enum fdp_greenlet_state {
	FDP_GREENLET_UNSTARTED,
	FDP_GREENLET_RUNNING, /* its frames are those of its thread */
	FDP_GREENLET_SUSPENDED,
};

/* A greenlet.  Its parent is an index into the same list. */
struct fdp_greenlet {
	uint64_t address; /* of the object */
	const char *type; /* "greenlet.greenlet", or a class of it */
	bool main;	  /* the thread's own, which nobody has made */
	enum fdp_greenlet_state state;
	const char *function;	  /* that it will call; or NULL */
	bool late;		  /* it was read while the process ran on */
	bool truncated;		  /* its frames could not be read to the end */
	pid_t tid;		  /* 0: none any more, or not known */
	long parent;		  /* or FDP_UNKNOWN: none, or not known */
	struct fdp_frame *frames; /* of a suspended one, most recent first */
	size_t frame_count;
};

struct fdp_greenlets {
	struct fdp_greenlet *list;
	size_t count;
};

struct fdp_report_thread {
	pid_t tid;
	const char *name;
	const char *python_name; /* that of the threading module, or NULL */
	int is_daemon;		 /* to it; 0, 1 or FDP_UNKNOWN */
	bool crashed;
	int holds_gil;	    /* 0, 1 or FDP_UNKNOWN */
	bool python_thread; /* Python knows this thread */
	int is_foreign;	    /* it does not; 0, 1 or FDP_UNKNOWN */
	int is_collecting;  /* garbage; 0, 1 or FDP_UNKNOWN */
	/* "attached", "detached" and the like: what its PyThreadState says, or
	 * NULL. */
	const char *attachment;
	/* Modules that it is about to import, innermost first. */
	const char **imports;
	size_t import_count;
	struct fdp_wait waits;
	/* Those whose code it runs, by their ids, innermost first. */
	long *interpreters;
	size_t interpreter_count;
	struct fdp_frame *frames; /* most recent call first */
	size_t frame_count;
	struct fdp_merging merging;
	bool kept_moving; /* and only frames that stood still are there */
	bool hidden;	  /* its frames are there, and not wanted */
	struct fdp_watch watch;
	struct fdp_exceptions exceptions;
};

struct fdp_report {
	struct fdp_arena arena;

	const char *id; /* unique; also the stem of the file names */
	/*
	 * "crash"; "death": no handler saw it; "hang": it died of that, or
	 * lives (watch); "dump", "stall": it lives.
	 */
	const char *kind;
	int64_t time_us; /* of the fault, microseconds since the epoch */

	struct {
		pid_t pid, ppid;
		const char *exe, *cmdline,
			*cwd; /* cmdline: quoted for shells */
		const char *comm;
		long uid, gid;	       /* real ones, or FDP_UNKNOWN */
		int64_t start_time_us; /* since the epoch, or FDP_UNKNOWN */
		double uptime_s;       /* or FDP_UNKNOWN */
		int64_t watchdog_us;   /* WatchdogSec=; 0: there is none */
		const char *cgroup;
	} process;

	struct {
		int number, code;
		const char *name;	 /* "SIGSEGV" */
		const char *description; /* "Segmentation fault", or NULL */
		const char *code_name;	 /* "SEGV_MAPERR", or NULL */
		bool has_address;
		uint64_t address;
		bool has_sender;
		long sender_pid, sender_uid;
		bool blocked;	   /* by the thread */
		bool code_unknown; /* of this and of died_of */
	} signal;

	/*
	 * What the process died of in the end: the same as `signal`, unless a
	 * handler of the program had that first.
	 */
	struct {
		int number, code;
		const char *name, *code_name;
	} died_of;

	/* The program's own that had the signal before us, and what it did. */
	struct fdp_handler handler;
	const char *handler_text; /* a sentence, or NULL */

	struct fdp_foreign_handler *foreign;
	size_t foreign_count;

	/* What the program wants to have shown, in the order it said so. */
	struct fdp_note {
		const char *key, *value;
	} * notes;
	size_t note_count;

	struct {
		const char *kind; /* a stable word, see cause.h */
		const char *text; /* a sentence */
	} cause;

	/* How it is known that a process that lives hangs. */
	struct {
		unsigned looks;	       /* 0: nobody has watched it */
		double seconds;	       /* from the first of them to the last */
		pid_t tid;	       /* the thread that hangs */
		const char **evidence; /* sentences */
		size_t evidence_count;
		struct fdp_looked_at {
			pid_t tid;
			unsigned changes; /* its Python frames moved between so
					     many looks */
			double run_s;	  /* on a processor */
		} * threads;
		size_t thread_count;
	} watch;

	struct {
		const char *implementation;    /* "CPython", NULL: no Python */
		const char *version;	       /* "3.12.1", or only "3.8" */
		int free_threaded;	       /* 0, 1 or FDP_UNKNOWN */
		long gil_holder_tid;	       /* or FDP_UNKNOWN */
		int gc_collecting, finalizing; /* 0, 1 or FDP_UNKNOWN */
		long foreign_threads; /* that it does not know, or FDP_UNKNOWN
				       */
		/* NULL: they were not looked for, or could not be read. */
		struct fdp_extension *extensions;
		size_t extension_count;
	} python;

	struct {
		const char *method; /* "live", "served", "frame", "none" */
		double hold_ms; /* fault to end of capture, or FDP_UNKNOWN */
		bool complete;	/* nothing in missing */
		const char **missing; /* sentences */
		size_t missing_count, missing_capacity;
	} capture;

	/* The crashed one first, then those that are in a deadlock. */
	struct fdp_report_thread *threads;
	size_t thread_count;

	struct fdp_deadlock *deadlocks;
	size_t deadlock_count;

	struct fdp_tasks tasks;
	struct fdp_greenlets greenlets;

	bool has_registers;
	struct fdp_registers registers; /* of the crashed thread */
	uint8_t code_bytes[16];		/* at its pc */
	size_t code_byte_count;		/* 0 if they cannot be read */

	struct fdp_module *modules; /* by address */
	size_t module_count;
};

/*
 * Adds a sentence to capture.missing, once however often it is said, and makes
 * the report incomplete.
 */
void fdp_report_missing(struct fdp_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* False for a dump, a stall or a hang of a process that lives. */
bool fdp_report_has_signal(const struct fdp_report *report);

/* The last part of a path, "libc.so.6"; never NULL. */
const char *fdp_path_basename(const char *path);

/*
 * True for the C library, the dynamic linker and the like, which are on the
 * stack of a crash and are hardly ever what crashed.
 */
bool fdp_module_is_system(const struct fdp_module *module);

/* True for the shim itself, which is in each process that is reported. */
bool fdp_module_is_ours(const struct fdp_module *module);

/*
 * How many frames THREAD begins with that nobody wants to see: the shim's,
 * which something in it has called.
 */
size_t fdp_thread_first_shown(const struct fdp_report_thread *thread);

/*
 * The frame that one line about THREAD should name: the innermost one that is
 * not in a system library or the shim and whose pc lies in a module; a Python
 * frame if no native code was called from it.  NULL if there are no frames.
 */
const struct fdp_frame *
fdp_thread_culprit(const struct fdp_report_thread *thread);

/* "pending", "running", "cancelled", "done" */
const char *fdp_task_state_word(enum fdp_task_state state);

/* "unstarted", "running", "suspended" */
const char *fdp_greenlet_state_word(enum fdp_greenlet_state state);

/* Empties the report. */
void fdp_report_done(struct fdp_report *report);

#endif
