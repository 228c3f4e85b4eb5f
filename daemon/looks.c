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
	struct fdp_look question;
	uid_t uid; /* of who asks */
	gid_t gid;
	int serving; /* of who answers for the process, or -1 */
};

static void look_free(struct look **look)
{
	if (!*look)
		return;
	fdp_close_cleanup(&(*look)->output);
	free(*look);
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

static void looked(void *argument, int result);

static int start(struct look *look, const struct fdp_answer *answer)
{
	struct fdp_living_look details = {
		.uid = look->uid,
		.gid = look->gid,
		.flags = look->question.flags,
	};
	const struct fdp_living living = {
		.pid = (pid_t)look->question.pid,
		.output = look->output,
		.look = &details,
		.serving = answer->socket,
		.server = answer->tid,
		.thread_pointer = answer->thread_pointer,
		.limit_ms = FDP_LOOK_MS,
	};
	int r = list_family(look->daemon, &details.family,
			    &details.family_count);

	if (r == 0)
		r = fdp_dump_start(look->daemon, &living, looked, look);
	free(details.family);
	return r;
}

static void answered(void *argument, struct fdp_answer answer)
{
	struct look *look = argument;
	int r;

	look->serving = answer.socket;
	r = start(look, &answer);
	if (r < 0)
		looked(look, r);
}

static void looked(void *argument, int result)
{
	struct look *look = argument;

	if (result == FDP_LIVING_ASK) {
		fdp_answer_await(look->daemon, (pid_t)look->question.pid,
				 answered, look);
		return;
	}
	look->daemon->looks--;
	fdp_request_reply(look->serving, result);
	fdp_request_reply(look->connection, result);
	look_free(&look);
}

/* Nobody answers before it is known that somebody has to. */
static int start_first(struct look *look)
{
	static const struct fdp_answer none = { .socket = 0 };
	int r;

	if (look->output < 0)
		return -EBADF;
	if (look->daemon->looks == FDP_LOOKS_MAX)
		return -EBUSY;
	r = start(look, &none);
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
	look->question = *question;
	look->uid = sender->uid;
	look->gid = sender->gid;
	look->serving = -1;
	r = start_first(look);
	if (r < 0) {
		fdp_log_debug("a look at process %u: error %d", question->pid,
			      -r);
		fdp_request_reply(TAKE_FD(fd), r);
		return;
	}
	TAKE_PTR(look);
	TAKE_FD(fd);
}
