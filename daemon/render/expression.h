/*
 * Just enough of Python's grammar to say what an expression is at its top: a
 * binary operation, a call, a subscription or something else, and where its
 * parts are.  The traceback module has the interpreter's own parser for that.
 */
#ifndef FDP_RENDER_EXPRESSION_H
#define FDP_RENDER_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is nested deeper is not looked at; no source line is. */
#define FDP_EXPRESSION_DEPTH 60

enum fdp_expression_kind {
	FDP_EXPRESSION_OTHER,
	FDP_EXPRESSION_NAME,
	FDP_EXPRESSION_BINARY,
	FDP_EXPRESSION_CALL,
	FDP_EXPRESSION_SUBSCRIPT,
};

/* Places are numbers of characters; ends are exclusive. */
struct fdp_expression {
	enum fdp_expression_kind kind;
	/* Without parentheses around it, as the ast module has it. */
	size_t start, end;
	/* BINARY: of the operands; CALL, SUBSCRIPT: what is called or
	 * subscripted ends at left_end, and the bracket stands at bracket. */
	size_t left_end, right_start;
	size_t bracket;
	bool calls_name; /* CALL: of a plain name */
};

/*
 * The expression that COUNT characters of TEXT begin with, from AT on; newlines
 * are blanks.  False if there is none, or not one that this understands.
 * *RET_END is where it ends, parentheses included.
 */
bool fdp_expression_parse(const uint32_t *text, size_t count, size_t at,
			  struct fdp_expression *ret_expression,
			  size_t *ret_end);

/* From AT on over blanks, newlines, comments and backslashes before those. */
size_t fdp_expression_skip(const uint32_t *text, size_t count, size_t at);

/* As Python's str.isspace() for what can stand in source. */
bool fdp_expression_is_space(uint32_t character);

/* The end of the name that begins at AT; AT if there is none. */
size_t fdp_expression_name(const uint32_t *text, size_t count, size_t at);

#endif
