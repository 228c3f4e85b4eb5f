/*
 * Starting other programs.  A program that is exec'd inherits what is blocked,
 * and that shall be what the thread believes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "ours.h"
#include "real.h"
#include "record.h"

extern char **environ;

/* More arguments than this are no call that a compiler has seen. */
#define ARGUMENTS_MAX 32768

/*
 * Blocks for real what is only believed; returns what was not blocked.  A vfork
 * child that has set a mask of its own has it in the kernel.
 */
static uint64_t block_really(void)
{
	const struct fdp_record *record =
		fdp_state.signals ? fdp_record_self() : NULL;
	uint64_t before;

	if (!record || !record->blocked ||
	    record->masked_pid == (uint32_t)fdp_sys(SYS_getpid))
		return 0;
	fdp_sys(SYS_rt_sigprocmask, SIG_BLOCK, &record->blocked, &before, 8);
	return record->blocked & ~before;
}

static void unblock(uint64_t signals)
{
	if (signals)
		fdp_sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &signals, NULL, 8);
}

/* Calls libc's FUNCTION as a value of TYPE, with what it inherits put right. */
#define CALL(type, function, ...)                                              \
	({                                                                     \
		uint64_t signals_ = block_really();                            \
		type result_ = FDP_REAL(function)(__VA_ARGS__);                \
		unblock(signals_);                                             \
		result_;                                                       \
	})

FDP_EXPORT int execve(const char *path, char *const arguments[],
		      char *const environment[])
{
	return CALL(int, execve, path, arguments, environment);
}

FDP_EXPORT int execv(const char *path, char *const arguments[])
{
	return CALL(int, execv, path, arguments);
}

FDP_EXPORT int execvp(const char *file, char *const arguments[])
{
	return CALL(int, execvp, file, arguments);
}

FDP_EXPORT int execvpe(const char *file, char *const arguments[],
		       char *const environment[])
{
	return CALL(int, execvpe, file, arguments, environment);
}

FDP_EXPORT int fexecve(int fd, char *const arguments[],
		       char *const environment[])
{
	return CALL(int, fexecve, fd, arguments, environment);
}

/* Before glibc 2.34 there is no such function. */
FDP_EXPORT int execveat(int directory, const char *path,
			char *const arguments[], char *const environment[],
			int flags)
{
	if (!fdp_real(FDP_REAL_execveat)) {
		errno = ENOSYS;
		return -1;
	}
	return CALL(int, execveat, directory, path, arguments, environment,
		    flags);
}

static size_t count_arguments(va_list list)
{
	size_t count = 1;

	while (count < ARGUMENTS_MAX && va_arg(list, const char *))
		count++;
	return count;
}

/*
 * Runs CALL_ with `arguments`: FIRST and those behind it, up to the NULL, and
 * with `list` behind that NULL.
 */
#define WITH_ARGUMENTS(first, call)                                            \
	({                                                                     \
		va_list list;                                                  \
		size_t count_;                                                 \
		char **arguments;                                              \
		int result_;                                                   \
                                                                               \
		va_start(list, first);                                         \
		count_ = count_arguments(list);                                \
		va_end(list);                                                  \
		arguments = __builtin_alloca((count_ + 1) * sizeof(char *));   \
		arguments[0] = (char *)first;                                  \
		va_start(list, first);                                         \
		for (size_t i_ = 1; i_ <= count_; i_++)                        \
			arguments[i_] = va_arg(list, char *);                  \
		result_ = call;                                                \
		va_end(list);                                                  \
		result_;                                                       \
	})

FDP_EXPORT int execl(const char *path, const char *argument, ...)
{
	return WITH_ARGUMENTS(argument, execv(path, arguments));
}

FDP_EXPORT int execlp(const char *file, const char *argument, ...)
{
	return WITH_ARGUMENTS(argument, execvp(file, arguments));
}

FDP_EXPORT int execle(const char *path, const char *argument, ...)
{
	return WITH_ARGUMENTS(argument,
			      execve(path, arguments, va_arg(list, char **)));
}

FDP_EXPORT int posix_spawn(pid_t *pid, const char *path,
			   const posix_spawn_file_actions_t *actions,
			   const posix_spawnattr_t *attributes,
			   char *const arguments[], char *const environment[])
{
	return CALL(int, posix_spawn, pid, path, actions, attributes, arguments,
		    environment);
}

FDP_EXPORT int posix_spawnp(pid_t *pid, const char *file,
			    const posix_spawn_file_actions_t *actions,
			    const posix_spawnattr_t *attributes,
			    char *const arguments[], char *const environment[])
{
	return CALL(int, posix_spawnp, pid, file, actions, attributes,
		    arguments, environment);
}

FDP_EXPORT int system(const char *command)
{
	return CALL(int, system, command);
}

FDP_EXPORT FILE *popen(const char *command, const char *type)
{
	return CALL(FILE *, popen, command, type);
}
