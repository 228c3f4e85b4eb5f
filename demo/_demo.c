/*
 * The native half of the demo.  loyalty() has the bug: it takes an owner that
 * may be None, and counts the letters of a null pointer.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03080000
#include <Python.h>

PyMODINIT_FUNC PyInit__demo(void);

static int count_letters(const char *owner)
{
	int count = 0;

	while (owner[count] != '\0')
		count++;
	return count;
}

/* Percent off: one for each letter of the owner's name. */
static int loyalty_of(const char *code, const char *owner)
{
	int bonus = code[0] == 'S';

	return count_letters(owner) + bonus;
}

/* loyalty(code, owner): percent; OWNER is a str or None. */
static PyObject *loyalty(PyObject *module, PyObject *arguments)
{
	const char *code, *owner;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "sz", &code, &owner))
		return NULL;
	return PyLong_FromLong(loyalty_of(code, owner));
}

/* What CALLABLE makes of one price, added to *total.  0 or -1. */
static int add_price(PyObject *price, PyObject *callable, double *total)
{
	PyObject *reduced = PyObject_CallFunctionObjArgs(callable, price, NULL);

	if (!reduced)
		return -1;
	*total += PyFloat_AsDouble(reduced);
	Py_DECREF(reduced);
	return PyErr_Occurred() ? -1 : 0;
}

/* sum_prices(list of float, discount): the sum of discount(price). */
static PyObject *sum_prices(PyObject *module, PyObject *arguments)
{
	PyObject *prices, *callable;
	double total = 0;
	Py_ssize_t i;

	(void)module;
	if (!PyArg_ParseTuple(arguments, "O!O", &PyList_Type, &prices,
			      &callable))
		return NULL;
	for (i = 0; i < PyList_Size(prices); i++) {
		if (add_price(PyList_GetItem(prices, i), callable, &total) < 0)
			return NULL;
	}
	return PyFloat_FromDouble(total);
}

static PyMethodDef methods[] = {
	{ "loyalty", loyalty, METH_VARARGS, "loyalty(code, owner): percent" },
	{ "sum_prices", sum_prices, METH_VARARGS,
	  "sum_prices(prices, discount): the sum of all discount(price)" },
	{ NULL, NULL, 0, NULL },
};

static struct PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	"_demo",
	"Prices, in C.",
	-1,
	methods,
	NULL,
	NULL,
	NULL,
	NULL,
};

PyMODINIT_FUNC PyInit__demo(void)
{
	return PyModule_Create(&definition);
}
