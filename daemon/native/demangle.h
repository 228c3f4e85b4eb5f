/* Names of C++ and Rust functions as they were written, by libiberty. */
#ifndef FDP_NATIVE_DEMANGLE_H
#define FDP_NATIVE_DEMANGLE_H

/* The readable form of NAME, malloc'ed; NULL if it has none. */
char *fdp_demangle(const char *name);

#endif
