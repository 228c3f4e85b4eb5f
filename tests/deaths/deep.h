/* A library that is opened with RTLD_DEEPBIND: its calls go to libc, whoever
 * interposes them. */
#ifndef DEEP_H
#define DEEP_H

/* Installs the handler of that name; -1: there is none. */
typedef int deep_install_function(const char *symbol, int signal);
deep_install_function deep_install;

#endif
