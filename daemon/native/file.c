#include "file.h"

#include <elf.h>
#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "../base/util.h"

/* A build-id in hex; longer ones are not equal to anything. */
#define BUILD_ID_HEX_MAX 128

/* Headers that are compared; linkers make about a dozen program headers. */
#define HEADERS_MAX (sizeof(Elf64_Ehdr) + 64 * sizeof(Elf64_Phdr))

Elf *fdp_elf_open(int fd)
{
	Elf *elf;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return NULL;
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		return NULL;
	}
	return elf;
}

bool fdp_elf_has_build_id(Elf *elf, const char *build_id)
{
	char hex[BUILD_ID_HEX_MAX + 1] = "";
	const void *bytes;
	ssize_t size = dwelf_elf_gnu_build_id(elf, &bytes);

	if (size <= 0)
		return !build_id;
	if (!build_id || size > BUILD_ID_HEX_MAX / 2)
		return false;
	for (ssize_t i = 0; i < size; i++)
		snprintf(hex + 2 * i, 3, "%02x", ((const uint8_t *)bytes)[i]);
	return strcmp(hex, build_id) == 0;
}

/*
 * Without build-ids: the headers in memory and in the file.  They hold the size
 * and place of everything, the section headers' offset too, so that a file
 * that was built again is hardly ever taken for the old one.
 */
static bool has_same_headers(struct fdp_target *target,
			     const struct fdp_module *module, int fd)
{
	uint8_t in_memory[HEADERS_MAX];
	uint8_t in_file[HEADERS_MAX];
	Elf64_Ehdr header;
	size_t size;

	if (fdp_target_read(target, module->start, &header, sizeof(header)) < 0)
		return false;
	size = sizeof(header) + header.e_phnum * sizeof(Elf64_Phdr);
	if (header.e_phoff != sizeof(header) || size > HEADERS_MAX)
		return false;
	return fdp_target_read(target, module->start, in_memory, size) == 0 &&
	       pread(fd, in_file, size, 0) == (ssize_t)size &&
	       memcmp(in_memory, in_file, size) == 0;
}

int fdp_module_open(struct fdp_target *target, const struct fdp_module *module,
		    int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	_cleanup_elf_ Elf *elf = NULL;

	if (module->path[0] != '/')
		return -ENOENT;
	fd = fdp_open_regular(AT_FDCWD, module->path);
	if (fd < 0)
		return fd;
	elf = fdp_elf_open(fd);
	if (!elf || !fdp_elf_has_build_id(elf, module->build_id))
		return -ESTALE;
	if (!module->build_id && !has_same_headers(target, module, fd))
		return -ESTALE;
	*ret_fd = TAKE_FD(fd);
	return 0;
}
