/*
 * Compares the offsets in daemon/python/offsets.c with one interpreter's own
 * headers.  Built once for each version by check.sh; exit status 1 if any
 * differs.
 */
#define Py_BUILD_CORE 1
/* Inline functions are asked where in an object they look; there is none. */
#define NDEBUG
#include <Python.h>
#include <frameobject.h>

#if PY_VERSION_HEX >= 0x03080000
#include "internal/pycore_pystate.h"
#else
#include "internal/pystate.h"
#endif

#if PY_VERSION_HEX >= 0x03090000
#include "internal/pycore_interp.h"
#include "internal/pycore_runtime.h"
#endif

#if PY_VERSION_HEX < 0x030b0000
#include <code.h>
#else
#include "internal/pycore_code.h"
#include "internal/pycore_frame.h"
#endif

#include "../../daemon/python/debug_layouts.h"
#include "../../daemon/python/glance_offsets.h"
#include "../../daemon/python/greenlet_offsets.h"
#include "../../daemon/python/object_head.h"
#include "../../daemon/python/offsets.h"

#ifdef Py_GIL_DISABLED
#define FREE_THREADED true
#else
#define FREE_THREADED false
#endif

static const struct fdp_version version = { 3, PY_MINOR_VERSION,
					    FREE_THREADED };

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

/* The value in the table must be the place of MEMBER in TYPE. */
#define SAME(field, type, member)                                              \
	compare(#field, TABLE.field, offsetof(type, member))
#define NONE(field) compare(#field, TABLE.field, FDP_ABSENT)
#define FROM(minor) (PY_MINOR_VERSION >= (minor))

static int differences;

static void compare(const char *field, uint32_t table, size_t header)
{
	if (table == header)
		return;
	printf("3.%d%s %s: %u in the table, %zu in the headers\n",
	       PY_MINOR_VERSION, FREE_THREADED ? "t" : "", field, table,
	       header);
	differences++;
}

#if FROM(11)
#include "internal/pycore_dict.h"
#include "internal/pycore_object.h"
#endif

#if FROM(9)
#define FINALIZING _finalizing
#define SAME_RUNTIME_GC() NONE(runtime.gc_collecting)
#define SAME_INTERPRETER_GC()                                                  \
	SAME(interpreter.gc_collecting, PyInterpreterState, gc.collecting)
#else
#define FINALIZING finalizing
#define SAME_RUNTIME_GC()                                                      \
	SAME(runtime.gc_collecting, _PyRuntimeState, gc.collecting)
#define SAME_INTERPRETER_GC() NONE(interpreter.gc_collecting)
#endif

#if FROM(11)
#define THREADS_HEAD threads.head
#define SAME_NATIVE()                                                          \
	SAME(thread.native_thread_id, PyThreadState, native_thread_id)
#else
#define THREADS_HEAD tstate_head
#define SAME_NATIVE() NONE(thread.native_thread_id)
#endif

#if FROM(12)
#define SAME_GIL()                                                             \
	(SAME(interpreter.gil, PyInterpreterState, ceval.gil),                 \
	 NONE(runtime.gil), NONE(runtime.current_thread))
#define SAME_WIDE() (NONE(string.wide), NONE(string.wide_length))
#else
#define SAME_GIL()                                                             \
	(SAME(runtime.current_thread, _PyRuntimeState,                         \
	      gilstate.tstate_current),                                        \
	 SAME(runtime.gil, _PyRuntimeState, ceval.gil), NONE(interpreter.gil))
#define SAME_WIDE()                                                            \
	(SAME(string.wide, PyASCIIObject, wstr),                               \
	 SAME(string.wide_length, PyCompactUnicodeObject, wstr_length))
#endif

#if FROM(13)
#define SAME_THREAD_FRAME()                                                    \
	(SAME(thread.frame, PyThreadState, current_frame),                     \
	 NONE(thread.cframe), NONE(cframe.frame), NONE(cframe.previous))
#elif FROM(11)
#define SAME_THREAD_FRAME()                                                    \
	(NONE(thread.frame), SAME(thread.cframe, PyThreadState, cframe),       \
	 SAME(thread.root_cframe, PyThreadState, root_cframe),                 \
	 SAME(cframe.frame, _PyCFrame, current_frame),                         \
	 SAME(cframe.previous, _PyCFrame, previous))
#elif FROM(10)
#define SAME_THREAD_FRAME()                                                    \
	(SAME(thread.frame, PyThreadState, frame),                             \
	 SAME(thread.cframe, PyThreadState, cframe),                           \
	 SAME(thread.root_cframe, PyThreadState, root_cframe),                 \
	 NONE(cframe.frame), SAME(cframe.previous, CFrame, previous))
#else
#define SAME_THREAD_FRAME()                                                    \
	(SAME(thread.frame, PyThreadState, frame), NONE(thread.cframe),        \
	 NONE(cframe.frame), NONE(cframe.previous))
#endif

#if FROM(13)
#define CODE f_executable
#define INSTRUCTION instr_ptr
#else
#define CODE f_code
#define INSTRUCTION prev_instr
#endif

/* What 3.15 has there is not read. */
#if FROM(15)
#define SAME_GENERATOR() (void)0
#else
#define SAME_GENERATOR()                                                       \
	compare("frame.generator_state_before",                                \
		TABLE.frame.generator_state_before,                            \
		offsetof(PyGenObject, gi_iframe) -                             \
			offsetof(PyGenObject, gi_frame_state))
#endif

#if FROM(11)
#define SAME_FRAME()                                                           \
	(SAME(frame.previous, _PyInterpreterFrame, previous),                  \
	 SAME(frame.code, _PyInterpreterFrame, CODE),                          \
	 SAME(frame.instruction, _PyInterpreterFrame, INSTRUCTION),            \
	 SAME(frame.owner, _PyInterpreterFrame, owner),                        \
	 SAME(frame.locals, _PyInterpreterFrame, localsplus),                  \
	 SAME_GENERATOR(), SAME(code.qualname, PyCodeObject, co_qualname),     \
	 SAME(code.line_table, PyCodeObject, co_linetable),                    \
	 SAME(code.bytecode, PyCodeObject, co_code_adaptive))
#else
#define SAME_FRAME()                                                           \
	(SAME(frame.previous, PyFrameObject, f_back),                          \
	 SAME(frame.code, PyFrameObject, f_code),                              \
	 SAME(frame.instruction, PyFrameObject, f_lasti), NONE(frame.owner),   \
	 SAME(frame.locals, PyFrameObject, f_localsplus),                      \
	 SAME(frame.executing, PyFrameObject, EXECUTING), NONE(code.qualname), \
	 SAME(code.line_table, PyCodeObject, LINES), NONE(code.bytecode))
#endif

#if FROM(10)
#define LINES co_linetable
#define EXECUTING f_state
#else
#define LINES co_lnotab
#define EXECUTING f_executing
#endif

#if PY_MINOR_VERSION == 11
#define SAME_ENTRY() SAME(frame.is_entry, _PyInterpreterFrame, is_entry)
#else
#define SAME_ENTRY() NONE(frame.is_entry)
#endif

/*
 * The runtime of 3.13 and later begins with what the process says itself.  What
 * 3.13 says has no initializer that could be taken from the headers.
 */
#if FROM(14)
#include "internal/pycore_debug_offsets.h"
static void compare_debug(void)
{
	static const _Py_DebugOffsets said = _Py_DebugOffsets_INIT("xdebugpy");
	struct fdp_python_offsets own = TABLE;

	compare("debug offsets", fdp_debug_layout(PY_MINOR_VERSION)->size,
		sizeof(said));
	compare("differences of the debug offsets", 0,
		(size_t)fdp_debug_offsets_apply((const uint8_t *)&said,
						sizeof(said), &own));
}
#define SAME_DEBUG() compare_debug()
#elif FROM(13)
#define SAME_DEBUG()                                                           \
	compare("debug offsets", fdp_debug_layout(PY_MINOR_VERSION)->size,     \
		sizeof(_Py_DebugOffsets))
#else
#define SAME_DEBUG() (void)0
#endif

#if FROM(12)
#define SAME_MODULES()                                                         \
	(SAME(interpreter.modules, PyInterpreterState, imports.modules),       \
	 SAME(interpreter.sysdict, PyInterpreterState, sysdict))
#elif FROM(10)
#define SAME_MODULES()                                                         \
	(SAME(interpreter.modules, PyInterpreterState, modules),               \
	 SAME(interpreter.sysdict, PyInterpreterState, sysdict))
#else
#define SAME_MODULES()                                                         \
	(SAME(interpreter.modules, PyInterpreterState, modules),               \
	 NONE(interpreter.sysdict))
#endif

#if FROM(11)
#define SAME_KEYS()                                                            \
	(NONE(dict_keys.index_entries),                                        \
	 SAME(dict_keys.index_log2, PyDictKeysObject, dk_log2_index_bytes),    \
	 SAME(dict_keys.kind, PyDictKeysObject, dk_kind),                      \
	 SAME(dict_keys.entries, PyDictKeysObject, dk_nentries),               \
	 SAME(dict_keys.index, PyDictKeysObject, dk_indices))
#else
/* In a header of its own that is not installed. */
struct old_dict_keys {
	Py_ssize_t dk_refcnt, dk_size;
	void *dk_lookup;
	Py_ssize_t dk_usable, dk_nentries;
	char dk_indices[];
};
#define SAME_KEYS()                                                            \
	(SAME(dict_keys.index_entries, struct old_dict_keys, dk_size),         \
	 NONE(dict_keys.index_log2), NONE(dict_keys.kind),                     \
	 SAME(dict_keys.entries, struct old_dict_keys, dk_nentries),           \
	 SAME(dict_keys.index, struct old_dict_keys, dk_indices))
#endif

#if FROM(15)
#include "internal/pycore_moduleobject.h"
#define SAME_DEFINITION()                                                      \
	(SAME(module.dict, PyModuleObject, md_dict),                           \
	 SAME(module.definition, PyModuleObject, md_token),                    \
	 SAME(module.has_definition, PyModuleObject, md_token_is_def))
#else
/* As in Objects/moduleobject.c up to 3.9; the head of it is the same since. */
struct module_object {
	PyObject base;
	PyObject *md_dict;
	PyModuleDef *md_def;
};
#define SAME_DEFINITION()                                                      \
	(SAME(module.dict, struct module_object, md_dict),                     \
	 SAME(module.definition, struct module_object, md_def),                \
	 NONE(module.has_definition))
#endif

#include "../../daemon/python/strays.h"
#if FROM(11)
static void compare_chunk(void)
{
	SAME(thread.chunk, PyThreadState, datastack_chunk);
	compare("FDP_CHUNK_PREVIOUS", FDP_CHUNK_PREVIOUS,
		offsetof(_PyStackChunk, previous));
	compare("FDP_CHUNK_SIZE", FDP_CHUNK_SIZE,
		offsetof(_PyStackChunk, size));
}
#define SAME_CHUNK() compare_chunk()
#else
#define SAME_CHUNK() compare("thread.chunk", TABLE.thread.chunk, 0)
#endif

#if FROM(13)
#define SAME_ATTACHMENT() SAME(thread.state, PyThreadState, state)
#else
#define SAME_ATTACHMENT() NONE(thread.state)
#endif

#if FROM(15)
#define SAME_BASE() SAME(base_frame, PyThreadState, base_frame)
#else
#define SAME_BASE() NONE(base_frame)
#endif

#if FROM(14) && defined(Py_GIL_DISABLED)
#define SAME_COPIES()                                                          \
	(SAME(copies.array, PyCodeObject, co_tlbc),                            \
	 SAME(copies.index, _PyInterpreterFrame, tlbc_index))
#else
#define SAME_COPIES() (NONE(copies.array), NONE(copies.index))
#endif

#if FROM(14)
#define CODE_TAGS Py_TAG_BITS
#else
#define CODE_TAGS 0
#endif

#ifdef Py_GIL_DISABLED
#define SAME_ENABLED() SAME(gil.enabled, struct _gil_runtime_state, enabled)
#else
#define SAME_ENABLED() NONE(gil.enabled)
#endif

/* Where the kind is in the bits of a state: all of it, and no more. */
static void compare_state_bits(void)
{
	PyASCIIObject string;
	uint32_t bits = 0;

	memset(&string, 0, sizeof(string));
	string.state.kind = 7;
	memcpy(&bits, &string.state, sizeof(bits));
	compare("kind", 7u << TABLE.string.kind_shift, bits);
	memset(&string, 0, sizeof(string));
	string.state.compact = 1;
	memcpy(&bits, &string.state, sizeof(bits));
	compare("compact", 8u << TABLE.string.kind_shift, bits);
	memset(&string, 0, sizeof(string));
	string.state.ascii = 1;
	memcpy(&bits, &string.state, sizeof(bits));
	compare("ascii", 16u << TABLE.string.kind_shift, bits);
}

static void compare_containers(void)
{
	SAME_MODULES();
	SAME_KEYS();
	SAME(type.base, PyTypeObject, tp_base);
	SAME(dict.keys, PyDictObject, ma_keys);
	SAME(dict.values, PyDictObject, ma_values);
	SAME(set.mask, PySetObject, mask);
	SAME(set.table, PySetObject, table);
	SAME_DEFINITION();
	SAME(module.methods, PyModuleDef, m_methods);
}

#include "values.h"

static void compare_gil(void)
{
	SAME_GIL();
	SAME(gil.holder, struct _gil_runtime_state, last_holder);
	SAME(gil.locked, struct _gil_runtime_state, locked);
	SAME(gil.switch_number, struct _gil_runtime_state, switch_number);
	SAME_ENABLED();
	compare("gil.size", TABLE.gil.size, sizeof(struct _gil_runtime_state));
}

static void compare_state(void)
{
	SAME(runtime.interpreters_head, _PyRuntimeState, interpreters.head);
	SAME(runtime.finalizing, _PyRuntimeState, FINALIZING);
	SAME_RUNTIME_GC();
	SAME_INTERPRETER_GC();
	SAME(interpreter.next, PyInterpreterState, next);
	SAME(interpreter.id, PyInterpreterState, id);
	SAME_BASE();
	SAME(interpreter.threads_head, PyInterpreterState, THREADS_HEAD);
	SAME(thread.next, PyThreadState, next);
	SAME(thread.interpreter, PyThreadState, interp);
	SAME(thread.thread_id, PyThreadState, thread_id);
	SAME_NATIVE();
	SAME_ATTACHMENT();
	SAME_CHUNK();
	SAME_THREAD_FRAME();
	SAME_DEBUG();
}

static void compare_objects(void)
{
	SAME_FRAME();
	SAME_ENTRY();
	SAME_COPIES();
	compare("code_tags", TABLE.code_tags, CODE_TAGS);
	compare_state_bits();
	SAME(code.filename, PyCodeObject, co_filename);
	SAME(code.name, PyCodeObject, co_name);
	SAME(code.first_line, PyCodeObject, co_firstlineno);
	SAME(object.type, PyObject, ob_type);
	SAME(type.name, PyTypeObject, tp_name);
	SAME(type.flags, PyTypeObject, tp_flags);
	SAME(bytes.size, PyVarObject, ob_size);
	SAME(bytes.data, PyBytesObject, ob_sval);
	SAME(string.length, PyASCIIObject, length);
	SAME(string.state, PyASCIIObject, state);
	SAME(string.data, PyUnicodeObject, data);
	SAME_WIDE();
	compare("string.ascii_data", TABLE.string.ascii_data,
		sizeof(PyASCIIObject));
	compare("string.compact_data", TABLE.string.compact_data,
		sizeof(PyCompactUnicodeObject));
}

#if FROM(11)
#define NAMES offsetof(_PyInterpreterFrame, f_locals)
#define VALUE_COUNT offsetof(PyCodeObject, co_nlocalsplus)
#else
#define NAMES offsetof(PyFrameObject, f_locals)
#define VALUE_COUNT offsetof(PyCodeObject, co_nlocals)
#endif

#if FROM(14)
#define CHANGES FDP_DICT_CHANGES
#else
#define CHANGES offsetof(PyDictObject, ma_version_tag)
#endif

static void compare_glance(void)
{
	const struct fdp_glance_offsets *glance = fdp_glance_offsets(&TABLE);

	/* They are for builds without. */
	if (!glance || LONG_HEAD)
		return;
	compare("names", glance->names, NAMES);
	compare("value_count", glance->value_count, VALUE_COUNT);
	compare("stack_size", glance->stack_size,
		offsetof(PyCodeObject, co_stacksize));
	compare("FDP_DICT_CHANGES", FDP_DICT_CHANGES, CHANGES);
	compare("FDP_TYPE_SIZE", FDP_TYPE_SIZE,
		offsetof(PyTypeObject, tp_basicsize));
	compare("FDP_TYPE_ITEM_SIZE", FDP_TYPE_ITEM_SIZE,
		offsetof(PyTypeObject, tp_itemsize));
}

#if FROM(9)
#define LISTS PyInterpreterState
#define COLLECTING TABLE.interpreter.gc_collecting
#else
#define LISTS _PyRuntimeState
#define COLLECTING TABLE.runtime.gc_collecting
#endif

#if FROM(14)
/* They have had two names, at one place. */
#define GENERATIONS                                                            \
	(offsetof(LISTS, gc.permanent_generation) -                            \
	 3 * sizeof(struct gc_generation))
#else
#define GENERATIONS offsetof(LISTS, gc.generations)
#endif

/* The lists of the collector, which the free-threaded builds have not. */
static void compare_greenlets(void)
{
	const struct fdp_greenlet_offsets *greenlets =
		fdp_greenlet_offsets_of(&TABLE);

	if (!greenlets)
		return;
#ifndef Py_GIL_DISABLED
	compare("generations",
		(uint32_t)(COLLECTING + fdp_greenlet_generation(greenlets, 0)),
		GENERATIONS);
	compare("frozen",
		(uint32_t)(COLLECTING +
			   fdp_greenlet_generation(greenlets, FDP_FROZEN)),
		offsetof(LISTS, gc.permanent_generation));
	compare("generation_size", greenlets->generation_size,
		sizeof(struct gc_generation));
#endif
	compare("head", greenlets->head, sizeof(PyGC_Head));
	compare("exceptions", greenlets->exceptions,
		sizeof(void *) + sizeof(_PyErr_StackItem));
}

int main(void)
{
	choose_table();
	compare_glance();
	compare_greenlets();
	compare_state();
	compare_gil();
	compare_objects();
	compare_containers();
	compare_values();
	compare_errors();
	return differences ? 1 : 0;
}
