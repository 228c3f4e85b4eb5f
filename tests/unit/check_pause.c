/* Stopping a real process with many threads, and letting it go again. */
#include <check.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/capture/live.h"
#include "../../daemon/capture/living.h"
#include "../../daemon/capture/maps.h"
#include "../../daemon/capture/pause.h"
#include "../../daemon/capture/procfs.h"
#include "suite.h"

#define WAITERS 6
#define SPINNERS 2
#define THREADS (1 + WAITERS + SPINNERS)

/* How often it is stopped where a race is looked for. */
#define ROUNDS 50

/* A signal of which each one sent counts. */
#define QUEUED (SIGRTMIN + 3)

/* Pages that the child writes, one after the other. */
#define SLOTS 256

/* No state is waited for longer: then the test has failed. */
#define PATIENCE_S 20

struct slot {
	atomic_ulong value;
	char rest[FDP_PAGE_SIZE - sizeof(unsigned long)];
};

/* What the child and its parent have in common with us. */
struct shared {
	atomic_int ready, handled, status;
	atomic_int forking, released; /* of run_vforking() */
	atomic_ulong values;	      /* of all QUEUED, added up */
	atomic_ulong spins[SPINNERS];
	_Alignas(FDP_PAGE_SIZE) struct slot first, slots[SLOTS], last;
	struct slot *_Atomic newest;
};

struct fixture {
	struct shared *shared;
	pid_t pid;    /* the process that is stopped */
	pid_t parent; /* of it; 0: we are */
	struct fdp_procfs *procfs;
	struct fdp_target *target;
	struct fdp_pause *pause;
};

static struct shared *shared;

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (number == QUEUED)
		atomic_fetch_add(&shared->values,
				 (unsigned long)info->si_value.sival_int);
	atomic_fetch_add(&shared->handled, 1);
}

static void handle(int number)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART,
				    .sa_sigaction = on_signal };

	sigaction(number, &action, NULL);
}

static void *wait_forever(void *argument)
{
	prctl(PR_SET_NAME, "waits");
	atomic_fetch_add(&shared->ready, 1);
	for (;;)
		pause();
	return argument;
}

/* Writes first, a slot, and last, always in that order. */
static void *spin_forever(void *argument)
{
	atomic_ulong *spins = argument;

	prctl(PR_SET_NAME, "spins");
	atomic_fetch_add(&shared->ready, 1);
	for (unsigned long i = 1;; i++) {
		struct slot *slot = &shared->slots[i % SLOTS];

		atomic_store(spins, i);
		if (argument != &shared->spins[0])
			continue;
		atomic_store(&shared->first.value, i);
		atomic_store(&slot->value, i);
		atomic_store(&shared->newest, slot);
		atomic_store(&shared->last.value, i);
	}
	return argument;
}

static void start_threads(void)
{
	pthread_t thread;

	handle(SIGUSR1);
	handle(QUEUED);
	for (int i = 0; i < WAITERS; i++)
		if (pthread_create(&thread, NULL, wait_forever, NULL) != 0)
			_exit(99);
	for (int i = 0; i < SPINNERS; i++)
		if (pthread_create(&thread, NULL, spin_forever,
				   &shared->spins[i]) != 0)
			_exit(99);
	atomic_fetch_add(&shared->ready, 1);
}

static void run_threads(void)
{
	start_threads();
	for (;;)
		pause();
}

/* What the main thread below waits for. */
#define FUTEX_SLOT 7

static void run_waiting(void)
{
	start_threads();
	for (;;)
		syscall(SYS_futex, &shared->slots[FUTEX_SLOT].rest, FUTEX_WAIT,
			0, NULL, NULL, 0);
}

/* The main thread cannot stop until the child of its vfork() ends. */
static void run_vforking(void)
{
	start_threads();
	if (vfork() == 0) {
		atomic_store(&shared->forking, 1);
		while (!atomic_load(&shared->released))
			sched_yield();
		_exit(0);
	}
	for (;;)
		pause();
}

/* The main thread ends, and the others do not. */
static void run_headless(void)
{
	start_threads();
	syscall(SYS_exit, 0);
}

static void *do_nothing(void *argument)
{
	return argument;
}

static void *make_threads(void *argument)
{
	pthread_t thread;

	for (;;) {
		if (pthread_create(&thread, NULL, do_nothing, NULL) != 0 ||
		    pthread_join(thread, NULL) != 0)
			_exit(99);
		atomic_fetch_add((atomic_ulong *)argument, 1);
	}
	return argument;
}

/* Threads come and go all the time. */
static void run_busily(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, make_threads, &shared->spins[1]) != 0)
		_exit(99);
	atomic_fetch_add(&shared->ready, THREADS);
	make_threads(&shared->spins[0]);
}

/* What the next child does. */
static void (*child_main)(void) = run_threads;

/* No end by exit(), of which sanitizers would want to know. */
static void run_child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "main");
	/* libcheck's handler would end the test too. */
	signal(SIGTERM, SIG_DFL);
	child_main();
	_exit(99);
}

typedef bool state_reached(const struct fixture *fixture, long wanted);

static void await_state(const struct fixture *fixture, state_reached *reached,
			long wanted, const char *what)
{
	struct timespec now;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + PATIENCE_S;
	while (!reached(fixture, wanted)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		ck_assert_msg(now.tv_sec < end, "never: %s", what);
		sched_yield();
	}
}

#define AWAIT(fixture, reached, wanted)                                        \
	await_state(fixture, reached, wanted, #reached " " #wanted)

static bool is_ready(const struct fixture *fixture, long wanted)
{
	return atomic_load(&fixture->shared->ready) == wanted;
}

static bool has_handled(const struct fixture *fixture, long wanted)
{
	return atomic_load(&fixture->shared->handled) >= wanted;
}

static bool has_spun(const struct fixture *fixture, long wanted)
{
	for (int i = 0; i < SPINNERS; i++)
		if (atomic_load(&fixture->shared->spins[i]) <
		    (unsigned long)wanted)
			return false;
	return true;
}

static bool parent_knows(const struct fixture *fixture, long wanted)
{
	return (atomic_load(&fixture->shared->status) != -1) == wanted;
}

/* The letter of TID in /proc, or 0. */
static char state_of(const struct fixture *fixture, pid_t tid)
{
	char path[64];
	char text[256] = "";
	const char *state;
	_cleanup_fclose_ FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)fixture->pid,
		 (int)tid);
	file = fopen(path, "re");
	if (!file || !fgets(text, sizeof(text), file))
		return 0;
	state = strrchr(text, ')');
	return state ? state[2] : '\0';
}

static bool all_in_state(const struct fixture *fixture, long wanted)
{
	for (size_t i = 0; i < fixture->target->thread_count; i++)
		if (state_of(fixture, fixture->target->threads[i].tid) !=
		    wanted)
			return false;
	return true;
}

/* All but those that spin sleep. */
static bool waiters_wait(const struct fixture *fixture, long unused)
{
	(void)unused;
	for (size_t i = 0; i < fixture->target->thread_count; i++)
		if (strcmp(fixture->target->threads[i].name, "spins") != 0 &&
		    state_of(fixture, fixture->target->threads[i].tid) != 'S')
			return false;
	return true;
}

static bool none_in_state(const struct fixture *fixture, long unwanted)
{
	for (size_t i = 0; i < fixture->target->thread_count; i++)
		if (state_of(fixture, fixture->target->threads[i].tid) ==
		    unwanted)
			return false;
	return true;
}

static void block_child_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

/* A parent that waits for it, and notes how it has ended. */
static void run_parent(int pid_pipe)
{
	pid_t pid = fork();
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pid == 0)
		run_child();
	if (write(pid_pipe, &pid, sizeof(pid)) != sizeof(pid))
		_exit(99);
	while (waitpid(pid, &status, 0) != pid)
		;
	atomic_store(&shared->status, status);
	for (;;)
		pause();
}

static void start(struct fixture *fixture, bool with_parent)
{
	int pids[2];

	ck_assert_int_eq(pipe(pids), 0);
	fixture->pid = fork();
	ck_assert_int_ge(fixture->pid, 0);
	if (fixture->pid == 0 && with_parent)
		run_parent(pids[1]);
	if (fixture->pid == 0)
		run_child();
	if (with_parent) {
		fixture->parent = fixture->pid;
		ck_assert_int_eq(read(pids[0], &fixture->pid, sizeof(pid_t)),
				 sizeof(pid_t));
	}
	close(pids[0]);
	close(pids[1]);
}

static void setup(struct fixture *fixture, bool with_parent)
{
	*fixture = (struct fixture){ 0 };
	block_child_signal();
	fixture->shared =
		mmap(NULL, sizeof(*fixture->shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(fixture->shared, MAP_FAILED);
	shared = fixture->shared;
	atomic_store(&shared->status, -1);
	atomic_store(&shared->newest, &shared->slots[0]);
	start(fixture, with_parent);
	AWAIT(fixture, is_ready, THREADS);
	AWAIT(fixture, has_spun, 1);
}

/* A target for the next pause. */
static void open_target(struct fixture *fixture)
{
	ck_assert_int_eq(fdp_procfs_new(fixture->pid, &fixture->procfs), 0);
	ck_assert_int_eq(
		fdp_live_new(fixture->pid, fixture->procfs, &fixture->target),
		0);
}

static void close_target(struct fixture *fixture)
{
	fdp_pause_free(fixture->pause);
	fdp_target_free(fixture->target);
	fixture->pause = NULL;
	fixture->target = NULL;
}

static void begin_with_any(struct fixture *fixture)
{
	open_target(fixture);
	ck_assert_int_eq(fdp_pause_new(fixture->target, fixture->procfs, 0,
				       &fixture->pause),
			 0);
}

static void begin(struct fixture *fixture)
{
	begin_with_any(fixture);
	ck_assert_uint_eq(fixture->target->thread_count, THREADS);
}

static void teardown(struct fixture *fixture)
{
	close_target(fixture);
	if (fixture->parent)
		kill(fixture->parent, SIGKILL);
	kill(fixture->pid, SIGKILL);
}

static void check_registers(struct fixture *fixture)
{
	const char *maps;
	size_t size;

	ck_assert_int_eq(
		fdp_target_fact(fixture->target, "proc/maps", &maps, &size), 0);
	ck_assert_int_ge(fdp_maps_load(fixture->target, maps, size), 0);
	for (size_t i = 0; i < fixture->target->thread_count; i++) {
		const struct fdp_thread *thread = &fixture->target->threads[i];
		const struct fdp_registers *registers = &thread->registers;
		const struct fdp_map *code = fdp_target_map(
			fixture->target, registers->general[FDP_REGISTER_PC]);
		const struct fdp_map *stack = fdp_target_map(
			fixture->target, registers->general[FDP_REGISTER_SP]);

		ck_assert(thread->has_registers);
		ck_assert(code && code->executable);
		ck_assert(stack && stack->writable);
		ck_assert_uint_ne(registers->thread_pointer, 0);
		for (size_t j = 0; j < i; j++)
			ck_assert_uint_ne(fixture->target->threads[j]
						  .registers.thread_pointer,
					  registers->thread_pointer);
	}
}

/* The main thread first, the others as they are listed, with their names. */
static void check_list(const struct fixture *fixture)
{
	const struct fdp_thread *threads = fixture->target->threads;
	int waits = 0;
	int spins = 0;

	ck_assert_int_eq(threads[0].tid, fixture->pid);
	ck_assert_str_eq(threads[0].name, "main");
	for (size_t i = 1; i < fixture->target->thread_count; i++) {
		if (i > 1)
			ck_assert_int_lt(threads[i - 1].tid, threads[i].tid);
		waits += strcmp(threads[i].name, "waits") == 0;
		spins += strcmp(threads[i].name, "spins") == 0;
	}
	ck_assert_int_eq(waits, WAITERS);
	ck_assert_int_eq(spins, SPINNERS);
}

static const char *call_of(const struct fixture *fixture, pid_t tid)
{
	const char *text = NULL;
	char key[48];

	snprintf(key, sizeof(key), "thread/%d/syscall", (int)tid);
	fdp_target_fact(fixture->target, key, &text, NULL);
	return text;
}

/* What is made of the registers is what the kernel says of a thread that is
 * let alone. */
static void check_calls(struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->target->thread_count; i++) {
		const struct fdp_thread *thread = &fixture->target->threads[i];
		_cleanup_free_ char *kernel = NULL;
		char key[48];
		size_t size;

		snprintf(key, sizeof(key), "thread/%d/syscall",
			 (int)thread->tid);
		ck_assert_int_eq(
			fdp_procfs_fact(fixture->procfs, key, &kernel, &size),
			0);
		if (strcmp(thread->name, "spins") == 0)
			ck_assert_str_eq(call_of(fixture, thread->tid),
					 "running");
		else
			ck_assert_str_eq(call_of(fixture, thread->tid), kernel);
	}
}

START_TEST(test_knows_calls)
{
	struct fixture fixture;

	setup(&fixture, false);
	begin(&fixture);
	AWAIT(&fixture, waiters_wait, 0);
	fdp_pause_stop(fixture.pause);
	fdp_pause_end(fixture.pause);
	fdp_pause_know_calls(fixture.pause);
	AWAIT(&fixture, waiters_wait, 0);
	check_calls(&fixture);
	teardown(&fixture);
}
END_TEST

START_TEST(test_stops)
{
	struct fixture fixture;
	unsigned long spins;

	setup(&fixture, false);
	begin(&fixture);
	check_list(&fixture);
	/* Seized, they run. */
	AWAIT(&fixture, has_spun, (long)atomic_load(&shared->spins[0]) + 1000);
	ck_assert(none_in_state(&fixture, 't'));
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	ck_assert(all_in_state(&fixture, 't'));
	spins = atomic_load(&shared->spins[0]) + atomic_load(&shared->spins[1]);
	check_registers(&fixture);
	for (int i = 0; i < 1000; i++)
		sched_yield();
	ck_assert_uint_eq(atomic_load(&shared->spins[0]) +
				  atomic_load(&shared->spins[1]),
			  spins);
	fdp_pause_end(fixture.pause);
	ck_assert(none_in_state(&fixture, 't'));
	ck_assert_uint_gt(fdp_pause_ns(fixture.pause), 0);
	AWAIT(&fixture, has_spun, (long)spins + 1000);
	/* Once more does nothing. */
	fdp_pause_end(fixture.pause);
	ck_assert(none_in_state(&fixture, 't'));
	teardown(&fixture);
}
END_TEST

/* One that waits: it is stopped, and nothing else is. */
START_TEST(test_only)
{
	struct fixture fixture;
	pid_t tids[THREADS];
	pid_t only = 0;

	setup(&fixture, false);
	begin(&fixture);
	for (size_t i = 0; i < THREADS; i++) {
		tids[i] = fixture.target->threads[i].tid;
		if (strcmp(fixture.target->threads[i].name, "waits") == 0)
			only = tids[i];
	}
	/* Only who has stopped can be let go. */
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	close_target(&fixture);
	open_target(&fixture);
	ck_assert_int_eq(fdp_pause_new(fixture.target, fixture.procfs, only,
				       &fixture.pause),
			 0);
	ck_assert_uint_eq(fixture.target->thread_count, 1);
	ck_assert_int_eq(fixture.target->threads[0].tid, only);
	ck_assert_str_eq(fixture.target->threads[0].name, "waits");
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(state_of(&fixture, tids[i]) == 't',
				 tids[i] == only);
	ck_assert(fixture.target->threads[0].has_registers);
	fdp_pause_end(fixture.pause);
	ck_assert(none_in_state(&fixture, 't'));
	teardown(&fixture);
}
END_TEST

/* A thread of another process: ours. */
START_TEST(test_only_its_own)
{
	struct fixture fixture;

	setup(&fixture, false);
	open_target(&fixture);
	ck_assert_int_eq(fdp_pause_new(fixture.target, fixture.procfs, getpid(),
				       &fixture.pause),
			 -ESRCH);
	ck_assert_ptr_null(fixture.pause);
	teardown(&fixture);
}
END_TEST

/* Nothing of one pause is in the way of the next. */
START_TEST(test_again)
{
	struct fixture fixture;
	int late = 0;

	setup(&fixture, false);
	for (int i = 0; i < ROUNDS; i++) {
		begin(&fixture);
		/* A thread without a processor does not stop in time. */
		if (fdp_pause_stop(fixture.pause) > 0)
			late++;
		else
			ck_assert(all_in_state(&fixture, 't'));
		if (i % 2)
			fdp_pause_end(fixture.pause);
		fdp_pause_free(fixture.pause);
		fixture.pause = NULL;
		ck_assert(none_in_state(&fixture, 't'));
		close_target(&fixture);
	}
	ck_assert_int_lt(late, ROUNDS / 4);
	teardown(&fixture);
}
END_TEST

/* When a signal is sent, as bits. */
enum { SEIZED = 1, STOPPED = 2, WHENEVER = 4 };

static long send_queued(const struct fixture *fixture, int count)
{
	for (int i = 1; i <= count; i++)
		ck_assert_int_eq(sigqueue(fixture->pid, QUEUED,
					  (union sigval){ .sival_int = i }),
				 0);
	return count;
}

/* To each thread one. */
static long send_each(const struct fixture *fixture)
{
	for (size_t i = 0; i < fixture->target->thread_count; i++)
		ck_assert_int_eq(syscall(SYS_tgkill, fixture->pid,
					 fixture->target->threads[i].tid,
					 SIGUSR1),
				 0);
	return (long)fixture->target->thread_count;
}

/* Each that was sent is handled once, with what it brought. */
START_TEST(test_signals)
{
	struct fixture fixture;
	long sent = 0;
	long queued = 0;

	setup(&fixture, false);
	for (int i = 0; i < ROUNDS; i++) {
		if (_i & WHENEVER)
			queued += send_queued(&fixture, 3);
		begin(&fixture);
		if (_i & SEIZED) {
			sent += send_each(&fixture);
			queued += send_queued(&fixture, 3);
		}
		ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
		for (size_t j = 0; j < THREADS; j++)
			ck_assert(fixture.target->threads[j].has_registers);
		if (_i & STOPPED)
			queued += send_queued(&fixture, 3);
		/* One and the same is not pending twice. */
		if (_i == STOPPED)
			sent += send_each(&fixture);
		fdp_pause_end(fixture.pause);
		AWAIT(&fixture, has_handled, sent + queued);
		close_target(&fixture);
	}
	begin(&fixture);
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	ck_assert_int_eq(atomic_load(&shared->handled), sent + queued);
	ck_assert_uint_eq(atomic_load(&shared->values),
			  (unsigned long)queued / 3 * (1 + 2 + 3));
	teardown(&fixture);
}
END_TEST

/* A process that stands still, stopped by SIGSTOP before, or as it is seized:
 * it stays so until SIGCONT. */
START_TEST(test_job_control)
{
	struct fixture fixture;

	setup(&fixture, false);
	if (_i == 0) {
		ck_assert_int_eq(kill(fixture.pid, SIGSTOP), 0);
		ck_assert_int_eq(waitpid(fixture.pid, NULL, WUNTRACED),
				 fixture.pid);
	}
	begin(&fixture);
	if (_i == 1)
		ck_assert_int_eq(kill(fixture.pid, SIGSTOP), 0);
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	if (_i == 2)
		ck_assert_int_eq(kill(fixture.pid, SIGSTOP), 0);
	check_registers(&fixture);
	fdp_pause_end(fixture.pause);
	AWAIT(&fixture, all_in_state, 'T');
	ck_assert_int_eq(kill(fixture.pid, SIGCONT), 0);
	AWAIT(&fixture, none_in_state, 'T');
	AWAIT(&fixture, has_spun, (long)atomic_load(&shared->spins[0]) + 1000);
	teardown(&fixture);
}
END_TEST

/* When it is killed: once it is seized, once it stands, or by what it gets when
 * it goes on. */
enum { KILL_SEIZED, KILL_STOPPED, TERM_SEIZED, TERM_STOPPED, ENDS };

/* Its parent hears of it though we are still there. */
START_TEST(test_dies)
{
	const int number =
		_i == TERM_SEIZED || _i == TERM_STOPPED ? SIGTERM : SIGKILL;
	struct fixture fixture;

	setup(&fixture, true);
	begin(&fixture);
	if (_i == KILL_SEIZED || _i == TERM_SEIZED)
		ck_assert_int_eq(kill(fixture.pid, number), 0);
	fdp_pause_stop(fixture.pause);
	if (_i == KILL_STOPPED || _i == TERM_STOPPED)
		ck_assert_int_eq(kill(fixture.pid, number), 0);
	fdp_pause_end(fixture.pause);
	fdp_pause_free(fixture.pause);
	fixture.pause = NULL;
	AWAIT(&fixture, parent_knows, true);
	ck_assert(WIFSIGNALED(atomic_load(&shared->status)));
	ck_assert_int_eq(WTERMSIG(atomic_load(&shared->status)), number);
	teardown(&fixture);
}
END_TEST

/* The main thread is there no more, but its entry is. */
START_TEST(test_headless)
{
	struct fixture fixture;

	child_main = run_headless;
	setup(&fixture, false);
	while (state_of(&fixture, fixture.pid) != 'Z')
		sched_yield();
	begin_with_any(&fixture);
	ck_assert_uint_eq(fixture.target->thread_count, THREADS - 1);
	ck_assert_int_ne(fixture.target->threads[0].tid, fixture.pid);
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	ck_assert(all_in_state(&fixture, 't'));
	for (size_t i = 0; i < THREADS - 1; i++)
		ck_assert(fixture.target->threads[i].has_registers);
	fdp_pause_end(fixture.pause);
	AWAIT(&fixture, has_spun, (long)atomic_load(&shared->spins[0]) + 1000);
	teardown(&fixture);
}
END_TEST

/* Those that are listed stand or are gone, and it goes on. */
START_TEST(test_busy)
{
	struct fixture fixture;

	child_main = run_busily;
	setup(&fixture, false);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned long spins;

		begin_with_any(&fixture);
		fdp_pause_stop(fixture.pause);
		spins = atomic_load(&shared->spins[0]) +
			atomic_load(&shared->spins[1]);
		for (size_t j = 0; j < fixture.target->thread_count; j++) {
			pid_t tid = fixture.target->threads[j].tid;

			ck_assert(strchr("tZX", state_of(&fixture, tid)));
		}
		ck_assert_uint_eq(atomic_load(&shared->spins[0]) +
					  atomic_load(&shared->spins[1]),
				  spins);
		fdp_pause_end(fixture.pause);
		AWAIT(&fixture, has_spun,
		      (long)atomic_load(&shared->spins[0]) + 1);
		close_target(&fixture);
	}
	teardown(&fixture);
}
END_TEST

/* Somebody else is in the way. */
START_TEST(test_traced)
{
	struct fixture fixture, other;

	setup(&fixture, false);
	begin(&fixture);
	other = fixture;
	open_target(&other);
	ck_assert_int_eq(
		fdp_pause_new(other.target, other.procfs, 0, &other.pause),
		-EPERM);
	ck_assert_ptr_eq(other.pause, fixture.pause);
	fdp_target_free(other.target);
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	teardown(&fixture);
}
END_TEST

/* Of one thread: it is there, without registers, and the others stop. */
START_TEST(test_one_traced)
{
	struct fixture fixture, other;
	pid_t waiting;

	setup(&fixture, false);
	open_target(&fixture);
	ck_assert_int_eq(fdp_pause_new(fixture.target, fixture.procfs,
				       fixture.pid, &fixture.pause),
			 0);
	waiting = fixture.pid;
	other = fixture;
	begin(&other);
	ck_assert_uint_eq(fdp_pause_stop(other.pause), 0);
	ck_assert_uint_eq(fdp_pause_refused(other.pause), 1);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(other.target->threads[i].has_registers,
				 other.target->threads[i].tid != waiting);
	close_target(&other);
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	teardown(&fixture);
}
END_TEST

static bool is_forking(const struct fixture *fixture, long wanted)
{
	return atomic_load(&fixture->shared->forking) == wanted;
}

/* It stops when all is over: what it has then is of another moment, and it is
 * let go all the same. */
START_TEST(test_late)
{
	struct fixture fixture;

	child_main = run_vforking;
	setup(&fixture, false);
	AWAIT(&fixture, is_forking, 1);
	begin(&fixture);
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 1);
	fdp_pause_end(fixture.pause);
	atomic_store(&shared->released, 1);
	fdp_pause_free(fixture.pause);
	fixture.pause = NULL;
	ck_assert(none_in_state(&fixture, 't'));
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(fixture.target->threads[i].has_registers,
				 fixture.target->threads[i].tid != fixture.pid);
	close_target(&fixture);
	begin(&fixture);
	ck_assert_uint_eq(fdp_pause_stop(fixture.pause), 0);
	ck_assert_uint_eq(fdp_pause_refused(fixture.pause), 0);
	teardown(&fixture);
}
END_TEST

/* It has ended: before it is asked for, and behind a directory that is open. */
START_TEST(test_gone)
{
	struct fixture fixture;

	setup(&fixture, false);
	open_target(&fixture);
	kill(fixture.pid, SIGKILL);
	ck_assert_int_eq(waitpid(fixture.pid, NULL, 0), fixture.pid);
	ck_assert_int_lt(fdp_pause_new(fixture.target, fixture.procfs, 0,
				       &fixture.pause),
			 0);
	ck_assert_ptr_null(fixture.pause);
	close_target(&fixture);
}
END_TEST

/* What a rehearsal does in the tests of the whole. */
static int rehearsals;
static bool was_newest[SLOTS]; /* in a rehearsal */

static uint64_t address_of(const void *place)
{
	return (uint64_t)(uintptr_t)place;
}

static uint64_t read_word(struct fdp_target *target, const void *place)
{
	uint64_t value;

	ck_assert_int_eq(fdp_target_read_u64(target, address_of(place), &value),
			 0);
	return value;
}

static void read_ends(struct fdp_target *target, const void *argument)
{
	(void)argument;
	rehearsals++;
	read_word(target, &shared->first);
	read_word(target, &shared->last);
}

/* Follows what changes all the time. */
static void read_newest(struct fdp_target *target, const void *argument)
{
	uint64_t slot;

	read_ends(target, argument);
	slot = read_word(target, (const void *)&shared->newest);
	ck_assert_uint_ge(slot, address_of(&shared->slots[0]));
	ck_assert_uint_lt(slot, address_of(&shared->slots[SLOTS]));
	was_newest[(slot - address_of(shared->slots)) / sizeof(struct slot)] =
		true;
	read_word(target, (const void *)(uintptr_t)slot);
}

static void check_notes(struct fdp_target *target)
{
	const char *value;

	ck_assert_int_eq(
		fdp_target_fact(target, "capture/method", &value, NULL), 0);
	ck_assert_str_eq(value, "live");
	ck_assert_int_eq(
		fdp_target_fact(target, "capture/hold-ms", &value, NULL), 0);
	ck_assert(strtod(value, NULL) > 0);
	ck_assert_int_eq(
		fdp_target_fact(target, "capture/missing", &value, NULL),
		-ENOENT);
}

/* All pages are of one moment, though they are written all the time. */
START_TEST(test_living)
{
	const struct fdp_living_request requests[] = {
		{ 0, 0, read_ends, NULL },
		{ 0, 0, read_newest, NULL },
	};
	struct fdp_living_request request = requests[_i];
	struct fixture fixture;

	setup(&fixture, false);
	AWAIT(&fixture, has_spun, SLOTS);
	request.pid = fixture.pid;
	for (int i = 0; i < 20; i++) {
		struct fdp_target *target;
		uint64_t first, last, slot, newest;

		ck_assert_int_eq(fdp_capture_living(&request, &target), 0);
		fixture.target = target;
		ck_assert_uint_eq(target->thread_count, THREADS);
		ck_assert(none_in_state(&fixture, 't'));
		check_list(&fixture);
		check_registers(&fixture);
		check_notes(target);
		first = read_word(target, &shared->first);
		last = read_word(target, &shared->last);
		ck_assert(first == last || first == last + 1);
		ck_assert(target->running);
		if (request.rehearse == read_newest) {
			slot = read_word(target, (const void *)&shared->newest);
			newest = read_word(target,
					   (const void *)(uintptr_t)slot);
			ck_assert(newest == first || newest + 1 == first);
			ck_assert_uint_eq(
				slot,
				address_of(&shared->slots[newest % SLOTS]));
		}
		AWAIT(&fixture, has_spun, (long)last + 1000);
		close_target(&fixture);
	}
	ck_assert_int_ge(rehearsals, 40);
	teardown(&fixture);
}
END_TEST

static struct fdp_target *capture(const struct fixture *fixture,
				  void (*rehearse)(struct fdp_target *,
						   const void *))
{
	const struct fdp_living_request request = { .pid = fixture->pid,
						    .rehearse = rehearse };
	struct fdp_target *target;

	rehearsals = 0;
	ck_assert_int_eq(fdp_capture_living(&request, &target), 0);
	return target;
}

static bool is_late(struct fdp_target *target, const void *place)
{
	read_word(target, place);
	return fdp_target_is_late(target, address_of(place));
}

static void read_nothing(struct fdp_target *target, const void *argument)
{
	uint64_t value;

	(void)argument;
	read_ends(target, NULL);
	ck_assert_int_eq(fdp_target_read_u64(target, 16, &value), -EFAULT);
}

/* What is not there has not changed: it is no reason to stop once more. */
START_TEST(test_living_nothing)
{
	struct fixture fixture;

	setup(&fixture, false);
	fixture.target = capture(&fixture, read_nothing);
	ck_assert_int_eq(rehearsals, 2);
	teardown(&fixture);
}
END_TEST

#define ONCE_SLOT 5

static void read_once(struct fdp_target *target, const void *argument)
{
	(void)argument;
	if (rehearsals == 0)
		read_word(target, &shared->slots[ONCE_SLOT]);
	read_newest(target, NULL);
}

static size_t never_asked_for(void)
{
	size_t at = ONCE_SLOT + 1;

	while (at < SLOTS && was_newest[at])
		at++;
	ck_assert_uint_lt(at, SLOTS);
	return at;
}

/* What only the first rehearsal wanted is copied at the second stop as well. */
START_TEST(test_living_once)
{
	struct fixture fixture;

	setup(&fixture, false);
	AWAIT(&fixture, has_spun, SLOTS);
	do {
		fdp_target_free(fixture.target);
		memset(was_newest, 0, sizeof(was_newest));
		fixture.target = capture(&fixture, read_once);
	} while (rehearsals < 3);
	ck_assert(!is_late(fixture.target, &shared->slots[ONCE_SLOT]));
	ck_assert(is_late(fixture.target, &shared->slots[never_asked_for()]));
	teardown(&fixture);
}
END_TEST

/* What somebody waits for in futex() is copied, though nobody has asked. */
START_TEST(test_living_futex)
{
	struct fixture fixture;

	child_main = run_waiting;
	setup(&fixture, false);
	open_target(&fixture);
	fixture.target->threads = fdp_arena_array(
		&fixture.target->arena, 1, sizeof(*fixture.target->threads));
	fixture.target->threads[0].tid = fixture.pid;
	fixture.target->thread_count = 1;
	AWAIT(&fixture, all_in_state, 'S');
	fdp_target_free(fixture.target);
	fixture.target = capture(&fixture, read_ends);
	ck_assert(!is_late(fixture.target, &shared->slots[FUTEX_SLOT]));
	ck_assert(is_late(fixture.target, &shared->slots[FUTEX_SLOT + 100]));
	teardown(&fixture);
}
END_TEST

/* No process, one that never was, and one that is dead but still listed. */
START_TEST(test_living_gone)
{
	struct fdp_living_request request = { .rehearse = read_ends };
	struct fdp_target *target = NULL;
	pid_t pid = fork();
	siginfo_t info;

	block_child_signal();
	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	request.pid = pid;
	ck_assert_int_eq(fdp_capture_living(&request, &target), -ESRCH);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(fdp_capture_living(&request, &target), -ESRCH);
	request.pid = 0;
	ck_assert_int_eq(fdp_capture_living(&request, &target), -ESRCH);
	request.pid = -1;
	ck_assert_int_eq(fdp_capture_living(&request, &target), -ESRCH);
	ck_assert_ptr_null(target);
	ck_assert_int_eq(rehearsals, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pause");
	TCase *tests = tcase_create("pause");

	tcase_add_test(tests, test_stops);
	tcase_add_test(tests, test_knows_calls);
	tcase_add_test(tests, test_only);
	tcase_add_test(tests, test_only_its_own);
	tcase_add_test(tests, test_again);
	tcase_add_loop_test(tests, test_signals, 1, 8);
	tcase_add_loop_test(tests, test_job_control, 0, 3);
	tcase_add_loop_test(tests, test_dies, 0, ENDS);
	tcase_add_test(tests, test_headless);
	tcase_add_test(tests, test_busy);
	tcase_add_test(tests, test_traced);
	tcase_add_test(tests, test_one_traced);
	tcase_add_test(tests, test_late);
	tcase_add_test(tests, test_gone);
	tcase_add_loop_test(tests, test_living, 0, 2);
	tcase_add_test(tests, test_living_nothing);
	tcase_add_test(tests, test_living_once);
	tcase_add_test(tests, test_living_futex);
	tcase_add_test(tests, test_living_gone);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
