/*
 * Where exceptions are, for all tables.
 */
#ifndef FDP_PYTHON_OFFSETS_ERRORS_H
#define FDP_PYTHON_OFFSETS_ERRORS_H

/*
 * Exceptions.  What all of them have ends at HEAD, and so do the traceback and
 * the chain, in all versions; then comes what each kind has of its own.  MORE
 * is what free-threaded builds have more of PyObject.
 */
#define ERRORS_AT(more, head)                                                  \
	.slots = { .str = (more) + 136, .order = (more) + 344 },               \
	.error = {                                                             \
		.arguments = (more) + 24,                                      \
		.attributes = (more) + 16,                                     \
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
	.traceback = {                                                         \
		.next = (more) + 16,                                           \
		.frame = (more) + 24,                                          \
		.instruction = (more) + 32,                                    \
		.line = (more) + 36,                                           \
	}

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
#define ERRORS_BEFORE_311                                                      \
	ERRORS_AT(0, 64),                                                      \
		.error_group = { .message = FDP_ABSENT,                        \
				 .members = FDP_ABSENT },                      \
		.frame_object = { .frame = FDP_ABSENT }
#define ERRORS_OLD                                                             \
	ERRORS_BEFORE_311,                                                     \
		.handled = { .value = 8, .traceback = 16, .previous = 24 }

/* In 3.6 it stands in the thread state itself, and is alone. */
#define ERRORS_3_6                                                             \
	ERRORS_BEFORE_311, .handled = {                                        \
		.value = 8,                                                    \
		.traceback = 16,                                               \
		.previous = FDP_ABSENT,                                        \
	}
#define ERRORS_NEW_AT(more)                                                    \
	ERRORS_AT(more, (more) + 72), SYNTAX_RANGE((more) + 72),               \
		.error_group = { .message = (more) + 72,                       \
				 .members = (more) + 80 },                     \
		.frame_object = { .frame = (more) + 24 },                      \
		.handled = { .value = 0,                                       \
			     .traceback = FDP_ABSENT,                          \
			     .previous = 8 }
#define ERRORS_NEW ERRORS_NEW_AT(0)
#define ERRORS_FREE ERRORS_NEW_AT(16)

/* 2.7: EnvironmentError is what OSError and IOError have. */
#define ERRORS_2_7                                                             \
	.slots = { .str = 136, .order = 344 },                                 \
	.error = {                                                             \
		.arguments = 24,                                               \
		.attributes = 16,                                              \
		.traceback = FDP_ABSENT,                                       \
		.context = FDP_ABSENT,                                         \
		.cause = FDP_ABSENT,                                           \
		.suppress = FDP_ABSENT,                                        \
	},                                                                     \
	.os_error = {                                                          \
		.number = 40,                                                  \
		.text = 48,                                                    \
		.file = 56,                                                    \
		.second_file = FDP_ABSENT,                                     \
	},                                                                     \
	.import_error = { .message = FDP_ABSENT },                             \
	.unicode_error = {                                                     \
		.encoding = 40,                                                \
		.object = 48,                                                  \
		.start = 56,                                                   \
		.end = 64,                                                     \
		.reason = 72,                                                  \
	},                                                                     \
	.traceback = {                                                         \
		.next = 16,                                                    \
		.frame = 24,                                                   \
		.instruction = 32,                                             \
		.line = 36,                                                    \
	},                                                                     \
	SYNTAX_PLACE(40),                                                      \
		.error_group = { .message = FDP_ABSENT,                        \
				 .members = FDP_ABSENT },                      \
		.frame_object = { .frame = FDP_ABSENT },                       \
		.handled = {                                                   \
			.value = 8,                                            \
			.traceback = 16,                                       \
			.previous = FDP_ABSENT,                                \
		}

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
