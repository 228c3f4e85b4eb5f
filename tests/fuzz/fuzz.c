/*
 * libFuzzer over the replay: FDPRELOAD_FUZZ_CAPTURES names a directory with
 * captures; an input is
 *
 *   number    one byte: which of them, by name; 255: none, the input itself is
 *             a capture, as it is inside of the gzip stream
 *   patches   12 bytes each: a word of its memory (32 bits, counted over all
 *             pages that can be written), and what is written there
 *
 * so that inputs stay small, and what the fuzzer changes is what the analysis
 * reads.  Whatever it is, there is a report, or a sentence that it is none.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "../../daemon/analysis/analyse.h"
#include "../../daemon/base/util.h"
#include "../../daemon/capture/cache.h"
#include "../../daemon/capture/fdpcap.h"
#include "../../daemon/render/render.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CAPTURES_MAX 250
#define ITSELF 255

/* As many as a page has words: more is noise. */
#define PATCHES_MAX 512

struct patch {
	uint32_t place;
	uint64_t word;
} __attribute__((packed));

/* Unpacked, in files without a name. */
static int captures[CAPTURES_MAX];
static size_t capture_count;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static int unpack(const char *path)
{
	int file = memfd_create("capture", MFD_CLOEXEC);
	gzFile packed = gzopen(path, "rb");
	char chunk[65536];
	int got;

	if (file < 0 || !packed)
		fail(path);
	while ((got = gzread(packed, chunk, sizeof(chunk))) > 0)
		if (write(file, chunk, (size_t)got) != got)
			fail(path);
	gzclose(packed);
	return file;
}

static int is_capture(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".fdpcap") == 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *directory = getenv("FDPRELOAD_FUZZ_CAPTURES");
	struct dirent **entries;
	char path[4096];
	int count;

	(void)argc;
	(void)argv;
	if (!directory)
		directory = "tests/captures";
	count = scandir(directory, &entries, is_capture, alphasort);
	if (count <= 0)
		fail(directory);
	for (int i = 0; i < count && capture_count < CAPTURES_MAX; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory,
			 entries[i]->d_name);
		captures[capture_count++] = unpack(path);
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return 0;
}

static bool is_writable(const struct fdp_target *target, uint64_t address)
{
	const struct fdp_map *map = fdp_target_map(target, address);

	return map && map->writable;
}

/* The page with number INDEX of those that can be written. */
static struct fdp_page *page_at(struct fdp_target *target, size_t index)
{
	size_t cursor = 0;
	struct fdp_page *page;

	while ((page = fdp_cache_next(target->cache, &cursor)))
		if (page->bytes && is_writable(target, page->address) &&
		    index-- == 0)
			return page;
	return NULL;
}

static size_t count_pages(struct fdp_target *target)
{
	size_t count = 0, cursor = 0;
	struct fdp_page *page;

	while ((page = fdp_cache_next(target->cache, &cursor)))
		count += page->bytes && is_writable(target, page->address);
	return count;
}

static void apply(struct fdp_target *target, const uint8_t *data, size_t size)
{
	const size_t words = FDP_PAGE_SIZE / sizeof(uint64_t);
	size_t pages = count_pages(target);
	struct patch patch;

	for (int i = 0; pages && size >= sizeof(patch) && i < PATCHES_MAX;
	     i++) {
		size_t place;

		memcpy(&patch, data, sizeof(patch));
		data += sizeof(patch);
		size -= sizeof(patch);
		place = patch.place % (pages * words);
		memcpy(page_at(target, place / words)->bytes +
			       place % words * sizeof(uint64_t),
		       &patch.word, sizeof(patch.word));
	}
}

static struct fdp_target *open_patched(const uint8_t *data, size_t size)
{
	int file = captures[data[0] % capture_count];
	struct fdp_target *target = NULL;

	if (lseek(file, 0, SEEK_SET) < 0 || fdp_replay_new(file, &target) < 0)
		fail("a capture");
	apply(target, data + 1, size - 1);
	return target;
}

/* NULL: it is none. */
static struct fdp_target *open_itself(const uint8_t *data, size_t size)
{
	_cleanup_close_ int file = memfd_create("input", MFD_CLOEXEC);
	struct fdp_target *target = NULL;

	if (file < 0 || write(file, data, size) != (ssize_t)size ||
	    lseek(file, 0, SEEK_SET) < 0)
		fail("an input");
	return fdp_replay_new(file, &target) == 0 ? target : NULL;
}

static int analyse(struct fdp_target *target, struct fdp_report *report)
{
	/* Of all of them: what was not recorded cannot be read, and is. */
	const struct fdp_analysis_hooks hooks = { .locals = true,
						  .guess_names = true };
	const struct fdp_dump_options dump = { .native = true,
					       .exceptions = true,
					       .locals = true,
					       .guess_names = true };

	memset(report, 0, sizeof(*report));
	return target->fault.signal ? fdp_analyse(target, &hooks, report)
				    : fdp_analyse_dump(target, &dump, report);
}

/* To nowhere, but made. */
static void render(const struct fdp_report *report)
{
	const struct fdp_text_options text = { .color = true };
	_cleanup_free_ char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);

	if (!out || fdp_render_text(report, &text, out) < 0 ||
	    fdp_render_json(report, out) < 0)
		abort();
	fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdp_target *target;
	struct fdp_report report;

	if (size == 0)
		return 0;
	target = data[0] == ITSELF ? open_itself(data + 1, size - 1)
				   : open_patched(data, size);
	if (!target)
		return 0;
	if (analyse(target, &report) < 0)
		abort();
	render(&report);
	fdp_report_done(&report);
	fdp_target_free(target);
	return 0;
}
