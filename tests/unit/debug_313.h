/*
 * What a CPython 3.13.0 says of its own layout, word by word.
 */
#ifndef FDP_TESTS_DEBUG_313_H
#define FDP_TESTS_DEBUG_313_H

#include <stdint.h>

/* The first bytes of the _PyRuntime of a real CPython 3.13.0. */
static const uint64_t debug_313[584 / 8] = {
	0x7970677562656478,
	0x30d00f0,
	0,
	283320,
	608,
	632,
	194968,
	7272,
	7264,
	7344,
	7400,
	7656,
	7640,
	7648,
	16,
	7752,
	0,
	7768,
	7760,
	304,
	0,
	8,
	16,
	72,
	152,
	160,
	232,
	32,
	80,
	8,
	0,
	56,
	72,
	70,
	208,
	112,
	120,
	128,
	136,
	68,
	52,
	96,
	104,
	200,
	16,
	8,
	416,
	24,
	88,
	168,
	32,
	24,
	16,
	40,
	24,
	16,
	48,
	32,
	40,
	24,
	16,
	32,
	16,
	24,
	40,
	16,
	32,
	64,
	32,
	16,
	40,
	240,
	200,
};

/* Places in it, see struct _Py_DebugOffsets of 3.13. */
#define AT_COOKIE 0
#define AT_VERSION 1
#define AT_FREE_THREADED 2
#define AT_INTERPRETERS_HEAD 5
#define AT_GC 10
#define AT_GIL_STATE 15
#define AT_GIL_LOCKED 17
#define AT_THREAD_SIZE 19
#define AT_THREAD_NEXT 21
#define AT_OWNER 33
#define AT_ASCII_SIZE 70

#endif
