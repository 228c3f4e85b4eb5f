/* fdpreloadd --decode: a stored capture, analysed again. */
#ifndef FDP_WORKER_DECODE_H
#define FDP_WORKER_DECODE_H

/*
 * ARGV: the option itself, the file, and --format text|json.  Returns the exit
 * status: 0; 1 if the file cannot be read or is no capture; 2 for bad usage.
 */
int fdp_decode_main(int argc, char **argv);

#endif
