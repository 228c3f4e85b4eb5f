#include "roots.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "../native/dynamic.h"
#include "../native/elf.h"

#define HEAD_FUNCTION "PyInterpreterState_Head"
#define NARROW_FUNCTION "PyUnicodeUCS2_FromObject"

/* Bytes of that function that are looked at: 25 with all that may be there. */
#define CODE_SIZE 32

/* endbr64; push %rbp, mov %rsp,%rbp: what compilers may begin with. */
static const uint8_t landing[] = { 0xf3, 0x0f, 0x1e, 0xfa };
static const uint8_t prologue[] = { 0x55, 0x48, 0x89, 0xe5 };

/* mov displacement(%rip),%rax */
static const uint8_t load[] = { 0x48, 0x8b, 0x05 };

static size_t skip(const uint8_t *code, size_t at, const uint8_t *bytes,
		   size_t size)
{
	return memcmp(code + at, bytes, size) == 0 ? at + size : at;
}

/*
 * `return interp_head;` is one load, whose operand is the address of the
 * variable.  What comes out still has to prove itself: anything may stand here.
 */
static int decode(const uint8_t *code, uint64_t address, uint64_t *ret_address)
{
	int32_t displacement;
	size_t at = skip(code, 0, landing, sizeof(landing));

	at = skip(code, at, prologue, sizeof(prologue));
	if (memcmp(code + at, load, sizeof(load)) != 0)
		return -EBADMSG;
	at += sizeof(load);
	memcpy(&displacement, code + at, sizeof(displacement));
	at += sizeof(displacement);
	*ret_address = address + at + (uint64_t)(int64_t)displacement;
	return 0;
}

static int find_exported(struct fdp_target *target,
			 const struct fdp_module *module, uint64_t *ret_address)
{
	uint8_t code[CODE_SIZE];
	uint64_t address;
	uint64_t size;
	uint64_t found = 0;
	int r = fdp_elf_symbol(target, module, HEAD_FUNCTION, &address, &size);

	if (r == 0)
		r = fdp_target_read(target, address, code, sizeof(code));
	if (r == 0)
		r = decode(code, address, &found);
	if (r < 0)
		return r;
	if (found < module->start || found >= module->end)
		return -EBADMSG;
	*ret_address = found;
	return 0;
}

/* The place in the running thread's state that says whose it is. */
static int find_current(struct fdp_target *target,
			const struct fdp_module *module,
			const struct fdp_python_offsets *offsets,
			uint64_t *ret_address)
{
	uint64_t variable;
	uint64_t size;
	uint64_t thread;
	int r = fdp_elf_symbol(target, module, offsets->roots.current_thread,
			       &variable, &size);

	if (r == 0)
		r = fdp_target_read_u64(target, variable, &thread);
	if (r < 0)
		return r;
	if (!thread)
		return -ENOENT;
	*ret_address = thread + offsets->thread.interpreter;
	return 0;
}

bool fdp_roots_exported(struct fdp_target *target,
			const struct fdp_module *module)
{
	uint64_t address;
	uint64_t size;

	return fdp_dynamic_symbol(target, module, HEAD_FUNCTION, &address,
				  &size) == 0;
}

bool fdp_roots_is_narrow(struct fdp_target *target,
			 const struct fdp_module *module)
{
	uint64_t address;
	uint64_t size;

	return fdp_dynamic_symbol(target, module, NARROW_FUNCTION, &address,
				  &size) == 0;
}

int fdp_roots_interpreters(struct fdp_target *target,
			   const struct fdp_module *module,
			   const struct fdp_python_offsets *offsets,
			   enum fdp_root_way way, uint64_t *ret_address)
{
	uint64_t size;

	switch (way) {
	case FDP_ROOT_EXPORTED:
		return find_exported(target, module, ret_address);
	case FDP_ROOT_SYMBOL:
		return fdp_elf_symbol(target, module,
				      offsets->roots.interpreters, ret_address,
				      &size);
	case FDP_ROOT_CURRENT:
		return find_current(target, module, offsets, ret_address);
	default:
		return -EINVAL;
	}
}

static uint64_t variable(struct fdp_target *target,
			 const struct fdp_module *module, const char *name)
{
	uint64_t address;
	uint64_t size;

	return name && fdp_elf_symbol(target, module, name, &address, &size) ==
				       0
		       ? address
		       : 0;
}

void fdp_roots_find(struct fdp_target *target, const struct fdp_module *module,
		    const struct fdp_python_offsets *offsets,
		    struct fdp_roots *ret_roots)
{
	*ret_roots = (struct fdp_roots){
		.current_thread =
			variable(target, module, offsets->roots.current_thread),
		.finalizing =
			variable(target, module, offsets->roots.finalizing),
		.collecting =
			variable(target, module, offsets->roots.collecting),
		.importing = variable(target, module, offsets->roots.importing),
	};
}
