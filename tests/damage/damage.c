/*
 * A capture, damaged and analysed, again and again:
 *
 *   damage [--runs N] [--first SEED] [--json] [--planted] CAPTURE...
 *
 * Each run has a seed, from SEED on, and is a process of its own: some of the
 * memory that the capture holds is overwritten, and then the whole analysis and
 * both renderers go over it.  Whatever was overwritten, there is a report of
 * all threads, soon, and no frame is invented: each Python frame stands at the
 * address of one that the undamaged capture has, those of a thread are of one
 * thread there, in the same order, each once; and none says that it is what
 * another one is.  Beyond that a frame says of itself what is in memory by
 * then, which may be garbage.
 *
 * For each capture one line; for each failure a line that begins with FAIL and
 * says how to have it again.  --json prints the reports too; --planted forgets
 * one of the frames that the capture has, which has to be found out.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/analysis/analyse.h"
#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/capture/fdpcap.h"
#include "../../daemon/render/render.h"

/* A report takes 50 ms, and under a sanitizer ten times as much. */
#define SECONDS 20

/* Of one run at most, as a power of two: a few bytes, or hardly one page whole.
 */
#define DAMAGES_LOG2 10

/* How often a word is looked for that is a pointer. */
#define POINTER_TRIES 16

/* Of a frame, those that the reader looks at. */
#define FRAME_WORDS 20

/* Where a frame object (up to 3.10) has its code object, which nothing tells
 * from another one with as many variables and as much code; and where builds
 * that trace references have it. */
#define OBJECT_CODE 32
#define OBJECT_CODE_TRACED 48

/* How a run ends that is not well, as its exit status. */
enum failure {
	FAILURE_ANALYSIS = 10,
	FAILURE_RENDERING,
	FAILURE_THREADS,
	FAILURE_JSON,
	FAILURE_INVENTED,
	FAILURE_MIXED,
	FAILURE_ORDER,
	FAILURE_TAKEN,
};

static const char *const failures[] = {
	[FAILURE_ANALYSIS] = "no report",
	[FAILURE_RENDERING] = "it cannot be rendered",
	[FAILURE_THREADS] = "a thread is missing",
	[FAILURE_JSON] = "no JSON",
	[FAILURE_INVENTED] = "a frame was invented",
	[FAILURE_MIXED] = "a frame is another thread's",
	[FAILURE_ORDER] = "a frame is not where it was called",
	[FAILURE_TAKEN] = "a frame says that it is another",
};

/* A Python frame of the undamaged capture. */
struct known_frame {
	uint64_t address;
	char *function, *file; /* or NULL */
	int line;
	size_t thread, place; /* which one, and of its frames which one */
};

struct capture {
	const char *path;
	struct fdp_target *target;
	/* The Python frames that it has undamaged, by address. */
	struct known_frame *frames;
	size_t frame_count;
	size_t thread_count; /* behind these are greenlets */
	bool frame_objects;  /* up to 3.10 */
	/* Pages that a program can have overwritten. */
	struct fdp_page **pages;
	size_t page_count;
};

/* xorshift64*; never 0. */
static uint64_t random_state;

static uint64_t random_number(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(2685821657736338717);
}

static uint64_t below(uint64_t limit)
{
	return random_number() % limit;
}

static void seed(uint64_t number)
{
	random_state = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
	for (int i = 0; i < 8; i++)
		random_number();
}

static bool has_fact(struct fdp_target *target, const char *name)
{
	const char *value;

	return fdp_target_fact(target, name, &value, NULL) == 0;
}

static int analyse(struct fdp_target *target, struct fdp_report *report)
{
	bool locals = has_fact(target, "report/locals");
	bool guess_names = has_fact(target, "report/guess-names");
	const struct fdp_analysis_hooks hooks = { .locals = locals,
						  .guess_names = guess_names };
	const struct fdp_dump_options dump = { .native = true,
					       .exceptions = true,
					       .locals = locals,
					       .guess_names = guess_names };

	memset(report, 0, sizeof(*report));
	return target->fault.signal ? fdp_analyse(target, &hooks, report)
				    : fdp_analyse_dump(target, &dump, report);
}

static int compare_addresses(const void *left, const void *right)
{
	const struct known_frame *a = left, *b = right;

	return a->address < b->address ? -1 : a->address > b->address;
}

/* NULL: there is none. */
static const struct known_frame *find_frame(const struct capture *capture,
					    uint64_t address)
{
	const struct known_frame wanted = { .address = address };

	return bsearch(&wanted, capture->frames, capture->frame_count,
		       sizeof(wanted), compare_addresses);
}

/* Where a frame is not legible, that is shown. */
static bool says_anything(const struct fdp_frame *frame)
{
	return frame->kind == FDP_FRAME_PYTHON &&
	       (frame->function || frame->file);
}

static bool same_text(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

static bool is_named(const struct known_frame *known,
		     const struct fdp_frame *frame)
{
	return same_text(known->function, frame->function) &&
	       same_text(known->file, frame->file);
}

static char *copy_text(const char *text)
{
	return text ? strdup(text) : NULL;
}

static int add_frame(struct capture *capture, const struct fdp_frame *frame,
		     size_t thread, size_t place)
{
	struct known_frame *grown = reallocarray(
		capture->frames, capture->frame_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	capture->frames = grown;
	capture->frames[capture->frame_count++] = (struct known_frame){
		.address = frame->address,
		.function = copy_text(frame->function),
		.file = copy_text(frame->file),
		.line = frame->line,
		.thread = thread,
		.place = place,
	};
	return 0;
}

/* Frames of a stack: of a thread, or of a greenlet. */
struct shown_stack {
	const struct fdp_frame *frames;
	size_t count;
	bool joined; /* of several interpreters, or a greenlet's: any order */
};

/*
 * Where the anchors of a sub-interpreter are lost, nobody knows whether it has
 * called or was called (the report says that evaluations were not found), and
 * it is on the thread that Python says, up to 3.12 the one that made it.
 */
static bool is_joined(const struct fdp_report_thread *thread)
{
	bool sub = false;

	for (size_t i = 0; i < thread->interpreter_count; i++)
		sub |= thread->interpreters[i] != 0;
	return sub && thread->interpreter_count > 1;
}

/* Those of threads come first. */
static bool stack_at(const struct fdp_report *report, size_t index,
		     struct shown_stack *stack)
{
	const struct fdp_greenlets *greenlets = &report->greenlets;

	if (index < report->thread_count) {
		const struct fdp_report_thread *thread =
			&report->threads[index];

		*stack = (struct shown_stack){ thread->frames,
					       thread->frame_count,
					       is_joined(thread) };
		return true;
	}
	index -= report->thread_count;
	if (index >= greenlets->count)
		return false;
	*stack = (struct shown_stack){ greenlets->list[index].frames,
				       greenlets->list[index].frame_count,
				       true };
	return true;
}

static int add_frames(struct capture *capture, const struct fdp_report *report)
{
	struct shown_stack stack;
	int r = 0;

	capture->thread_count = report->thread_count;
	for (size_t i = 0; stack_at(report, i, &stack); i++)
		for (size_t j = 0; r == 0 && j < stack.count; j++)
			if (says_anything(&stack.frames[j]))
				r = add_frame(capture, &stack.frames[j], i, j);
	qsort(capture->frames, capture->frame_count, sizeof(*capture->frames),
	      compare_addresses);
	return r;
}

static bool is_writable(const struct fdp_target *target, uint64_t address)
{
	const struct fdp_map *map = fdp_target_map(target, address);

	return map && map->writable && strcmp(map->path, "[stack]") != 0;
}

/* What was asked for, but stacks: the heap, and data of modules. */
static int list_pages(struct capture *capture)
{
	size_t cursor = 0;
	struct fdp_page *page;

	while ((page = fdp_cache_next(capture->target->cache, &cursor))) {
		struct fdp_page **grown;

		if (!page->bytes ||
		    !is_writable(capture->target, page->address))
			continue;
		grown = realloc(capture->pages,
				(capture->page_count + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		capture->pages = grown;
		capture->pages[capture->page_count++] = page;
	}
	return capture->page_count ? 0 : -ENOENT;
}

/* The undamaged report is made in a process of its own: see run(). */
static int learn(struct capture *capture)
{
	struct fdp_report report;
	int r = analyse(capture->target, &report);
	int major, minor;

	if (r == 0)
		r = add_frames(capture, &report);
	if (r == 0 && report.python.version &&
	    sscanf(report.python.version, "%d.%d", &major, &minor) == 2)
		capture->frame_objects = major < 3 || minor < 11;
	fdp_report_done(&report);
	return r < 0 ? r : list_pages(capture);
}

/* Of all that goes wrong in memory, what a pointer or a length can become. */
static uint64_t bad_word(const struct capture *capture)
{
	static const uint64_t extremes[] = {
		0,
		1,
		8,
		UINT64_MAX,
		UINT32_MAX,
		INT64_MAX,
		UINT64_C(1) << 63,
		0x7fffffff,
		0xdead0000,
		UINT64_C(1) << 47,
		UINT64_C(1) << 20,
		255,
	};

	if (below(3))
		return extremes[below(ARRAY_SIZE(extremes))];
	return capture->pages[below(capture->page_count)]->address +
	       below(FDP_PAGE_SIZE);
}

/* Where in PAGE a word lies that leads into a page of the capture, mostly. */
static size_t find_pointer(const struct capture *capture,
			   const struct fdp_page *page)
{
	size_t at = 0;
	uint64_t word;

	for (int i = 0; i < POINTER_TRIES; i++) {
		at = below(FDP_PAGE_SIZE / 8) * 8;
		memcpy(&word, page->bytes + at, sizeof(word));
		if (is_writable(capture->target, word))
			break;
	}
	return at;
}

/* The word at ADDRESS, in a page that can be overwritten, or NULL. */
static uint8_t *find_word(const struct capture *capture, uint64_t address)
{
	for (size_t i = 0; i < capture->page_count; i++) {
		struct fdp_page *page = capture->pages[i];

		if (address >= page->address &&
		    address - page->address <= FDP_PAGE_SIZE - 8)
			return page->bytes + (address - page->address);
	}
	return NULL;
}

static bool is_code_object(const struct capture *capture, uint64_t field)
{
	return capture->frame_objects &&
	       (field == OBJECT_CODE || field == OBJECT_CODE_TRACED);
}

/*
 * A frame gets a field of another: valid by itself, and wrong in its place.
 * Not one of a greenlet, which can share its callers with nobody, and of which
 * nobody looks whether it does.
 */
static void mix_frames(struct capture *capture)
{
	uint64_t field = below(FRAME_WORDS) * 8;
	const struct known_frame *one, *other;
	uint8_t *from, *to;

	if (!capture->frame_count || is_code_object(capture, field))
		return;
	one = &capture->frames[below(capture->frame_count)];
	other = &capture->frames[below(capture->frame_count)];
	if (one->thread >= capture->thread_count ||
	    other->thread >= capture->thread_count)
		return;
	from = find_word(capture, one->address + field);
	to = find_word(capture, other->address + field);
	if (from && to)
		memcpy(to, from, 8);
}

/* One of the ways in which memory is overwritten. */
static void damage_once(struct capture *capture)
{
	struct fdp_page *page = capture->pages[below(capture->page_count)];
	size_t at = below(FDP_PAGE_SIZE / 8) * 8, size;
	uint64_t word;

	switch (below(5)) {
	case 0: /* one byte, as a store through a stale pointer */
		page->bytes[below(FDP_PAGE_SIZE)] = (uint8_t)random_number();
		break;
	case 1: /* a few, as a buffer that was too short */
		size = 1 + below(64);
		for (size_t i = 0; i < size && at + i < FDP_PAGE_SIZE; i++)
			page->bytes[at + i] = (uint8_t)random_number();
		break;
	case 2: /* freed, and filled */
		size = 16u << below(6);
		if (size > FDP_PAGE_SIZE - at)
			size = FDP_PAGE_SIZE - at;
		memset(page->bytes + at, (int)below(2) ? 0xdd : 0, size);
		break;
	case 3: /* a bit */
		page->bytes[below(FDP_PAGE_SIZE)] ^= (uint8_t)(1u << below(8));
		break;
	default: /* a pointer, or what stood in its place */
		at = find_pointer(capture, page);
		word = bad_word(capture);
		memcpy(page->bytes + at, &word, sizeof(word));
	}
}

static void damage(struct capture *capture)
{
	uint64_t count = UINT64_C(1) << below(DAMAGES_LOG2 + 1);

	if (below(4) == 0) {
		mix_frames(capture);
		return;
	}
	for (uint64_t i = 0; i < count; i++)
		damage_once(capture);
}

/*
 * True if FRAME has the names of a frame that stands elsewhere.  At its own
 * line it runs its own code: just a pointer to a name leads to another.
 */
static bool is_another(const struct capture *capture,
		       const struct known_frame *known,
		       const struct fdp_frame *frame)
{
	if (is_named(known, frame) ||
	    (known->line > 0 && known->line == frame->line))
		return false;
	for (size_t i = 0; i < capture->frame_count; i++)
		if (is_named(&capture->frames[i], frame))
			return true;
	return false;
}

/* KNOWN comes behind BEFORE, which may be NULL, in one stack. */
static int check_order(const struct shown_stack *stack,
		       const struct known_frame *before,
		       const struct known_frame *known)
{
	if (!before || stack->joined)
		return 0;
	if (before->thread != known->thread)
		return FAILURE_MIXED;
	return before->place < known->place ? 0 : FAILURE_ORDER;
}

static int check_stack(const struct capture *capture,
		       const struct shown_stack *stack)
{
	const struct known_frame *known = NULL, *before;
	int failure = 0;

	for (size_t i = 0; !failure && i < stack->count; i++) {
		const struct fdp_frame *frame = &stack->frames[i];

		if (!says_anything(frame))
			continue;
		before = known;
		known = find_frame(capture, frame->address);
		if (!known)
			return FAILURE_INVENTED;
		failure = check_order(stack, before, known);
		if (!failure && is_another(capture, known, frame))
			failure = FAILURE_TAKEN;
	}
	return failure;
}

static int check_frames(const struct capture *capture,
			const struct fdp_report *report)
{
	struct shown_stack stack;
	int failure = 0;

	for (size_t i = 0; !failure && stack_at(report, i, &stack); i++)
		failure = check_stack(capture, &stack);
	return failure;
}

static char *render(const struct fdp_report *report, bool json)
{
	const struct fdp_text_options plain = { .brief = false };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (!out)
		return NULL;
	r = json ? fdp_render_json(report, out)
		 : fdp_render_text(report, &plain, out);
	if (fclose(out) != 0 || r < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* As many threads as there are. */
static bool is_whole(const char *text, size_t threads)
{
	json_t *json = json_loads(text, 0, NULL);
	bool whole =
		json_array_size(json_object_get(json, "threads")) == threads;

	json_decref(json);
	return whole;
}

static bool has_thread(const struct fdp_report *report, pid_t tid)
{
	size_t found = 0;

	for (size_t i = 0; i < report->thread_count; i++)
		found += report->threads[i].tid == tid;
	return found == 1;
}

/* Each once; Python may believe that there are more. */
static bool has_all_threads(const struct fdp_report *report,
			    const struct fdp_target *target)
{
	for (size_t i = 0; i < target->thread_count; i++)
		if (!has_thread(report, target->threads[i].tid))
			return false;
	return true;
}

static int check(const struct capture *capture, const struct fdp_report *report,
		 bool print)
{
	_cleanup_free_ char *text = render(report, false);
	_cleanup_free_ char *json = render(report, true);

	if (!text || !json)
		return FAILURE_RENDERING;
	if (print)
		fputs(json, stdout);
	if (!has_all_threads(report, capture->target))
		return FAILURE_THREADS;
	if (!is_whole(json, report->thread_count))
		return FAILURE_JSON;
	return check_frames(capture, report);
}

/* In a process of its own. */
static int run(struct capture *capture, uint64_t number, bool print)
{
	struct fdp_report report;
	int r;

	alarm(SECONDS);
	seed(number);
	damage(capture);
	if (analyse(capture->target, &report) < 0)
		return FAILURE_ANALYSIS;
	r = check(capture, &report, print);
	fdp_report_done(&report);
	fflush(stdout);
	return r;
}

static void complain(const struct capture *capture, uint64_t number, int status)
{
	char signal_text[32];
	const char *what = "?";

	if (WIFSIGNALED(status)) {
		snprintf(signal_text, sizeof(signal_text), "signal %d%s",
			 WTERMSIG(status),
			 WTERMSIG(status) == SIGALRM ? ": no end" : "");
		what = signal_text;
	} else if ((size_t)WEXITSTATUS(status) < ARRAY_SIZE(failures) &&
		   failures[WEXITSTATUS(status)]) {
		what = failures[WEXITSTATUS(status)];
	} else {
		snprintf(signal_text, sizeof(signal_text), "status %d",
			 WEXITSTATUS(status));
		what = signal_text;
	}
	printf("FAIL %s --first %llu --runs 1: %s\n", capture->path,
	       (unsigned long long)number, what);
}

/* 1 if it failed. */
static int run_apart(struct capture *capture, uint64_t number, bool print)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(run(capture, number, print));
	if (child < 0 || waitpid(child, &status, 0) < 0) {
		perror("damage");
		exit(2);
	}
	if (status == 0)
		return 0;
	complain(capture, number, status);
	return 1;
}

/*
 * The target that the runs get has not been analysed: what the analysis keeps
 * in it would answer in place of what was overwritten.
 */
static int load(const char *path, struct capture *ret_capture)
{
	struct capture capture = { .path = path };
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct fdp_target *used = NULL;
	int r = fd < 0 ? -errno : fdp_replay_new(fd, &used);

	capture.target = used;
	if (r == 0)
		r = learn(&capture);
	free(capture.pages);
	capture.pages = NULL;
	capture.page_count = 0;
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		r = fdp_replay_new(fd, &capture.target);
	if (r == 0)
		r = list_pages(&capture);
	fdp_target_free(used);
	*ret_capture = capture;
	return r;
}

struct options {
	uint64_t runs, first;
	bool json;
	bool planted; /* an undamaged frame is not known: it has to be found */
};

/* The last one. */
static void forget_frame(struct capture *capture)
{
	struct known_frame *frame = &capture->frames[--capture->frame_count];

	free(frame->function);
	free(frame->file);
}

static int damage_capture(const char *path, const struct options *options)
{
	struct capture capture;
	uint64_t failed = 0;
	int r = load(path, &capture);

	if (r < 0) {
		printf("FAIL %s: %s\n", path, strerror(-r));
		return 1;
	}
	if (options->planted && capture.frame_count)
		forget_frame(&capture);
	for (uint64_t i = 0; i < options->runs; i++)
		failed += (uint64_t)run_apart(&capture, options->first + i,
					      options->json);
	if (!options->json)
		printf("%s: %llu runs, %llu failed; %zu pages, %zu frames\n",
		       path, (unsigned long long)options->runs,
		       (unsigned long long)failed, capture.page_count,
		       capture.frame_count);
	while (capture.frame_count)
		forget_frame(&capture);
	free(capture.frames);
	free(capture.pages);
	fdp_target_free(capture.target);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "runs", required_argument, NULL, 'n' },
		{ "first", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "planted", no_argument, NULL, 'p' },
		{ .name = NULL },
	};
	struct options options = { .runs = 100 };
	int letter, failed = 0;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (letter) {
		case 'n':
			options.runs = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			options.first = strtoull(optarg, NULL, 10);
			break;
		case 'j':
			options.json = true;
			break;
		case 'p':
			options.planted = true;
			break;
		default:
			return 2;
		}
	for (; optind < argc; optind++)
		failed |= damage_capture(argv[optind], &options);
	return failed;
}
