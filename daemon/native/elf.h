/*
 * Questions to the ELF file of a module, answered by libelf and kept as facts,
 * so that a replay needs no file:
 *
 *   elf/symbol/<name>/<path>    "<address in hex> <size in decimal>"
 *   elf/section/<name>/<path>   the same
 *   elf/python-version/<major>.<minor>/<path>
 *                               "3.8.18", a version string in .rodata
 *
 * Addresses are those of the file.  An answer "none" says that the file was
 * read and has no such thing.  The file is only believed if its build-id is the
 * one of the module in memory, or neither has one and their headers are equal.
 */
#ifndef FDP_NATIVE_ELF_H
#define FDP_NATIVE_ELF_H

#include "../report.h"
#include "../target.h"

/*
 * The run-time address (bias added) and size of the symbol NAME, looked up in
 * the tables in memory, then in the file's .dynsym and .symtab.  0; -ENOENT if
 * there is none; -errno if the file cannot be read or is not the one that is
 * mapped (-ESTALE).
 */
int fdp_elf_symbol(struct fdp_target *target, const struct fdp_module *module,
		   const char *name, uint64_t *ret_address, uint64_t *ret_size);

/* The same for the section NAME. */
int fdp_elf_section(struct fdp_target *target, const struct fdp_module *module,
		    const char *name, uint64_t *ret_address,
		    uint64_t *ret_size);

/*
 * The text of CPython's PY_VERSION, a NUL-terminated string of the form
 * "<MAJOR>.<MINOR>.<number>" (rc and + suffixes allowed) in .rodata, standing
 * alone or, if only one such text is there, at the end of another string, as
 * linkers merge them; lives in the target's arena.  0 or -errno as above.
 */
int fdp_elf_python_version(struct fdp_target *target,
			   const struct fdp_module *module, int major,
			   int minor, const char **ret_version);

#endif
