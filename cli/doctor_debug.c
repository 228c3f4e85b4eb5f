#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../daemon/base/proc.h"
#include "../daemon/base/util.h"
#include "doctor.h"
#include "elf_file.h"

void fdp_doctor_symbols(struct fdp_findings *findings, const char *root,
			const char *path, const char *name, const char *package)
{
	struct fdp_elf_facts facts;
	char full[PATH_MAX];
	int r;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) >=
	    sizeof(full))
		return;
	r = fdp_elf_read(full, &facts);
	if (r < 0) {
		fdp_found_note(findings, "symbols",
			       "%s (%s) cannot be read: %s", name, path,
			       r == -ENOEXEC ? "no 64-bit ELF file"
					     : strerror(-r));
	} else if (fdp_elf_has_debug_file(root, facts.build_id)) {
		fdp_found_ok(findings, "symbols",
			     "%s has debug information of its own (build-id "
			     "%s)",
			     name, facts.build_id);
	} else if (facts.symbols) {
		fdp_found_ok(findings, "symbols",
			     "%s has names for all of its functions", name);
	} else {
		fdp_found_note(findings, "symbols",
			       "of %s only exported functions have names",
			       name);
		fdp_found_advice(findings,
				 "install its debug information (Debian: %s; "
				 "build-id %s)",
				 package,
				 *facts.build_id ? facts.build_id : "none");
	}
}

static bool is_libc(const char *path)
{
	const char *name = fdp_base_name(path);

	return strcmp(name, "libc.so.6") == 0 || STARTS_WITH(name, "libc-2.");
}

void fdp_doctor_debug(struct fdp_findings *findings)
{
	_cleanup_free_ char *maps = fdp_proc_read(0, "maps");
	struct fdp_mapping mapping;
	char *at = maps;

	while (at && fdp_proc_next_mapping(&at, &mapping))
		if (is_libc(mapping.path)) {
			fdp_doctor_symbols(findings, "", mapping.path,
					   "the C library", "libc6-dbg");
			return;
		}
	fdp_found_note(findings, "symbols",
		       "the C library was not found in the memory of this "
		       "program");
}
