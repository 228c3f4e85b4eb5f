/*
 * Whether greenlet is loaded, which version, and where its objects are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "containers.h"
#include "greenlet_library.h"
#include "greenlets_internal.h"
#include "strings.h"

#define FACT "python/greenlets"

/* An address in hex and the end of its line. */
#define LINE_SIZE 17

/* Characters of a version: "3.0.0rc1". */
#define VERSION_MAX 32

/*
 * Interpreters whose sys.modules is gone through: the library does not know of
 * sub-interpreters, and is loaded into the first as a rule.
 */
#define SEARCHED_MAX 16

/* The value of NAME in the dict at ADDRESS, or 0. */
static uint64_t look_up(const struct fdp_greenlet_reader *reader,
			uint64_t address, const char *name)
{
	struct fdp_container dict;
	uint64_t value;

	return address &&
			       fdp_dict_begin(reader->target, reader->offsets,
					      address, &dict) == 0 &&
			       fdp_dict_find(&dict, reader->offsets, name,
					     &value) == 0
		       ? value
		       : 0;
}

/* What is global in the module, of the first interpreter that has it, or 0. */
static uint64_t find_globals(const struct fdp_greenlet_reader *reader)
{
	const struct fdp_python *python = reader->python;
	uint64_t module = 0;
	uint64_t last = 0;
	int searched = 0;

	for (size_t i = 0; !module && i < python->stack_count; i++) {
		uint64_t interpreter = python->stacks[i].interpreter;

		if (interpreter == last || searched++ == SEARCHED_MAX)
			continue;
		last = interpreter;
		module = look_up(
			reader,
			fdp_greenlet_word(reader, interpreter,
					  reader->offsets->interpreter.modules),
			"greenlet");
	}
	return fdp_greenlet_word(reader, module, reader->offsets->module.dict);
}

/* The first number of the version at ADDRESS, or -1. */
static int read_major(const struct fdp_greenlet_reader *reader,
		      uint64_t address)
{
	struct fdp_string string = { 0 };
	int major = -1;

	if (address &&
	    fdp_string_read_some(reader->target, reader->offsets, address,
				 VERSION_MAX, &string) == 0 &&
	    string.length >= 2) {
		uint32_t first = fdp_string_character(&string, 0);

		if (first >= '0' && first <= '9' &&
		    fdp_string_character(&string, 1) == '.')
			major = (int)(first - '0');
	}
	fdp_string_done(&string);
	return major;
}

static void say(const struct fdp_greenlet_reader *reader, const char *what)
{
	fdp_report_missing(reader->report, "greenlets: %s", what);
}

/* Up to 1.x it does not know of the frames of 3.11 as they came to be. */
static bool is_known(const struct fdp_greenlet_reader *reader)
{
	int major = reader->library.major;

	return major == 2 || major == 3 ||
	       (major < 2 && reader->offsets->minor <= 10);
}

int fdp_greenlets_know(struct fdp_greenlet_reader *reader)
{
	uint64_t globals;

	if (!fdp_greenlet_library(reader->report))
		return 0;
	reader->objects = fdp_greenlet_offsets_of(reader->offsets);
	if (!reader->objects || !reader->offsets->values_known) {
		say(reader, "where this build of CPython has them is not "
			    "known");
		return 0;
	}
	globals = find_globals(reader);
	/* It is loaded, and not imported yet, or not any more. */
	if (!globals)
		return 0;
	reader->library.class = look_up(reader, globals, "greenlet");
	reader->library.major =
		read_major(reader, look_up(reader, globals, "__version__"));
	if (!reader->library.class || reader->library.major < 0) {
		say(reader, "which version of the library it is could not be "
			    "read");
		return 0;
	}
	if (!is_known(reader)) {
		say(reader, "how this version of the library keeps them is not "
			    "known");
		return 0;
	}
	return 1;
}

static int note(struct fdp_greenlet_reader *reader,
		const struct fdp_greenlet_finds *finds)
{
	_cleanup_free_ char *text = malloc((finds->count + 2) * LINE_SIZE + 1);
	size_t used;

	if (!text)
		return -ENOMEM;
	used = (size_t)sprintf(text, "%x %zx\n", finds->doubts, finds->objects);
	for (size_t i = 0; i < finds->count; i++)
		used += (size_t)sprintf(
			text + used, "%llx\n",
			(unsigned long long)finds->addresses[i]);
	return fdp_target_note(reader->target, FACT, text, used);
}

/* What was noted, by us or by whoever made the capture. */
static int parse(const char *text, struct fdp_greenlet_finds *finds)
{
	char *end;

	finds->addresses = calloc(FDP_GREENLETS_MAX, sizeof(*finds->addresses));
	if (!finds->addresses)
		return -ENOMEM;
	finds->doubts = (unsigned)strtoul(text, &end, 16);
	finds->objects = strtoul(end, &end, 16);
	text = end + (*end == '\n');
	while (finds->count < FDP_GREENLETS_MAX) {
		uint64_t address = strtoull(text, &end, 16);

		if (end == text || *end != '\n')
			break;
		finds->addresses[finds->count++] = address;
		text = end + 1;
	}
	return 0;
}

int fdp_greenlets_find(struct fdp_greenlet_reader *reader,
		       struct fdp_greenlet_finds *finds)
{
	const char *noted;
	int r;

	if (fdp_target_fact(reader->target, FACT, &noted, NULL) == 0)
		return parse(noted, finds);
	r = fdp_greenlets_scan(reader, finds);
	return r < 0 ? r : note(reader, finds);
}
