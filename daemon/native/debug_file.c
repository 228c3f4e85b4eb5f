#include "debug_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "../base/file.h"
#include "../base/util.h"
#include "file.h"

/* Where distributions put what they strip off. */
#define DEBUG_DIRECTORY "/usr/lib/debug"

static bool has_crc(int fd, GElf_Word wanted)
{
	uint8_t buffer[65536];
	uLong crc = crc32(0, NULL, 0);
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, buffer, sizeof(buffer), at)) > 0) {
		crc = crc32(crc, buffer, (uInt)got);
		at += got;
	}
	return got == 0 && (GElf_Word)crc == wanted;
}

/* True if FD belongs to MODULE: by build-id, or by CRC if it has none. */
static bool belongs_to(Dwfl_Module *module, int fd, GElf_Word crc)
{
	char hex[2 * 64 + 1] = "";
	const unsigned char *id;
	GElf_Addr address;
	int size = dwfl_module_build_id(module, &id, &address);
	_cleanup_elf_ Elf *elf = fdp_elf_open(fd);

	if (!elf)
		return false;
	if (size <= 0)
		return has_crc(fd, crc);
	for (int i = 0; i < size && i < 64; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	return fdp_elf_has_build_id(elf, hex);
}

/* Where a file may be, around the directory of the program or library. */
struct search_place {
	const char *before, *after;
};

static int try_place(Dwfl_Module *module, const struct search_place *place,
		     const char *directory, const char *link, GElf_Word crc,
		     char **ret_path)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;

	if (asprintf(&path, "%s%s%s%s", place->before, directory, place->after,
		     link) < 0) {
		path = NULL;
		return -1;
	}
	fd = fdp_open_regular(AT_FDCWD, path);
	if (fd < 0 || !belongs_to(module, fd, crc))
		return -1;
	*ret_path = TAKE_PTR(path);
	return TAKE_FD(fd);
}

/* The places where gdb looks for a .gnu_debuglink, in its order. */
static int find_by_link(Dwfl_Module *module, const char *file, const char *link,
			GElf_Word crc, char **ret_path)
{
	static const struct search_place places[] = {
		{ "", "/" },
		{ "", "/.debug/" },
		{ DEBUG_DIRECTORY, "/" },
	};
	const char *slash = strrchr(file, '/');
	_cleanup_free_ char *directory = NULL;
	int fd = -1;

	/* A link with a slash would lead anywhere. */
	if (!slash || !*link || strchr(link, '/'))
		return -1;
	directory = strndup(file, (size_t)(slash - file));
	for (size_t i = 0; directory && fd < 0 && i < ARRAY_SIZE(places); i++)
		fd = try_place(module, &places[i], directory, link, crc,
			       ret_path);
	return fd;
}

int fdp_debug_file_find(Dwfl_Module *module, void **userdata, const char *name,
			Dwarf_Addr start, const char *file, const char *link,
			GElf_Word crc, char **ret_path)
{
	/* Looks only at local .build-id directories. */
	int fd = dwfl_build_id_find_debuginfo(module, userdata, name, start,
					      file, link, crc, ret_path);

	if (fd < 0 && file && link)
		fd = find_by_link(module, file, link, crc, ret_path);
	return fd;
}
