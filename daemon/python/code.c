#include "code.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "executed.h"
#include "strings.h"
#include "table.h"

/* "code" and its NUL: what tp_name of a code object's type says. */
static const char code_type_name[] = "code";

struct fdp_codes {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	uint64_t type; /* PyCode_Type, once it is known */
	uint64_t characters_left, line_bytes_left;
	struct fdp_arena arena; /* of what both tables point to */
	struct fdp_table by_address, positions;
};

int fdp_codes_new(struct fdp_target *target,
		  const struct fdp_python_offsets *offsets,
		  struct fdp_report *report, struct fdp_codes **ret_codes)
{
	struct fdp_codes *codes = calloc(1, sizeof(*codes));

	if (!codes)
		return -ENOMEM;
	codes->target = target;
	codes->offsets = offsets;
	codes->report = report;
	codes->characters_left = FDP_NAME_CHARACTERS_MAX;
	codes->line_bytes_left = FDP_LINE_BYTES_MAX;
	*ret_codes = codes;
	return 0;
}

void fdp_codes_free(struct fdp_codes *codes)
{
	if (!codes)
		return;
	fdp_table_done(&codes->by_address);
	fdp_table_done(&codes->positions);
	fdp_arena_done(&codes->arena);
	free(codes);
}

static bool is_code_object(struct fdp_codes *codes, uint64_t address)
{
	const struct fdp_python_offsets *offsets = codes->offsets;
	char name[sizeof(code_type_name)];
	uint64_t type;
	uint64_t name_address;

	if (fdp_target_read_u64(codes->target, address + offsets->object.type,
				&type) < 0)
		return false;
	if (codes->type)
		return type == codes->type;
	if (fdp_target_read_u64(codes->target, type + offsets->type.name,
				&name_address) < 0 ||
	    fdp_target_read(codes->target, name_address, name, sizeof(name)) <
		    0 ||
	    memcmp(name, code_type_name, sizeof(name)) != 0)
		return false;
	codes->type = type;
	return true;
}

/* The str that FIELD of the object points to.  0, or as fdp_string_read(). */
static int read_string(struct fdp_codes *codes, uint64_t object, uint32_t field,
		       struct fdp_string *ret_string)
{
	uint64_t address;
	int r;

	r = fdp_target_read_u64(codes->target, object + field, &address);
	if (r < 0)
		return r;
	r = fdp_string_read(codes->target, codes->offsets, address, ret_string);
	if (r < 0)
		return r;
	if (ret_string->length > codes->characters_left) {
		fdp_string_done(ret_string);
		fdp_report_missing(codes->report,
				   "Python names: more than %llu characters",
				   (unsigned long long)FDP_NAME_CHARACTERS_MAX);
		return -E2BIG;
	}
	codes->characters_left -= ret_string->length;
	if (ret_string->cut)
		fdp_report_missing(codes->report,
				   "Python names: longer ones are cut after "
				   "%d characters",
				   FDP_STRING_MAX);
	return 0;
}

static int read_name(struct fdp_codes *codes, uint64_t object, uint32_t field,
		     const char **ret_name)
{
	struct fdp_string string = { 0 };
	int r;

	if (field == FDP_ABSENT)
		return 0;
	r = read_string(codes, object, field, &string);
	if (r < 0)
		return r;
	*ret_name = fdp_string_text(&string, &codes->report->arena);
	fdp_string_done(&string);
	return *ret_name ? 0 : -ENOMEM;
}

/* "<string>", "<frozen zipimport>": no file has these names. */
static bool is_pseudo_file(const char *name)
{
	size_t length = strlen(name);

	return length == 0 || (name[0] == '<' && name[length - 1] == '>');
}

static int read_filename(struct fdp_codes *codes, uint64_t object,
			 struct fdp_code *code)
{
	struct fdp_string string = { 0 };
	char *path = NULL;
	int r;

	r = read_string(codes, object, codes->offsets->code.filename, &string);
	if (r < 0)
		return r;
	code->filename = fdp_string_text(&string, &codes->report->arena);
	r = fdp_string_path(&string, &codes->report->arena, &path);
	fdp_string_done(&string);
	if (!code->filename || r == -ENOMEM)
		return -ENOMEM;
	if (r == 0 && !is_pseudo_file(path))
		code->path = path;
	return 0;
}

/*
 * _Py_InitCleanup (3.12 and 3.13) runs below an inlined __init__(), and no
 * traceback shows it.  It is the only code object whose file and name are one
 * and the same string object, "__init__".
 */
static bool is_artificial(struct fdp_codes *codes, const struct fdp_code *code)
{
	const struct fdp_python_offsets *offsets = codes->offsets;
	uint64_t filename;
	uint64_t name;

	return offsets->style == FDP_FRAMES_SHIM && code->name &&
	       strcmp(code->name, "__init__") == 0 &&
	       fdp_target_read_u64(codes->target,
				   code->address + offsets->code.filename,
				   &filename) == 0 &&
	       fdp_target_read_u64(codes->target,
				   code->address + offsets->code.name,
				   &name) == 0 &&
	       filename == name;
}

/*
 * 0 if there is a name or a file name: half of them is better than none where
 * memory has been damaged.
 */
static int read_names(struct fdp_codes *codes, struct fdp_code *code)
{
	const struct fdp_python_offsets *offsets = codes->offsets;
	int name = read_name(codes, code->address, offsets->code.name,
			     &code->name);
	int qualname = read_name(codes, code->address, offsets->code.qualname,
				 &code->qualname);
	int file = read_filename(codes, code->address, code);

	if (name == -ENOMEM || qualname == -ENOMEM || file == -ENOMEM)
		return -ENOMEM;
	if (name < 0 && file < 0)
		return -EBADMSG;
	if (name < 0 || qualname < 0 || file < 0)
		fdp_report_missing(codes->report,
				   "Python names: some could not be read");
	return 0;
}

/* 0 if the object is one and could be read, else -errno. */
static int read_code(struct fdp_codes *codes, struct fdp_code *code)
{
	const struct fdp_python_offsets *offsets = codes->offsets;
	uint32_t first_line;
	int r;

	if (!is_code_object(codes, code->address))
		return -EBADMSG;
	r = fdp_target_read_u32(codes->target,
				code->address + offsets->code.first_line,
				&first_line);
	if (r < 0)
		return r;
	code->first_line = (int)first_line;
	r = fdp_target_read_u64(codes->target,
				code->address + offsets->code.line_table,
				&code->line_table);
	if (r < 0)
		return r;
	code->extent =
		fdp_executed_extent(codes->target, offsets, code->address);
	return read_names(codes, code);
}

int fdp_codes_find(struct fdp_codes *codes, uint64_t address,
		   const struct fdp_code **ret_code)
{
	struct fdp_code *code = fdp_table_find(&codes->by_address, address, 0);
	int r;

	if (code) {
		*ret_code = code;
		return 0;
	}
	code = fdp_arena_alloc(&codes->arena, sizeof(*code));
	if (!code)
		return -ENOMEM;
	code->address = address;
	r = read_code(codes, code);
	if (r == -ENOMEM)
		return r;
	code->valid = r == 0;
	code->artificial = code->valid && is_artificial(codes, code);
	r = fdp_table_add(&codes->by_address, address, 0, code);
	if (r < 0)
		return r;
	*ret_code = code;
	return 0;
}

/* The bytes of a line table, malloc'ed.  0 or -errno. */
static int read_line_table(struct fdp_codes *codes, uint64_t address,
			   uint8_t **ret_table, size_t *ret_size)
{
	const struct fdp_python_offsets *offsets = codes->offsets;
	_cleanup_free_ uint8_t *table = NULL;
	uint64_t size;
	int r;

	if (!fdp_object_is(codes->target, offsets, address, FDP_TYPE_BYTES))
		return -EBADMSG;
	r = fdp_target_read_u64(codes->target, address + offsets->bytes.size,
				&size);
	if (r < 0)
		return r;
	if (size > FDP_LINE_TABLE_MAX || size > codes->line_bytes_left)
		return -E2BIG;
	codes->line_bytes_left -= size;
	table = malloc(size + 1);
	if (!table)
		return -ENOMEM;
	r = fdp_target_read(codes->target, address + offsets->bytes.data, table,
			    size);
	if (r < 0)
		return r;
	*ret_table = TAKE_PTR(table);
	*ret_size = size;
	return 0;
}

/*
 * Bytes into the bytecode.  One unit before its start is a frame that has not
 * begun; INT64_MAX, which no table covers, stands for everything that cannot
 * be.
 */
static int64_t instruction_offset(const struct fdp_python_offsets *offsets,
				  const struct fdp_code *code,
				  uint64_t instruction)
{
	int64_t offset;

	if (offsets->instruction_unit)
		offset = (int64_t)(int32_t)instruction *
			 offsets->instruction_unit;
	else
		offset = (int64_t)(instruction - code->address -
				   offsets->code.bytecode);
	return offset < -2 ? INT64_MAX : offset;
}

static int find_position(struct fdp_codes *codes, const struct fdp_code *code,
			 uint64_t instruction, struct fdp_position *position)
{
	const struct fdp_python_offsets *offsets = codes->offsets;
	_cleanup_free_ uint8_t *table = NULL;
	size_t size;
	int r;

	*position = (struct fdp_position){ FDP_UNKNOWN, FDP_UNKNOWN,
					   FDP_UNKNOWN, FDP_UNKNOWN };
	r = read_line_table(codes, code->line_table, &table, &size);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		fdp_report_missing(codes->report,
				   r == -E2BIG ? "Python lines: the line "
						 "tables are too large"
					       : "Python lines: a line table "
						 "could not be read");
		return 0;
	}
	r = fdp_lines_find(offsets->lines, table, size, code->first_line,
			   instruction_offset(offsets, code, instruction),
			   position);
	if (r == -EBADMSG)
		fdp_report_missing(codes->report,
				   "Python lines: a line table is damaged");
	return 0;
}

/* The text of LINE, or NULL. */
static int find_source(struct fdp_codes *codes, const struct fdp_code *code,
		       int line, const char **ret_source)
{
	_cleanup_free_ char *key = NULL;
	const char *text;
	size_t size;

	if (!code->path || line == FDP_UNKNOWN)
		return 0;
	if (asprintf(&key, "source/%d/%s", line, code->path) < 0)
		return -ENOMEM;
	if (fdp_target_fact(codes->target, key, &text, &size) < 0)
		return 0;
	*ret_source = fdp_arena_copy(&codes->report->arena, text, size);
	return *ret_source ? 0 : -ENOMEM;
}

static int describe(struct fdp_codes *codes, const struct fdp_code *code,
		    uint64_t instruction, struct fdp_frame *frame)
{
	struct fdp_position position;
	int r;

	r = find_position(codes, code, instruction, &position);
	if (r < 0)
		return r;
	frame->kind = FDP_FRAME_PYTHON;
	frame->function = code->name;
	frame->qualname = code->qualname;
	frame->file = code->filename;
	frame->path = code->path;
	frame->line = position.line;
	frame->end_line = position.end_line;
	frame->column = position.column;
	frame->end_column = position.end_column;
	return find_source(codes, code, position.line, &frame->source);
}

int fdp_codes_frame(struct fdp_codes *codes, const struct fdp_code *code,
		    uint64_t instruction, struct fdp_frame *ret_frame)
{
	struct fdp_frame *frame =
		fdp_table_find(&codes->positions, code->address, instruction);
	int r;

	if (!frame) {
		frame = fdp_arena_alloc(&codes->arena, sizeof(*frame));
		if (!frame)
			return -ENOMEM;
		r = describe(codes, code, instruction, frame);
		if (r < 0)
			return r;
		r = fdp_table_add(&codes->positions, code->address, instruction,
				  frame);
		if (r < 0)
			return r;
	}
	*ret_frame = *frame;
	return 0;
}
