/*
 * The extension module `_crashers`.  Limited API, so one file serves every
 * CPython from 3.6 on but free-threaded ones.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03080000
#include <Python.h>

#include "crashers.h"

/* So large that 8 MiB of stack are full long before any recursion limit. */
#define LARGE_FRAME_BYTES 65536
#define TOUCH_BYTES 2048

extern const struct crash_line __start_crash_lines[], __stop_crash_lines[];

CRASHER int call_back(int (*function)(void));
CRASHER PyObject *die(PyObject *module, PyObject *argument);
CRASHER PyObject *call(PyObject *module, PyObject *callable);
CRASHER PyObject *call_large(PyObject *module, PyObject *callable);
CRASHER PyObject *py_park(PyObject *module, PyObject *ignored);
CRASHER int call_python(void *callable);
PyMODINIT_FUNC PyInit__crashers(void);

/* The crasher that a str names, or NULL and an exception. */
static const struct crasher *find(PyObject *name)
{
	const struct crasher *way = NULL;
	PyObject *bytes = PyUnicode_AsUTF8String(name);

	if (!bytes)
		return NULL;
	way = crasher_find(PyBytes_AsString(bytes));
	if (!way)
		PyErr_SetObject(PyExc_LookupError, name);
	Py_DECREF(bytes);
	return way;
}

PyObject *die(PyObject *module, PyObject *argument)
{
	const struct crasher *way = find(argument);

	(void)module;
	if (!way)
		return NULL;
	return PyLong_FromLong(HERE(way->die()));
}

/* C that calls Python. */
PyObject *call(PyObject *module, PyObject *callable)
{
	PyObject *result = HERE(PyObject_CallObject(callable, NULL));

	(void)module;
	return result;
}

/* The same; the pages are touched downwards, to meet the guard page. */
PyObject *call_large(PyObject *module, PyObject *callable)
{
	volatile char room[LARGE_FRAME_BYTES];
	PyObject *result;
	int i;

	(void)module;
	for (i = LARGE_FRAME_BYTES; i > 0; i -= TOUCH_BYTES)
		HERE(room[i - 1] = 1);
	result = HERE(PyObject_CallObject(callable, NULL));
	return room[0] ? result : NULL;
}

/* C that ctypes calls and that calls back. */
__attribute__((visibility("default"))) int call_back(int (*function)(void))
{
	return HERE(function()) + 1;
}

PyObject *py_park(PyObject *module, PyObject *ignored)
{
	(void)module;
	(void)ignored;
	Py_BEGIN_ALLOW_THREADS HERE(park());
	Py_END_ALLOW_THREADS return NULL;
}

static PyObject *py_wait_parked(PyObject *module, PyObject *count)
{
	long number = PyLong_AsLong(count);

	(void)module;
	Py_BEGIN_ALLOW_THREADS wait_parked((int)number);
	Py_END_ALLOW_THREADS return PyLong_FromLong(parked_count());
}

int call_python(void *callable)
{
	PyGILState_STATE state = PyGILState_Ensure();
	PyObject *result = HERE(PyObject_CallObject(callable, NULL));

	if (!result)
		PyErr_Print();
	Py_XDECREF(result);
	Py_DECREF((PyObject *)callable);
	PyGILState_Release(state);
	return 0;
}

static PyObject *py_start_thread(PyObject *module, PyObject *callable)
{
	(void)module;
	Py_INCREF(callable);
	return PyLong_FromLong(start_thread(call_python, callable));
}

/* Takes (kind, count). */
static PyObject *py_start_native_thread(PyObject *module, PyObject *arguments)
{
	const struct crasher *way;
	PyObject *name;
	int count;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "Ui", &name, &count))
		return NULL;
	way = find(name);
	if (!way)
		return NULL;
	return PyLong_FromLong(start_native_thread(way, count));
}

static PyObject *py_handle(PyObject *module, PyObject *name)
{
	PyObject *bytes = PyUnicode_AsUTF8String(name);
	int error;

	(void)module;
	if (!bytes)
		return NULL;
	error = handler_install(PyBytes_AsString(bytes));
	Py_DECREF(bytes);
	return PyLong_FromLong(error);
}

/* [(function, file, line), ...] of every HERE(). */
static PyObject *py_lines(PyObject *module, PyObject *ignored)
{
	PyObject *list = PyList_New(0);
	const struct crash_line *line;

	(void)module;
	(void)ignored;
	for (line = __start_crash_lines; list && line < __stop_crash_lines;
	     line++) {
		PyObject *row = Py_BuildValue("(ssi)", line->function,
					      line->file, line->line);

		if (!row || PyList_Append(list, row) < 0)
			Py_CLEAR(list);
		Py_XDECREF(row);
	}
	return list;
}

static PyObject *py_kinds(PyObject *module, PyObject *ignored)
{
	PyObject *list = PyList_New(0);
	const struct crasher *way;

	(void)module;
	(void)ignored;
	for (way = crashers; list && way->name; way++) {
		PyObject *name = PyUnicode_FromString(way->name);

		if (!name || PyList_Append(list, name) < 0)
			Py_CLEAR(list);
		Py_XDECREF(name);
	}
	return list;
}

/* raise_and_die(type, value): the error is set when the fault comes. */
static PyObject *raise_and_die(PyObject *self, PyObject *arguments)
{
	PyObject *type, *value;

	(void)self;
	if (!PyArg_ParseTuple(arguments, "OO", &type, &value))
		return NULL;
	PyErr_SetObject(type, value);
	null_read();
	return NULL;
}

static PyMethodDef methods[] = {
	{ "die", die, METH_O, "die(kind): does not return" },
	{ "raise_and_die", raise_and_die, METH_VARARGS,
	  "raise_and_die(type, value): does not return" },
	{ "call", call, METH_O, "call(callable)" },
	{ "call_large", call_large, METH_O, "call(callable), with 64 KiB" },
	{ "park", py_park, METH_NOARGS, "sleep until the process dies" },
	{ "wait_parked", py_wait_parked, METH_O, "until that many sleep" },
	{ "start_thread", py_start_thread, METH_O, "start_thread(callable)" },
	{ "start_native_thread", py_start_native_thread, METH_VARARGS,
	  "start_native_thread(kind, count): die once COUNT are parked" },
	{ "handle", py_handle, METH_O, "handle(name): install that handler" },
	{ "lines", py_lines, METH_NOARGS, "[(function, file, line), ...]" },
	{ "kinds", py_kinds, METH_NOARGS, "the names that die() knows" },
	{ NULL, NULL, 0, NULL },
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	"_crashers",
	"Ways to die.",
	-1,
	methods,
	NULL,
	NULL,
	NULL,
	NULL,
};

PyMODINIT_FUNC PyInit__crashers(void)
{
	return PyModule_Create(&definition);
}
