/*
 * host HOW PLUG_IN [crash]: loads the plug-in in that way, calls it, and
 * unloads it where one can; then lives, or reads address 0.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 50

static void *load(const char *how, const char *path)
{
	int flags = RTLD_NOW | RTLD_LOCAL;

	if (strcmp(how, "namespace") == 0)
		return dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
	if (strcmp(how, "deep") == 0)
		flags |= RTLD_DEEPBIND;
	return dlopen(path, flags);
}

static int once(const char *how, const char *path)
{
	void *library = load(how, path);
	int (*guest)(void);
	int bad;

	if (!library) {
		puts(dlerror());
		return 1;
	}
	guest = (int (*)(void))dlsym(library, "guest");
	bad = guest();
	/* Its threads have ended: nothing of it is in use. */
	dlclose(library);
	return bad;
}

int main(int argc, char **argv)
{
	static volatile int *nowhere;
	/* There are few namespaces, and glibc has leaked them. */
	int rounds = strcmp(argv[1], "namespace") == 0 ? 2 : ROUNDS;
	int bad = 0;

	for (int i = 0; i < rounds; i++)
		bad += once(argv[1], argv[2]);
	printf("bad %d\n", bad);
	fflush(stdout);
	return argc > 3 ? *nowhere : 0;
}
