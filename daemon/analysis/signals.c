#include "cause.h"

#include <signal.h>
#include <string.h>

#include "../base/util.h"

struct signal_text {
	int signal;
	const char *name;
	const char *description;
};

/* Descriptions as strsignal() gives them in the C locale. */
static const struct signal_text signals[] = {
	{ SIGHUP, "SIGHUP", "Hangup" },
	{ SIGINT, "SIGINT", "Interrupt" },
	{ SIGQUIT, "SIGQUIT", "Quit" },
	{ SIGILL, "SIGILL", "Illegal instruction" },
	{ SIGTRAP, "SIGTRAP", "Trace/breakpoint trap" },
	{ SIGABRT, "SIGABRT", "Aborted" },
	{ SIGBUS, "SIGBUS", "Bus error" },
	{ SIGFPE, "SIGFPE", "Floating point exception" },
	{ SIGKILL, "SIGKILL", "Killed" },
	{ SIGUSR1, "SIGUSR1", "User defined signal 1" },
	{ SIGSEGV, "SIGSEGV", "Segmentation fault" },
	{ SIGUSR2, "SIGUSR2", "User defined signal 2" },
	{ SIGPIPE, "SIGPIPE", "Broken pipe" },
	{ SIGALRM, "SIGALRM", "Alarm clock" },
	{ SIGTERM, "SIGTERM", "Terminated" },
	{ SIGSTKFLT, "SIGSTKFLT", "Stack fault" },
	{ SIGCHLD, "SIGCHLD", "Child exited" },
	{ SIGCONT, "SIGCONT", "Continued" },
	{ SIGSTOP, "SIGSTOP", "Stopped (signal)" },
	{ SIGTSTP, "SIGTSTP", "Stopped" },
	{ SIGTTIN, "SIGTTIN", "Stopped (tty input)" },
	{ SIGTTOU, "SIGTTOU", "Stopped (tty output)" },
	{ SIGURG, "SIGURG", "Urgent I/O condition" },
	{ SIGXCPU, "SIGXCPU", "CPU time limit exceeded" },
	{ SIGXFSZ, "SIGXFSZ", "File size limit exceeded" },
	{ SIGVTALRM, "SIGVTALRM", "Virtual timer expired" },
	{ SIGPROF, "SIGPROF", "Profiling timer expired" },
	{ SIGWINCH, "SIGWINCH", "Window changed" },
	{ SIGIO, "SIGIO", "I/O possible" },
	{ SIGPWR, "SIGPWR", "Power failure" },
	{ SIGSYS, "SIGSYS", "Bad system call" },
};

struct code_text {
	int signal; /* 0: any */
	int code;
	const char *name;
};

/*
 * From the kernel's include/uapi/asm-generic/siginfo.h; the numbers that
 * glibc 2.31 does not name yet are spelled out.
 */
static const struct code_text codes[] = {
	{ 0, SI_USER, "SI_USER" },
	{ 0, SI_KERNEL, "SI_KERNEL" },
	{ 0, SI_QUEUE, "SI_QUEUE" },
	{ 0, SI_TIMER, "SI_TIMER" },
	{ 0, SI_MESGQ, "SI_MESGQ" },
	{ 0, SI_ASYNCIO, "SI_ASYNCIO" },
	{ 0, SI_SIGIO, "SI_SIGIO" },
	{ 0, SI_TKILL, "SI_TKILL" },
	{ 0, -7, "SI_DETHREAD" },
	{ 0, -60, "SI_ASYNCNL" },
	{ SIGSEGV, SEGV_MAPERR, "SEGV_MAPERR" },
	{ SIGSEGV, SEGV_ACCERR, "SEGV_ACCERR" },
	{ SIGSEGV, 3, "SEGV_BNDERR" },
	{ SIGSEGV, 4, "SEGV_PKUERR" },
	{ SIGSEGV, 5, "SEGV_ACCADI" },
	{ SIGSEGV, 6, "SEGV_ADIDERR" },
	{ SIGSEGV, 7, "SEGV_ADIPERR" },
	{ SIGSEGV, 8, "SEGV_MTEAERR" },
	{ SIGSEGV, 9, "SEGV_MTESERR" },
	{ SIGSEGV, 10, "SEGV_CPERR" },
	{ SIGBUS, BUS_ADRALN, "BUS_ADRALN" },
	{ SIGBUS, BUS_ADRERR, "BUS_ADRERR" },
	{ SIGBUS, BUS_OBJERR, "BUS_OBJERR" },
	{ SIGBUS, BUS_MCEERR_AR, "BUS_MCEERR_AR" },
	{ SIGBUS, BUS_MCEERR_AO, "BUS_MCEERR_AO" },
	{ SIGFPE, FPE_INTDIV, "FPE_INTDIV" },
	{ SIGFPE, FPE_INTOVF, "FPE_INTOVF" },
	{ SIGFPE, FPE_FLTDIV, "FPE_FLTDIV" },
	{ SIGFPE, FPE_FLTOVF, "FPE_FLTOVF" },
	{ SIGFPE, FPE_FLTUND, "FPE_FLTUND" },
	{ SIGFPE, FPE_FLTRES, "FPE_FLTRES" },
	{ SIGFPE, FPE_FLTINV, "FPE_FLTINV" },
	{ SIGFPE, FPE_FLTSUB, "FPE_FLTSUB" },
	{ SIGFPE, 14, "FPE_FLTUNK" },
	{ SIGFPE, 15, "FPE_CONDTRAP" },
	{ SIGILL, ILL_ILLOPC, "ILL_ILLOPC" },
	{ SIGILL, ILL_ILLOPN, "ILL_ILLOPN" },
	{ SIGILL, ILL_ILLADR, "ILL_ILLADR" },
	{ SIGILL, ILL_ILLTRP, "ILL_ILLTRP" },
	{ SIGILL, ILL_PRVOPC, "ILL_PRVOPC" },
	{ SIGILL, ILL_PRVREG, "ILL_PRVREG" },
	{ SIGILL, ILL_COPROC, "ILL_COPROC" },
	{ SIGILL, ILL_BADSTK, "ILL_BADSTK" },
	{ SIGILL, 9, "ILL_BADIADDR" },
	{ SIGTRAP, TRAP_BRKPT, "TRAP_BRKPT" },
	{ SIGTRAP, TRAP_TRACE, "TRAP_TRACE" },
	{ SIGTRAP, 3, "TRAP_BRANCH" },
	{ SIGTRAP, 4, "TRAP_HWBKPT" },
	{ SIGTRAP, 5, "TRAP_UNK" },
	{ SIGTRAP, 6, "TRAP_PERF" },
	{ SIGSYS, 1, "SYS_SECCOMP" },
	{ SIGSYS, 2, "SYS_USER_DISPATCH" },
};

static const struct signal_text *find(int signal)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (signals[i].signal == signal)
			return &signals[i];
	}
	return NULL;
}

const char *fdp_signal_name(int signal)
{
	const struct signal_text *text = find(signal);

	return text ? text->name : NULL;
}

const char *fdp_signal_description(int signal)
{
	const struct signal_text *text = find(signal);

	return text ? text->description : NULL;
}

const char *fdp_signal_code_name(int signal, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (codes[i].code == code &&
		    (codes[i].signal == 0 || codes[i].signal == signal))
			return codes[i].name;
	}
	return NULL;
}
