#include "demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The longest names of template-heavy libraries have some thousand bytes. */
#define MANGLED_MAX 8192

/*
 * A mangled name may refer to its own parts, so that some hundred bytes of it
 * stand for gigabytes; what is longer than this nobody reads either.
 */
#define DEMANGLED_MAX 16384

struct output {
	jmp_buf too_long;
	size_t size;
	char text[DEMANGLED_MAX + 1];
};

typedef int demangle_fn(const char *mangled, int options,
			demangle_callbackref callback, void *argument);

/*
 * Called for each piece.  The only way to stop libiberty is not to return; it
 * holds no memory at this point, since it works on its stack alone.
 */
static void append(const char *piece, size_t size, void *argument)
{
	struct output *output = argument;

	if (size > DEMANGLED_MAX - output->size)
		longjmp(output->too_long, 1);
	memcpy(output->text + output->size, piece, size);
	output->size += size;
}

static char *run(demangle_fn *demangle, const char *name)
{
	/* volatile: it is read again after the jump. */
	struct output *volatile output = malloc(sizeof(*output));
	char *volatile readable = NULL;

	if (!output)
		return NULL;
	output->size = 0;
	if (setjmp(output->too_long) == 0 &&
	    demangle(name, DMGL_PARAMS | DMGL_ANSI, append, output))
		readable = strndup(output->text, output->size);
	free(output);
	return readable;
}

char *fdp_demangle(const char *name)
{
	bool is_cplus;
	char *readable;

	if (strnlen(name, MANGLED_MAX + 1) > MANGLED_MAX)
		return NULL;
	is_cplus = strncmp(name, "_Z", 2) == 0;
	if (!is_cplus && strncmp(name, "_R", 2) != 0)
		return NULL;
	/* Rust's older scheme looks like C++ with a hash at its end. */
	readable = run(rust_demangle_callback, name);
	if (!readable && is_cplus)
		readable = run(cplus_demangle_v3_callback, name);
	return readable;
}
