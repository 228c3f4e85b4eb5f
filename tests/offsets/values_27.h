/*
 * What values.h is for 3.6 and later, for 2.7, whose objects are others.
 */
#ifndef FDP_TESTS_OFFSETS_VALUES_27_H
#define FDP_TESTS_OFFSETS_VALUES_27_H

#include <structmember.h>

/* As in Objects/rangeobject.c, whose numbers are no objects. */
struct xrange_object {
	PyObject base;
	long start, step, length;
};

/* As in Objects/funcobject.c and Objects/descrobject.c. */
struct wrapper_object {
	PyObject base;
	PyObject *callable;
};
struct property_object {
	PyObject base;
	PyObject *prop_get, *prop_set, *prop_del;
};

static void compare_numbers(void)
{
	SAME(object.size, PyVarObject, ob_size);
	SAME(word.value, PyIntObject, ob_ival);
	SAME(integer.count, PyVarObject, ob_size);
	compare("integer.digits", TABLE.integer.digits, sizeof(PyVarObject));
	compare("integer.count_shift", TABLE.integer.count_shift, 0);
	SAME(real.value, PyFloatObject, ob_fval);
	SAME(complex.value, PyComplexObject, cval);
	SAME(range.start, struct xrange_object, start);
	SAME(range.step, struct xrange_object, step);
	SAME(range.stop, struct xrange_object, length);
}

static void compare_containers(void)
{
	SAME(dict.used, PyDictObject, ma_used);
	SAME(set.used, PySetObject, used);
	SAME(list.items, PyListObject, ob_item);
	SAME(list.allocated, PyListObject, allocated);
	SAME(tuple.items, PyTupleObject, ob_item);
	SAME(bytearray.start, PyByteArrayObject, ob_bytes);
	SAME(slice.start, PySliceObject, start);
	SAME(slice.stop, PySliceObject, stop);
	SAME(slice.step, PySliceObject, step);
	SAME(unicode.length, PyUnicodeObject, length);
	SAME(unicode.data, PyUnicodeObject, str);
	/* An entry of a set has the hash first, as one of a dict. */
	compare("key of a set", 8, offsetof(setentry, key));
	SAME(bytes.hash, PyStringObject, ob_shash);
}

static void compare_classes(void)
{
	SAME(type.members, PyTypeObject, tp_members);
	SAME(type.dict, PyTypeObject, tp_dict);
	NONE(type.qualname);
	NONE(type.cached_keys);
	NONE(instance.dict_before);
	NONE(instance.values_before);
	SAME(classic_class.name, PyClassObject, cl_name);
	SAME(classic_class.bases, PyClassObject, cl_bases);
	SAME(classic_class.attributes, PyClassObject, cl_dict);
	SAME(classic_instance.class, PyInstanceObject, in_class);
	SAME(classic_instance.attributes, PyInstanceObject, in_dict);
}

static void compare_code(void)
{
	SAME(frame.locals, PyFrameObject, f_localsplus);
	SAME(code.arguments, PyCodeObject, co_argcount);
	NONE(code.keyword_only);
	SAME(code.flags, PyCodeObject, co_flags);
	NONE(code.local_names);
	NONE(code.local_kinds);
	SAME(code.variables, PyCodeObject, co_varnames);
	SAME(code.cells, PyCodeObject, co_cellvars);
	SAME(code.free, PyCodeObject, co_freevars);
	SAME(code.local_count, PyCodeObject, co_nlocals);
	SAME(code.instructions, PyCodeObject, co_code);
	SAME(frame.stack_start, PyFrameObject, f_valuestack);
	SAME(cell.contents, PyCellObject, ob_ref);
	SAME(function.qualname, PyFunctionObject, func_name);
	NONE(generator.qualname);
	SAME(generator.code, PyGenObject, gi_code);
	SAME(method.function, PyMethodObject, im_func);
	SAME(method.self, PyMethodObject, im_self);
	SAME(method.class, PyMethodObject, im_class);
	SAME(builtin.definition, PyCFunctionObject, m_ml);
	SAME(builtin.self, PyCFunctionObject, m_self);
}

static void compare_wrapped(void)
{
	SAME(function.code, PyFunctionObject, func_code);
	SAME(function.attributes, PyFunctionObject, func_dict);
	SAME(wrapper.callable, struct wrapper_object, callable);
	SAME(property.get, struct property_object, prop_get);
	SAME(property.set, struct property_object, prop_set);
	SAME(property.delete, struct property_object, prop_del);
}

static void compare_values(void)
{
	compare("values_known", TABLE.values_known, true);
	compare_numbers();
	compare_containers();
	compare_classes();
	compare_code();
	compare_wrapped();
}

/* Where MEMBER lies, counted from the first of the three. */
#define BEHIND(type, first, member)                                            \
	(offsetof(type, member) - offsetof(type, first))

static void compare_handled(void)
{
	SAME(raised.type, PyThreadState, curexc_type);
	SAME(raised.value, PyThreadState, curexc_value);
	SAME(raised.traceback, PyThreadState, curexc_traceback);
	SAME(raised.handled, PyThreadState, exc_type);
	SAME(raised.saved, PyFrameObject, f_exc_type);
	compare("handled.value", TABLE.handled.value,
		BEHIND(PyThreadState, exc_type, exc_value));
	compare("handled.value in frames", TABLE.handled.value,
		BEHIND(PyFrameObject, f_exc_type, f_exc_value));
	compare("handled.traceback", TABLE.handled.traceback,
		BEHIND(PyThreadState, exc_type, exc_traceback));
	compare("handled.traceback in frames", TABLE.handled.traceback,
		BEHIND(PyFrameObject, f_exc_type, f_exc_traceback));
	NONE(handled.previous);
}

static void compare_special_errors(void)
{
	SAME(syntax_error.message, PySyntaxErrorObject, msg);
	SAME(syntax_error.file, PySyntaxErrorObject, filename);
	SAME(syntax_error.line, PySyntaxErrorObject, lineno);
	SAME(syntax_error.column, PySyntaxErrorObject, offset);
	SAME(syntax_error.text, PySyntaxErrorObject, text);
	NONE(syntax_error.end_line);
	NONE(syntax_error.end_column);
	SAME(os_error.number, PyEnvironmentErrorObject, myerrno);
	SAME(os_error.text, PyEnvironmentErrorObject, strerror);
	SAME(os_error.file, PyEnvironmentErrorObject, filename);
	NONE(os_error.second_file);
	NONE(import_error.message);
	SAME(unicode_error.encoding, PyUnicodeErrorObject, encoding);
	SAME(unicode_error.object, PyUnicodeErrorObject, object);
	SAME(unicode_error.start, PyUnicodeErrorObject, start);
	SAME(unicode_error.end, PyUnicodeErrorObject, end);
	SAME(unicode_error.reason, PyUnicodeErrorObject, reason);
}

static void compare_errors(void)
{
	compare_handled();
	compare_special_errors();
	SAME(error.arguments, PyBaseExceptionObject, args);
	SAME(error.attributes, PyBaseExceptionObject, dict);
	NONE(error.traceback);
	NONE(error.context);
	NONE(error.cause);
	NONE(error.suppress);
	NONE(error_group.message);
	NONE(error_group.members);
	NONE(frame_object.frame);
	SAME(slots.str, PyTypeObject, tp_str);
	SAME(slots.order, PyTypeObject, tp_mro);
	SAME(traceback.next, PyTracebackObject, tb_next);
	SAME(traceback.frame, PyTracebackObject, tb_frame);
	SAME(traceback.instruction, PyTracebackObject, tb_lasti);
	SAME(traceback.line, PyTracebackObject, tb_lineno);
}

#endif
