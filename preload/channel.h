/*
 * The channel: a socket pair whose one end the daemon gets.
 */
#ifndef FDP_PRELOAD_CHANNEL_H
#define FDP_PRELOAD_CHANNEL_H

/*
 * Makes the pair; ours goes to fdp_state.channel, close-on-exec, where no
 * program expects it (above the soft limit of descriptors if that can be had).
 * *ret_theirs is the daemon's, close-on-exec.  0 or -errno.
 */
int fdp_channel_open(int *ret_theirs);

/* Says who we are.  0 or -errno. */
int fdp_channel_hello(void);

/* Closes our end; the shim is inert from now on. */
void fdp_channel_close(void);

#endif
