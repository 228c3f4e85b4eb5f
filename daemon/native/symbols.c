#include "symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/util.h"
#include "debug_info.h"
#include "modules.h"
#include "perf_map.h"

/* Longer names are cut; nobody reads them to the end. */
#define NAME_MAX_BYTES 4096

/* Frames at one address: debug_info.c gives fewer, a replay may claim any. */
#define FRAMES_PER_ADDRESS_MAX 128

/* What gdb calls it; the code itself has no name worth reading. */
#define SIGNAL_RETURN_NAME "<signal handler called>"

/* Of the table of addresses at first; a power of two. */
#define SLOTS_MIN 1024

/* What a pc was found to be, kept so that a recursion costs nothing. */
struct slot {
	uint64_t address;
	struct fdp_symbol *symbols; /* NULL: the slot is free */
	size_t count;		    /* at least 1 */
};

struct fdp_symbols {
	struct fdp_target *target;
	struct fdp_report *report;
	uint64_t deadline_ns;
	struct fdp_debug_info *info;
	struct fdp_perf_map *perf_map;
	bool perf_map_tried;
	struct slot *slots;
	size_t slot_count, slots_used;
};

int fdp_symbols_new(struct fdp_target *target, struct fdp_report *report,
		    uint64_t deadline_ns, struct fdp_symbols **ret_symbols)
{
	struct fdp_symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return -ENOMEM;
	symbols->target = target;
	symbols->report = report;
	symbols->deadline_ns = deadline_ns;
	symbols->slots = calloc(SLOTS_MIN, sizeof(*symbols->slots));
	symbols->slot_count = SLOTS_MIN;
	if (!symbols->slots ||
	    fdp_debug_info_new(target, report, &symbols->info) < 0) {
		fdp_symbols_free(symbols);
		return -ENOMEM;
	}
	*ret_symbols = symbols;
	return 0;
}

void fdp_symbols_free(struct fdp_symbols *symbols)
{
	if (!symbols)
		return;
	fdp_debug_info_free(symbols->info);
	fdp_perf_map_free(symbols->perf_map);
	free(symbols->slots);
	free(symbols);
}

/* The slot of ADDRESS, or the free one where it belongs. */
static struct slot *find_slot(struct slot *slots, size_t count,
			      uint64_t address)
{
	/* Fibonacci hashing: addresses of calls are spread unevenly. */
	size_t at = (size_t)((address * UINT64_C(0x9e3779b97f4a7c15)) >> 32);

	for (;; at++) {
		struct slot *slot = &slots[at & (count - 1)];

		if (!slot->symbols || slot->address == address)
			return slot;
	}
}

/* Keeps the table at most half full. */
static int make_room(struct fdp_symbols *symbols)
{
	size_t count = symbols->slot_count * 2;
	struct slot *slots;

	if (symbols->slots_used < symbols->slot_count / 2)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < symbols->slot_count; i++) {
		const struct slot *old = &symbols->slots[i];

		if (old->symbols)
			*find_slot(slots, count, old->address) = *old;
	}
	free(symbols->slots);
	symbols->slots = slots;
	symbols->slot_count = count;
	return 0;
}

/* Tabs and newlines separate fields, so a name cannot have them. */
static void write_text(FILE *out, const char *text)
{
	size_t length = text ? strnlen(text, NAME_MAX_BYTES) : 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		putc(byte < 0x20 || byte == 0x7f ? '?' : byte, out);
	}
	if (text && text[length])
		fputs("...", out);
}

static void write_symbol(FILE *out, const struct fdp_symbol *symbol)
{
	write_text(out, symbol->function);
	putc('\t', out);
	if (symbol->function && !symbol->inlined)
		fprintf(out, "%llu", (unsigned long long)symbol->offset);
	putc('\t', out);
	write_text(out, symbol->file);
	putc('\t', out);
	if (symbol->line > 0)
		fprintf(out, "%d", symbol->line);
	fputs(symbol->inlined ? "\t1\n" : "\t\n", out);
}

/* Notes COUNT symbols as the answer to KEY. */
static int note_symbols(struct fdp_target *target, const char *key,
			const struct fdp_symbol *symbols, size_t count)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		write_symbol(out, &symbols[i]);
	if (fclose(out) != 0)
		return -ENOMEM;
	return fdp_target_note(target, key, text, size);
}

/* Cuts the field that ends with SEPARATOR off *TEXT; NULL: there is none. */
static char *take_field(char **text, char separator)
{
	char *field = *text;
	char *end = field ? strchr(field, separator) : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return field;
}

static bool parse_symbol(char *line, struct fdp_symbol *ret_symbol)
{
	char *function = take_field(&line, '\t');
	char *offset = take_field(&line, '\t');
	char *file = take_field(&line, '\t');
	char *number = take_field(&line, '\t');
	long value;

	if (!function || !offset || !file || !number)
		return false;
	value = strtol(number, NULL, 10);
	*ret_symbol = (struct fdp_symbol){
		.function = *function ? function : NULL,
		.offset = strtoull(offset, NULL, 10),
		.file = *file ? file : NULL,
		.line = value > 0 && value <= INT32_MAX ? (int)value
							: FDP_UNKNOWN,
		.inlined = *line == '1',
	};
	return true;
}

/* A noted answer into SLOT; always at least one symbol, maybe all unknown. */
static int parse_symbols(struct fdp_arena *arena, const char *text,
			 struct slot *slot)
{
	struct fdp_symbol symbols[FRAMES_PER_ADDRESS_MAX];
	char *rest = fdp_arena_strdup(arena, text);
	size_t count = 0;
	char *line;

	if (!rest)
		return -ENOMEM;
	while (count < ARRAY_SIZE(symbols) && (line = take_field(&rest, '\n')))
		count += parse_symbol(line, &symbols[count]);
	/* The last one is the frame itself. */
	if (count == 0 || symbols[count - 1].inlined) {
		count = 1;
		symbols[0] = (struct fdp_symbol){ .line = FDP_UNKNOWN };
	}
	slot->symbols = fdp_arena_array(arena, count, sizeof(symbols[0]));
	if (!slot->symbols)
		return -ENOMEM;
	memcpy(slot->symbols, symbols, count * sizeof(symbols[0]));
	slot->count = count;
	return 0;
}

/* Code made at run time, which has no file. */
static void find_in_perf_map(struct fdp_symbols *symbols, uint64_t address,
			     struct fdp_symbol *symbol)
{
	if (!symbols->perf_map_tried) {
		symbols->perf_map_tried = true;
		if (fdp_perf_map_new(symbols->target, &symbols->perf_map) < 0)
			symbols->perf_map = NULL;
	}
	if (symbols->perf_map)
		symbol->function = fdp_perf_map_find(symbols->perf_map, address,
						     &symbol->offset);
}

/* Looks ADDRESS up in files and notes the answer under KEY. */
static int resolve(struct fdp_symbols *symbols, uint64_t address,
		   const char *key)
{
	const struct fdp_module *module =
		fdp_modules_find(symbols->report, address);
	struct fdp_arena arena = { 0 };
	struct fdp_symbol unknown = { .line = FDP_UNKNOWN };
	struct fdp_symbol *found = &unknown;
	size_t count = 1;
	int r = -ENOENT;

	if (module)
		r = fdp_debug_info_find(symbols->info, module, address, &arena,
					&found, &count);
	else if (fdp_target_map(symbols->target, address))
		find_in_perf_map(symbols, address, &unknown);
	if (r != -ENOMEM)
		r = note_symbols(symbols->target, key, found, count);
	fdp_arena_done(&arena);
	return r;
}

static bool is_too_late(struct fdp_symbols *symbols)
{
	if (!symbols->deadline_ns || fdp_clock_now_ns() < symbols->deadline_ns)
		return false;
	fdp_report_missing(symbols->report,
			   "some function names: there was no time left");
	return true;
}

/*
 * What stands at ADDRESS: 0, -ETIME if it would have to be looked up and it is
 * too late, or -ENOMEM.
 */
static int find_symbols(struct fdp_symbols *symbols, uint64_t address,
			const struct slot **ret_slot)
{
	struct slot *slot;
	const char *text;
	char key[32];
	int r = make_room(symbols);

	if (r < 0)
		return r;
	slot = find_slot(symbols->slots, symbols->slot_count, address);
	*ret_slot = slot;
	if (slot->symbols)
		return 0;
	snprintf(key, sizeof(key), "symbol/%llx", (unsigned long long)address);
	if (fdp_target_fact(symbols->target, key, &text, NULL) < 0) {
		if (is_too_late(symbols))
			return -ETIME;
		r = resolve(symbols, address, key);
		if (r == 0)
			r = fdp_target_fact(symbols->target, key, &text, NULL);
		if (r < 0)
			return -ENOMEM;
	}
	r = parse_symbols(&symbols->report->arena, text, slot);
	if (r < 0)
		return r;
	slot->address = address;
	symbols->slots_used++;
	return 0;
}

/* The frames that a stack grows into; the arena takes them when all are known.
 */
struct frames {
	struct fdp_frame *items;
	size_t count, capacity;
};

static struct fdp_frame *add_frame(struct frames *frames)
{
	if (frames->count == frames->capacity) {
		size_t capacity = frames->capacity ? 2 * frames->capacity : 64;
		struct fdp_frame *grown =
			reallocarray(frames->items, capacity, sizeof(*grown));

		if (!grown)
			return NULL;
		frames->items = grown;
		frames->capacity = capacity;
	}
	return &frames->items[frames->count++];
}

/* FRAME as one frame for each of the symbols at its address. */
static int add_named(struct frames *frames, const struct fdp_frame *frame,
		     const struct slot *slot, bool is_return)
{
	for (size_t i = 0; i < slot->count; i++) {
		const struct fdp_symbol *symbol = &slot->symbols[i];
		struct fdp_frame *added = add_frame(frames);

		if (!added)
			return -ENOMEM;
		*added = *frame;
		added->function = symbol->function;
		added->file = symbol->file;
		added->line = symbol->line;
		added->inlined = symbol->inlined;
		added->offset = symbol->function && !symbol->inlined
					? symbol->offset + is_return
					: 0;
	}
	return 0;
}

static int add_other(struct frames *frames, const struct fdp_frame *frame,
		     const char *function)
{
	struct fdp_frame *added = add_frame(frames);

	if (!added)
		return -ENOMEM;
	*added = *frame;
	added->function = function;
	return 0;
}

static int name_frames(struct fdp_symbols *symbols,
		       const struct fdp_native_stack *stack,
		       struct frames *frames)
{
	for (size_t i = 0; i < stack->frame_count; i++) {
		const struct fdp_frame *frame = &stack->frames[i];
		/* The call stands before the address it returns to. */
		bool is_return = !frame->exact_pc && frame->pc > 0;
		const struct slot *slot;
		int r;

		if (frame->is_signal_return || frame->kind == FDP_FRAME_GAP) {
			r = add_other(frames, frame,
				      frame->is_signal_return
					      ? SIGNAL_RETURN_NAME
					      : NULL);
			if (r < 0)
				return r;
			continue;
		}
		r = find_symbols(symbols, frame->pc - is_return, &slot);
		if (r == 0)
			r = add_named(frames, frame, slot, is_return);
		else if (r == -ETIME)
			r = add_other(frames, frame, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

int fdp_symbols_name(struct fdp_symbols *symbols,
		     struct fdp_native_stack *stack)
{
	struct frames frames = { 0 };
	struct fdp_frame *kept;
	int r = name_frames(symbols, stack, &frames);

	if (r == 0) {
		kept = fdp_arena_array(&symbols->report->arena, frames.count,
				       sizeof(*kept));
		if (!kept)
			r = -ENOMEM;
	}
	if (r == 0 && frames.count) {
		memcpy(kept, frames.items, frames.count * sizeof(*kept));
		stack->frames = kept;
		stack->frame_count = frames.count;
	}
	free(frames.items);
	return r;
}
