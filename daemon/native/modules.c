#include "modules.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "../base/util.h"

/* Linkers make about a dozen. */
#define PROGRAM_HEADERS_MAX 128

/* Bytes of notes looked at per segment; packagers' metadata is below 1 KiB. */
#define NOTES_MAX 65536

/* SHA-1 has 20 bytes; --build-id=0x<hex> may be longer, but not sensibly. */
#define BUILD_ID_MAX 64

#define VDSO "[vdso]"

/* Of x86-64; the kernel maps segments in whole ones. */
#define SEGMENT_PAGE 4096

/* What the headers say, in addresses of the file. */
struct headers {
	bool is_elf;
	bool is_fixed; /* ET_EXEC: runs where the file says */
	size_t count;
	Elf64_Phdr program[PROGRAM_HEADERS_MAX];
};

/* The maps [first, last] of one file; others may lie between, anonymous. */
struct group {
	size_t first, last;
	bool executable;
};

static bool is_file(const struct fdp_map *map)
{
	return map->path[0] == '/' || strcmp(map->path, VDSO) == 0;
}

static bool is_same_file(const struct fdp_map *a, const struct fdp_map *b)
{
	return a->inode == b->inode && strcmp(a->path, b->path) == 0;
}

static bool is_elf64(const Elf64_Ehdr *header)
{
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_ident[EI_DATA] == ELFDATA2LSB &&
	       (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	       header->e_phentsize == sizeof(Elf64_Phdr);
}

/* 0, or -errno if there is nothing to be read at START. */
static int read_headers(struct fdp_target *target, uint64_t start,
			struct headers *ret_headers)
{
	Elf64_Ehdr header;
	uint64_t table;
	int r;

	ret_headers->is_elf = false;
	ret_headers->count = 0;
	r = fdp_target_read(target, start, &header, sizeof(header));
	if (r < 0)
		return r;
	if (!is_elf64(&header) || header.e_phnum > PROGRAM_HEADERS_MAX ||
	    __builtin_add_overflow(start, header.e_phoff, &table))
		return 0;
	r = fdp_target_read(target, table, ret_headers->program,
			    header.e_phnum * sizeof(Elf64_Phdr));
	if (r < 0)
		return r == -EFAULT ? 0 : r;
	ret_headers->is_elf = true;
	ret_headers->is_fixed = header.e_type == ET_EXEC;
	ret_headers->count = header.e_phnum;
	return 0;
}

static uint64_t page_of(uint64_t address)
{
	return address - address % SEGMENT_PAGE;
}

/* The part of the file's address space that its PT_LOADs take. */
static void loaded_range(const struct headers *headers, uint64_t *ret_low,
			 uint64_t *ret_high)
{
	uint64_t low = UINT64_MAX;
	uint64_t high = 0;

	for (size_t i = 0; i < headers->count; i++) {
		const Elf64_Phdr *segment = &headers->program[i];
		uint64_t end;

		if (segment->p_type != PT_LOAD ||
		    __builtin_add_overflow(segment->p_vaddr, segment->p_memsz,
					   &end))
			continue;
		low = segment->p_vaddr < low ? segment->p_vaddr : low;
		high = end > high ? end : high;
	}
	*ret_low = low <= high ? page_of(low) : 0;
	*ret_high = high;
}

static const char *hex(struct fdp_arena *arena, const uint8_t *bytes,
		       size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *text = fdp_arena_alloc(arena, 2 * size + 1);

	for (size_t i = 0; text && i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return text;
}

/*
 * The build-id among SIZE bytes of NOTES whose parts are padded to ALIGNMENT.
 * 1, 0 if there is none, or -ENOMEM.
 */
static int find_build_id(struct fdp_arena *arena, const uint8_t *notes,
			 size_t size, size_t alignment, const char **ret_id)
{
	Elf64_Nhdr note;

	for (size_t at = 0; size - at >= sizeof(note);) {
		size_t name = at + sizeof(note);
		uint64_t content, next;

		memcpy(&note, notes + at, sizeof(note));
		/* Sums of 32-bit sizes: no overflow. */
		content = (name + (uint64_t)note.n_namesz + alignment - 1) &
			  ~(uint64_t)(alignment - 1);
		next = (content + note.n_descsz + alignment - 1) &
		       ~(uint64_t)(alignment - 1);
		if (content + note.n_descsz > size)
			return 0;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(notes + name, ELF_NOTE_GNU, 4) == 0 &&
		    note.n_descsz > 0 && note.n_descsz <= BUILD_ID_MAX) {
			*ret_id = hex(arena, notes + content, note.n_descsz);
			return *ret_id ? 1 : -ENOMEM;
		}
		if (next > size)
			return 0;
		at = (size_t)next;
	}
	return 0;
}

static int read_notes(struct fdp_target *target, struct fdp_report *report,
		      const Elf64_Phdr *segment, struct fdp_module *module)
{
	size_t size = segment->p_memsz < NOTES_MAX ? (size_t)segment->p_memsz
						   : NOTES_MAX;
	_cleanup_free_ uint8_t *notes = malloc(size ? size : 1);
	ssize_t got;

	if (!notes)
		return -ENOMEM;
	got = fdp_target_read_some(target, module->bias + segment->p_vaddr,
				   notes, size);
	if (got <= 0)
		return 0;
	return find_build_id(&report->arena, notes, (size_t)got,
			     segment->p_align == 8 ? 8 : 4, &module->build_id);
}

/* An unwind table is only believed where the module itself is mapped. */
static void set_eh_frame(const Elf64_Phdr *segment, struct fdp_module *module)
{
	uint64_t start = module->bias + segment->p_vaddr;

	if (start < module->start || start >= module->end ||
	    segment->p_memsz > module->end - start)
		return;
	module->eh_frame_hdr = start;
	module->eh_frame_hdr_size = segment->p_memsz;
}

static int read_segments(struct fdp_target *target, struct fdp_report *report,
			 const struct headers *headers,
			 struct fdp_module *module)
{
	for (size_t i = 0; i < headers->count; i++) {
		const Elf64_Phdr *segment = &headers->program[i];
		int r = 0;

		if (segment->p_type == PT_GNU_EH_FRAME)
			set_eh_frame(segment, module);
		else if (segment->p_type == PT_NOTE && !module->build_id)
			r = read_notes(target, report, segment, module);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * A page of a library that it has mapped itself, before the library: libffi
 * from 3.5 on has its trampolines so.  What begins behind it is another module.
 */
static bool is_page_of(const struct fdp_map *head, const struct fdp_map *map)
{
	return head->offset != 0 && map->offset == 0;
}

/*
 * The maps of the file that begins at FIRST.  A file that is loaded twice in a
 * row (dlmopen) is told apart by its headers: what lies above SIZE bytes
 * belongs to the next.  A map of another file ends the group, so that modules
 * never overlap, whatever the headers claim.
 */
static struct group find_group(const struct fdp_target *target, size_t first,
			       uint64_t size)
{
	const struct fdp_map *head = &target->maps[first];
	struct group group = { .first = first,
			       .last = first,
			       .executable = head->executable };

	for (size_t i = first + 1; i < target->map_count; i++) {
		const struct fdp_map *map = &target->maps[i];

		if (map->path[0] == '\0')
			continue;
		if (!is_same_file(head, map) || is_page_of(head, map) ||
		    map->start - head->start >= size)
			break;
		group.last = i;
		group.executable |= map->executable;
	}
	return group;
}

static int add_module(struct fdp_target *target, struct fdp_report *report,
		      const struct headers *headers, uint64_t low,
		      struct group group, size_t *capacity)
{
	const struct fdp_map *head = &target->maps[group.first];
	struct fdp_module *modules = fdp_arena_grow(
		&report->arena, report->modules, report->module_count, capacity,
		sizeof(*modules));
	struct fdp_module *module;

	if (!modules)
		return -ENOMEM;
	report->modules = modules;
	module = &modules[report->module_count++];
	*module = (struct fdp_module){
		.start = head->start,
		.end = target->maps[group.last].end,
		.bias = headers->is_fixed ? 0
					  : head->start - head->offset - low,
		.path = fdp_arena_strdup(&report->arena, head->path),
	};
	if (!module->path)
		return -ENOMEM;
	return read_segments(target, report, headers, module);
}

/* Looks at the file whose maps begin at FIRST; *RET_NEXT is behind them. */
static int read_file(struct fdp_target *target, struct fdp_report *report,
		     size_t first, size_t *capacity, size_t *ret_next)
{
	const struct fdp_map *head = &target->maps[first];
	struct headers headers = { 0 };
	uint64_t low = 0;
	uint64_t high = 0;
	struct group group;
	bool is_known;

	/* Memory that is not given to us says nothing against the file. */
	is_known = head->offset == 0 &&
		   read_headers(target, head->start, &headers) == 0;
	if (headers.is_elf)
		loaded_range(&headers, &low, &high);
	group = find_group(target, first, high ? high - low : UINT64_MAX);
	*ret_next = group.last + 1;
	if (!group.executable || (is_known && !headers.is_elf))
		return 0;
	return add_module(target, report, &headers, low, group, capacity);
}

int fdp_modules_read(struct fdp_target *target, struct fdp_report *report)
{
	size_t capacity = 0;
	size_t next;

	report->modules = NULL;
	report->module_count = 0;
	for (size_t i = 0; i < target->map_count; i = next) {
		int r = 0;

		next = i + 1;
		if (is_file(&target->maps[i]))
			r = read_file(target, report, i, &capacity, &next);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct fdp_module *fdp_modules_find(const struct fdp_report *report,
					  uint64_t address)
{
	size_t low = 0;
	size_t high = report->module_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct fdp_module *module = &report->modules[middle];

		if (address < module->start)
			high = middle;
		else if (address >= module->end)
			low = middle + 1;
		else
			return module;
	}
	return NULL;
}
