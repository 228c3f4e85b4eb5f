/* What the commands of the command line tool share. */
#ifndef FDP_CLI_H
#define FDP_CLI_H

/* The command line makes no sense. */
#define FDP_EXIT_MISUSE 2

/*
 * A command: ARGV[0] is its name, ARGV[-1] that of the program.  Returns the
 * exit status of the program, if it returns.
 */
int fdp_command_decode(int argc, char **argv);
int fdp_command_doctor(int argc, char **argv);
int fdp_command_dump(int argc, char **argv);
int fdp_command_probe(int argc, char **argv);
int fdp_command_run(int argc, char **argv);
int fdp_command_show(int argc, char **argv);

/* Writes TEXT to stdout; 1 if it did not come out whole, else 0. */
int fdp_cli_print(const char *text);

/*
 * Says on stderr what is wrong with the command line of COMMAND, and where to
 * read how it is right.  Returns FDP_EXIT_MISUSE.
 */
int fdp_cli_misuse(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "fdpreload COMMAND: TEXT" on stderr. */
void fdp_cli_error(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
