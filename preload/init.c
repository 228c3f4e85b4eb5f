/* Loading: decide, prepare, install; or do nothing at all. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "config.h"
#include "connect.h"
#include "handler.h"
#include "lookup.h"
#include "standback.h"
#include "state.h"
#include "sys.h"
#include "threads.h"

/*
 * While one fault is handled, another one must still be able to reach us; and a
 * filter may trap a system call of ours.
 */
#define BIT(signal) (UINT64_C(1) << ((signal)-1))
#define REACHES_US                                                             \
	(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGSYS))
#define HANDLER_MASK (~REACHES_US)

/* One line into the file that FDPRELOAD_DEBUG names. */
static void debug(const struct fdp_config *config, const char *text)
{
	long fd;

	if (!config->debug)
		return;
	fd = fdp_sys(SYS_open, config->debug,
		     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
		     0600);
	if (fd < 0)
		return;
	fdp_sys(SYS_write, fd, text, strlen(text));
	fdp_sys(SYS_close, fd);
}

static bool is_python(void)
{
	static const char *const names[] = { "_PyRuntime",
					     "PyInterpreterState_Head" };

	return fdp_lookup_any(names, 2);
}

static bool is_watched(const struct fdp_config *config)
{
	if (config->follow == FDP_FOLLOW_PYTHON)
		return is_python();
	return config->follow == FDP_FOLLOW_ALL;
}

static bool stands_back(const struct fdp_config *config)
{
	const char *reason;

	if (!fdp_standback(&reason))
		return false;
	debug(config, reason);
	return true;
}

/* Private memory that costs nothing until it is touched; NULL: none left. */
static void *map_memory(size_t size)
{
	long map = fdp_sys(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return map < 0 && map > -4096 ? NULL : (void *)map;
}

/* What the handler will need, since it must not map anything itself. */
static int make_memory(void)
{
	fdp_state.slots = map_memory(FDP_SLOTS_MAX * sizeof(struct fdp_slot));
	fdp_state.page = map_memory(4096);
	if (!fdp_state.page)
		return -ENOMEM;
	fdp_state.page->pid = (uint32_t)fdp_sys(SYS_getpid);
	return (int)fdp_sys(SYS_madvise, fdp_state.page, 4096, MADV_WIPEONFORK);
}

/* Where the program was started with a signal ignored, it stays ignored. */
static void install(uint64_t signals)
{
	for (int signal = 1; signal <= 31; signal++) {
		struct fdp_kernel_action action;

		if ((signals & BIT(signal)) &&
		    fdp_sys(SYS_rt_sigaction, signal, NULL, &action, 8) == 0 &&
		    !action.handler)
			fdp_set_action(signal, fdp_handle, HANDLER_MASK);
	}
}

static void watch(const struct fdp_config *config)
{
	int r = make_memory();

	if (r == 0)
		r = fdp_threads_init();
	if (r == 0)
		r = fdp_connect(config);
	if (r < 0) {
		debug(config, r == -ENOENT
				      ? "shim: no reporter daemon was found; "
					"set FDPRELOAD_DAEMON\n"
				      : "shim: the reporter daemon could not "
					"be started\n");
		return;
	}
	fdp_state.deadline_ms = config->deadline_ms;
	/* If it is closed now, number 2 will be some file of the program. */
	fdp_state.output = fdp_sys(SYS_fcntl, 2, F_GETFD) < 0 ? -1 : 2;
	fdp_state.abort_message = fdp_lookup("__abort_msg");
	fdp_state.watching = true;
	install(config->signals);
	debug(config, "shim: watching\n");
}

__attribute__((constructor)) static void init(void)
{
	struct fdp_config config;
	int saved = errno;

	fdp_lookup_started();
	if (!getauxval(AT_SECURE)) {
		fdp_config_read(&config);
		if (is_watched(&config) && !stands_back(&config))
			watch(&config);
	}
	errno = saved;
}
