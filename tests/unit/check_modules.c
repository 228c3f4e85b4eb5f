/* Modules out of ELF headers in a made-up memory, honest and hostile. */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/native/modules.h"
#include "fake_target.h"
#include "suite.h"

#define PAGE 4096
#define BASE UINT64_C(0x7f0000000000)

static struct fdp_target *target;
static struct fdp_report report;

static void setup(void)
{
	memset(&report, 0, sizeof(report));
	target = fake_target_new();
}

static void teardown(void)
{
	fdp_target_free(target);
	fdp_arena_done(&report.arena);
}

static void read_modules(struct fdp_map *maps, size_t count)
{
	target->maps = maps;
	target->map_count = count;
	ck_assert_int_eq(fdp_modules_read(target, &report), 0);
}

/* A small library as a linker makes it: headers, text and data. */
static const uint8_t build_id[] = { 0x00, 0x1f, 0xab, 0xff };

struct library {
	Elf64_Ehdr header;
	Elf64_Phdr program[6];
	/* Another note comes first, padded to 4 as an honest one is. */
	Elf64_Nhdr other;
	char other_name[4];
	char other_content[4];
	Elf64_Nhdr note;
	char note_name[4];
	uint8_t note_content[sizeof(build_id)];
};

#define NOTES_OFFSET offsetof(struct library, other)
#define NOTES_SIZE (sizeof(struct library) - NOTES_OFFSET)
#define EH_FRAME_HDR 0x1800

static struct library library_at(uint64_t vaddr)
{
	struct library library = {
		.header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
					 ELFCLASS64, ELFDATA2LSB },
			    .e_type = ET_DYN,
			    .e_phoff = offsetof(struct library, program),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = 6 },
		.program = { { .p_type = PT_LOAD,
			       .p_vaddr = vaddr + 0x1000,
			       .p_memsz = 0x1000 },
			     { .p_type = PT_LOAD,
			       .p_vaddr = vaddr,
			       .p_memsz = 0x800 },
			     { .p_type = PT_LOAD,
			       .p_vaddr = vaddr + 0x2f00,
			       .p_memsz = 0x1100 },
			     { .p_type = PT_NOTE,
			       .p_vaddr = vaddr + NOTES_OFFSET,
			       .p_memsz = NOTES_SIZE,
			       .p_align = 4 },
			     { .p_type = PT_GNU_EH_FRAME,
			       .p_vaddr = vaddr + EH_FRAME_HDR,
			       .p_memsz = 0x40 },
			     { .p_type = PT_GNU_STACK } },
		.other = { .n_namesz = 4, .n_descsz = 3, .n_type = 1 },
		.other_name = "GNU",
		.note = { .n_namesz = 4,
			  .n_descsz = sizeof(build_id),
			  .n_type = NT_GNU_BUILD_ID },
		.note_name = "GNU",
	};

	memcpy(library.note_content, build_id, sizeof(build_id));
	return library;
}

static void store(size_t page, const struct library *library)
{
	fake_target_write(target, BASE + page * PAGE, library,
			  sizeof(*library));
}

#define MAP(page, pages, at, name)                                             \
	{                                                                      \
		.start = BASE + (page)*PAGE,                                   \
		.end = BASE + ((page) + (pages)) * PAGE, .offset = (at),       \
		.inode = 7, .readable = true, .path = (name)                   \
	}
#define CODE(page, pages, at, name)                                            \
	{                                                                      \
		.start = BASE + (page)*PAGE,                                   \
		.end = BASE + ((page) + (pages)) * PAGE, .offset = (at),       \
		.inode = 7, .readable = true, .executable = true,              \
		.path = (name)                                                 \
	}

START_TEST(small_library)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = {
		MAP(0, 1, 0, "/lib/a.so"),	CODE(1, 1, 0x1000, "/lib/a.so"),
		MAP(2, 1, 0x2000, "/lib/a.so"), MAP(3, 1, 0, ""),
		MAP(4, 1, 0, "[heap]"),
	};
	const struct fdp_module *module;

	store(0, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 1);
	module = &report.modules[0];
	ck_assert_str_eq(module->path, "/lib/a.so");
	ck_assert_uint_eq(module->start, BASE);
	ck_assert_uint_eq(module->end, BASE + 3 * PAGE);
	ck_assert_uint_eq(module->bias, BASE);
	ck_assert_str_eq(module->build_id, "001fabff");
	ck_assert_uint_eq(module->eh_frame_hdr, BASE + EH_FRAME_HDR);
	ck_assert_uint_eq(module->eh_frame_hdr_size, 0x40);
}
END_TEST

struct placed {
	Elf64_Half type;
	uint64_t vaddr, bias;
};

static const struct placed placed[] = {
	{ ET_DYN, 0, BASE },
	{ ET_DYN, 0x10000, BASE - 0x10000 },
	/* Prelinked to above where it is: the bias wraps around. */
	{ ET_DYN, BASE + 0x5000, UINT64_C(0) - 0x5000 },
	{ ET_EXEC, BASE, 0 },
};

START_TEST(bias)
{
	const struct placed *row = &placed[_i];
	struct library made = library_at(row->vaddr);
	struct fdp_map maps[] = {
		MAP(0, 1, 0, "/bin/a"),
		CODE(1, 2, 0x1000, "/bin/a"),
	};

	made.header.e_type = row->type;
	store(0, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 1);
	ck_assert_uint_eq(report.modules[0].bias, row->bias);
	ck_assert_str_eq(report.modules[0].build_id, "001fabff");
	ck_assert_uint_eq(report.modules[0].eh_frame_hdr, BASE + EH_FRAME_HDR);
}
END_TEST

/* dlmopen: the same file twice, one behind the other. */
START_TEST(loaded_twice)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = {
		MAP(0, 1, 0, "/lib/a.so"),
		CODE(1, 3, 0x1000, "/lib/a.so"),
		MAP(4, 1, 0, "/lib/a.so"),
		CODE(5, 3, 0x1000, "/lib/a.so"),
	};

	store(0, &made);
	store(4, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 2);
	ck_assert_uint_eq(report.modules[0].end, BASE + 4 * PAGE);
	ck_assert_uint_eq(report.modules[1].start, BASE + 4 * PAGE);
	ck_assert_uint_eq(report.modules[1].bias, BASE + 4 * PAGE);
}
END_TEST

/* libffi: a page of its code again, in front of it. */
START_TEST(page_before_library)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = {
		CODE(0, 1, 0x1000, "/lib/a.so"),
		MAP(2, 1, 0, "/lib/a.so"),
		CODE(3, 3, 0x1000, "/lib/a.so"),
	};

	store(2, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 2);
	ck_assert_uint_eq(report.modules[0].end, BASE + PAGE);
	ck_assert_uint_eq(report.modules[0].bias, BASE - 0x1000);
	ck_assert_uint_eq(report.modules[1].start, BASE + 2 * PAGE);
	ck_assert_uint_eq(report.modules[1].bias, BASE + 2 * PAGE);
	ck_assert_str_eq(report.modules[1].build_id, "001fabff");
}
END_TEST

/* Replaced while it is mapped: the same path, another file. */
START_TEST(same_path_other_inode)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = {
		MAP(0, 1, 0, "/lib/a.so"),
		CODE(1, 1, 0x1000, "/lib/a.so"),
		CODE(2, 1, 0, "/lib/a.so"),
	};

	maps[2].inode = 8;
	store(0, &made);
	store(2, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 2);
	ck_assert_uint_eq(report.modules[0].end, BASE + 2 * PAGE);
}
END_TEST

START_TEST(vdso)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = {
		MAP(0, 1, 0, "[vvar]"),
		CODE(1, 2, 0, "[vdso]"),
		CODE(3, 1, 0, "[vsyscall]"),
	};

	maps[1].inode = 0;
	store(1, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 1);
	ck_assert_str_eq(report.modules[0].path, "[vdso]");
	ck_assert_str_eq(report.modules[0].build_id, "001fabff");
}
END_TEST

START_TEST(no_modules)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = {
		MAP(0, 2, 0, "/a/library/read/as/data.so"),
		CODE(2, 1, 0, "/not/elf"),
		CODE(3, 1, 0, ""),
		CODE(4, 1, 0, "[anon: jit]"),
	};

	store(0, &made);
	fake_target_write(target, BASE + 2 * PAGE, "#!", 2);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 0);
}
END_TEST

/* Frame 1 alone: mappings, but no memory. */
START_TEST(unreadable_headers)
{
	struct fdp_map maps[] = {
		MAP(0, 1, 0, "/lib/a.so"),
		CODE(1, 1, 0x1000, "/lib/a.so"),
	};

	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 1);
	ck_assert_uint_eq(report.modules[0].bias, BASE);
	ck_assert_ptr_null(report.modules[0].build_id);
	ck_assert_uint_eq(report.modules[0].eh_frame_hdr, 0);
}
END_TEST

static void not_elf(struct library *library)
{
	library->header.e_ident[0] = 0;
}

static void class_32(struct library *library)
{
	library->header.e_ident[EI_CLASS] = ELFCLASS32;
}

static void big_endian(struct library *library)
{
	library->header.e_ident[EI_DATA] = ELFDATA2MSB;
}

static void relocatable(struct library *library)
{
	library->header.e_type = ET_REL;
}

static void odd_program_header(struct library *library)
{
	library->header.e_phentsize = 1;
}

static void too_many_program_headers(struct library *library)
{
	library->header.e_phnum = PN_XNUM;
}

static void program_headers_nowhere(struct library *library)
{
	library->header.e_phoff = 0x100000000;
}

static void program_headers_wrap(struct library *library)
{
	library->header.e_phoff = UINT64_MAX - 8;
}

static void (*const not_modules[])(struct library *library) = {
	not_elf,
	class_32,
	big_endian,
	relocatable,
	odd_program_header,
	too_many_program_headers,
	program_headers_nowhere,
	program_headers_wrap,
};

START_TEST(not_a_module)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = { CODE(0, 4, 0, "/lib/a.so") };

	not_modules[_i](&made);
	store(0, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 0);
}
END_TEST

static void note_too_long(struct library *library)
{
	library->note.n_descsz = 0x7fffffff;
}

static void note_of_all_ones(struct library *library)
{
	memset(&library->note, 0xff, sizeof(library->note));
}

static void note_name_too_long(struct library *library)
{
	library->other.n_namesz = 0xfffffffd;
}

static void note_empty(struct library *library)
{
	library->note.n_descsz = 0;
}

static void note_of_another(struct library *library)
{
	library->note_name[0] = 'X';
}

static void notes_nowhere(struct library *library)
{
	library->program[3].p_vaddr = 0x8000000000000000;
}

static void notes_empty(struct library *library)
{
	library->program[3].p_memsz = 0;
}

static void notes_cut(struct library *library)
{
	library->program[3].p_memsz = NOTES_SIZE - 1;
}

static void (*const no_build_ids[])(struct library *library) = {
	note_too_long,	 note_of_all_ones, note_name_too_long, note_empty,
	note_of_another, notes_nowhere,	   notes_empty,	       notes_cut,
};

START_TEST(no_build_id)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = { CODE(0, 4, 0, "/lib/a.so") };

	no_build_ids[_i](&made);
	store(0, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.module_count, 1);
	ck_assert_ptr_null(report.modules[0].build_id);
}
END_TEST

/* A claimed length reaches beyond what can be read: take what there is. */
START_TEST(notes_longer_than_memory)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = { CODE(0, 4, 0, "/lib/a.so") };

	made.program[3].p_memsz = UINT64_MAX;
	store(0, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_str_eq(report.modules[0].build_id, "001fabff");
}
END_TEST

struct table_place {
	uint64_t vaddr, size;
};

static const struct table_place bad_tables[] = {
	{ 0x4000, 0x40 },
	{ 0x3fff, 2 },
	{ 0x1800, UINT64_MAX },
	{ UINT64_MAX, 0x40 },
};

START_TEST(bad_unwind_table)
{
	struct library made = library_at(0);
	struct fdp_map maps[] = { CODE(0, 4, 0, "/lib/a.so") };

	made.program[4].p_vaddr = bad_tables[_i].vaddr;
	made.program[4].p_memsz = bad_tables[_i].size;
	store(0, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_eq(report.modules[0].eh_frame_hdr, 0);
	ck_assert_uint_eq(report.modules[0].eh_frame_hdr_size, 0);
}
END_TEST

/* Headers that claim all the world do not swallow another module. */
START_TEST(huge_claim)
{
	struct library greedy = library_at(0);
	struct library made = library_at(0);
	struct fdp_map maps[] = {
		CODE(0, 4, 0, "/lib/greedy.so"),
		CODE(4, 4, 0, "/lib/a.so"),
		CODE(8, 4, 0x8000, "/lib/greedy.so"),
	};

	greedy.program[0].p_memsz = 0x7fffffffffff;
	store(0, &greedy);
	store(4, &made);
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_ge(report.module_count, 2);
	for (size_t i = 1; i < report.module_count; i++)
		ck_assert_uint_ge(report.modules[i].start,
				  report.modules[i - 1].end);
	ck_assert_str_eq(fdp_modules_find(&report, BASE + 5 * PAGE)->path,
			 "/lib/a.so");
}
END_TEST

/* Headers of chance bytes: anything but a crash or an overlap. */
START_TEST(chance_bytes)
{
	struct fdp_map maps[] = {
		CODE(0, 4, 0, "/lib/a.so"),
		CODE(4, 4, 0, "/lib/b.so"),
	};
	struct library made = library_at(0);
	unsigned int seed = (unsigned int)_i;
	uint8_t bytes[sizeof(made)];

	store(4, &made);
	memcpy(bytes, &made, sizeof(made));
	for (int i = 0; i < 8; i++)
		bytes[(size_t)rand_r(&seed) % sizeof(made)] =
			(uint8_t)rand_r(&seed);
	fake_target_write(target, BASE, bytes, sizeof(bytes));
	read_modules(maps, ARRAY_SIZE(maps));
	ck_assert_uint_ge(report.module_count, 1);
	ck_assert_uint_le(report.module_count, 2);
	ck_assert_ptr_eq(fdp_modules_find(&report, BASE + 4 * PAGE),
			 &report.modules[report.module_count - 1]);
}
END_TEST

START_TEST(find)
{
	struct fdp_module modules[] = {
		{ .start = 0x1000, .end = 0x2000 },
		{ .start = 0x2000, .end = 0x3000 },
		{ .start = 0x5000, .end = 0x6000 },
	};
	static const struct {
		uint64_t address;
		int index; /* -1: none */
	} rows[] = {
		{ 0, -1 },	{ 0xfff, -1 },	    { 0x1000, 0 },
		{ 0x1fff, 0 },	{ 0x2000, 1 },	    { 0x2fff, 1 },
		{ 0x3000, -1 }, { 0x5000, 2 },	    { 0x5fff, 2 },
		{ 0x6000, -1 }, { UINT64_MAX, -1 },
	};
	struct fdp_report some = { .modules = modules, .module_count = 3 };
	struct fdp_report none = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_ptr_eq(fdp_modules_find(&some, rows[i].address),
				 rows[i].index < 0 ? NULL
						   : &modules[rows[i].index]);
	ck_assert_ptr_null(fdp_modules_find(&none, 0x1000));
}
END_TEST

static Suite *modules_suite(void)
{
	Suite *suite = suite_create("modules");
	TCase *tests = tcase_create("modules");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, small_library);
	tcase_add_loop_test(tests, bias, 0, (int)ARRAY_SIZE(placed));
	tcase_add_test(tests, loaded_twice);
	tcase_add_test(tests, page_before_library);
	tcase_add_test(tests, same_path_other_inode);
	tcase_add_test(tests, vdso);
	tcase_add_test(tests, no_modules);
	tcase_add_test(tests, unreadable_headers);
	tcase_add_loop_test(tests, not_a_module, 0,
			    (int)ARRAY_SIZE(not_modules));
	tcase_add_loop_test(tests, no_build_id, 0,
			    (int)ARRAY_SIZE(no_build_ids));
	tcase_add_test(tests, notes_longer_than_memory);
	tcase_add_loop_test(tests, bad_unwind_table, 0,
			    (int)ARRAY_SIZE(bad_tables));
	tcase_add_test(tests, huge_claim);
	tcase_add_loop_test(tests, chance_bytes, 0, 64);
	tcase_add_test(tests, find);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(modules_suite());
}
