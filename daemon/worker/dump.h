/* fdpreloadd --dump: the stacks of a process that lives. */
#ifndef FDP_WORKER_DUMP_H
#define FDP_WORKER_DUMP_H

/* Exit statuses, for scripts: the man page has them too. */
enum fdp_dump_status {
	FDP_DUMP_OK = 0,
	FDP_DUMP_FAILED = 1,	    /* for any reason but the next ones */
	FDP_DUMP_USAGE = 2,	    /* the arguments make no sense */
	FDP_DUMP_NO_PROCESS = 3,    /* there is no such process (any more) */
	FDP_DUMP_NOT_PERMITTED = 4, /* it may not be traced */
	FDP_DUMP_NOT_PYTHON = 5,    /* native stacks were all there was */
};

/*
 * ARGV: the option itself, a pid, and --all, --format text|json, --native,
 * --no-native.  Returns the exit status.
 */
int fdp_dump_main(int argc, char **argv);

#endif
