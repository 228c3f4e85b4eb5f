#include "elf_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "../daemon/base/util.h"

/* More than any file has that a linker made; its header may say anything. */
#define HEADERS_MAX 4096

/* Notes of programs have some hundred bytes. */
#define NOTES_MAX 8192

static bool read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
	return offset <= INT64_MAX &&
	       pread(fd, buffer, size, (off_t)offset) == (ssize_t)size;
}

static bool has_symbol_table(int fd, const Elf64_Ehdr *header)
{
	Elf64_Shdr section;

	if (header->e_shentsize != sizeof(section))
		return false;
	for (size_t i = 0; i < header->e_shnum && i < HEADERS_MAX; i++)
		if (read_at(fd, header->e_shoff + i * sizeof(section), &section,
			    sizeof(section)) &&
		    section.sh_type == SHT_SYMTAB)
			return true;
	return false;
}

static void put_hex(const unsigned char *bytes, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static size_t align(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* False: the build-id is not among these notes. */
static bool find_build_id(const unsigned char *notes, size_t size, char *text)
{
	Elf64_Nhdr note;
	size_t at = 0;

	while (at + sizeof(note) <= size) {
		size_t name = at + sizeof(note), value;

		memcpy(&note, notes + at, sizeof(note));
		value = name + align(note.n_namesz);
		at = value + align(note.n_descsz);
		if (at > size)
			return false;
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    memcmp(notes + name, "GNU", 4) != 0 ||
		    note.n_descsz > FDP_BUILD_ID_BYTES)
			continue;
		put_hex(notes + value, note.n_descsz, text);
		return true;
	}
	return false;
}

static void read_build_id(int fd, const Elf64_Ehdr *header, char *text)
{
	unsigned char notes[NOTES_MAX];
	Elf64_Phdr segment;

	if (header->e_phentsize != sizeof(segment))
		return;
	for (size_t i = 0; i < header->e_phnum && i < HEADERS_MAX; i++)
		if (read_at(fd, header->e_phoff + i * sizeof(segment), &segment,
			    sizeof(segment)) &&
		    segment.p_type == PT_NOTE &&
		    segment.p_filesz <= sizeof(notes) &&
		    read_at(fd, segment.p_offset, notes, segment.p_filesz) &&
		    find_build_id(notes, segment.p_filesz, text))
			return;
}

int fdp_elf_read(const char *path, struct fdp_elf_facts *ret_facts)
{
	struct fdp_elf_facts facts = { .symbols = false };
	_cleanup_close_ int fd =
		open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	Elf64_Ehdr header;

	if (fd < 0)
		return -errno;
	if (!read_at(fd, 0, &header, sizeof(header)) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64)
		return -ENOEXEC;
	facts.symbols = has_symbol_table(fd, &header);
	read_build_id(fd, &header, facts.build_id);
	*ret_facts = facts;
	return 0;
}

bool fdp_elf_has_debug_file(const char *root, const char *build_id)
{
	char path[PATH_MAX];

	if (strlen(build_id) < 3)
		return false;
	snprintf(path, sizeof(path), "%s/usr/lib/debug/.build-id/%.2s/%s.debug",
		 root, build_id, build_id + 2);
	return access(path, R_OK) == 0;
}
