#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "../analysis/analyse.h"
#include "../base/util.h"
#include "../capture/fdpcap.h"
#include "confine.h"
#include "../render/render.h"

struct options {
	const char *file;
	bool json;
};

static int bad_usage(const char *what, const char *value)
{
	fprintf(stderr, "fdpreload decode: %s%s; see 'fdpreload --help'\n",
		what, value);
	return 2;
}

static int parse_format(const char *value, struct options *options)
{
	options->json = strcmp(value, "json") == 0;
	if (!options->json && strcmp(value, "text") != 0)
		return bad_usage("--format takes text or json, not ", value);
	return 0;
}

static int parse(int argc, char **argv, struct options *ret_options)
{
	*ret_options = (struct options){ .file = NULL };
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];
		int r = 0;

		if (STARTS_WITH(argument, "--format="))
			r = parse_format(argument + strlen("--format="),
					 ret_options);
		else if (strcmp(argument, "--format") == 0 && i + 1 < argc)
			r = parse_format(argv[++i], ret_options);
		else if (argument[0] == '-' && argument[1])
			r = bad_usage("unknown option or missing value: ",
				      argument);
		else if (ret_options->file)
			r = bad_usage("more than one file: ", argument);
		else
			ret_options->file = argument;
		if (r)
			return r;
	}
	return ret_options->file ? 0 : bad_usage("which FILE.fdpcap?", "");
}

static bool has_fact(struct fdp_target *target, const char *name)
{
	const char *value;

	return fdp_target_fact(target, name, &value, NULL) == 0;
}

/* Of a crash, or of a process that lived. */
static int analyse(struct fdp_target *target, struct fdp_report *report)
{
	bool locals = has_fact(target, "report/locals");
	bool guess_names = has_fact(target, "report/guess-names");
	const struct fdp_analysis_hooks hooks = { .locals = locals,
						  .guess_names = guess_names };
	const struct fdp_dump_options dump = { .native = true,
					       .exceptions = true,
					       .locals = locals,
					       .guess_names = guess_names };

	return target->fault.signal ? fdp_analyse(target, &hooks, report)
				    : fdp_analyse_dump(target, &dump, report);
}

static int decode(int fd, bool json)
{
	const struct fdp_text_options text = { .color = isatty(1) };
	struct fdp_target *target = NULL;
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_replay_new(fd, &target);
	if (r == 0)
		r = analyse(target, &report);
	if (r == 0)
		r = json ? fdp_render_json(&report, stdout)
			 : fdp_render_text(&report, &text, stdout);
	if (r == 0 && fflush(stdout) != 0)
		r = -EIO;
	fdp_report_done(&report);
	fdp_target_free(target);
	return r;
}

int fdp_decode_main(int argc, char **argv)
{
	_cleanup_close_ int fd = -1;
	struct options options;
	int r = parse(argc, argv, &options);

	if (r)
		return r;
	fd = open(options.file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	r = fd < 0 ? -errno : fdp_confine(0);
	if (r == 0)
		r = decode(fd, options.json);
	if (r == 0)
		return 0;
	fprintf(stderr, "fdpreload decode: %s: %s\n", options.file,
		r == -EBADMSG ? "not a capture, or a damaged one"
			      : strerror(-r));
	return 1;
}
