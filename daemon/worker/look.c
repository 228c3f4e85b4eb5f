#include "look.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../proto/proto.h"
#include "../analysis/analyse.h"
#include "../base/proc.h"
#include "../base/util.h"
#include "../log.h"
#include "../render/render.h"
#include "confine.h"
#include "refused.h"
#include "user.h"
#include "writer.h"

/* Real, effective and saved; they differ while a program plays roles. */
struct ids {
	unsigned user[3], group[3];
};

static int read_ids(pid_t pid, struct ids *ret_ids)
{
	_cleanup_free_ char *status = fdp_proc_read(pid, "status");
	const char *users = status ? strstr(status, "\nUid:") : NULL;
	const char *groups = status ? strstr(status, "\nGid:") : NULL;
	uint64_t leader;

	if (!status || !fdp_proc_field(status, "Tgid:", 10, &leader) ||
	    leader != (uint64_t)pid)
		return -ESRCH;
	if (!users || !groups ||
	    sscanf(users, "\nUid: %u %u %u", &ret_ids->user[0],
		   &ret_ids->user[1], &ret_ids->user[2]) != 3 ||
	    sscanf(groups, "\nGid: %u %u %u", &ret_ids->group[0],
		   &ret_ids->group[1], &ret_ids->group[2]) != 3)
		return -EIO;
	return 0;
}

/*
 * As the kernel has it where nothing restricts tracing: what a user may learn
 * of a process in one way he may learn in another.
 */
static bool may_ask(const struct fdp_living_look *look, const struct ids *ids)
{
	if (look->uid == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(ids->user); i++)
		if (ids->user[i] != look->uid || ids->group[i] != look->gid)
			return false;
	return true;
}

/* Nobody gets us to look at a process that never had to do with us. */
static int check_family(const struct fdp_living_look *look, pid_t pid)
{
	_cleanup_free_ char *maps = fdp_proc_read(pid, "maps");
	struct fdp_memory_file file;

	if (!maps)
		return errno == EACCES ? -EPERM : -ESRCH;
	if (!fdp_reporter_memory(maps, &file))
		return -ENXIO;
	for (size_t i = 0; i < look->family_count; i++)
		if (look->family[i].inode == file.inode &&
		    look->family[i].device == file.device)
			return 0;
	return -ENXIO;
}

/* All that is asked of the process before anything of it is believed. */
static int prepare(const struct fdp_living *living)
{
	struct ids ids;
	int r = read_ids(living->pid, &ids);

	if (r == 0 && !may_ask(living->look, &ids))
		r = -EACCES;
	if (r == 0)
		r = fdp_worker_become(ids.user[0], ids.group[0]);
	/* A change of user would have undone it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (r == 0)
		r = check_family(living->look, living->pid);
	if (r == 0 && fdp_confine(living->pid) < 0)
		fdp_log_warning("a look at process %d runs unconfined",
				(int)living->pid);
	return r;
}

static int render(const struct fdp_living *living,
		  const struct fdp_report *report)
{
	const unsigned flags = living->look->flags;
	const struct fdp_text_options text = {
		.color = flags & FDP_LOOK_COLOR,
	};
	_cleanup_free_ char *bytes = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&bytes, &size);
	int r;

	if (!out)
		return -ENOMEM;
	r = flags & FDP_LOOK_JSON ? fdp_render_json(report, out)
				  : fdp_render_text(report, &text, out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	return r < 0 ? r : fdp_dump_writer_all(living->output, bytes, size);
}

int fdp_worker_look(const struct fdp_living *living)
{
	const struct fdp_dump_options options = {
		.native = living->look->flags & FDP_LOOK_NATIVE,
	};
	const struct fdp_living_request request = {
		.pid = living->pid,
		.rehearse = fdp_analyse_rehearse,
		.argument = &options,
	};
	struct fdp_target *target = NULL;
	struct fdp_report report;
	int r = prepare(living);

	memset(&report, 0, sizeof(report));
	if (r == 0)
		r = fdp_worker_capture(living, &request, &target);
	if (r == 0)
		r = fdp_analyse_dump(target, &options, &report);
	if (r == 0)
		r = render(living, &report);
	if (r == 0 && !report.python.implementation)
		r = FDP_LOOK_NOT_PYTHON;
	return r;
}
