#include "executed.h"

#include "strings.h"

/* Bytes of one unit of bytecode, where it stands in the code object. */
#define UNIT_SIZE 2

/* More than a code object can have: what is larger was overwritten. */
#define EXTENT_MAX (INT64_C(1) << 40)

static int64_t read_size(struct fdp_target *target,
			 const struct fdp_python_offsets *offsets,
			 uint64_t object)
{
	uint64_t size;

	return fdp_target_read_u64(target, object + offsets->object.size,
				   &size) < 0 ||
			       size > EXTENT_MAX
		       ? FDP_UNKNOWN
		       : (int64_t)size;
}

/* Of the object that FIELD points to, which has to be of the type FLAG. */
static int64_t read_size_of(struct fdp_target *target,
			    const struct fdp_python_offsets *offsets,
			    uint64_t address, uint32_t field, uint64_t flag)
{
	uint64_t object;

	if (fdp_target_read_u64(target, address + field, &object) < 0 ||
	    !fdp_object_is(target, offsets, object, flag))
		return FDP_UNKNOWN;
	return read_size(target, offsets, object);
}

/* Local variables, cells and those of functions around it; FDP_UNKNOWN. */
static int64_t read_places(struct fdp_target *target,
			   const struct fdp_python_offsets *offsets,
			   uint64_t address)
{
	int64_t cells = read_size_of(target, offsets, address,
				     offsets->code.cells, FDP_TYPE_TUPLE);
	int64_t free = read_size_of(target, offsets, address,
				    offsets->code.free, FDP_TYPE_TUPLE);
	uint32_t locals;

	if (cells < 0 || free < 0 ||
	    fdp_target_read_u32(target, address + offsets->code.local_count,
				&locals) < 0)
		return FDP_UNKNOWN;
	return locals + cells + free;
}

struct fdp_code_extent
fdp_executed_extent(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t address)
{
	struct fdp_code_extent extent = { FDP_UNKNOWN, FDP_UNKNOWN };

	/* A version whose objects are not known. */
	if (!offsets->object.size)
		return extent;
	if (offsets->style != FDP_FRAMES_OBJECTS) {
		extent.bytes = read_size(target, offsets, address);
		if (extent.bytes > 0)
			extent.bytes *= UNIT_SIZE;
		return extent;
	}
	if (!offsets->values_known)
		return extent;
	extent.bytes = read_size_of(target, offsets, address,
				    offsets->code.instructions, FDP_TYPE_BYTES);
	extent.places = read_places(target, offsets, address);
	return extent;
}

/* One unit before the first is a frame that has not begun. */
static bool is_inside(const struct fdp_python_offsets *offsets,
		      const struct fdp_code *code, uint64_t instruction)
{
	int64_t offset;

	if (code->extent.bytes < 0)
		return true;
	if (offsets->instruction_unit)
		offset = (int64_t)(int32_t)instruction *
			 offsets->instruction_unit;
	else
		offset = (int64_t)(instruction - code->address -
				   offsets->code.bytecode);
	return offset < 0 ? offset >= -UNIT_SIZE : offset < code->extent.bytes;
}

bool fdp_executed_is(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     const struct fdp_code *code, uint64_t instruction)
{
	uint64_t stack, places;

	if (!is_inside(offsets, code, instruction))
		return false;
	if (code->extent.places < 0 || !offsets->frame.stack_start ||
	    fdp_target_read_u64(target, address + offsets->frame.stack_start,
				&stack) < 0)
		return true;
	places = (uint64_t)code->extent.places;
	return stack ==
	       address + offsets->frame.locals + places * sizeof(uint64_t);
}
