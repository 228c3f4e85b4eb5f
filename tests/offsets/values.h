/*
 * The part of both programs that compares what locals and exceptions need; they
 * define TABLE, SAME, NONE, compare() and FROM.
 */
#ifndef FDP_TESTS_OFFSETS_VALUES_H
#define FDP_TESTS_OFFSETS_VALUES_H

#include <structmember.h>

/* As in Objects/rangeobject.c, and Objects/moduleobject.c up to 3.9. */
struct range_object {
	PyObject base;
	PyObject *start, *stop, *step, *length;
};
struct whole_module {
	PyObject base;
	PyObject *md_dict;
	PyModuleDef *md_def;
	void *md_state;
	PyObject *md_weaklist, *md_name;
};

#if FROM(15)
#define SAME_MODULE_NAME() SAME(module.name, PyModuleObject, md_name)
#else
#define SAME_MODULE_NAME() SAME(module.name, struct whole_module, md_name)
#endif

#if FROM(12)
#define SAME_INTEGER()                                                         \
	(SAME(integer.count, PyLongObject, long_value.lv_tag),                 \
	 SAME(integer.digits, PyLongObject, long_value.ob_digit),              \
	 compare("integer.count_shift", TABLE.integer.count_shift,             \
		 _PyLong_NON_SIZE_BITS))
#else
#define SAME_INTEGER()                                                         \
	(SAME(integer.count, PyVarObject, ob_size),                            \
	 SAME(integer.digits, PyLongObject, ob_digit),                         \
	 compare("integer.count_shift", TABLE.integer.count_shift, 0))
#endif

#if FROM(11)
#define SAME_NAMES()                                                           \
	(SAME(code.local_names, PyCodeObject, co_localsplusnames),             \
	 SAME(code.local_kinds, PyCodeObject, co_localspluskinds),             \
	 NONE(code.variables), NONE(code.cells), NONE(code.free))
#else
#define SAME_NAMES()                                                           \
	(NONE(code.local_names), NONE(code.local_kinds),                       \
	 SAME(code.variables, PyCodeObject, co_varnames),                      \
	 SAME(code.cells, PyCodeObject, co_cellvars),                          \
	 SAME(code.free, PyCodeObject, co_freevars),                           \
	 SAME(code.local_count, PyCodeObject, co_nlocals),                     \
	 SAME(code.instructions, PyCodeObject, co_code),                       \
	 SAME(frame.stack_start, PyFrameObject, f_valuestack))
#endif

#if FROM(13)
#define SAME_ATTRIBUTES()                                                      \
	(SAME(dict_values.first, PyDictValues, values),                        \
	 SAME(dict_values.capacity, PyDictValues, capacity),                   \
	 SAME(dict_values.size, PyDictValues, size),                           \
	 SAME(dict_values.valid, PyDictValues, valid),                         \
	 compare("instance.dict_before", TABLE.instance.dict_before,           \
		 -MANAGED_DICT_OFFSET),                                        \
	 NONE(instance.values_before))
#elif FROM(12)
#define SAME_ATTRIBUTES()                                                      \
	(SAME(dict_values.first, PyDictValues, values),                        \
	 compare("instance.dict_before", TABLE.instance.dict_before,           \
		 -(intptr_t)_PyObject_DictOrValuesPointer(NULL)),              \
	 NONE(instance.values_before))
#elif FROM(11)
#define SAME_ATTRIBUTES()                                                      \
	(SAME(dict_values.first, PyDictValues, values),                        \
	 compare("instance.dict_before", TABLE.instance.dict_before,           \
		 -(intptr_t)_PyObject_ManagedDictPointer(NULL)),               \
	 compare("instance.values_before", TABLE.instance.values_before,       \
		 -(intptr_t)_PyObject_ValuesPointer(NULL)))
#else
#define SAME_ATTRIBUTES()                                                      \
	(NONE(instance.dict_before), NONE(instance.values_before))
#endif

#if !FROM(11)
/* As in Objects/funcobject.c and Objects/descrobject.c. */
struct wrapper_object {
	PyObject base;
	PyObject *callable;
};
struct property_object {
	PyObject base;
	PyObject *prop_get, *prop_set, *prop_del;
};
#define SAME_WRAPPED()                                                         \
	(SAME(function.code, PyFunctionObject, func_code),                     \
	 SAME(function.attributes, PyFunctionObject, func_dict),               \
	 SAME(wrapper.callable, struct wrapper_object, callable),              \
	 SAME(property.get, struct property_object, prop_get),                 \
	 SAME(property.set, struct property_object, prop_set),                 \
	 SAME(property.delete, struct property_object, prop_del))
#else
#define SAME_WRAPPED() (void)0
#endif

static void compare_types(void)
{
	SAME(type.basic_size, PyTypeObject, tp_basicsize);
	SAME(type.members, PyTypeObject, tp_members);
	SAME(type.dict, PyTypeObject, tp_dict);
	SAME(type.dict_offset, PyTypeObject, tp_dictoffset);
	SAME(type.qualname, PyHeapTypeObject, ht_qualname);
	SAME(type.cached_keys, PyHeapTypeObject, ht_cached_keys);
	SAME_ATTRIBUTES();
}

static void compare_values(void)
{
	compare("values_known", TABLE.values_known, true);
	compare_types();
	SAME_NAMES();
	SAME_INTEGER();
	SAME(code.arguments, PyCodeObject, co_argcount);
	SAME(code.keyword_only, PyCodeObject, co_kwonlyargcount);
	SAME(code.flags, PyCodeObject, co_flags);
	SAME(object.size, PyVarObject, ob_size);
	SAME(dict.used, PyDictObject, ma_used);
	SAME(set.used, PySetObject, used);
	SAME_MODULE_NAME();
	SAME(real.value, PyFloatObject, ob_fval);
	SAME(complex.value, PyComplexObject, cval);
	SAME(list.items, PyListObject, ob_item);
	SAME(list.allocated, PyListObject, allocated);
	SAME(tuple.items, PyTupleObject, ob_item);
	SAME(bytearray.start, PyByteArrayObject, ob_start);
	SAME(range.start, struct range_object, start);
	SAME(range.stop, struct range_object, stop);
	SAME(range.step, struct range_object, step);
	SAME(slice.start, PySliceObject, start);
	SAME(slice.stop, PySliceObject, stop);
	SAME(slice.step, PySliceObject, step);
	SAME(cell.contents, PyCellObject, ob_ref);
	SAME(function.qualname, PyFunctionObject, func_qualname);
	SAME(generator.qualname, PyGenObject, gi_qualname);
	SAME_WRAPPED();
	SAME(method.function, PyMethodObject, im_func);
	SAME(method.self, PyMethodObject, im_self);
	SAME(builtin.definition, PyCFunctionObject, m_ml);
	SAME(builtin.self, PyCFunctionObject, m_self);
	SAME(exception.arguments, PyBaseExceptionObject, args);
}

#if FROM(12)
#define SAME_RAISED()                                                          \
	(NONE(raised.type),                                                    \
	 SAME(raised.value, PyThreadState, current_exception),                 \
	 NONE(raised.traceback))
#else
#define SAME_RAISED()                                                          \
	(SAME(raised.type, PyThreadState, curexc_type),                        \
	 SAME(raised.value, PyThreadState, curexc_value),                      \
	 SAME(raised.traceback, PyThreadState, curexc_traceback))
#endif

#if FROM(11)
#define SAME_SINCE_311()                                                       \
	(SAME(error_group.message, PyBaseExceptionGroupObject, msg),           \
	 SAME(error_group.members, PyBaseExceptionGroupObject, excs),          \
	 SAME(frame_object.frame, PyFrameObject, f_frame))
#else
#define SAME_SINCE_311()                                                       \
	(NONE(error_group.message), NONE(error_group.members),                 \
	 NONE(frame_object.frame))
#endif

#if FROM(11)
#define SAME_TRACEBACK() NONE(handled.traceback)
#elif FROM(7)
#define SAME_TRACEBACK()                                                       \
	SAME(handled.traceback, _PyErr_StackItem, exc_traceback)
#endif

#if FROM(7)
#define SAME_HANDLED()                                                         \
	(SAME(raised.handled, PyThreadState, exc_info),                        \
	 SAME(handled.value, _PyErr_StackItem, exc_value), SAME_TRACEBACK(),   \
	 SAME(handled.previous, _PyErr_StackItem, previous_item))
#else
#define HANDLED(member)                                                        \
	(offsetof(PyThreadState, member) - offsetof(PyThreadState, exc_type))
#define SAME_HANDLED()                                                         \
	(SAME(raised.handled, PyThreadState, exc_type),                        \
	 compare("handled.value", TABLE.handled.value, HANDLED(exc_value)),    \
	 compare("handled.traceback", TABLE.handled.traceback,                 \
		 HANDLED(exc_traceback)),                                      \
	 NONE(handled.previous))
#endif

#if FROM(10)
#define SAME_SYNTAX_END()                                                      \
	(SAME(syntax_error.end_line, PySyntaxErrorObject, end_lineno),         \
	 SAME(syntax_error.end_column, PySyntaxErrorObject, end_offset))
#else
#define SAME_SYNTAX_END()                                                      \
	(NONE(syntax_error.end_line), NONE(syntax_error.end_column))
#endif

static void compare_special_errors(void)
{
	SAME(syntax_error.message, PySyntaxErrorObject, msg);
	SAME(syntax_error.file, PySyntaxErrorObject, filename);
	SAME(syntax_error.line, PySyntaxErrorObject, lineno);
	SAME(syntax_error.column, PySyntaxErrorObject, offset);
	SAME(syntax_error.text, PySyntaxErrorObject, text);
	SAME_SYNTAX_END();
	SAME(os_error.number, PyOSErrorObject, myerrno);
	SAME(os_error.text, PyOSErrorObject, strerror);
	SAME(os_error.file, PyOSErrorObject, filename);
	SAME(os_error.second_file, PyOSErrorObject, filename2);
	SAME(import_error.message, PyImportErrorObject, msg);
	SAME(unicode_error.encoding, PyUnicodeErrorObject, encoding);
	SAME(unicode_error.object, PyUnicodeErrorObject, object);
	SAME(unicode_error.start, PyUnicodeErrorObject, start);
	SAME(unicode_error.end, PyUnicodeErrorObject, end);
	SAME(unicode_error.reason, PyUnicodeErrorObject, reason);
}

static void compare_errors(void)
{
	SAME_RAISED();
	SAME_HANDLED();
	SAME(error.arguments, PyBaseExceptionObject, args);
	SAME(error.attributes, PyBaseExceptionObject, dict);
	SAME(error.traceback, PyBaseExceptionObject, traceback);
	SAME(error.context, PyBaseExceptionObject, context);
	SAME(error.cause, PyBaseExceptionObject, cause);
	SAME(error.suppress, PyBaseExceptionObject, suppress_context);
	SAME(slots.str, PyTypeObject, tp_str);
	SAME(slots.order, PyTypeObject, tp_mro);
	SAME(traceback.next, PyTracebackObject, tb_next);
	SAME(traceback.frame, PyTracebackObject, tb_frame);
	SAME(traceback.instruction, PyTracebackObject, tb_lasti);
	SAME(traceback.line, PyTracebackObject, tb_lineno);
	SAME_SINCE_311();
	compare_special_errors();
}

#endif
