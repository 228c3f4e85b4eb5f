#include "answers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "alarms.h"
#include "base/util.h"
#include "daemon.h"
#include "log.h"
#include "wire.h"

struct fdp_awaited_answer {
	struct fdp_alarm alarm; /* first, so that it can be told from it */
	struct fdp_awaited_answer *next;
	void (*heard)(void *argument, struct fdp_answer answer);
	void *argument;
};

static const struct fdp_answer nobody = { .socket = -1 };

/* For whoever gets it: the token says that it is ours. */
static int send_signal(struct fdp_awaited_answer *awaited)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = SIGURG;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr =
		(void *)(uintptr_t)awaited->alarm.daemon->listener.token;
	return syscall(SYS_pidfd_send_signal, awaited->alarm.pidfd, SIGURG,
		       &info, 0) < 0
		       ? -errno
		       : 0;
}

static void unlink_awaited(struct fdp_awaited_answer *awaited)
{
	struct fdp_answers *answers = &awaited->alarm.daemon->answers;
	struct fdp_awaited_answer **link = &answers->first;

	while (*link && *link != awaited)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = awaited->next;
	answers->count--;
}

static void finish(struct fdp_awaited_answer *awaited, struct fdp_answer answer)
{
	void (*heard)(void *, struct fdp_answer) = awaited->heard;
	void *argument = awaited->argument;

	unlink_awaited(awaited);
	fdp_alarm_end(&awaited->alarm);
	free(awaited);
	heard(argument, answer);
}

static void gives_up(struct fdp_alarm *alarm)
{
	fdp_log_debug("process %d: it has been asked, and does not answer",
		      (int)alarm->pid);
	finish((struct fdp_awaited_answer *)alarm, nobody);
}

/* In the order in which they have come. */
static void append(struct fdp_answers *answers,
		   struct fdp_awaited_answer *awaited)
{
	struct fdp_awaited_answer **link = &answers->first;

	while (*link)
		link = &(*link)->next;
	*link = awaited;
	answers->count++;
}

static int begin(struct fdp_daemon *daemon, pid_t pid,
		 struct fdp_awaited_answer *awaited)
{
	int r = fdp_alarm_begin(&awaited->alarm, daemon, pid, gives_up,
				gives_up);

	if (r == 0)
		r = fdp_alarm_set(&awaited->alarm, FDP_ANSWER_MS * 1000);
	if (r == 0)
		r = send_signal(awaited);
	if (r == 0)
		append(&daemon->answers, awaited);
	return r;
}

void fdp_answer_await(struct fdp_daemon *daemon, pid_t pid,
		      void (*heard)(void *argument, struct fdp_answer answer),
		      void *argument)
{
	struct fdp_awaited_answer *awaited;
	int r;

	if (!daemon->listener.token ||
	    daemon->answers.count >= FDP_ANSWERS_MAX ||
	    !(awaited = calloc(1, sizeof(*awaited)))) {
		heard(argument, nobody);
		return;
	}
	awaited->heard = heard;
	awaited->argument = argument;
	r = begin(daemon, pid, awaited);
	if (r == 0)
		return;
	fdp_log_debug("process %d: it cannot be asked: %s", (int)pid,
		      strerror(-r));
	finish(awaited, nobody);
}

static struct fdp_awaited_answer *find(struct fdp_daemon *daemon, pid_t pid)
{
	struct fdp_awaited_answer *awaited = daemon->answers.first;

	while (awaited && awaited->alarm.pid != pid)
		awaited = awaited->next;
	return awaited;
}

int fdp_answer_heard(struct fdp_daemon *daemon,
		     const struct fdp_request *request,
		     struct fdp_sender *sender)
{
	struct fdp_awaited_answer *awaited = find(daemon, sender->pid);
	struct fdp_answer answer = {
		.tid = (pid_t)request->tid,
		.thread_pointer = request->thread_pointer,
	};

	if (!awaited || sender->fds[0] < 0)
		return -ESRCH;
	answer.socket = TAKE_FD(sender->fds[0]);
	finish(awaited, answer);
	/* While one signal is pending another one is lost. */
	awaited = find(daemon, sender->pid);
	if (awaited)
		send_signal(awaited);
	return 0;
}
