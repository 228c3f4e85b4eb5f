/*
 * The same as headers.c for 2.7 and 3.6, which have no internal headers: what
 * is theirs is public, or has no header.
 */
#include <Python.h>
#include <code.h>
#include <frameobject.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../daemon/python/object_head.h"
#include "../../daemon/python/offsets.h"

static const struct fdp_version version = { PY_MAJOR_VERSION, PY_MINOR_VERSION,
					    false };

#if defined(Py_TRACE_REFS) && PY_VERSION_HEX < 0x030d0000
#define LONG_HEAD true
#else
#define LONG_HEAD false
#endif

/* The table, moved as object_head.c does it where Python is built so. */
static struct fdp_python_offsets table;

static void choose_table(void)
{
	table = *fdp_python_offsets_of(&version);
	if (LONG_HEAD)
		fdp_object_head_move(&table);
}

#define TABLE table

#define SAME(field, type, member)                                              \
	compare(#field, TABLE.field, offsetof(type, member))
#define NONE(field) compare(#field, TABLE.field, FDP_ABSENT)

static int differences;

static void compare(const char *field, uint32_t table, size_t header)
{
	if (table == (uint32_t)header)
		return;
	printf("%d.%d %s: %u in the table, %zu in the headers\n",
	       PY_MAJOR_VERSION, PY_MINOR_VERSION, field, table, header);
	differences++;
}

#if PY_MAJOR_VERSION >= 3
#define FROM(minor) (PY_MINOR_VERSION >= (minor))
#include "values.h"
#define BYTES PyBytesObject
#define VALUES() (compare_values(), compare_errors())
static void compare_names(void)
{
	SAME(string.length, PyASCIIObject, length);
	SAME(string.state, PyASCIIObject, state);
	SAME(string.data, PyUnicodeObject, data);
	SAME(string.wide, PyASCIIObject, wstr);
	SAME(string.wide_length, PyCompactUnicodeObject, wstr_length);
	compare("string.ascii_data", TABLE.string.ascii_data,
		sizeof(PyASCIIObject));
	compare("string.compact_data", TABLE.string.compact_data,
		sizeof(PyCompactUnicodeObject));
	SAME(dict.keys, PyDictObject, ma_keys);
	SAME(dict.values, PyDictObject, ma_values);
	SAME(module.methods, PyModuleDef, m_methods);
}
#else
#define BYTES PyStringObject
#define VALUES() (compare_values(), compare_errors())
#include "values_27.h"
static void compare_names(void)
{
	NONE(string.length);
	NONE(string.state);
	NONE(string.data);
	NONE(string.wide);
	NONE(dict.keys);
	NONE(dict.values);
	NONE(dict_keys.entries);
	NONE(module.definition);
}
#endif

static void compare_state(void)
{
	SAME(interpreter.next, PyInterpreterState, next);
	SAME(interpreter.threads_head, PyInterpreterState, tstate_head);
	SAME(interpreter.modules, PyInterpreterState, modules);
	NONE(interpreter.sysdict);
	NONE(interpreter.id);
	NONE(interpreter.gc_collecting);
	NONE(interpreter.gil);
	NONE(runtime.current_thread);
	NONE(runtime.finalizing);
	compare("runtime.interpreters_head", TABLE.runtime.interpreters_head,
		0);
	SAME(thread.next, PyThreadState, next);
	SAME(thread.interpreter, PyThreadState, interp);
	SAME(thread.frame, PyThreadState, frame);
	SAME(thread.thread_id, PyThreadState, thread_id);
	NONE(thread.cframe);
	NONE(thread.native_thread_id);
	NONE(thread.state);
}

static void compare_objects(void)
{
	SAME(frame.previous, PyFrameObject, f_back);
	SAME(frame.code, PyFrameObject, f_code);
	SAME(frame.instruction, PyFrameObject, f_lasti);
#if PY_MAJOR_VERSION == 3
	SAME(frame.executing, PyFrameObject, f_executing);
#else
	SAME(frame.suspended_top, PyFrameObject, f_stacktop);
	SAME(frame.globals, PyFrameObject, f_globals);
#endif
	SAME(code.filename, PyCodeObject, co_filename);
	SAME(code.name, PyCodeObject, co_name);
	SAME(code.first_line, PyCodeObject, co_firstlineno);
	SAME(code.line_table, PyCodeObject, co_lnotab);
	SAME(object.type, PyObject, ob_type);
	SAME(type.name, PyTypeObject, tp_name);
	SAME(type.flags, PyTypeObject, tp_flags);
	SAME(type.base, PyTypeObject, tp_base);
	SAME(bytes.size, PyVarObject, ob_size);
	SAME(bytes.data, BYTES, ob_sval);
	SAME(set.mask, PySetObject, mask);
	SAME(set.table, PySetObject, table);
	SAME(type.basic_size, PyTypeObject, tp_basicsize);
	SAME(type.dict_offset, PyTypeObject, tp_dictoffset);
#if PY_MAJOR_VERSION == 2
	/* Where sets have theirs: containers.c. */
	SAME(set.mask, PyDictObject, ma_mask);
	SAME(set.table, PyDictObject, ma_table);
#endif
}

int main(void)
{
	choose_table();
	compare_state();
	compare_objects();
	compare_names();
	VALUES();
	return differences ? 1 : 0;
}
