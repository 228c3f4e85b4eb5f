#include "outputs.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/util.h"
#include "control.h"
#include "log.h"

/* A file that vanishes, where there is no directory to keep it in. */
static int unnamed(int *ret_fd)
{
	*ret_fd = memfd_create("fdpreload", MFD_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

/* Nothing is kept from now on; the echo, if any, does not promise a file. */
static void keep_nothing(struct fdp_outputs *outputs, const char *path,
			 int error)
{
	snprintf(outputs->problem, sizeof(outputs->problem),
		 "no report is stored in %s: %s; FDPRELOAD_LOG_DIR names "
		 "another place",
		 path ? path : "the home directory", strerror(-error));
	fdp_log_warning("%s", outputs->problem);
	fdp_store_discard(outputs->directory, &outputs->text);
	fdp_store_discard(outputs->directory, &outputs->json);
	fdp_store_discard(outputs->directory, &outputs->capture);
	fdp_close_cleanup(&outputs->directory);
	outputs->directory = -1;
	free(TAKE_PTR(outputs->log));
}

static int open_named(struct fdp_outputs *outputs, const char *path,
		      bool capture)
{
	int r;

	outputs->directory = path ? fdp_store_open(path) : -ENOENT;
	if (outputs->directory < 0)
		return outputs->directory;
	r = fdp_store_create(outputs->directory, &outputs->text);
	if (r == 0)
		r = fdp_store_create(outputs->directory, &outputs->json);
	if (r == 0 && capture)
		r = fdp_store_create(outputs->directory, &outputs->capture);
	if (r == 0 &&
	    asprintf(&outputs->log, "%s/%s.txt", path, outputs->stem) < 0)
		outputs->log = NULL;
	return r;
}

int fdp_outputs_open(struct fdp_outputs *outputs,
		     const struct fdp_settings *settings, const char *stem,
		     bool echo)
{
	int r;

	memset(outputs, 0, sizeof(*outputs));
	outputs->text.fd = outputs->json.fd = outputs->capture.fd = -1;
	outputs->echo = -1;
	snprintf(outputs->stem, sizeof(outputs->stem), "%s", stem);
	r = open_named(outputs, settings->log_directory,
		       settings->save_capture);
	if (r < 0) {
		keep_nothing(outputs, settings->log_directory, r);
		r = unnamed(&outputs->text.fd);
		if (r == 0)
			r = unnamed(&outputs->json.fd);
	}
	if (r == 0 && echo)
		r = unnamed(&outputs->echo);
	return r;
}

static void empty(int fd)
{
	if (fd >= 0 && ftruncate(fd, 0) == 0)
		lseek(fd, 0, SEEK_SET);
}

void fdp_outputs_restart(struct fdp_outputs *outputs)
{
	empty(outputs->text.fd);
	empty(outputs->json.fd);
	empty(outputs->echo);
	fdp_store_discard(outputs->directory, &outputs->capture);
}

static void keep_one(struct fdp_outputs *outputs, struct fdp_store_file *file,
		     bool complete, const char *what)
{
	if (complete || file->fd < 0)
		return;
	fdp_store_discard(outputs->directory, file);
	if (outputs->directory < 0)
		return;
	snprintf(outputs->problem, sizeof(outputs->problem),
		 "the %s of the report could not be written; is the disk full, "
		 "or a file size limited?",
		 what);
	fdp_log_warning("%s: %s", outputs->stem, outputs->problem);
}

void fdp_outputs_keep(struct fdp_outputs *outputs, unsigned rendered)
{
	keep_one(outputs, &outputs->capture, rendered & FDP_RENDERED_CAPTURE,
		 "capture");
	keep_one(outputs, &outputs->json, rendered & FDP_RENDERED_JSON, "JSON");
	keep_one(outputs, &outputs->text, rendered & FDP_RENDERED_TEXT, "text");
}

static void publish_one(struct fdp_outputs *outputs,
			struct fdp_store_file *file, const char *suffix)
{
	char name[sizeof(outputs->stem) + 16];
	int r;

	if (outputs->directory < 0 || file->fd < 0)
		return;
	snprintf(name, sizeof(name), "%s.%s", outputs->stem, suffix);
	r = fdp_store_publish(outputs->directory, file, name);
	if (r == 0)
		return;
	snprintf(outputs->problem, sizeof(outputs->problem),
		 "%s could not be stored: %s", name, strerror(-r));
	fdp_log_warning("%s", outputs->problem);
}

void fdp_outputs_publish(struct fdp_outputs *outputs)
{
	publish_one(outputs, &outputs->text, "txt");
	publish_one(outputs, &outputs->json, "json");
	publish_one(outputs, &outputs->capture, "fdpcap");
}

void fdp_outputs_hand_over(struct fdp_outputs *outputs)
{
	free(TAKE_PTR(outputs->text.hidden));
	free(TAKE_PTR(outputs->json.hidden));
	free(TAKE_PTR(outputs->capture.hidden));
}

void fdp_outputs_done(struct fdp_outputs *outputs)
{
	fdp_store_discard(outputs->directory, &outputs->text);
	fdp_store_discard(outputs->directory, &outputs->json);
	fdp_store_discard(outputs->directory, &outputs->capture);
	fdp_close_cleanup(&outputs->echo);
	fdp_close_cleanup(&outputs->directory);
	free(outputs->log);
	memset(outputs, 0, sizeof(*outputs));
	outputs->directory = outputs->echo = -1;
}
