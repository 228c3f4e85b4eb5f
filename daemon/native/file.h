/*
 * The file behind a module, opened only if it is the one that is mapped.
 */
#ifndef FDP_NATIVE_FILE_H
#define FDP_NATIVE_FILE_H

#include <libelf.h>

#include "../report.h"
#include "../target.h"

/*
 * Opens the file of MODULE for reading.  It must be a regular file with the
 * build-id of the module, or, if neither has one, with the same headers.
 *
 * 0; -ESTALE if it is another file; -ENOENT for the vdso, which has none;
 * another -errno.
 */
int fdp_module_open(struct fdp_target *target, const struct fdp_module *module,
		    int *ret_fd);

/* Opens FD, which is borrowed, with libelf; NULL if it is no ELF file. */
Elf *fdp_elf_open(int fd);

/* True if ELF has the build-id BUILD_ID, in hex; NULL: has none. */
bool fdp_elf_has_build_id(Elf *elf, const char *build_id);

static inline void fdp_elf_end_cleanup(Elf **elf)
{
	elf_end(*elf);
}

#define _cleanup_elf_ __attribute__((cleanup(fdp_elf_end_cleanup)))

#endif
