#include "environment.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "../proto/proto.h"
#include "lookup.h"
#include "sys.h"

#define REPORTER "FDPRELOAD_REPORTER="
#define PRELOAD "LD_PRELOAD="

#define DIGITS64 16
#define VALUE_SIZE (FDP_NAME_DIGITS + 2 * (1 + DIGITS64))

#define PATH_SIZE 4096

/* As many variables as most environments have, and the last NULL. */
#define USUAL_COUNT 128

extern char **environ;

/* Not a call of libc's: most variables differ in the first byte. */
static inline bool has_prefix(const char *string, const char *prefix)
{
	while (*prefix && *prefix == *string) {
		prefix++;
		string++;
	}
	return !*prefix;
}

/* The place of the variable that begins with PREFIX ("NAME="), or NULL. */
static char **find(const char *prefix)
{
	for (char **variable = environ; variable && *variable; variable++)
		if (has_prefix(*variable, prefix))
			return variable;
	return NULL;
}

/* FNV-1a, and its bits spread so that sums of such numbers still differ. */
static uint64_t hash_bytes(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	while (size--)
		hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
	hash = (hash ^ (hash >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return hash ^ (hash >> 32);
}

/* Where our files go. */
static bool is_setting(const char *variable)
{
	return has_prefix(variable, "HOME=") ||
	       has_prefix(variable, "XDG_STATE_HOME=") ||
	       (has_prefix(variable, "FDPRELOAD_") &&
		!has_prefix(variable, REPORTER));
}

static bool is_relative_path(const char *variable)
{
	const char *value = strchr(variable, '=') + 1;

	return (has_prefix(variable, "FDPRELOAD_LOG_DIR=") ||
		has_prefix(variable, "FDPRELOAD_DEBUG=")) &&
	       *value && *value != '/';
}

static uint64_t hash_of_directory(void)
{
	char path[PATH_SIZE];
	long size = fdp_sys(SYS_getcwd, path, sizeof(path));

	return hash_bytes(path, size > 0 ? (size_t)size : 0);
}

/* The order of the variables means nothing, so the hashes are added. */
uint64_t fdp_environment_settings(void)
{
	const uint64_t base[] = {
		FDP_PROTO_VERSION,
		(uint64_t)fdp_sys(SYS_geteuid),
	};
	uint64_t sum = hash_bytes(base, sizeof(base));
	bool relative = false;

	for (char **variable = environ; variable && *variable; variable++) {
		if (!is_setting(*variable))
			continue;
		sum += hash_bytes(*variable, strlen(*variable));
		relative = relative || is_relative_path(*variable);
	}
	return relative ? sum + hash_of_directory() : sum;
}

/* Exactly COUNT digits, as put_hex() writes them. */
static bool parse_hex(const char *text, size_t count, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret_value = value;
	return true;
}

static void put_hex(char *text, uint64_t value)
{
	for (int i = DIGITS64 - 1; i >= 0; i--, value >>= 4)
		text[i] = "0123456789abcdef"[value & 15];
}

bool fdp_environment_reporter(uint64_t settings,
			      struct fdp_reporter *ret_reporter)
{
	struct fdp_reporter reporter = { .name = "" };
	char **variable = find(REPORTER);
	const char *name, *token, *theirs;
	uint64_t number;

	if (!variable || strlen(*variable) != sizeof(REPORTER) - 1 + VALUE_SIZE)
		return false;
	name = *variable + sizeof(REPORTER) - 1;
	token = name + FDP_NAME_DIGITS + 1;
	theirs = token + DIGITS64 + 1;
	if (token[-1] != ':' || theirs[-1] != ':' ||
	    !parse_hex(name, FDP_NAME_DIGITS, &number) ||
	    !parse_hex(token, DIGITS64, &reporter.token) ||
	    !parse_hex(theirs, DIGITS64, &number) || number != settings)
		return false;
	memcpy(reporter.name, name, FDP_NAME_DIGITS);
	*ret_reporter = reporter;
	return true;
}

/* Room for COUNT pointers, for ever; or NULL. */
static char **make_array(size_t count)
{
	/* A mapping of its own costs 5 us, more than all the rest. */
	static char *usual[USUAL_COUNT];
	long map;

	if (count <= USUAL_COUNT)
		return usual;
	map = fdp_sys(SYS_mmap, NULL, count * sizeof(char *),
		      PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	return map < 0 && map > -4096 ? NULL : (char **)map;
}

/*
 * A copy of the array with one more entry: behind the old one, on the first
 * stack, there is no room, and malloc() is the application's.
 */
static int append(char *string)
{
	size_t count = 0;
	char **copy;

	while (environ && environ[count])
		count++;
	copy = make_array(count + 2);
	if (!copy)
		return -ENOMEM;
	if (count)
		memcpy(copy, environ, count * sizeof(*copy));
	copy[count] = string;
	environ = copy;
	return 0;
}

int fdp_environment_tell(const struct fdp_reporter *reporter, uint64_t settings)
{
	static char string[sizeof(REPORTER) + VALUE_SIZE] = REPORTER;
	char *value = string + sizeof(REPORTER) - 1;
	char **variable = find(REPORTER);

	memcpy(value, reporter->name, FDP_NAME_DIGITS);
	value += FDP_NAME_DIGITS;
	*value++ = ':';
	put_hex(value, reporter->token);
	value += DIGITS64;
	*value++ = ':';
	put_hex(value, settings);
	if (!variable)
		return append(string);
	/* In its place: some look for all of them in one piece. */
	if (strlen(*variable) == sizeof(string) - 1)
		memcpy(*variable, string, sizeof(string));
	else
		*variable = string;
	return 0;
}

static void remove_variable(char **variable)
{
	do
		variable[0] = variable[1];
	while (*variable++);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ENTRY names us, by whatever path or ld.so's own variables in it. */
static bool is_self(const char *entry, size_t length)
{
	const char *self = last_part(fdp_lookup_self());
	size_t size = strlen(self);

	return length >= size &&
	       memcmp(entry + length - size, self, size) == 0 &&
	       (length == size || entry[length - size - 1] == '/');
}

/* Takes our entries out of LIST, each with what was before it. */
static void remove_self(char *list)
{
	const char *at = list;
	char *end = list;

	while (*at) {
		size_t separators = strspn(at, ": ");
		size_t length = strcspn(at + separators, ": ");

		if (length && !is_self(at + separators, length)) {
			if (end == list) {
				at += separators;
				separators = 0;
			}
			memmove(end, at, separators + length);
			end += separators + length;
		}
		at += separators + length;
	}
	*end = '\0';
}

void fdp_environment_forget(void)
{
	char **variable = find(REPORTER);

	if (variable)
		remove_variable(variable);
	variable = find(PRELOAD);
	if (!variable)
		return;
	remove_self(*variable + sizeof(PRELOAD) - 1);
	if (!(*variable)[sizeof(PRELOAD) - 1])
		remove_variable(variable);
}
