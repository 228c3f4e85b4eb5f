#include "accessors.h"

#include <string.h>

#include "frame_table.h"
#include "modules.h"

/*
 * Words read in one step.  A real one takes about a hundred; the longest FDE
 * programs, of functions with thousands of exits, some thousands.
 */
#define STEP_READS_MAX (128 * 1024)

/* Words read in one walk: a million frames at what they take from the cache. */
#define WALK_READS_MAX (32 * 1024 * 1024)

/* Exported by libunwind for tools like us (perf has the same lines). */
int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t space, unw_word_t ip,
				       unw_dyn_info_t *table,
				       unw_proc_info_t *ret_info,
				       int need_unwind_info, void *argument);

void fdp_unwind_source_refill(struct fdp_unwind_source *source)
{
	source->step_reads_left = STEP_READS_MAX;
	source->has_no_table = false;
}

void fdp_unwind_source_reset(struct fdp_unwind_source *source)
{
	source->reads_left = WALK_READS_MAX;
	fdp_unwind_source_refill(source);
}

/* The search table of MODULE, or false if it has none that we can read. */
static bool find_table(struct fdp_unwind_source *source,
		       const struct fdp_module *module,
		       unw_dyn_info_t *ret_info)
{
	struct fdp_frame_table table;

	if (!fdp_frame_table_find(source->target, module, &table))
		return false;
	memset(ret_info, 0, sizeof(*ret_info));
	ret_info->format = UNW_INFO_FORMAT_REMOTE_TABLE;
	ret_info->start_ip = module->start;
	ret_info->end_ip = module->end;
	ret_info->u.rti.segbase = table.header;
	ret_info->u.rti.table_data = table.entries;
	/* In words, which is what an entry is. */
	ret_info->u.rti.table_len = table.count;
	return true;
}

static int find_proc_info(unw_addr_space_t space, unw_word_t ip,
			  unw_proc_info_t *ret_info, int need_unwind_info,
			  void *argument)
{
	struct fdp_unwind_source *source = argument;
	const struct fdp_module *module = fdp_modules_find(source->report, ip);
	unw_dyn_info_t table;
	int r = -UNW_ENOINFO;

	if (module && find_table(source, module, &table))
		r = UNW_OBJ(dwarf_search_unwind_table)(
			space, ip, &table, ret_info, need_unwind_info,
			argument);
	source->has_no_table = r == -UNW_ENOINFO;
	return r;
}

/* With caching on, libunwind gives nothing back through here. */
static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info,
			    void *argument)
{
	(void)space;
	(void)info;
	(void)argument;
}

/* No code that was registered at run time: that list is in the process. */
static int get_dyn_info_list_addr(unw_addr_space_t space,
				  unw_word_t *ret_address, void *argument)
{
	(void)space;
	(void)ret_address;
	(void)argument;
	return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t space, unw_word_t address,
		      unw_word_t *value, int is_write, void *argument)
{
	struct fdp_unwind_source *source = argument;

	(void)space;
	if (is_write || source->has_no_table || source->reads_left == 0 ||
	    source->step_reads_left == 0)
		return -UNW_EINVAL;
	source->reads_left--;
	source->step_reads_left--;
	source->last_read = address;
	if (fdp_target_read_u64(source->target, address, value) < 0)
		return -UNW_EINVAL;
	return 0;
}

/* libunwind counts registers as DWARF does, and so do we. */
static int access_reg(unw_addr_space_t space, unw_regnum_t number,
		      unw_word_t *value, int is_write, void *argument)
{
	const struct fdp_unwind_source *source = argument;

	_Static_assert((int)UNW_X86_64_RIP == FDP_REGISTER_PC,
		       "register numbers");
	_Static_assert((int)UNW_X86_64_RSP == FDP_REGISTER_SP,
		       "register numbers");
	(void)space;
	if (is_write || number < 0 || number >= FDP_REGISTER_COUNT)
		return -UNW_EBADREG;
	*value = source->registers.general[number];
	return 0;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number,
			unw_fpreg_t *value, int is_write, void *argument)
{
	(void)space;
	(void)number;
	(void)value;
	(void)is_write;
	(void)argument;
	return -UNW_EBADREG;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *argument)
{
	(void)space;
	(void)cursor;
	(void)argument;
	return -UNW_EINVAL;
}

/* Names come from symbols.c. */
static int get_proc_name(unw_addr_space_t space, unw_word_t address,
			 char *buffer, size_t size, unw_word_t *ret_offset,
			 void *argument)
{
	(void)space;
	(void)address;
	(void)buffer;
	(void)size;
	(void)ret_offset;
	(void)argument;
	return -UNW_ENOINFO;
}

unw_accessors_t fdp_unwind_accessors = {
	.find_proc_info = find_proc_info,
	.put_unwind_info = put_unwind_info,
	.get_dyn_info_list_addr = get_dyn_info_list_addr,
	.access_mem = access_mem,
	.access_reg = access_reg,
	.access_fpreg = access_fpreg,
	.resume = resume,
	.get_proc_name = get_proc_name,
};
