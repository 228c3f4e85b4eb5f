/*
 * The channel: the socket to the daemon that a process keeps for its life.
 */
#ifndef FDP_PRELOAD_CHANNEL_H
#define FDP_PRELOAD_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

/* False: there are so few descriptors that the program needs each. */
bool fdp_channel_is_affordable(void);

/*
 * Makes a pair, close-on-exec: the first is to be adopted, the second is the
 * daemon's.  0 or -errno.
 */
int fdp_channel_pair(int ret_pair[2]);

/*
 * SOCKET, close-on-exec, becomes fdp_state.channel, under a number where no
 * program expects it (above the soft limit of descriptors if that can be had).
 */
void fdp_channel_adopt(int socket);

/*
 * Says on SOCKET who we are, with TOKEN, FLAGS (enum fdp_hello_flags) and the
 * descriptors that are not negative of FDS.  0 or -errno.
 */
int fdp_channel_hello(int socket, uint64_t token, uint32_t flags,
		      const int fds[2]);

/* Closes our end; the shim is inert from now on. */
void fdp_channel_close(void);

#endif
