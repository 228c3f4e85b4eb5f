/* The command line of `fdpreload dump`. */
#ifndef FDP_WORKER_DUMP_OPTIONS_H
#define FDP_WORKER_DUMP_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

struct fdp_dump_command {
	pid_t pid;
	bool json;
	bool native;
	bool locals;
	bool guess_names;
	bool all; /* its descendants too */
	bool nonblocking;
	double watch_s;	     /* between two dumps; 0: one is enough */
	const char *capture; /* a file to be written, or NULL */
};

/*
 * 0, or the exit status of a wrong command line, about which one line has been
 * written to stderr.
 */
int fdp_dump_command_parse(int argc, char **argv,
			   struct fdp_dump_command *ret_command);

#endif
