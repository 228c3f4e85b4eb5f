#include "looks.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/util.h"
#include "daemon.h"
#include "log.h"
#include "requests.h"
#include "wire.h"
#include "worker/living.h"

struct look {
	struct fdp_daemon *daemon;
	int connection, output;
};

static void look_free(struct look **look)
{
	if (!*look)
		return;
	fdp_close_cleanup(&(*look)->output);
	free(*look);
}

static void looked(void *argument, int result)
{
	__attribute__((cleanup(look_free))) struct look *look = argument;

	look->daemon->looks--;
	fdp_request_reply(look->connection, result);
}

static bool add(struct fdp_memory_file *files, size_t count, int fd)
{
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return false;
	files[count] = (struct fdp_memory_file){
		.device = status.st_dev,
		.inode = status.st_ino,
	};
	return true;
}

/* Of all that live, with a socket to us or without. */
static int list_family(const struct fdp_daemon *daemon,
		       struct fdp_memory_file **ret_files, size_t *ret_count)
{
	const struct fdp_lives *lives = &daemon->lives;
	const struct fdp_client *client;
	struct fdp_memory_file *files;
	size_t count = lives->count;

	for (client = daemon->clients.first; client; client = client->next)
		count++;
	files = calloc(count + 1, sizeof(*files));
	if (!files)
		return -ENOMEM;
	count = 0;
	for (client = daemon->clients.first; client; client = client->next)
		if (client->session)
			count += add(files, count, client->session->life);
	for (size_t i = 0; i < lives->count; i++)
		count += add(files, count, lives->fds[i]);
	*ret_files = files;
	*ret_count = count;
	return 0;
}

static int start(struct look *look, const struct fdp_look *question,
		 const struct fdp_sender *sender)
{
	struct fdp_living_look details = {
		.uid = sender->uid,
		.gid = sender->gid,
		.flags = question->flags,
	};
	const struct fdp_living living = {
		.pid = (pid_t)question->pid,
		.output = look->output,
		.look = &details,
		.limit_ms = FDP_LOOK_MS,
	};
	int r;

	if (look->output < 0)
		return -EBADF;
	if (look->daemon->looks == FDP_LOOKS_MAX)
		return -EBUSY;
	r = list_family(look->daemon, &details.family, &details.family_count);
	if (r == 0)
		r = fdp_dump_start(look->daemon, &living, looked, look);
	free(details.family);
	look->daemon->looks += r == 0;
	return r;
}

void fdp_look_start(struct fdp_daemon *daemon, int connection,
		    const struct fdp_look *question, struct fdp_sender *sender)
{
	_cleanup_close_ int fd = connection;
	__attribute__((cleanup(look_free))) struct look *look =
		calloc(1, sizeof(*look));
	int r;

	if (!look)
		return; /* the end without a reply says it */
	look->daemon = daemon;
	look->connection = fd;
	look->output = TAKE_FD(sender->fds[0]);
	r = start(look, question, sender);
	if (r < 0) {
		fdp_log_debug("a look at process %u: error %d", question->pid,
			      -r);
		fdp_request_reply(TAKE_FD(fd), r);
		return;
	}
	TAKE_PTR(look);
	TAKE_FD(fd);
}
