#include "connect.h"

#include "channel.h"
#include "config.h"
#include "spawn.h"
#include "sys.h"

int fdp_connect(const struct fdp_config *config)
{
	int theirs;
	int r = fdp_channel_open(&theirs);

	if (r < 0)
		return r;
	r = fdp_spawn(theirs, config->daemon);
	fdp_sys(SYS_close, theirs);
	if (r == 0)
		r = fdp_channel_hello();
	if (r < 0)
		fdp_channel_close();
	return r;
}
