/* What a set-uid program sees: nothing of the shim. */
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static int count(struct dl_phdr_info *object, size_t size, void *loaded)
{
	(void)size;
	*(int *)loaded += strstr(object->dlpi_name, "libfdpreload") != NULL;
	return 0;
}

int main(void)
{
	int loaded = 0;

	dl_iterate_phdr(count, &loaded);
	printf("secure %lu, euid %d, loaded %d, LD_PRELOAD %s\n",
	       getauxval(AT_SECURE), (int)geteuid(), loaded,
	       getenv("LD_PRELOAD") ? "is set" : "is not set");
	return 0;
}
