#include "elf.h"

#include <ctype.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "dynamic.h"
#include "file.h"

/* Symbols looked through: the largest libraries have some millions. */
#define SYMBOLS_MAX (8 * 1024 * 1024)

/* "3.13.0rc2+" and the like. */
#define VERSION_MAX 24

#define NONE "none"

/* An address in the file and a size: the answer to most questions. */
struct place {
	uint64_t address, size;
};

/* 0, or -ENOENT. */
typedef int find_fn(Elf *elf, const char *name, struct place *ret_place);

static Elf_Scn *section_by_name(Elf *elf, const char *name,
				GElf_Shdr *ret_header)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) < 0)
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		const char *found;

		if (!gelf_getshdr(section, ret_header))
			continue;
		found = elf_strptr(elf, names, ret_header->sh_name);
		if (found && strcmp(found, name) == 0)
			return section;
	}
	return NULL;
}

static Elf_Scn *section_by_type(Elf *elf, uint32_t type, GElf_Shdr *ret_header)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, ret_header) &&
		    ret_header->sh_type == type)
			return section;
	return NULL;
}

static int find_in_table(Elf *elf, uint32_t type, const char *name,
			 struct place *ret_place)
{
	GElf_Shdr header;
	Elf_Scn *section = section_by_type(elf, type, &header);
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
	GElf_Sym symbol;

	for (int i = 0;
	     data && i < SYMBOLS_MAX && gelf_getsym(data, i, &symbol); i++) {
		const char *found;

		if (symbol.st_shndx == SHN_UNDEF)
			continue;
		found = elf_strptr(elf, header.sh_link, symbol.st_name);
		if (!found || strcmp(found, name) != 0)
			continue;
		*ret_place = (struct place){ symbol.st_value, symbol.st_size };
		return 0;
	}
	return -ENOENT;
}

static int find_symbol(Elf *elf, const char *name, struct place *ret_place)
{
	int r = find_in_table(elf, SHT_DYNSYM, name, ret_place);

	return r < 0 ? find_in_table(elf, SHT_SYMTAB, name, ret_place) : r;
}

static int find_section(Elf *elf, const char *name, struct place *ret_place)
{
	GElf_Shdr header;

	if (!section_by_name(elf, name, &header) ||
	    !(header.sh_flags & SHF_ALLOC))
		return -ENOENT;
	*ret_place = (struct place){ header.sh_addr, header.sh_size };
	return 0;
}

/* The noted answer to KEY: 1, 0 if there is none yet, -ENOENT for NONE. */
static int noted(struct fdp_target *target, const char *key,
		 const char **ret_answer)
{
	if (fdp_target_fact(target, key, ret_answer, NULL) < 0)
		return 0;
	return strcmp(*ret_answer, NONE) == 0 ? -ENOENT : 1;
}

static int parse_place(const char *answer, struct place *ret_place)
{
	char *end;

	errno = 0;
	ret_place->address = strtoull(answer, &end, 16);
	if (errno || end == answer || *end != ' ')
		return -EBADMSG;
	ret_place->size = strtoull(end + 1, &end, 10);
	return errno || *end ? -EBADMSG : 0;
}

/* Opens the file and keeps the answer. */
static int look_up(struct fdp_target *target, const struct fdp_module *module,
		   const char *key, const char *name, find_fn *find,
		   struct place *ret_place)
{
	_cleanup_close_ int fd = -1;
	_cleanup_elf_ Elf *elf = NULL;
	char answer[64] = NONE;
	int found;
	int r = fdp_module_open(target, module, &fd);

	if (r < 0)
		return r;
	elf = fdp_elf_open(fd);
	if (!elf)
		return -EBADMSG;
	found = find(elf, name, ret_place);
	if (found == 0)
		snprintf(answer, sizeof(answer), "%llx %llu",
			 (unsigned long long)ret_place->address,
			 (unsigned long long)ret_place->size);
	r = fdp_target_note(target, key, answer, strlen(answer));
	return r < 0 ? r : found;
}

static int ask(struct fdp_target *target, const struct fdp_module *module,
	       const char *what, const char *name, find_fn *find,
	       uint64_t *ret_address, uint64_t *ret_size)
{
	_cleanup_free_ char *key = NULL;
	const char *answer;
	struct place place;
	int r;

	if (asprintf(&key, "elf/%s/%s/%s", what, name, module->path) < 0) {
		key = NULL;
		return -ENOMEM;
	}
	r = noted(target, key, &answer);
	if (r > 0)
		r = parse_place(answer, &place);
	else if (r == 0)
		r = look_up(target, module, key, name, find, &place);
	if (r < 0)
		return r;
	*ret_address = module->bias + place.address;
	*ret_size = place.size;
	return 0;
}

int fdp_elf_symbol(struct fdp_target *target, const struct fdp_module *module,
		   const char *name, uint64_t *ret_address, uint64_t *ret_size)
{
	/* What is exported needs no file. */
	if (fdp_dynamic_symbol(target, module, name, ret_address, ret_size) ==
	    0)
		return 0;
	return ask(target, module, "symbol", name, find_symbol, ret_address,
		   ret_size);
}

int fdp_elf_section(struct fdp_target *target, const struct fdp_module *module,
		    const char *name, uint64_t *ret_address, uint64_t *ret_size)
{
	return ask(target, module, "section", name, find_section, ret_address,
		   ret_size);
}

/* How many digits TEXT begins with, in SIZE bytes. */
static size_t count_digits(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && isdigit((unsigned char)text[count]))
		count++;
	return count;
}

/*
 * True if TEXT, which ends with a NUL in SIZE bytes, is a version behind the
 * PREFIX "<major>.<minor>.": a number, then maybe a, b or rc with a number,
 * then maybe a plus sign.
 */
static bool is_version(const char *text, size_t size, size_t prefix)
{
	size_t at = prefix + count_digits(text + prefix, size - prefix);

	if (at == prefix)
		return false;
	if (text[at] == 'a' || text[at] == 'b' || text[at] == 'r') {
		at += text[at] == 'r' && text[at + 1] == 'c' ? 2 : 1;
		at += count_digits(text + at, size - at);
	}
	if (text[at] == '+')
		at++;
	return text[at] == '\0';
}

/*
 * The version among SIZE bytes of strings, or NULL.
 *
 * Best is one that stands alone.  But linkers let a string share the end of a
 * longer one, and many a CPython is installed in a directory that is called
 * like its version; so the end of a string will do if no other says otherwise.
 */
static const char *find_version(const char *bytes, size_t size, int major,
				int minor)
{
	char prefix[32];
	size_t length = (size_t)snprintf(prefix, sizeof(prefix), "%d.%d.",
					 major, minor);
	const char *end = bytes + size;
	const char *at = bytes;
	const char *shared = NULL;
	bool is_unclear = false;

	for (; (at = memmem(at, (size_t)(end - at), prefix, length));
	     at += length) {
		size_t left = (size_t)(end - at);
		size_t room = left < VERSION_MAX ? left : VERSION_MAX;
		char before = at > bytes ? at[-1] : '\0';

		if (isalnum((unsigned char)before) || before == '.' ||
		    !memchr(at, '\0', room) || !is_version(at, room, length))
			continue;
		if (before == '\0')
			return at;
		is_unclear |= shared && strcmp(shared, at) != 0;
		shared = at;
	}
	return is_unclear ? NULL : shared;
}

/* The version in the file, in the target's arena; NONE is noted if it has none.
 */
static int look_up_version(struct fdp_target *target,
			   const struct fdp_module *module, const char *key,
			   int major, int minor, const char **ret_version)
{
	_cleanup_close_ int fd = -1;
	_cleanup_elf_ Elf *elf = NULL;
	const char *version = NULL;
	Elf_Data *data = NULL;
	Elf_Scn *section;
	GElf_Shdr header;
	int r = fdp_module_open(target, module, &fd);

	if (r < 0)
		return r;
	elf = fdp_elf_open(fd);
	if (!elf)
		return -EBADMSG;
	section = section_by_name(elf, ".rodata", &header);
	if (section && header.sh_type == SHT_PROGBITS)
		data = elf_rawdata(section, NULL);
	if (data && data->d_buf)
		version = find_version(data->d_buf, data->d_size, major, minor);
	if (!version)
		version = NONE;
	r = fdp_target_note(target, key, version, strlen(version));
	return r < 0 ? r : noted(target, key, ret_version);
}

int fdp_elf_python_version(struct fdp_target *target,
			   const struct fdp_module *module, int major,
			   int minor, const char **ret_version)
{
	_cleanup_free_ char *key = NULL;
	const char *version;
	int r;

	if (asprintf(&key, "elf/python-version/%d.%d/%s", major, minor,
		     module->path) < 0) {
		key = NULL;
		return -ENOMEM;
	}
	r = noted(target, key, &version);
	if (r == 0)
		r = look_up_version(target, module, key, major, minor,
				    &version);
	if (r < 0)
		return r;
	*ret_version = version;
	return 0;
}
