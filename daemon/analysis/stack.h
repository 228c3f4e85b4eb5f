/*
 * The two halves of a thread's stack before they are merged.
 *
 * A *run* is a stretch of Python frames that one native evaluation of Python
 * code holds: `_PyEval_EvalFrameDefault` was called once and ran all of them
 * (3.11 and later; before that a run is one frame).  Its *anchor* is an
 * address on the C stack inside the native frame of that evaluation.
 *
 * Everything is allocated in the report's arena; most recent call first.
 */
#ifndef FDP_ANALYSIS_STACK_H
#define FDP_ANALYSIS_STACK_H

#include "../python/gil.h"
#include "../report.h"

struct fdp_python_run {
	uint64_t anchor; /* 0 if this version has none (up to 3.9) */
	size_t first;	 /* index into frames */
	size_t count;	 /* may be 0: evaluation just entered or left */
};

struct fdp_python_stack {
	pid_t tid;		 /* 0 if no thread of the target matches */
	uint64_t state;		 /* address of its PyThreadState */
	uint64_t thread_pointer; /* pthread_t that Python noted */
	uint64_t interpreter;	 /* address of its PyInterpreterState */
	long interpreter_id;	 /* 0 is the main one; or FDP_UNKNOWN */
	/* What evaluates its frames; NULL: "_PyEval_EvalFrameDefault". */
	const char *evaluation;
	struct fdp_frame *frames;
	size_t frame_count;
	struct fdp_python_run *runs; /* in order; cover frames exactly */
	size_t run_count;
	bool truncated;		/* the chain could not be followed to its end */
	bool moves;		/* only the frames that stood still are there */
	const char *name;	/* that of the threading module, or NULL */
	int is_daemon;		/* 0, 1 or FDP_UNKNOWN */
	const char *attachment; /* see report.h */
	struct fdp_exceptions exceptions;
};

struct fdp_python_offsets;

struct fdp_python {
	bool found;
	const char *version;
	int major, minor;
	bool free_threaded;
	const struct fdp_python_offsets *offsets; /* in the report's arena */
	uint64_t runtime_address;
	const struct fdp_module *interpreter;
	long gil_holder_tid; /* FDP_UNKNOWN: nobody, or not known */
	bool gil_known;	     /* gil_holder_tid == FDP_UNKNOWN means nobody */
	struct fdp_python_gils gils;
	int gc_collecting, finalizing;
	uint64_t import_thread;	   /* pthread_t of who holds 2.7's lock of all
				      imports; 0: nobody, or not known */
	uint64_t main_interpreter; /* its address, or 0 */
	bool threads_whole;	   /* stacks has all that it knows */
	struct fdp_python_stack *stacks;
	size_t stack_count;
	struct fdp_tasks tasks;
	struct fdp_greenlets greenlets;
};

struct fdp_native_stack {
	pid_t tid;
	struct fdp_frame *frames; /* inlined ones not yet expanded */
	size_t frame_count;
	bool truncated; /* the unwinder gave up before the outermost frame */
	size_t gaps;	/* frames that stand for what could not be followed */
	size_t guessed; /* of these, behind which it went on by a guess */
};

#endif
