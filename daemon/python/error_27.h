/*
 * What the parts of error_text_27.h share.
 */
#ifndef FDP_PYTHON_ERROR_27_H
#define FDP_PYTHON_ERROR_27_H

#include <errno.h>

#include "error_text_27.h"

/* What str() says; or, where it fails, what unicode() does, escaped. */
struct fdp_said {
	const char *text;
	bool escaped;
};

/* What an exception was made of. */
struct fdp_arguments_27 {
	uint64_t tuple; /* 0: there is none, as there is at most one: */
	uint64_t only;
	int64_t count; /* -EBADMSG: they cannot be read */
};

/*
 * Each says str() of one kind, of an exception or of what is one's argument.
 * 0; -ENOMEM; -ENODATA: code would have to run; -EILSEQ: both str() and
 * unicode() fail; or another -errno: it cannot be read.
 */
typedef int fdp_said_fn(struct fdp_error_texts *texts,
			const struct fdp_error_27 *error,
			struct fdp_said *said);

/* TEXT, or -ENOMEM if it is NULL. */
static inline int fdp_say(struct fdp_said *said, const char *text)
{
	*said = (struct fdp_said){ .text = text };
	return text ? 0 : -ENOMEM;
}

/* error_words_27.c: what is no exception. */
fdp_said_fn fdp_say_repr, fdp_say_string, fdp_say_unicode, fdp_say_classic;

/* error_text_27.c */
struct fdp_arguments_27 fdp_arguments_27(struct fdp_error_texts *texts,
					 const struct fdp_error_27 *error);

/* The argument at INDEX; 0: there is none. */
uint64_t fdp_argument_27(struct fdp_error_texts *texts,
			 const struct fdp_arguments_27 *arguments,
			 int64_t index);

/* True if the object at ADDRESS is None. */
bool fdp_is_none_27(struct fdp_error_texts *texts, uint64_t address);

/*
 * What a line ends with for the object at ADDRESS, an exception or not.  0 or
 * -ENOMEM.
 */
int fdp_say_last_27(struct fdp_error_texts *texts, uint64_t address,
		    const char **ret_text);

#endif
