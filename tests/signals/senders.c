#include "senders.h"

#include "conform.h"

#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int by_kill(int signal, int value)
{
	(void)value;
	return kill(getpid(), signal);
}

static int by_tgkill(int signal, int value)
{
	(void)value;
	return (int)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

static int by_raise(int signal, int value)
{
	(void)value;
	return raise(signal);
}

static int by_sigqueue(int signal, int value)
{
	return sigqueue(getpid(), signal, (union sigval){ .sival_int = value });
}

static int by_pthread_kill(int signal, int value)
{
	(void)value;
	return pthread_kill(pthread_self(), signal);
}

static int by_pthread_sigqueue(int signal, int value)
{
	return pthread_sigqueue(pthread_self(), signal,
				(union sigval){ .sival_int = value });
}

/* Any siginfo, to oneself: this is how a fault can be forged. */
static int by_queueinfo(int signal, int value)
{
	siginfo_t info = { .si_signo = signal, .si_code = SEGV_ACCERR };

	info.si_addr = (void *)(intptr_t)value;
	return (int)syscall(SYS_rt_tgsigqueueinfo, getpid(),
			    syscall(SYS_gettid), signal, &info);
}

const struct sender senders[SENDERS] = {
	{ "kill", by_kill, false },
	{ "tgkill", by_tgkill, false },
	{ "raise", by_raise, false },
	{ "sigqueue", by_sigqueue, false },
	{ "pthread_kill", by_pthread_kill, false },
	{ "pthread_sigqueue", by_pthread_sigqueue, false },
	{ "rt_tgsigqueueinfo", by_queueinfo, true },
};

const struct sender *sender_find(const char *name)
{
	for (size_t i = 0; i < SENDERS; i++)
		if (strcmp(senders[i].name, name) == 0)
			return &senders[i];
	give_up(name);
}

const char *info_text(const siginfo_t *info)
{
	if (info->si_code > 0)
		return text("%s errno %d code %d at %lx",
			    signal_name(info->si_signo), info->si_errno,
			    info->si_code, (unsigned long)info->si_addr);
	return text("%s errno %d code %d from %s uid %s value %x",
		    signal_name(info->si_signo), info->si_errno, info->si_code,
		    info->si_pid == getpid() ? "us" : "others",
		    info->si_uid == getuid() ? "ours" : "other's",
		    info->si_code == SI_QUEUE ? (unsigned)info->si_int : 0);
}
