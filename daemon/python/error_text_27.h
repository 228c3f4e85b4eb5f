/*
 * What the traceback module of 2.7 says of an exception: str(), or, where that
 * fails because of characters beyond ASCII, unicode() with these escaped.  From
 * memory alone, as in error_text.h.
 */
#ifndef FDP_PYTHON_ERROR_TEXT_27_H
#define FDP_PYTHON_ERROR_TEXT_27_H

#include "error_text.h"

/*
 * An exception of TYPE: the object at ADDRESS; or, if that is 0, one that is
 * not made yet, and at VALUE is what was given for it: nothing, None, a tuple
 * of arguments or the only one.
 */
struct fdp_error_27 {
	const struct fdp_error_type *type;
	uint64_t address, value;
};

/* As fdp_error_text(). */
int fdp_error_text_27(struct fdp_error_texts *texts,
		      const struct fdp_error_27 *error, const char **ret_text,
		      const char **ret_why);

/*
 * The lines of a SyntaxError, in the report's arena; NULL if it is made in
 * another way than the compiler does, and traceback shows none.  0 or -ENOMEM.
 */
int fdp_error_syntax_27(struct fdp_error_texts *texts,
			const struct fdp_error_27 *error,
			struct fdp_syntax_error **ret_syntax);

#endif
