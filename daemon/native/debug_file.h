/*
 * Separate files with debug information, on this machine only: libdwfl's own
 * search would ask a server (debuginfod) for what it does not find.
 */
#ifndef FDP_NATIVE_DEBUG_FILE_H
#define FDP_NATIVE_DEBUG_FILE_H

#include <elfutils/libdwfl.h>

/* What libdwfl wants as its find_debuginfo: a descriptor or -1. */
int fdp_debug_file_find(Dwfl_Module *module, void **userdata, const char *name,
			Dwarf_Addr start, const char *file, const char *link,
			GElf_Word crc, char **ret_path);

#endif
