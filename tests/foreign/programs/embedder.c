/* embedder LIBPYTHON CODE: a program that loads a Python when it runs already.
 */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *library =
		argc > 2 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
	void (*begin)(void);
	int (*run)(const char *);

	if (!library) {
		puts(dlerror());
		return 1;
	}
	begin = (void (*)(void))dlsym(library, "Py_Initialize");
	run = (int (*)(const char *))dlsym(library, "PyRun_SimpleString");
	begin();
	return run(argv[2]);
}
