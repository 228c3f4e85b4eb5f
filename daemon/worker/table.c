/* What the daemon finds in this module. */
#include "../analyst.h"
#include "death.h"
#include "decode.h"
#include "dump.h"
#include "frame.h"
#include "living.h"
#include "watcher.h"
#include "worker.h"

extern const struct fdp_analyst fdp_analyst_table;

__attribute__((visibility("default")))
const struct fdp_analyst fdp_analyst_table = {
	.run = fdp_worker_run,
	.frame = fdp_worker_frame,
	.death = fdp_worker_death,
	.living = fdp_worker_living,
	.watch = fdp_worker_watch,
	.decode = fdp_decode_main,
	.dump = fdp_dump_main,
};
