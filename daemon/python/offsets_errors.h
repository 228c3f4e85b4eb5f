/*
 * Where exceptions are, for the tables of 3.8 to 3.13.
 */
#ifndef FDP_PYTHON_OFFSETS_ERRORS_H
#define FDP_PYTHON_OFFSETS_ERRORS_H

/*
 * Exceptions.  What all of them have ends at HEAD, and so do the traceback and
 * the chain, in all versions; then comes what each kind has of its own.
 */
#define ERRORS(head)                                                           \
	.slots = { .str = 136, .order = 344 },                                 \
	.error = {                                                             \
		.arguments = 24,                                               \
		.attributes = 16,                                              \
		.traceback = (head)-32,                                        \
		.context = (head)-24,                                          \
		.cause = (head)-16,                                            \
		.suppress = (head)-8,                                          \
	},                                                                     \
	.os_error = {                                                          \
		.number = (head),                                              \
		.text = (head) + 8,                                            \
		.file = (head) + 16,                                           \
		.second_file = (head) + 24,                                    \
	},                                                                     \
	.import_error = { .message = (head) },                                 \
	.unicode_error = {                                                     \
		.encoding = (head),                                            \
		.object = (head) + 8,                                          \
		.start = (head) + 16,                                          \
		.end = (head) + 24,                                            \
		.reason = (head) + 32,                                         \
	},                                                                     \
	.traceback = { .next = 16, .frame = 24, .instruction = 32, .line = 36 }

/* SyntaxError: one place up to 3.9, a range since. */
#define SYNTAX_PLACE(head)                                                     \
	.syntax_error = {                                                      \
		.message = (head),                                             \
		.file = (head) + 8,                                            \
		.line = (head) + 16,                                           \
		.column = (head) + 24,                                         \
		.text = (head) + 32,                                           \
		.end_line = FDP_ABSENT,                                        \
		.end_column = FDP_ABSENT,                                      \
	}
#define SYNTAX_RANGE(head)                                                     \
	.syntax_error = {                                                      \
		.message = (head),                                             \
		.file = (head) + 8,                                            \
		.line = (head) + 16,                                           \
		.column = (head) + 24,                                         \
		.end_line = (head) + 32,                                       \
		.end_column = (head) + 40,                                     \
		.text = (head) + 48,                                           \
	}

/* Groups and notes came with 3.11. */
#define ERRORS_OLD                                                             \
	ERRORS(64),                                                            \
		.error_group = { .message = FDP_ABSENT,                        \
				 .members = FDP_ABSENT },                      \
		.frame_object = { .frame = FDP_ABSENT },                       \
		.handled = { .value = 8, .traceback = 16, .previous = 24 }
#define ERRORS_NEW                                                             \
	ERRORS(72), SYNTAX_RANGE(72),                                          \
		.error_group = { .message = 72, .members = 80 },               \
		.frame_object = { .frame = 24 },                               \
		.handled = { .value = 0,                                       \
			     .traceback = FDP_ABSENT,                          \
			     .previous = 8 }

/* What is being raised: three words up to 3.11, then one. */
#define RAISED_PARTS(type_, handled_)                                          \
	.raised = {                                                            \
		.type = (type_),                                               \
		.value = (type_) + 8,                                          \
		.traceback = (type_) + 16,                                     \
		.handled = (handled_),                                         \
	}
#define RAISED(value_, handled_)                                               \
	.raised = {                                                            \
		.type = FDP_ABSENT,                                            \
		.value = (value_),                                             \
		.traceback = FDP_ABSENT,                                       \
		.handled = (handled_),                                         \
	}

#endif
