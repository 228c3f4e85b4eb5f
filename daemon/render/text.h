/*
 * The parts of the text form: each writes one section of a report.
 */
#ifndef FDP_RENDER_TEXT_H
#define FDP_RENDER_TEXT_H

#include <stdio.h>

#include "render.h"

struct fdp_text {
	FILE *out;
	const struct fdp_report *report;
	bool color;
	bool brief; /* the application's stderr: no values of variables */
	bool recent_last;
	const char *margin; /* before a line of source; NULL: nothing */
};

/* Lines are wrapped here where they can be. */
#define FDP_TEXT_WIDTH 100

enum fdp_style {
	FDP_STYLE_PLAIN,
	FDP_STYLE_HEADLINE,
	FDP_STYLE_TITLE, /* of a thread or a section */
	FDP_STYLE_CODE,	 /* what is the user's: names of Python frames */
	FDP_STYLE_MARK,	 /* carets */
	FDP_STYLE_FAINT, /* what is seldom looked at */
};

/* Switches to STYLE, if the output is a terminal. */
void fdp_text_style(const struct fdp_text *text, enum fdp_style style);

/*
 * Writes STRING, escaped, its words wrapped; COLUMN is where the line stands
 * and INDENT where the next one begins.  Returns the new column.
 */
size_t fdp_text_wrap(const struct fdp_text *text, size_t column, size_t indent,
		     const char *string);

/* text_head.c: one line that says what happened. */
void fdp_text_headline(const struct fdp_text *text);

/* text_head.c: "Cause:" and its sentence, "Handler:" and that. */
void fdp_text_cause(const struct fdp_text *text);

/* text_waits.c: ": deadlock of 2 threads" */
void fdp_text_deadlock_words(const struct fdp_text *text);

/* text_waits.c: "Deadlock:" and who waits for whom, of each. */
void fdp_text_deadlocks(const struct fdp_text *text);

/* text_waits.c: ", waits for the GIL", if it is known. */
void fdp_text_waits(const struct fdp_text *text, const struct fdp_wait *waits);

/* text_threads.c: 4711 "name" */
void fdp_text_thread(const struct fdp_text *text,
		     const struct fdp_report_thread *thread);

/* text_threads.c: the same of TID, which may be none of the report's. */
void fdp_text_thread_of(const struct fdp_text *text, pid_t tid);

/* text_head.c: begins a line; the value goes behind the label. */
FILE *fdp_text_label(const struct fdp_text *text, const char *name);

/* text_signal.c: the name, or "signal 63". */
void fdp_text_signal_name(FILE *out, const char *name, int number);

/* text_signal.c: the signal, and whose handlers have replaced ours. */
void fdp_text_signal(const struct fdp_text *text);

/* text_head.c: everything else that is not a stack. */
void fdp_text_facts(const struct fdp_text *text);

/* text_stack.c: the frames of one thread, folded. */
void fdp_text_stack(const struct fdp_text *text,
		    const struct fdp_report_thread *thread);

/* text_stack.c: one frame as part of a line: File "app.py", line 3, in f */
void fdp_text_frame(const struct fdp_text *text, const struct fdp_frame *frame);

/* text_threads.c: the crashed thread.  0 or -ENOMEM. */
int fdp_text_crashed(const struct fdp_text *text);

/* text_threads.c: the others, equal stacks once.  0 or -ENOMEM. */
int fdp_text_others(const struct fdp_text *text);

/* text_threads.c: the others, one line each. */
void fdp_text_others_brief(const struct fdp_text *text);

/*
 * text_exceptions.c: what was being raised and handled, if anything was.  0 or
 * -ENOMEM.
 */
int fdp_text_exceptions(const struct fdp_text *text,
			const struct fdp_report_thread *thread);

/*
 * text_tasks.c: the tasks of asyncio, those that are alike once.  0 or -ENOMEM.
 */
int fdp_text_tasks(const struct fdp_text *text);

/* text_greenlets.c: greenlets, those that are alike once.  0 or -ENOMEM. */
int fdp_text_greenlets(const struct fdp_text *text);

/* text_state.c: registers, the bytes at pc, modules. */
void fdp_text_state(const struct fdp_text *text);

/* text_source.c: the locals of a frame, if they are known. */
void fdp_text_locals(const struct fdp_text *text,
		     const struct fdp_frame *frame);

/* text_last.c: the same with the most recent call last. */
void fdp_text_stack_last(const struct fdp_text *text,
			 const struct fdp_report_thread *thread);

/* text_source.c: ends the line of FRAME; says if its file has changed. */
void fdp_text_end_frame(const struct fdp_text *text,
			const struct fdp_frame *frame);

/* text_source.c: what stands before a line of source. */
void fdp_text_begin_source(const struct fdp_text *text);

/*
 * text_lines.c: the lines of what a frame executes, which has columns and a
 * source, as 3.13 and later show them.
 */
void fdp_text_source_lines(const struct fdp_text *text,
			   const struct fdp_frame *frame);

/* text_source.c: a frame's source line alone. */
void fdp_text_source_line(const struct fdp_text *text,
			  const struct fdp_frame *frame);

/* text_source.c: a frame's source line and the carets below it. */
void fdp_text_source(const struct fdp_text *text,
		     const struct fdp_frame *frame);

#endif
