/*
 * The programs and libraries that a process has mapped, read from its memory
 * maps and from the ELF headers in its memory (never from files: what is mapped
 * may have been replaced or deleted).
 */
#ifndef FDP_NATIVE_MODULES_H
#define FDP_NATIVE_MODULES_H

#include "../report.h"
#include "../target.h"

/*
 * Fills report->modules from target->maps: path, range, bias, build-id and the
 * place of .eh_frame_hdr, the vdso included.  0 or -ENOMEM.
 */
int fdp_modules_read(struct fdp_target *target, struct fdp_report *report);

/* The module whose range holds ADDRESS, or NULL. */
const struct fdp_module *fdp_modules_find(const struct fdp_report *report,
					  uint64_t address);

#endif
