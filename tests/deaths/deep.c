#include "deep.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct sigaction old;

typedef void handler_function(int, siginfo_t *, void *);
handler_function deep_reraises, deep_restores, deep_chains;

static void seen(void)
{
	static const char text[] = "deep handler\n";

	if (write(1, text, sizeof(text) - 1) < 0)
		_exit(1);
}

void deep_reraises(int signal, siginfo_t *info, void *context)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	(void)info;
	(void)context;
	seen();
	sigaction(signal, &action, NULL);
	raise(signal);
}

void deep_restores(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	seen();
	sigaction(signal, &old, NULL);
}

void deep_chains(int signal, siginfo_t *info, void *context)
{
	seen();
	if (old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN)
		sigaction(signal, &old, NULL);
	else if (old.sa_flags & SA_SIGINFO)
		old.sa_sigaction(signal, info, context);
	else
		old.sa_handler(signal);
}

int deep_install(const char *symbol, int signal)
{
	static const struct {
		const char *symbol;
		handler_function *handler;
	} handlers[] = {
		{ "deep_reraises", deep_reraises },
		{ "deep_restores", deep_restores },
		{ "deep_chains", deep_chains },
	};
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };

	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (strcmp(handlers[i].symbol, symbol) != 0)
			continue;
		action.sa_sigaction = handlers[i].handler;
		return sigaction(signal, &action, &old);
	}
	return -1;
}
