#include "frame_table.h"

#include <string.h>

/* Of .eh_frame_hdr: 32-bit signed, relative to the header; all linkers do it.
 */
#define TABLE_ENCODING 0x3b

/* The low half of an encoding tells the size: udata4 and sdata4. */
#define IS_FOUR_BYTES(encoding)                                                \
	(((encoding)&0x0f) == 0x03 || ((encoding)&0x0f) == 0x0b)

/* An augmentation is a few letters. */
#define AUGMENTATION_MAX 8

/* The start of .eh_frame_hdr as every linker writes it; the table follows. */
struct table_header {
	uint8_t version;
	uint8_t eh_frame_encoding;
	uint8_t count_encoding;
	uint8_t table_encoding;
	int32_t eh_frame;
	uint32_t count;
};

/* The start of an FDE; its CIE lies CIE bytes before that very member. */
struct fde_start {
	uint32_t length, cie;
};

/* The start of a CIE, in bytes. */
struct cie_start {
	uint32_t length, id;
	uint8_t version;
	char augmentation[AUGMENTATION_MAX];
} __attribute__((packed));

static bool is_header_known(const struct table_header *header)
{
	return header->version == 1 &&
	       header->table_encoding == TABLE_ENCODING &&
	       IS_FOUR_BYTES(header->count_encoding) &&
	       IS_FOUR_BYTES(header->eh_frame_encoding);
}

bool fdp_frame_table_find(struct fdp_target *target,
			  const struct fdp_module *module,
			  struct fdp_frame_table *ret_table)
{
	struct table_header header;
	uint64_t room;

	if (module->eh_frame_hdr_size < sizeof(header) ||
	    fdp_target_read(target, module->eh_frame_hdr, &header,
			    sizeof(header)) < 0 ||
	    !is_header_known(&header))
		return false;
	room = (module->eh_frame_hdr_size - sizeof(header)) /
	       sizeof(struct fdp_frame_entry);
	ret_table->header = module->eh_frame_hdr;
	ret_table->entries = module->eh_frame_hdr + sizeof(header);
	ret_table->count = header.count < room ? header.count : room;
	return ret_table->count > 0;
}

static bool read_entry(struct fdp_target *target,
		       const struct fdp_frame_table *table, uint64_t number,
		       struct fdp_frame_entry *ret_entry)
{
	return fdp_target_read(target,
			       table->entries + number * sizeof(*ret_entry),
			       ret_entry, sizeof(*ret_entry)) == 0;
}

static uint64_t resolve(const struct fdp_frame_table *table, int32_t offset)
{
	return table->header + (uint64_t)(int64_t)offset;
}

/* The FDE of the last entry that begins at or below PC. */
static bool find_fde(struct fdp_target *target,
		     const struct fdp_frame_table *table, uint64_t pc,
		     uint64_t *ret_fde)
{
	struct fdp_frame_entry entry;
	uint64_t low = 0, high = table->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!read_entry(target, table, middle, &entry))
			return false;
		if (resolve(table, entry.start) <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || !read_entry(target, table, low - 1, &entry))
		return false;
	*ret_fde = resolve(table, entry.fde);
	return true;
}

bool fdp_frame_table_is_signal(struct fdp_target *target,
			       const struct fdp_module *module, uint64_t pc)
{
	struct fdp_frame_table table;
	struct fde_start fde;
	struct cie_start cie;
	uint64_t address;

	if (!fdp_frame_table_find(target, module, &table) ||
	    !find_fde(target, &table, pc, &address) ||
	    fdp_target_read(target, address, &fde, sizeof(fde)) < 0)
		return false;
	address += offsetof(struct fde_start, cie);
	if (fdp_target_read(target, address - fde.cie, &cie, sizeof(cie)) < 0)
		return false;
	return cie.id == 0 &&
	       memchr(cie.augmentation, 'S',
		      strnlen(cie.augmentation, sizeof(cie.augmentation)));
}
