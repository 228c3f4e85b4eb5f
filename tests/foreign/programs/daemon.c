/*
 * A reporter daemon that only says that it was started, in the file that
 * FAKE_DAEMON_SAYS names, and leaves with its client.  Linked statically: it
 * runs where the real one finds no libraries.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHANNEL 3

int main(void)
{
	const char *path = getenv("FAKE_DAEMON_SAYS");
	FILE *file = path ? fopen(path, "a") : NULL;
	char packet[65536];

	if (file) {
		fprintf(file, "started %d\n", fcntl(CHANNEL, F_GETFD) >= 0);
		fclose(file);
	}
	while (read(CHANNEL, packet, sizeof(packet)) > 0)
		continue;
	return 0;
}
