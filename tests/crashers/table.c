/* The list of all crashers. */
#include <stddef.h>
#include <string.h>

#include "crashers.h"

/* The names are those of tests/e2e/kinds.py and handler_cases.py. */
const struct crasher crashers[] = {
	{ "null-read", null_read },
	{ "null-write", null_write },
	{ "call-null", call_null },
	{ "call-near-null", call_near_null },
	{ "call-heap", call_heap },
	{ "non-canonical", non_canonical },
	{ "unmapped-read", unmapped_read },
	{ "write-read-only", write_read_only },
	{ "read-guarded", read_guarded },
	{ "past-end-of-file", past_end_of_file },
	{ "misaligned", misaligned },
	{ "overflow", overflow },
	{ "native-depth", native_depth },
	{ "divide", divide },
	{ "undefined-instruction", undefined_instruction },
	{ "breakpoint", breakpoint },
	{ "abort", library_abort },
	{ "assert", library_assert },
	{ "double-free", double_free },
	{ "smash-stack", smash_stack },
	{ "smash-frames", smash_frames },
	{ "hide-page", hide_page },
	{ "unmap-page", unmap_page },
	{ "no-table", no_table },
	{ "forbidden-call", forbidden_call },
	{ "raise", raise_fault },
	{ "raise-fpe", raise_floating },
	{ "kill", kill_self },
	{ "kill-from-other", kill_from_other },
	{ "sigqueue", queue_self },
	{ "tgkill", tgkill_self },
	{ "recover-by-jump", recover_by_jump },
	{ "recover-by-page", recover_by_page },
	{ "jump-then-deeper", jump_then_deeper },
	{ "page-then-null", page_then_null },
	{ "in-handler", in_handler },
	{ NULL, NULL },
};

const struct crasher *crasher_find(const char *name)
{
	const struct crasher *way;

	for (way = crashers; way->name; way++) {
		if (strcmp(way->name, name) == 0)
			return way;
	}
	return NULL;
}
