/*
 * The target: everything the analysis may know about the process it explains.
 *
 * The analysis never touches a process, a file or a clock.  It asks a target
 * two kinds of question, and gets the same answers whether the process stands
 * stopped beside us (live), answers over its socket (served), or died long ago
 * somewhere else (replay):
 *
 *   memory  "the bytes at this address", through a page cache
 *   facts   "the text under this name": /proc files, source lines, symbols
 *
 * Every answer is kept, so it can be recorded to a .fdpcap file and played
 * back.
 *
 * All contents are hostile: a crashed process may hold, and claim, anything.
 * A reader bounds every length and every number of steps itself.
 *
 * A target belongs to one thread.  It is made by one of the functions in
 * capture/ and freed by fdp_target_free().
 */
#ifndef FDP_TARGET_H
#define FDP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/*
 * The general registers in DWARF numbering for x86-64: rax rdx rcx rbx rsi rdi
 * rbp rsp r8..r15, and the return address column, which here is the pc.
 */
enum {
	FDP_REGISTER_RAX = 0,
	FDP_REGISTER_RDX = 1,
	FDP_REGISTER_RCX = 2,
	FDP_REGISTER_RBX = 3,
	FDP_REGISTER_RSI = 4,
	FDP_REGISTER_RDI = 5,
	FDP_REGISTER_RBP = 6,
	FDP_REGISTER_SP = 7,
	FDP_REGISTER_PC = 16,
	FDP_REGISTER_COUNT = 17,
};

/* The names of the registers above, in the same order. */
extern const char *const fdp_register_names[FDP_REGISTER_COUNT];

struct fdp_registers {
	uint64_t general[FDP_REGISTER_COUNT];
	uint64_t flags;
	uint64_t thread_pointer; /* fs base, which is also its pthread_t */
};

/* One thread of the process.  The crashed one is the first in a target. */
struct fdp_thread {
	pid_t tid;
	char name[17]; /* as the kernel knows it, NUL-terminated, any bytes */
	bool crashed;
	bool has_registers; /* false: only tid and name are known */
	struct fdp_registers registers;
};

/* One line of /proc/PID/maps. */
struct fdp_map {
	uint64_t start;
	uint64_t end; /* exclusive */
	uint64_t offset;
	uint64_t inode;
	bool readable, writable, executable, shared;
	bool deleted;	  /* the file has lost its name; path is the old one */
	const char *path; /* "" if anonymous; "[stack]" and the like */
};

/* What the kernel said about the fault, and the processor's own words. */
struct fdp_fault {
	int signal;
	int code;	  /* si_code */
	uint64_t address; /* si_addr; meaningless when the code is <= 0 */
	pid_t sender_pid; /* si_pid; meaningful when the code is <= 0 */
	uid_t sender_uid;
	int system_call;	   /* si_syscall of SIGSYS */
	uint64_t error;		   /* x86 page fault error code: 1 protection,
				      2 write, 16 instruction fetch */
	uint64_t trap;		   /* x86 trap number: 13 general protection,
				      14 page fault */
	const char *abort_message; /* glibc's, or NULL */
	bool blocked;		   /* the thread had the signal blocked */
	/* The program's function that was called for it; 0: none, or it is
	 * not known. */
	uint64_t handler;
	bool handler_returned; /* to abort(), which has to end the process */
};

/*
 * A fault that a handler of the program had before the one of which the process
 * died.  The shim's claim, which memory may contradict: analysis/noted.h.
 */
struct fdp_noted_fault {
	bool present;
	bool deferred; /* its handler had returned when the last signal came */
	pid_t tid;
	uint64_t context_address; /* of its ucontext on the stack */
	uint8_t siginfo[32];	  /* as it should lie behind the ucontext */
	struct fdp_fault fault;	  /* with its handler */
	struct fdp_registers registers; /* without the thread pointer */
};

/* What the kernel was found to have for a signal, past the shim. */
struct fdp_foreign_action {
	int signal;
	uint64_t handler; /* 0: SIG_DFL, 1: SIG_IGN */
};

struct fdp_target;

struct fdp_target_ops {
	const char *name; /* "live", "served" or "replay" */

	/*
	 * Reads up to SIZE bytes from ADDRESS.  Returns how many leading bytes
	 * were read (0: the first byte cannot be read), or -errno when the
	 * process cannot be asked at all any more.
	 */
	ssize_t (*read)(void *backend, uint64_t address, void *buffer,
			size_t size);

	/*
	 * The answer to a question by name (see the list below), malloc'ed and
	 * NUL-terminated behind its *ret_size bytes, or -ENOENT and the like.
	 */
	int (*fact)(void *backend, const char *key, char **ret_value,
		    size_t *ret_size);

	void (*free)(void *backend);
};

/*
 * Names of facts.  <path> is as the process sees it.
 *
 *   proc/<file>            a file of /proc/PID: stat, status, cmdline, cgroup,
 *                          maps, comm ...
 *   process/watchdog-us    WatchdogSec= of the service that it is, in
 *                          microseconds, as systemd has told it
 *   process/<pid>/comm     the kernel's name of another process
 *   link/<name>            a link of /proc/PID: exe, cwd
 *   thread/<tid>/comm      the kernel's name of a thread
 *   thread/<tid>/syscall   the call that it waits in: system_call.h
 *   thread/<tid>/status    a file of /proc/PID/task/<tid>: status, stat ...
 *   stack/<hex address>    noted by capture/nonblocking.c of a stack that it
 *                          could not copy whole: "gone", or "moves <hex frame>"
 *                          with the first frame that stood still, 0: none
 *   source/<line>/<path>   one line of a text file, without its newline
 *   source-time/<path>     when that was last written or put there, in us
 *   symbol/<hex address>   noted by native/symbols.c, see there
 *   elf/<what>/<path>      noted by native/elf.c, see there
 *   python/greenlets       noted by python/greenlet_find.c, see there
 *   report/id, report/time noted by the worker
 *   report/locals          noted by the worker where those of Python's frames
 *                          were asked for
 *   report/guess-names     the same for names that code objects do not say
 *   crash/handlers         noted by capture/crash.c: what of frame 1 is about
 *                          handlers, if there is any
 */

struct fdp_target {
	const struct fdp_target_ops *ops;
	void *backend;

	struct fdp_arena arena; /* owns the arrays below */
	pid_t pid;
	struct fdp_fault fault; /* of which the process dies */
	struct fdp_noted_fault noted;
	struct fdp_foreign_action *foreign; /* signals are from 1 to 64 */
	size_t foreign_count;
	struct fdp_thread *threads; /* crashed first, then by tid */
	size_t thread_count;
	struct fdp_map *maps; /* by address, not overlapping */
	size_t map_count;

	/*
	 * It runs, and what is read of it now may not fit what was read before:
	 * how often that has been done.
	 */
	bool running;
	size_t late_reads;

	/* What is asked for is noted here, if it is not NULL. */
	struct fdp_ranges *trace; /* capture/ranges.h */

	struct fdp_cache *cache; /* capture/cache.h */
	struct fdp_facts *facts; /* capture/facts.h */
};

/*
 * An empty target over BACKEND, which it owns from now on, also if it returns
 * NULL for want of memory: BACKEND is then freed.
 */
struct fdp_target *fdp_target_new(const struct fdp_target_ops *ops,
				  void *backend);

/*
 * Reads exactly SIZE bytes from ADDRESS through the page cache.  0, or -EFAULT
 * if any of them cannot be read (BUFFER is then undefined), or another -errno
 * if the process cannot be asked any more.
 */
int fdp_target_read(struct fdp_target *target, uint64_t address, void *buffer,
		    size_t size);

/*
 * True if what lies at ADDRESS, and can change, was read while the process ran:
 * it may not fit what was read before.
 */
bool fdp_target_is_late(const struct fdp_target *target, uint64_t address);

/* As fdp_target_read(), but reads as many leading bytes as there are. */
ssize_t fdp_target_read_some(struct fdp_target *target, uint64_t address,
			     void *buffer, size_t size);

/*
 * As fdp_target_read_some(), but past the page cache: nothing is kept, nothing
 * is recorded, and a replay has next to none of it.  For a search through much
 * memory, what was found being noted as a fact.
 */
ssize_t fdp_target_skim(struct fdp_target *target, uint64_t address,
			void *buffer, size_t size);

/* One little-endian value; 0, or as fdp_target_read(). */
int fdp_target_read_u64(struct fdp_target *target, uint64_t address,
			uint64_t *ret_value);
int fdp_target_read_u32(struct fdp_target *target, uint64_t address,
			uint32_t *ret_value);

/*
 * The string at ADDRESS up to its NUL, at most LIMIT bytes, allocated in ARENA.
 * -EFAULT if it cannot be read, -E2BIG if there is no NUL in LIMIT bytes.
 */
int fdp_target_read_string(struct fdp_target *target, struct fdp_arena *arena,
			   uint64_t address, size_t limit, char **ret_string);

/* Asks for SIZE bytes from ADDRESS in as few, large reads as possible. */
void fdp_target_prefetch(struct fdp_target *target, uint64_t address,
			 uint64_t size);

/*
 * The answer to the question KEY, NUL-terminated in the target's own arena, or
 * -errno.  *ret_size, which may be NULL, does not count the NUL.
 */
int fdp_target_fact(struct fdp_target *target, const char *key,
		    const char **ret_value, size_t *ret_size);

/*
 * Makes VALUE the answer to KEY from now on, and records it.  For what is
 * computed once from files (symbols) and must be the same in a replay.
 */
int fdp_target_note(struct fdp_target *target, const char *key,
		    const char *value, size_t size);

/* The mapping that holds ADDRESS, or NULL. */
const struct fdp_map *fdp_target_map(const struct fdp_target *target,
				     uint64_t address);

/* Frees the target, its backend and all it holds; NULL is fine. */
void fdp_target_free(struct fdp_target *target);

#endif
