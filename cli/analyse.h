/* Commands that the daemon's program does: it has the unwinder. */
#ifndef FDP_CLI_ANALYSE_H
#define FDP_CLI_ANALYSE_H

/*
 * Becomes that program, with OPTION in place of the command at ARGV[0]. Returns
 * the exit status only if it was not found, which is said on stderr.
 */
int fdp_cli_analyse(const char *command, const char *option, char **argv);

#endif
