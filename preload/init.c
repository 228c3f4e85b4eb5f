/* Loading: decide, prepare, install; or do nothing at all. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "answering.h"
#include "config.h"
#include "connect.h"
#include "handler.h"
#include "lookup.h"
#include "real.h"
#include "record.h"
#include "standback.h"
#include "state.h"
#include "sys.h"
#include "threads.h"
#include "wishes.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

/* Where the kernel does not say how large its signal frame is. */
#define FRAME_SIZE 4096

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

/*
 * Where address space is short, what is only for reading other threads without
 * ptrace is left to the program: a limit counts it though nobody touches it.
 */
#define SPACE_AMPLE (256ul << 20)

static bool has_space(void)
{
	struct rlimit limit;

	return fdp_sys(SYS_prlimit64, 0, RLIMIT_AS, NULL, &limit) < 0 ||
	       limit.rlim_cur >= SPACE_AMPLE;
}

/* What the handler will need, since it must not map anything itself. */
static int make_memory(void)
{
	if (has_space())
		fdp_state.slots =
			map_memory(FDP_SLOTS_MAX * sizeof(struct fdp_slot));
	fdp_state.page = map_memory(4096);
	if (!fdp_state.page)
		return -ENOMEM;
	fdp_state.origin_pid = (uint32_t)fdp_sys(SYS_getpid);
	fdp_state.page->pid = fdp_state.origin_pid;
	return (int)fdp_sys(SYS_madvise, fdp_state.page, 4096, MADV_WIPEONFORK);
}

/*
 * What libc puts behind its handlers goes behind ours too: debuggers and
 * libraries know it.  It is learnt from a handler that libc sets.
 */
static void learn_restorer(uint64_t signals)
{
	int signal = __builtin_ctzll(signals) + 1;
	struct sigaction ours = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct fdp_kernel_action before, now;

	fdp_state.restorer = fdp_restorer;
	ours.sa_sigaction = fdp_entry;
	if (fdp_sys(SYS_rt_sigaction, signal, NULL, &before, 8) < 0 ||
	    FDP_REAL(sigaction)(signal, &ours, NULL) < 0)
		return;
	if (fdp_sys(SYS_rt_sigaction, signal, &before, &now, 8) == 0 &&
	    now.restorer)
		fdp_state.restorer = now.restorer;
}

/*
 * Where the program was started with a signal ignored, it stays ignored; what a
 * library has set before us is called as before.
 */
static void install(uint64_t signals)
{
	learn_restorer(signals);
	for (int signal = 1; signal < FDP_SIGNALS; signal++)
		if (signals & FDP_BIT(signal))
			fdp_disposition_adopt(signal);
	fdp_state.signals = signals;
}

/* From the linker: this library as it lies in memory. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static void note_own_code(void)
{
	const char *base = (const char *)&__ehdr_start;
	const ElfW(Phdr) *header =
		(const ElfW(Phdr) *)(base + __ehdr_start.e_phoff);

	for (int i = 0; i < __ehdr_start.e_phnum; i++, header++) {
		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
			continue;
		fdp_state.code = (uint64_t)base + header->p_vaddr;
		fdp_state.code_size = header->p_memsz;
	}
}

/* What does not need the daemon, which is being started meanwhile. */
static int prepare(void)
{
	int r = make_memory();

	if (r == 0)
		r = fdp_threads_init();
	fdp_state.abort_message = fdp_lookup("__abort_msg");
	/* If it is closed now, number 2 will be some file of the program. */
	fdp_state.output = fdp_sys(SYS_fcntl, 2, F_GETFD) < 0 ? -1 : 2;
	fdp_state.frame_size = getauxval(AT_MINSIGSTKSZ);
	if (fdp_state.frame_size == 0)
		fdp_state.frame_size = FRAME_SIZE;
	note_own_code();
	return r;
}

static int connect_and_prepare(const struct fdp_config *config)
{
	struct fdp_connection connection;
	int r;

	fdp_state.answers = fdp_answering_is_wanted();
	r = fdp_connect_begin(config, &connection);

	if (r < 0)
		return r;
	r = prepare();
	if (r == 0)
		r = fdp_connect_end(config, &connection);
	else
		fdp_connect_undo(&connection);
	if (r < 0)
		fdp_threads_undo();
	return r;
}

static void watch(const struct fdp_config *config)
{
	int r = connect_and_prepare(config);

	if (r < 0) {
		fdp_state.answers = false;
		debug(config, r == -ENOENT
				      ? "shim: no reporter daemon was found; "
					"set FDPRELOAD_DAEMON\n"
				      : "shim: the reporter daemon could not "
					"be started\n");
		return;
	}
	fdp_state.deadline_ms = config->deadline_ms;
	fdp_state.quiet = config->quiet;
	install(config->signals);
	fdp_answering_begin();
	fdp_threads_take_mask();
	fdp_state.watching = true;
	fdp_wishes_fulfil();
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
