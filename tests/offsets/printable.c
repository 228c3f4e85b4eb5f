/* Writes, a line for each character, whether it is printable in 3.MINOR. */
#include <stdio.h>
#include <stdlib.h>

#include "../../daemon/python/printable.h"

int main(int argc, char **argv)
{
	int minor = argc > 1 ? atoi(argv[1]) : 0;

	for (uint32_t character = 0; character < 0x110000; character++)
		printf("%d\n", fdp_is_printable(character, minor));
	return 0;
}
