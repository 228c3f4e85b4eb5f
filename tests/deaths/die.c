#include "die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "paint.h"

struct plan plan;

/* For the runner: the tables, one row a line, fields separated by a bar. */
static int print_tables(void)
{
	for (size_t i = 0; i < way_count + sent_way_count; i++) {
		const struct way *way =
			i < way_count ? &ways[i] : &sent_ways[i - way_count];

		printf("way|%s|%s|%d|%s\n", way->name, way->traits, way->signal,
		       way->code);
	}
	for (size_t i = 0; i < arrangement_count; i++)
		printf("arrangement|%s|%s|%s\n", arrangements[i].name,
		       arrangements[i].traits,
		       arrangements[i].symbol ? arrangements[i].symbol : "");
	for (size_t i = 0; i < place_count; i++)
		printf("place|%s|%s\n", places[i].name, places[i].traits);
	return 0;
}

static const struct way *find_way(const char *name)
{
	for (size_t i = 0; i < way_count; i++)
		if (strcmp(ways[i].name, name) == 0)
			return &ways[i];
	for (size_t i = 0; i < sent_way_count; i++)
		if (strcmp(sent_ways[i].name, name) == 0)
			return &sent_ways[i];
	return NULL;
}

static const struct arrangement *find_arrangement(const char *name)
{
	for (size_t i = 0; i < arrangement_count; i++)
		if (strcmp(arrangements[i].name, name) == 0)
			return &arrangements[i];
	return NULL;
}

static const struct place *find_place(const char *name)
{
	for (size_t i = 0; i < place_count; i++)
		if (strcmp(places[i].name, name) == 0)
			return &places[i];
	return NULL;
}

static bool read_word(const char *text)
{
	const struct {
		const char *word;
		bool *flag;
	} words[] = {
		{ "subreaper", &plan.subreaper },
		{ "paint", &plan.paint },
		{ "bystander", &plan.bystander },
		{ "no-daemon", &plan.no_daemon },
		{ "no-sending", &plan.no_sending },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(text, words[i].word) == 0)
			return *words[i].flag = true;
	/* Only takes room. */
	return strncmp(text, "nothing", strlen("nothing")) == 0;
}

static bool read_option(const char *text)
{
	size_t more;

	/* On top of what the kernel's frame takes on this processor. */
	if (sscanf(text, "altstack=+%zu", &more) == 1) {
		plan.altstack = getauxval(AT_MINSIGSTKSZ) + more;
		return true;
	}
	if (sscanf(text, "altstack=%zu", &plan.altstack) == 1 ||
	    sscanf(text, "stack=%zu", &plan.stack) == 1)
		return true;
	if (strcmp(text, "pending=same") == 0)
		plan.pending = plan.way->signal;
	else if (strcmp(text, "pending=other") == 0)
		plan.pending = plan.way->signal == SIGABRT ? SIGFPE : SIGABRT;
	else
		return read_word(text);
	return true;
}

static bool read_plan(int count, char **arguments)
{
	if (count < 4)
		return false;
	plan.way = find_way(arguments[1]);
	plan.arrangement = find_arrangement(arguments[2]);
	plan.place = find_place(arguments[3]);
	plan.arguments = arguments;
	if (!plan.way || !plan.arrangement || !plan.place)
		return false;
	for (int i = 4; i < count; i++)
		if (!read_option(arguments[i]))
			return false;
	return true;
}

int main(int count, char **arguments)
{
	if (count == 2 && strcmp(arguments[1], "--tables") == 0)
		return print_tables();
	if (!read_plan(count, arguments)) {
		fputs("usage: die WAY ARRANGEMENT PLACE [OPTION...]\n"
		      "       die --tables\n",
		      stderr);
		return 2;
	}
	/* Not for the children. */
	if (getenv("DIE_SETTLED") && getenv("LD_PRELOAD"))
		wait_for_daemon();
	unsetenv("DIE_SETTLED");
	if (plan.subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		trouble("prctl");
	notes_open();
	note("environ", (unsigned long)environ);
	plan.arrangement->install(plan.arrangement, plan.way->signal);
	plan.place->run();
	return 0;
}
