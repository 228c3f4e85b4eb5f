/*
 * As much of an ELF file as tells whether its functions will have names.  The
 * reporter has libelf for it; this program gets by without.
 */
#ifndef FDP_ELF_FILE_H
#define FDP_ELF_FILE_H

#include <stdbool.h>

/* The longest build-id that exists has 32 bytes. */
#define FDP_BUILD_ID_BYTES 64

struct fdp_elf_facts {
	bool symbols; /* a table of all functions, not only of exported ones */
	char build_id[2 * FDP_BUILD_ID_BYTES + 1]; /* lower-case hex, or "" */
};

/* Reads the 64-bit ELF file at PATH.  0 or -errno; -ENOEXEC: it is none. */
int fdp_elf_read(const char *path, struct fdp_elf_facts *ret_facts);

/* Whether debug information of that build-id lies below ROOT ("": here). */
bool fdp_elf_has_debug_file(const char *root, const char *build_id);

#endif
