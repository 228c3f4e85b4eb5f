/*
 * conform --list         each suite and its places
 * conform SUITE PLACE    runs it there
 */
#include "conform.h"

#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct suite *const lists[] = {
	start_suites,	disposition_suites, sequence_suites, pointer_suites,
	mask_suites,	inherit_suites,	    exec_suites,     pending_suites,
	waiting_suites, handler_suites,	    nesting_suites,  leaving_suites,
	abort_suites,	altstack_suites,    restart_suites,  many_suites,
	vfork_suites,	loading_suites,
};

static const struct {
	const char *name;
	enum place place;
} places[] = {
	{ "main", PLACE_MAIN },
	{ "thread", PLACE_THREAD },
	{ "fork", PLACE_FORK },
};

const char *program_directory;
enum place current_place;

static void list_suites(void)
{
	for (size_t i = 0; i < COUNT(lists); i++)
		for (const struct suite *suite = lists[i]; suite->name; suite++)
			for (size_t j = 0; j < COUNT(places); j++)
				if (suite->places & places[j].place)
					printf("%s %s\n", suite->name,
					       places[j].name);
}

static const struct suite *find_suite(const char *name)
{
	for (size_t i = 0; i < COUNT(lists); i++)
		for (const struct suite *suite = lists[i]; suite->name; suite++)
			if (strcmp(suite->name, name) == 0)
				return suite;
	return NULL;
}

static enum place find_place(const char *name)
{
	for (size_t i = 0; i < COUNT(places); i++)
		if (strcmp(places[i].name, name) == 0)
			return places[i].place;
	return (enum place)0;
}

static void run(const void *argument)
{
	const struct suite *suite = argument;

	suite->run();
	section_end();
}

/*
 * Signals for the process, and not for a thread, find only the new thread: here
 * they are blocked, whoever stands in front of that call.
 */
static void run_in_thread(const struct suite *suite)
{
	const uint64_t all = ~UINT64_C(0);

	REQUIRE(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8) == 0);
	in_thread(run, suite);
}

int main(int argc, char **argv)
{
	const struct suite *suite;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list_suites();
		return 0;
	}
	suite = argc == 3 ? find_suite(argv[1]) : NULL;
	current_place = argc == 3 ? find_place(argv[2]) : (enum place)0;
	if (!suite || !current_place) {
		fputs("conform: no such suite or place\n", stderr);
		return 2;
	}
	program_directory = dirname(strdup(argv[0]));
	if (current_place == PLACE_MAIN)
		run(suite);
	else if (current_place == PLACE_THREAD)
		run_in_thread(suite);
	else
		in_child(run, suite);
	say("== end");
	return 0;
}
