/*
 * What the parts of one daemon share, and when it leaves.
 *
 * It serves one family: the process that started it, the children that were
 * forked from it, and the programs that these have exec'd and that joined.  It
 * stays while one of them has a socket to it, while a report is being made,
 * and while one of them merely lives (lives.h).
 */
#ifndef FDP_DAEMON_H
#define FDP_DAEMON_H

#include "annotations.h"
#include "answers.h"
#include "clients.h"
#include "dumps.h"
#include "heartbeats.h"
#include "later.h"
#include "listener.h"
#include "lives.h"
#include "loop.h"
#include "settings.h"
#include "watchers.h"

struct fdp_daemon {
	struct fdp_loop loop;
	struct fdp_settings settings;
	struct fdp_listener listener;
	struct fdp_lives lives;
	struct fdp_clients clients;
	struct fdp_dumps dumps;
	struct fdp_answers answers;
	struct fdp_laters laters;
	struct fdp_heartbeats heartbeats;
	struct fdp_annotated_list annotated;
	struct fdp_watchers watchers;
	int looks; /* that are being made, looks.h */
};

/* SOCKET is the channel that the daemon was started with.  0 or -errno. */
int fdp_daemon_start(struct fdp_daemon *daemon, int socket);

/* Runs until the last of the family is gone. */
void fdp_daemon_run(struct fdp_daemon *daemon);

#endif
