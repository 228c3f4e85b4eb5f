#include "family.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../capture/procfs.h"

struct process {
	pid_t pid, parent;
};

/* The second number behind the name, which may hold anything. */
static pid_t parent_of(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	struct fdp_procfs *procfs;
	const char *name_end;
	size_t size;
	int parent = 0;

	if (fdp_procfs_new(pid, &procfs) < 0)
		return 0;
	if (fdp_procfs_fact(procfs, "proc/stat", &text, &size) == 0 &&
	    (name_end = strrchr(text, ')')) != NULL &&
	    sscanf(name_end, ") %*c %d", &parent) != 1)
		parent = 0;
	fdp_procfs_free(procfs);
	return parent;
}

static int add(struct process **processes, size_t count, pid_t pid)
{
	struct process *grown =
		reallocarray(*processes, count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*processes = grown;
	grown[count] = (struct process){ pid, parent_of(pid) };
	return 0;
}

static int compare_pids(const void *left, const void *right)
{
	const struct process *a = left;
	const struct process *b = right;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* All that there are, by pid. */
static ssize_t list_all(struct process **ret_processes)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;
	int r = directory ? 0 : -errno;

	*ret_processes = NULL;
	while (r == 0 && (entry = readdir(directory))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (*end || pid <= 0)
			continue;
		r = add(ret_processes, count, (pid_t)pid);
		count += r == 0;
	}
	if (directory)
		closedir(directory);
	if (r == 0 && count)
		qsort(*ret_processes, count, sizeof(**ret_processes),
		      compare_pids);
	return r < 0 ? r : (ssize_t)count;
}

ssize_t fdp_family_list(pid_t root, pid_t **ret_pids)
{
	_cleanup_free_ struct process *all = NULL;
	ssize_t count = list_all(&all);
	size_t found = 1;
	pid_t *pids;

	if (count < 0)
		return count;
	pids = calloc((size_t)count + 1, sizeof(*pids));
	if (!pids)
		return -ENOMEM;
	pids[0] = root;
	/* A pid that is used again meanwhile could make a circle. */
	for (size_t i = 0; i < found; i++)
		for (ssize_t j = 0; j < count && found <= (size_t)count; j++)
			if (all[j].parent == pids[i] && all[j].pid != root)
				pids[found++] = all[j].pid;
	*ret_pids = pids;
	return (ssize_t)found;
}
