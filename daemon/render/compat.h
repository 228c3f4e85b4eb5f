/*
 * The text that faulthandler of the same Python version writes, byte for byte.
 */
#ifndef FDP_RENDER_COMPAT_H
#define FDP_RENDER_COMPAT_H

#include <stdio.h>

#include "../analysis/c_stack.h"
#include "../analysis/stack.h"
#include "../target.h"

struct fdp_compat_options {
	const char *header; /* first of all: "Timeout (0:00:01)!\n"; or NULL */
	int signal;	    /* it is about this death; 0: about none */
	/*
	 * The thread that asks, whose interpreter's threads are shown; 0, or
	 * one that is not known: nobody, and the main interpreter.
	 */
	pid_t current;
	bool names_current; /* "Current thread", not "Thread" */
	/* Whose names headers have in 2.7 and from 3.14 on. */
	const struct fdp_thread *threads;
	size_t thread_count;
	bool all_threads; /* else the current one alone */
	long max_threads; /* 0: 100; < 0: none */
	unsigned skip;	  /* innermost frames of the current thread */
	const struct fdp_c_stack *c_stack; /* shown behind the threads; NULL */
	/* Of a death, from 3.10 on: the modules that were not Python's own. */
	char *const *extensions;
	size_t extension_count;
};

/* The interpreter whose threads are shown, by its address; 0: none. */
uint64_t fdp_compat_interpreter(const struct fdp_python *python,
				const struct fdp_compat_options *options);

/*
 * PYTHON as it was read, its threads in Python's own order: newest first.  0,
 * or -EIO if OUTPUT has an error.
 */
int fdp_render_compat(const struct fdp_python *python,
		      const struct fdp_compat_options *options, FILE *output);

/* "Fatal Python error: Segmentation fault\n\n" as 3.MINOR says it. */
#define FDP_COMPAT_FATAL_SIZE 80
const char *fdp_compat_fatal(int signal, int minor,
			     char buffer[static FDP_COMPAT_FATAL_SIZE]);

/* "Timeout (h:mm:ss.ffffff)!\n" and a NUL. */
#define FDP_COMPAT_TIMEOUT_SIZE 64
void fdp_compat_timeout(uint64_t timeout_us,
			char ret_text[static FDP_COMPAT_TIMEOUT_SIZE]);

#endif
