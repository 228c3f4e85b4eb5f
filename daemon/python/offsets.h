/*
 * Where CPython keeps things: one table per version, as data.
 *
 * Offsets in bytes, of x86-64 release builds.  Each of them is derived again
 * from the headers of installed interpreters by tests/offsets/check.sh.  From
 * 3.13 on a process also tells its own (_Py_DebugOffsets).
 */
#ifndef FDP_PYTHON_OFFSETS_H
#define FDP_PYTHON_OFFSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"
#include "version.h"

/* Those of Python 3 that have a _PyRuntime; beside them 2.7 and 3.6. */
#define FDP_PYTHON_MINOR_FIRST 7
#define FDP_PYTHON_MINOR_LAST 15

/* The version has no such field. */
#define FDP_ABSENT UINT32_MAX

/* How the frames of a thread hang together, and what a run of them is. */
enum fdp_frame_style {
	FDP_FRAMES_OBJECTS, /* up to 3.10: frame objects, a run each */
	FDP_FRAMES_ENTRY,   /* 3.11: a run ends with a frame with is_entry */
	FDP_FRAMES_SHIM,    /* 3.12 on: a frame on the C stack ends a run */
};

/* Where the values of attributes lie, and in which order they came. */
enum fdp_values_order {
	FDP_VALUES_AS_KEYS, /* up to 3.10: values alone, in the keys' order */
	FDP_VALUES_BEFORE,  /* 3.11, 3.12: bytes before them: their number at
			       -2, the index of the first at -3, and on down */
	FDP_VALUES_BEHIND,  /* 3.13: bytes behind as many as there is room for;
			       see dict_values */
};

/* How an instance of a class that was written in Python has attributes. */
enum fdp_instance_style {
	FDP_INSTANCE_DICT,   /* up to 3.10: a dict, at type.dict_offset */
	FDP_INSTANCE_TWO,    /* 3.11: a dict, or values */
	FDP_INSTANCE_ONE,    /* 3.12: the same; bit 0 says that it is values */
	FDP_INSTANCE_INLINE, /* 3.13: a dict, or values behind the object */
};

struct fdp_python_offsets {
	int major, minor;
	bool free_threaded;
	enum fdp_frame_style style;
	enum fdp_line_format lines;
	/*
	 * Bytes that one unit of frame.instruction stands for if it is a signed
	 * 32-bit index; 0: it is a pointer into the bytecode.
	 */
	uint32_t instruction_unit;
	/* The function that evaluates frames; NULL: "_PyEval_EvalFrameDefault".
	 */
	const char *evaluation;

	/*
	 * 2.7 and 3.6 have variables of their own instead of a _PyRuntime, by
	 * these names; NULL: there is none.  The list of interpreters is then
	 * what runtime.interpreters_head is counted from.
	 */
	struct {
		const char *interpreters, *current_thread;
		const char *finalizing, *collecting;
		/* pthread_t of who imports something; 2.7. */
		const char *importing;
	} roots;

	struct {
		uint32_t interpreters_head, finalizing;
		uint32_t current_thread; /* holds the GIL; 3.7 to 3.11 */
		uint32_t gil;		 /* stands in it; 3.7 to 3.11 */
		uint32_t gc_collecting;	 /* 3.7, 3.8; later in interpreters */
	} runtime;
	struct {
		uint32_t next, threads_head;
		uint32_t id; /* 3.7 on */
		uint32_t gc_collecting;
		uint32_t gil; /* a pointer; 3.12 on */
		uint32_t modules;
		uint32_t sysdict; /* 3.10 on: what is printed of it */
	} interpreter;
	struct {
		uint32_t holder, locked, switch_number;
		uint32_t size;	  /* of all of it */
		uint32_t enabled; /* free-threaded builds, which may have it */
	} gil;
	struct {
		uint32_t next, interpreter;
		uint32_t frame;	      /* else through cframe.frame */
		uint32_t cframe;      /* 3.10 to 3.12 */
		uint32_t root_cframe; /* the outermost, in the state itself */
		uint32_t thread_id;
		uint32_t native_thread_id; /* 3.11 on */
		uint32_t state;		   /* enum fdp_attachment; 3.13 on */
		uint32_t chunk;		   /* of its frames; 3.11 on, else 0 */
	} thread;
	struct {
		uint32_t frame, previous;
	} cframe;
	/* In a thread state, and not on the C stack: the outermost shim, 3.15.
	 */
	uint32_t base_frame;
	/* Bits of frame.code that are no part of the address; 3.14 on. */
	uint32_t code_tags;
	struct {
		uint32_t previous, code, instruction;
		uint32_t owner, is_entry; /* one byte each */
		uint32_t locals;	  /* objects, as many as it has names */
		/*
		 * Of a process that nobody stops: a byte that is in this range
		 * while a frame object is executed (up to 3.10), and how far
		 * before a frame lies the state of the generator that it is in.
		 * 0: there is none, or (3.15) it is not sure what it says.
		 */
		uint32_t executing;
		int8_t executing_first, executing_last;
		uint32_t generator_state_before;
		uint32_t globals; /* read of 2.7 alone */
		/* 2.7 instead: a word that is 0 while one is executed. */
		uint32_t suspended_top;
		/* Up to 3.10: points behind the places of its variables. */
		uint32_t stack_start;
	} frame;
	struct {
		uint32_t filename, name, qualname;
		uint32_t first_line, line_table;
		uint32_t bytecode;     /* stands in the object; 3.11 on */
		uint32_t instructions; /* up to 3.10: the bytecode, bytes */
		/* How many there are, without the keyword-only ones. */
		uint32_t arguments, keyword_only, flags;
		uint32_t local_names, local_kinds; /* 3.11 on */
		/* Up to 3.10: tuples, for objects in this order. */
		uint32_t variables, cells, free;
		uint32_t local_count; /* up to 3.10 */
	} code;
	/*
	 * Free-threaded builds give each thread a copy of the bytecode, from
	 * 3.14 on: the array of them in the code object, which begins with
	 * their number, and which of them a frame runs.
	 */
	struct {
		uint32_t array, index;
	} copies;
	struct {
		uint32_t type;
		uint32_t size; /* of those whose size differs */
	} object;
	struct {
		uint32_t name, flags, base;
		uint32_t basic_size, members, dict, dict_offset;
		uint32_t qualname, cached_keys; /* of a heap type */
	} type;
	struct {
		uint32_t used, keys, values;
	} dict;
	struct {
		enum fdp_values_order order;
		uint32_t first;		 /* the values themselves */
		uint32_t capacity, size; /* one byte each */
		uint32_t valid;		 /* one byte, of those in an object */
	} dict_values;
	struct {
		enum fdp_instance_style style;
		/* How far before the object: FDP_INSTANCE_TWO and later. */
		uint32_t dict_before, values_before;
	} instance;
	struct {
		/* The size of the index in entries (up to 3.10), or the
		 * logarithm of its bytes. */
		uint32_t index_entries, index_log2;
		uint32_t kind;	  /* one byte; 3.11 on */
		uint32_t entries; /* how many */
		uint32_t index;	  /* stands in the object */
	} dict_keys;
	struct {
		uint32_t used, mask, table;
	} set;
	struct {
		uint32_t dict;
		uint32_t definition, methods; /* in that */
		uint32_t has_definition;      /* one byte; 3.15 on */
		uint32_t name;
	} module;
	/* What follows, and what locals need of the above. */
	bool values_known;
	struct {
		/* Digits of 30 bits each: how many, negative if the number is;
		 * or shifted by count_shift, and the sign below. */
		uint32_t count, count_shift, digits;
	} integer;
	struct {
		uint32_t value;
	} real;
	struct {
		uint32_t value; /* two doubles */
	} complex;
	struct {
		uint32_t items, allocated;
	} list;
	struct {
		uint32_t items; /* stand in the object */
	} tuple;
	struct {
		uint32_t start;
	} bytearray;
	struct {
		uint32_t start, stop, step;
	} range, slice;
	struct {
		uint32_t contents;
	} cell;
	struct {
		uint32_t qualname; /* of a function of 2.7 its only name */
		uint32_t code, attributes; /* up to 3.10 */
	} function;
	/* What wraps functions in a class: staticmethod and classmethod, and
	 * property; up to 3.10. */
	struct {
		uint32_t callable;
	} wrapper;
	struct {
		uint32_t get, set, delete;
	} property;
	struct {
		uint32_t qualname;
		uint32_t code; /* 2.7 instead */
	} generator;
	struct {
		uint32_t function, self;
		uint32_t class; /* 2.7 */
	} method;
	struct {
		uint32_t definition, self;
	} builtin;
	struct {
		uint32_t arguments;
	} exception;
	struct {
		uint32_t size, data;
		uint32_t hash; /* 2.7 */
	} bytes;
	/* What only 2.7 has: an int that is a machine word, */
	struct {
		uint32_t value;
	} word;
	/* an object of characters that are all of one width in bytes, */
	struct {
		uint32_t length, data;
		uint32_t width;
	} unicode;
	/* and classes without a type, and instances of these. */
	struct {
		uint32_t name, bases, attributes;
	} classic_class;
	struct {
		uint32_t class, attributes;
	} classic_instance;
	struct {
		uint32_t length;
		uint32_t state;	     /* FDP_ABSENT: names are bytes (2.7) */
		uint32_t kind_shift; /* of the kind, in the state */
		uint32_t ascii_data, compact_data; /* characters themselves */
		uint32_t data;			   /* a pointer to them */
		uint32_t wide, wide_length;	   /* wchar_t *; up to 3.11 */
	} string;
	/*
	 * Exceptions, where values_known says so.  Of a type: where its str()
	 * comes from, and its bases, a tuple.
	 */
	struct {
		uint32_t str, order;
	} slots;
	/* In a thread state: the exception that is being raised, in three parts
	 * up to 3.11, and the innermost of those that are being handled: a
	 * pointer, or itself where there is no previous one (2.7, 3.6). */
	struct {
		uint32_t type, value, traceback;
		uint32_t handled;
		/* 2.7: in a frame, the one that its callers handle; else 0. */
		uint32_t saved;
	} raised;
	struct {
		uint32_t value, traceback, previous;
	} handled;
	/* A BaseException, and what some have behind it.  In 2.7 there is no
	 * chain, and only who handles an exception has its traceback. */
	struct {
		uint32_t arguments, attributes, traceback;
		uint32_t context, cause;
		uint32_t suppress; /* one byte */
	} error;
	struct {
		uint32_t message, file, line, column, text;
		uint32_t end_line, end_column; /* 3.10 on */
	} syntax_error;
	struct {
		uint32_t number, text, file, second_file;
	} os_error;
	struct {
		uint32_t message;
	} import_error;
	struct {
		uint32_t encoding, object, start, end, reason;
	} unicode_error;
	struct {
		uint32_t message, members; /* 3.11 on */
	} error_group;
	struct {
		uint32_t next, frame;
		uint32_t instruction, line; /* 32 bits each; bytes */
	} traceback;
	struct {
		uint32_t frame; /* 3.11 on; before that it is one itself */
	} frame_object;
};

/* N of 3.N; below 0 of 2.7, for whoever only asks what came earlier. */
static inline int fdp_python_minor(const struct fdp_python_offsets *offsets)
{
	return offsets->major < 3 ? -1 : offsets->minor;
}

/* The table of 3.MINOR with the GIL, or NULL if it is not known. */
const struct fdp_python_offsets *fdp_python_offsets(int minor);

/* The table of VERSION, or NULL. */
const struct fdp_python_offsets *
fdp_python_offsets_of(const struct fdp_version *version);

/* All tables, oldest first; NULL behind the last. */
const struct fdp_python_offsets *fdp_python_offsets_at(size_t index);

/* Bytes of the largest struct _Py_DebugOffsets that is known, of 3.15. */
#define FDP_DEBUG_OFFSETS_SIZE 888

struct fdp_debug_header {
	uint32_t version; /* as PY_VERSION_HEX */
	bool free_threaded;
};

/*
 * What BYTES, the first of a _PyRuntime, say about the process.  0; -ENOENT if
 * they do not begin with the cookie (3.12 and older); -EBADMSG if the version
 * or the flag cannot be.
 */
int fdp_debug_offsets_header(const uint8_t *bytes, size_t size,
			     struct fdp_debug_header *ret_header);

/*
 * Replaces what the process itself says about its layout in OFFSETS, a table of
 * 3.13 or later, whose version says how BYTES are read.  Returns how many
 * values were different; -EBADMSG, and nothing is changed, if one of them
 * cannot be; -ENOENT if that version says nothing.
 */
int fdp_debug_offsets_apply(const uint8_t *bytes, size_t size,
			    struct fdp_python_offsets *offsets);

#endif
