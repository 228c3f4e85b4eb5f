/*
 * The search table of .eh_frame_hdr, which leads from an address to what
 * unwinds it.
 */
#ifndef FDP_NATIVE_FRAME_TABLE_H
#define FDP_NATIVE_FRAME_TABLE_H

#include "../report.h"
#include "../target.h"

/* Both relative to the header. */
struct fdp_frame_entry {
	int32_t start, fde;
};

struct fdp_frame_table {
	uint64_t header;  /* address; offsets in the table are from here */
	uint64_t entries; /* address of COUNT struct fdp_frame_entry */
	uint64_t count;	  /* at least 1 */
};

/* The table of MODULE; false if it has none that can be read. */
bool fdp_frame_table_find(struct fdp_target *target,
			  const struct fdp_module *module,
			  struct fdp_frame_table *ret_table);

/*
 * True if the code at PC in MODULE is said to be a signal frame (augmentation
 * "S"): what it returns to was interrupted, and called nobody.
 */
bool fdp_frame_table_is_signal(struct fdp_target *target,
			       const struct fdp_module *module, uint64_t pc);

#endif
