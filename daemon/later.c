#include "later.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#include "alarms.h"
#include "base/util.h"
#include "daemon.h"
#include "dumps.h"
#include "log.h"
#include "requests.h"
#include "wire.h"
#include "worker/living.h"

struct fdp_later {
	struct fdp_alarm alarm; /* first, so that it can be told from it */
	struct fdp_later *next;
	struct fdp_daemon *daemon;
	char name[FDP_REQUEST_NAME_SIZE];
	struct fdp_living living; /* its output is ours */
	bool dumping;
	int serving; /* of who answers for the process meanwhile, or -1 */
	bool over;   /* goes when the dump is done */
	int reply;   /* of whoever waits for that, or -1 */
	int reply_result;
};

static void later_free(struct fdp_later *later)
{
	struct fdp_later **link = &later->daemon->laters.first;

	while (*link && *link != later)
		link = &(*link)->next;
	if (*link) {
		*link = later->next;
		later->daemon->laters.count--;
	}
	fdp_alarm_end(&later->alarm);
	fdp_close_cleanup(&later->living.output);
	fdp_request_reply(later->reply, later->reply_result);
	free(later);
}

/* No dump of it begins any more. */
static void retire(struct fdp_later *later)
{
	later->over = true;
	if (!later->dumping)
		later_free(later);
}

static int arm(const struct fdp_later *later)
{
	return fdp_alarm_set(&later->alarm, later->living.timeout_us);
}

/* As _exit(1) would, which nobody outside can call. */
static void end_process(const struct fdp_later *later)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = later->living.exit_signal;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr = (void *)(uintptr_t)later->living.exit_cookie;
	if (later->living.exit_signal &&
	    syscall(SYS_pidfd_send_signal, later->alarm.pidfd,
		    later->living.exit_signal, &info, 0) == 0)
		return;
	fdp_log_warning("process %d: it cannot be told to exit: %s",
			(int)later->living.pid, strerror(errno));
}

static void dumped(void *argument, int result);

static void start(struct fdp_later *later, const struct fdp_living *living)
{
	int r = fdp_dump_start(later->daemon, living, dumped, later);

	if (r < 0)
		dumped(later, r);
}

static void answered(void *argument, struct fdp_answer answer)
{
	struct fdp_later *later = argument;
	struct fdp_living living = later->living;

	later->serving = answer.socket;
	living.serving = answer.socket;
	living.server = answer.tid;
	living.thread_pointer = answer.thread_pointer;
	start(later, &living);
}

static void dumped(void *argument, int result)
{
	struct fdp_later *later = argument;

	if (result == FDP_LIVING_ASK) {
		fdp_answer_await(later->daemon, later->living.pid, answered,
				 later);
		return;
	}
	fdp_request_reply(later->serving, result);
	later->serving = -1;
	later->dumping = false;
	if (result < 0)
		fdp_log_warning("process %d: a dump failed: %s",
				(int)later->living.pid, strerror(-result));
	if (!later->over && (later->living.flags & FDP_REQUEST_EXIT))
		end_process(later);
	if (later->over || !(later->living.flags & FDP_REQUEST_REPEAT) ||
	    arm(later) < 0)
		later_free(later);
}

static void rings(struct fdp_alarm *alarm)
{
	struct fdp_later *later = (struct fdp_later *)alarm;

	if (fdp_alarm_is_moot(alarm)) {
		later_free(later);
		return;
	}
	later->dumping = true;
	start(later, &later->living);
}

static void dies(struct fdp_alarm *alarm)
{
	retire((struct fdp_later *)alarm);
}

static struct fdp_later *find(struct fdp_daemon *daemon, pid_t pid,
			      const char *name)
{
	struct fdp_later *later = daemon->laters.first;

	while (later && (later->over || later->living.pid != pid ||
			 strcmp(later->name, name) != 0))
		later = later->next;
	return later;
}

/* The old one's last dump is waited for before anybody hears of it. */
static void replace(struct fdp_later *old, int result,
		    struct fdp_sender *sender)
{
	if (!old)
		return;
	if (old->dumping) {
		old->reply = TAKE_FD(sender->fds[0]);
		old->reply_result = result;
	}
	retire(old);
}

int fdp_later_set(struct fdp_daemon *daemon, const struct fdp_request *request,
		  struct fdp_sender *sender)
{
	struct fdp_later *old = find(daemon, sender->pid, request->name);
	struct fdp_later *later;
	int r;

	if (sender->fds[1] < 0)
		return -EBADF;
	if (daemon->laters.count >= FDP_LATERS_MAX)
		return -EMFILE;
	later = calloc(1, sizeof(*later));
	if (!later)
		return -ENOMEM;
	later->daemon = daemon;
	later->reply = later->serving = -1;
	memcpy(later->name, request->name, sizeof(later->name));
	later->living =
		fdp_request_living(request, sender, TAKE_FD(sender->fds[1]));
	later->living.flags |= FDP_REQUEST_ALL_THREADS;
	r = fdp_alarm_begin(&later->alarm, daemon, sender->pid, rings, dies);
	if (r == 0)
		r = arm(later);
	if (r < 0) {
		later_free(later);
		return r;
	}
	replace(old, 0, sender);
	later->next = daemon->laters.first;
	daemon->laters.first = later;
	daemon->laters.count++;
	return 0;
}

int fdp_later_cancel(struct fdp_daemon *daemon,
		     const struct fdp_request *request,
		     struct fdp_sender *sender)
{
	struct fdp_later *later = find(daemon, sender->pid, request->name);

	if (!later)
		return 0;
	replace(later, 1, sender);
	return 1;
}
