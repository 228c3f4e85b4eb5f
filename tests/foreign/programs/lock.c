/*
 * One thread is inside the loader nearly always: an unwinder's walk over the
 * objects, or loading and unloading (lock PLUG_IN).  Meanwhile children are
 * forked whose first act is sigaction(), which takes no lock of the loader.
 */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 100
/* A child that hangs is killed by its alarm, and counted. */
#define CHILD_SECONDS 10
#define WALK_MICROSECONDS 2000

static const char *plug_in;
static volatile int done;
static volatile int walks;

static int stay(struct dl_phdr_info *object, size_t size, void *argument)
{
	(void)object;
	(void)size;
	(void)argument;
	walks++;
	usleep(WALK_MICROSECONDS);
	return 1;
}

static void *walk(void *argument)
{
	while (!done && !plug_in)
		dl_iterate_phdr(stay, NULL);
	while (!done) {
		void *library = dlopen(plug_in, RTLD_NOW);

		walks += library != NULL;
		dlclose(library);
	}
	return argument;
}

static void child(void)
{
	struct sigaction action;

	alarm(CHILD_SECONDS);
	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_IGN;
	_exit(sigaction(SIGUSR1, &action, NULL) == 0 ? 0 : 1);
}

typedef int create_function(pthread_t *, const pthread_attr_t *,
			    void *(*)(void *), void *);

static create_function *own_create(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

	return (create_function *)dlsym(libc, "pthread_create");
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int good = 0;

	plug_in = argc > 1 ? argv[1] : NULL;
	if (own_create()(&thread, NULL, walk, NULL) != 0)
		return 1;
	while (!walks)
		usleep(100);
	for (int i = 0; i < CHILDREN; i++) {
		int status = 1;
		pid_t pid = fork();

		if (pid == 0)
			child();
		waitpid(pid, &status, 0);
		good += status == 0;
		if (status != 0)
			break;
	}
	done = 1;
	pthread_join(thread, NULL);
	printf("good %d\n", good);
	return 0;
}
