/* Calls all of the C API: C and C++, with the library and without. */
#include "../../preload/fdpreload.h"

#include <stdio.h>
#include <string.h>

static void say(const char *what, int result)
{
	printf("%s %d\n", what, result);
}

int main(int argc, char **argv)
{
	const char *version = fdpreload_version();

	printf("version %s\n", version ? version : "none");
	say("is_enabled", fdpreload_is_enabled());
	say("enable", fdpreload_enable(2, FDPRELOAD_ALL_THREADS, 0));
	say("is_enabled", fdpreload_is_enabled());
	say("disable", fdpreload_disable());
	say("dump_traceback",
	    fdpreload_dump_traceback(1, FDPRELOAD_FULL, 0, 0));
	say("dump_c_stack", fdpreload_dump_c_stack(1));
	say("later",
	    fdpreload_dump_traceback_later("name", 3600000000u, 1, 0, 0));
	say("cancel", fdpreload_cancel_dump_traceback_later("name"));
	say("register", fdpreload_register(10, 1, FDPRELOAD_CHAIN, 0));
	say("unregister", fdpreload_unregister(10));
	if (argc > 1 && strcmp(argv[1], "all") == 0) {
		say("heartbeat", fdpreload_heartbeat("name", 3600000000u));
		say("annotate", fdpreload_annotate("key", "value"));
	}
	return 0;
}
